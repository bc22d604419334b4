"""Staff makes a link for somebody's account, shows it once, and takes it back: as narrow as a customer's own."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Browser, Database
from factories.staff import staff_sending

from okno.cabinet.desk.services import accounts
from okno.cabinet.payments.services.agents.finding import number_key
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.links.making import OPEN_MAX

NUMBER, PORTAL = "4081700100", "https://portal.test"
NEW = "/desk/linkrow/new/"
WISH = {"act": "make", "number": NUMBER, "system": "main", "amount": "250,50", "days": "3", "purpose": "Подключение"}


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, portal_url=PORTAL) as opened:
        opened.portal.peek(
            "INSERT INTO payments_agent_account (key, account_id, system, currency) VALUES (%s, %s, 'main', 'RUB')",
            number_key(Agent(networks=(), secrets=()), NUMBER),
            opened.account,
        )
        yield opened


@pytest.fixture
def olga(shop: Shop) -> Browser:
    return staff_sending(shop.portal, "cashier", login="olga")


def made(browser: Browser, **changes: str) -> str:
    """The token of a new link."""
    answer = browser.post(NEW, {**WISH, **changes})
    assert answer.status_code == 200, answer.content
    found = re.search(rf'value="{PORTAL}/l#([^"]+)"', answer.content.decode())
    assert found is not None, answer.content.decode()
    return found[1]


def only(shop: Shop) -> UUID:
    [(link,)] = shop.rows("SELECT id FROM payments_link")
    return UUID(str(link))


def look(shop: Shop, token: str) -> tuple[int, dict[str, object]]:
    answer = shop.portal.browser(address="203.0.113.77").send("POST", "/api/links/open/look", {"token": token})
    return answer.status_code, answer.json()


def test_a_link_of_staff_is_shown_once_and_anybody_pays_by_it(shop: Shop, olga: Browser) -> None:
    assert "Сделать ссылку на оплату" in olga.get("/desk/linkrow/").content.decode()
    assert "Сколько дней действует" in olga.get(NEW).content.decode()
    token = made(olga)
    status, seen = look(shop, token)
    assert (status, seen["tail"], seen["amount"], seen["purpose"]) == (200, "0017", "250.50", "Подключение")
    stranger = shop.portal.browser(address="203.0.113.77")
    wish = {"token": token, "key": str(only(shop)), "method": "card", "amount": "250.50", "currency": "RUB"}
    assert stranger.send("POST", "/api/links/open/pay", wish).status_code == 202
    listed, page = (
        olga.get("/desk/linkrow/").content.decode(),
        olga.get(f"/desk/linkrow/{only(shop)}/").content.decode(),
    )
    assert ("olga" in listed, "Подключение" in listed, "<dd>olga</dd>" in page) == (True, True, True)
    assert [shown for shown in (listed, page) if token in shown] == []
    assert shop.browser.send("GET", f"/api/links?account={shop.account}").json() == []
    assert shop.rows("SELECT actor, action, detail FROM kit_audit WHERE action LIKE 'link.%%'") == [
        ("staff:1", "link.make", {"account": str(shop.account), "amount": 25_050, "days": 3})
    ]


def test_it_is_taken_back_by_staff_alone_and_a_customers_own_by_himself(shop: Shop, olga: Browser) -> None:
    token = made(olga, amount="", purpose="")
    assert look(shop, token)[1]["amount"] is None
    page = f"/desk/linkrow/{only(shop)}/"
    assert "Отозвать ссылку" in olga.get(page).content.decode()
    for _ in range(2):  # once more changes nothing
        olga.post(page, {"act": "revoke"})
    assert look(shop, token)[0] == 404
    assert "Отозвать ссылку" not in olga.get(page).content.decode()
    assert shop.rows("SELECT count(*) FROM kit_audit WHERE action = 'link.revoke'") == [(1,)]
    own = shop.browser.send("POST", "/api/links", {"account": str(shop.account)}).json()
    assert olga.post(f"/desk/linkrow/{own['link']['id']}/", {"act": "revoke"}).status_code == 400
    assert look(shop, own["token"])[0] == 200
    with psycopg.connect(shop.database.dsn("desk")) as desk:
        assert desk.execute("UPDATE payments_link SET revoked_at = now() WHERE made_by = ''").rowcount == 0


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"amount": "1,005"}, "Проверьте сумму и срок"),
        ({"amount": "0"}, "Проверьте сумму и срок"),
        ({"amount": "сто"}, "Проверьте сумму и срок"),
        ({"days": "91"}, "Проверьте сумму и срок"),
        ({"days": "долго"}, "Проверьте сумму и срок"),
        ({"purpose": "о" * 101}, "Проверьте сумму и срок"),
        ({"number": "0"}, "Учёт не ответил"),
        ({"system": "other"}, "Учёт не ответил"),
    ],
)
def test_what_cannot_be_is_said_and_no_link_is_made(
    shop: Shop, olga: Browser, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], word: str
) -> None:
    monkeypatch.setattr(accounts, "WAIT_S", 0.0)
    answer = olga.post(NEW, {**WISH, **changes})
    shown = answer.content.decode()
    assert (answer.status_code, word in shown, PORTAL in shown) == (400, True, False)
    assert 'name="number" maxlength="40" value="' in shown
    assert shop.rows("SELECT id FROM payments_link") == []


def test_limits_are_those_of_a_customers_own(shop: Shop, olga: Browser) -> None:
    shop.portal.peek(
        "INSERT INTO payments_link (id, token_hash, made_by, account_id, system, tail, currency, expires_at)"
        " SELECT gen_random_uuid(), sha256(place::text::bytea), 'staff:9', %s, 'main', '0017', 'RUB',"
        " now() + interval '1 day' FROM generate_series(2, %s) place",
        shop.account,
        OPEN_MAX,
    )
    made(olga)
    assert "Проверьте сумму и срок" in olga.post(NEW, WISH).content.decode()
    shop.portal.peek("UPDATE payments_link SET revoked_at = now()")
    shop.portal.peek("UPDATE accounts_account SET status = 'closed'")
    assert "Счёта с таким номером нет или он закрыт" in olga.post(NEW, WISH).content.decode()
    shop.portal.peek("UPDATE kit_bucket SET tokens = 0, updated_at = now() + interval '1 hour'")
    assert "Слишком" in olga.post(NEW, WISH).content.decode()
    shop.portal.peek("DELETE FROM kit_bucket")
    shop.portal.peek("DELETE FROM accounts_access")
    shop.portal.peek("DELETE FROM accounts_account")
    assert "Проверьте сумму и срок" in olga.post(NEW, WISH).content.decode()
    assert shop.rows("SELECT count(*) FROM payments_link WHERE made_by = 'staff:1'") == [(1,)]


def test_an_auditor_makes_none_and_takes_none_back(shop: Shop, olga: Browser) -> None:
    token = made(olga)
    vera = staff_sending(shop.portal, "auditor", login="vera")
    assert "Сделать ссылку" not in vera.get("/desk/linkrow/").content.decode()
    assert (vera.get(NEW).status_code, vera.post(NEW, WISH).status_code) == (404, 404)
    assert vera.post(f"/desk/linkrow/{only(shop)}/", {"act": "revoke"}).status_code == 400
    assert look(shop, token)[0] == 200
