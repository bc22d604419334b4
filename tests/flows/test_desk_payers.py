"""Lists of what payers keep and ask for: cards, rules, receipts, links, promises, agents. Nothing secret is in them."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from factories.agents import NAME, NUMBER, ORDER, SECRET
from factories.paying import Shop, shop_open
from factories.portal import COUNTER_HOST, DESK_HOST, Browser, Database
from factories.staff import staff_in

from okno.cabinet.payments.services.agents.finding import number_key
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.promising.terms import PromiseTerms
from okno.sandbox.terminals.terminal import Terminal, told

AGENT = Agent(networks=("198.51.100.0/24", "203.0.113.7"), secrets=(SECRET,), wait_ms=0)
TERMS = PromiseTerms(most_minor=300_000, days_max=7)
LISTS = ("cardrow", "receiptrow", "autopayrow", "linkrow", "promiserow", "agentrow", "agentorderrow")
SPACES = str.maketrans("\u202f\u00a0", "  ")
EMAIL = "anna@example.org"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, promises=TERMS, agents={NAME: AGENT}) as opened:
        opened.portal.peek("UPDATE accounts_access SET until = now() + interval '90 days'")
        yield opened


@pytest.fixture
def vera(shop: Shop) -> Browser:
    """An auditor: she looks, and may do nothing."""
    return staff_in(shop.portal, "auditor", login="vera")


def text(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.content
    return re.sub(r"[ \n]+", " ", answer.content.decode().translate(SPACES))


def facts(page: str) -> dict[str, str]:
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    return {name: re.sub(r"<[^>]+>", "", value).strip() for name, value in found}


def cells(page: str) -> list[list[str]]:
    """Rows of a list."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)]
        for row in body.split("<tr>")[1:]
    ]


def opened(browser: Browser, name: str) -> dict[str, str]:
    """The page of the first row of a list."""
    [address, *_] = re.findall(rf'href="(/desk/{name}/[^"?]+/)"', text(browser, f"/desk/{name}/"))
    return facts(text(browser, address))


def waiting(browser: Browser, name: str) -> str | None:
    """What the first page says of how many rows wait for a person."""
    found = re.search(rf'{name}/">[^<]+</a>\s*(?:<span class="waiting">ждут: (\d+)</span>)?', text(browser, "/"))
    assert found is not None
    return found[1]


def card_kept(shop: Shop) -> str:
    payment = shop.begun(shop.wish("10.00", method="receipt", contact=EMAIL, save_card=True))
    shop.press(payment)
    shop.later(minutes=1)
    shop.books_answer()
    shop.turn()
    card: str = shop.browser.send("GET", "/api/payments/cards").json()[0]["id"]
    return card


def test_a_card_is_shown_by_its_mask_and_term_and_never_by_its_token(shop: Shop, vera: Browser) -> None:
    assert "Карт ещё никто не сохранял." in text(vera, "/desk/cardrow/")
    card = card_kept(shop)
    [token] = shop.house.payer.twin.till.payments
    listed = text(vera, "/desk/cardrow/")
    [row] = cells(listed)
    assert row[:6] == ["Mir •• 4444", "ЮKassa", "12.2030", "действует", "да", "—"]
    assert opened(vera, "cardrow")["платёжная система"] == "ЮKassa"
    assert "Mir" in text(vera, "/desk/cardrow/?q=4444&state=kept&provider=yookassa")
    assert "С такими условиями ничего нет." in text(vera, "/desk/cardrow/?state=removed")
    assert shop.browser.send("DELETE", f"/api/payments/cards/{card}").status_code == 204
    assert opened(vera, "cardrow")["состояние"] == "удалена"
    shop.portal.peek("UPDATE payments_card SET removed_at = NULL, expires = '2020-01'")
    assert opened(vera, "cardrow")["состояние"] == "срок вышел"
    assert token not in listed


def test_a_receipt_that_was_refused_stands_first_and_waits_for_a_person(shop: Shop, vera: Browser) -> None:
    assert waiting(vera, "receiptrow") is None
    for _ in range(3):
        shop.press(shop.begun(shop.wish("10.00", method="receipt", contact=EMAIL)))
        shop.later(minutes=1)
    [(first,), (second,), (_,)] = shop.rows("SELECT attempt_id FROM payments_receipt ORDER BY created_at")
    shop.portal.peek("UPDATE payments_receipt SET state = 'failed' WHERE attempt_id = %s", first)
    shop.portal.peek(
        "UPDATE payments_receipt SET state = 'registered', number = '41', drive = '7380440801322100', sign = '19873',"
        " registered_at = now() WHERE attempt_id = %s",
        second,
    )
    assert [row[1] for row in cells(text(vera, "/desk/receiptrow/"))] == ["не пробит", "ждём", "пробит"]
    assert waiting(vera, "receiptrow") == "1"
    [row] = cells(text(vera, "/desk/receiptrow/?q=19873&attempt__provider=yookassa"))
    assert (row[3], row[5]) == ("10,00 ₽", "41")
    shown = facts(text(vera, f"/desk/receiptrow/{second}/"))
    assert (shown["состояние"], shown["фискальный накопитель"], shown["делает"]) == (
        "пробит",
        "7380440801322100",
        "ЮKassa",
    )
    assert (shown["куда"], EMAIL in str(shown)) == ("a···@example.org", False)
    assert "Открыть платёж" in text(vera, f"/desk/receiptrow/{second}/")


def test_a_rule_is_shown_with_its_last_charges(shop: Shop, vera: Browser) -> None:
    given = {"account": str(shop.account), "kind": "debt", "ceiling": "5000.00", "contact": EMAIL}
    assert shop.browser.send("POST", "/api/autopay", {"card": card_kept(shop), **given}).status_code == 201
    [row] = cells(text(vera, "/desk/autopayrow/"))
    assert row[:7] == ["··· 0017 (main)", "включён", "когда есть долг", "5 000,00 ₽", "Mir •• 4444", "—", "—"]
    turn = (
        "INSERT INTO payments_autopay_turn (id, rule_id, due_on, amount, state, reason, payment_id)"
        " SELECT gen_random_uuid(), rule.id, %s, %s, %s, %s, payment.id"
        " FROM payments_autopay rule LEFT JOIN payments_payment payment ON payment.state = %s"
    )
    shop.portal.peek(turn, "2026-12-01", 123_450, "charging", "", "posted")
    shop.portal.peek(turn, "2026-11-01", 20_000, "failed", "refused", "nobody's")
    [row] = cells(text(vera, "/desk/autopayrow/?q=0017&state=on&kind=debt"))
    assert row[5:7] == ["списываем", "01.12.2026"]
    shown = opened(vera, "autopayrow")
    assert shown["списание 01.12.2026"] == "1 234,50 ₽, списываем"
    assert shown["списание 01.11.2026"] == "200,00 ₽, не получилось: банк отказал"
    [rule] = re.findall(r'href="(/desk/autopayrow/[^"?]+/)"', text(vera, "/desk/autopayrow/"))
    assert "Платёж 01.12.2026" in text(vera, rule)
    [card] = re.findall(r'href="(/desk/cardrow/[^"?]+/)"', text(vera, "/desk/cardrow/"))
    assert "Автоплатёж 1" in text(vera, card)


def test_a_link_tells_its_term_and_uses_and_never_its_token(shop: Shop, vera: Browser) -> None:
    made = shop.browser.send("POST", "/api/links", {"account": str(shop.account), "amount": "500.00"}).json()
    assert cells(text(vera, "/desk/linkrow/"))[0][:5] == ["0017", "действует", "500,00 ₽", "—", "—"]
    shop.portal.peek(
        "UPDATE payments_payment SET link_id = (SELECT id FROM payments_link), user_id = NULL, captured = 25050"
        " WHERE id = %s",
        shop.begun(),
    )
    assert cells(text(vera, "/desk/linkrow/?q=0017&state=open&system=main"))[0][3:5] == ["1", "250,50 ₽"]
    shown = opened(vera, "linkrow")
    assert (shown["состояние"], shown["платежей"], shown["пришло"]) == ("действует", "1", "250,50 ₽")
    shop.portal.peek("UPDATE payments_link SET expires_at = now()")
    assert opened(vera, "linkrow")["состояние"] == "срок вышел"
    shop.browser.send("POST", f"/api/links/{made['link']['id']}/revoke")
    assert opened(vera, "linkrow")["состояние"] == "отозвана"
    [(token_hash,)] = shop.rows("SELECT encode(token_hash, 'hex') FROM payments_link")
    pages = text(vera, "/desk/linkrow/") + str(shown)
    assert [secret for secret in (made["token"], str(token_hash)) if secret in pages] == []


def test_a_promise_without_an_answer_waits_for_a_person_after_an_hour(shop: Shop, vera: Browser) -> None:
    until = datetime.now(ZoneInfo("Europe/Moscow")).date() + timedelta(days=5)
    wish = {"account": str(shop.account), "amount": "1234.50", "until": until.isoformat()}
    assert shop.browser.send("POST", "/api/promises", wish).status_code == 202
    [row] = cells(text(vera, "/desk/promiserow/?q=0017&state=asked"))
    assert row[:5] == ["··· 0017 (main)", "ждёт ответа учёта", "1 234,50 ₽", f"{until:%d.%m.%Y}", "—"]
    assert waiting(vera, "promiserow") is None
    shop.portal.peek("UPDATE payments_promise SET created_at = now() - interval '61 minutes'")
    assert waiting(vera, "promiserow") == "1"
    shop.portal.peek("UPDATE payments_promise SET state = 'refused', reason = 'too-often', answered_at = now()")
    assert waiting(vera, "promiserow") is None
    assert opened(vera, "promiserow")["причина отказа"] == "недавно обещанный платёж уже был"


def test_an_agent_is_shown_as_the_counter_knows_him_with_his_day(shop: Shop, vera: Browser) -> None:
    assert "здесь появится тот, кто обратится к кассе" in text(vera, "/desk/agentrow/")
    shop.portal.peek(
        "INSERT INTO payments_agent_account (key, account_id, system, currency) VALUES (%s, %s, 'main', 'RUB')",
        number_key(AGENT, NUMBER),
        shop.account,
    )
    terminal, counter = Terminal(SECRET), Browser(host=COUNTER_HOST, address="203.0.113.7")
    for query in (terminal.pay(ORDER), terminal.pay(ORDER), terminal.cancel("7", of="8")):
        assert told(counter.generic("GET", f"/agents/{NAME}?{query}").content).comment
    [row] = cells(text(vera, f"/desk/agentrow/?q={NAME}&system=main"))
    assert row[:2] == [NAME, "198.51.100.0/24 203.0.113.7"]
    assert row[3:] == ["1", "200,00 ₽", "1", "main"]
    assert opened(vera, "agentrow")["сумма сегодня"] == "200,00 ₽"
    orders = cells(text(vera, f"/desk/agentorderrow/?agent={NAME}"))
    assert {(row[2], row[5]) for row in orders} == {("платёж", "принято"), ("отмена", "отменить нельзя")}
    [paid] = cells(text(vera, f"/desk/agentorderrow/?q={ORDER.txn}&kind=pay&result=0"))
    assert (paid[3], paid[4]) == ("200,00 ₽", NUMBER[-4:])
    for page in re.findall(r'href="(/desk/agentorderrow/[^"?]+/)"', text(vera, "/desk/agentorderrow/")):
        assert facts(text(vera, page))["агент"] == NAME
    pages = text(vera, "/desk/agentrow/") + text(vera, "/desk/agentorderrow/")
    assert [secret for secret in (SECRET, NUMBER, number_key(AGENT, NUMBER).hex()) if secret in pages] == []


def test_nobody_else_looks_and_nobody_changes_anything_here(shop: Shop, vera: Browser) -> None:
    card_kept(shop)
    vera.handler.enforce_csrf_checks = False
    stranger = Browser(host=DESK_HOST)
    [address] = re.findall(r'href="(/desk/cardrow/[^"?]+/)"', text(vera, "/desk/cardrow/"))
    for path in (address, *(f"/desk/{name}/" for name in LISTS)):
        assert "Нужна новая ссылка" in stranger.get(path, follow=True).content.decode()
    assert vera.post(address, {"act": "remove"}).status_code == 400
    assert vera.get(f"{address.removesuffix('/')}x/").status_code == 404
    assert shop.rows("SELECT count(*) FROM payments_card WHERE removed_at IS NULL") == [(1,)]


@pytest.mark.parametrize(
    "what",
    [
        *("sealed FROM payments_card", "user_id FROM payments_card", "sealed FROM payments_contact"),
        *("user_id FROM payments_autopay", "contact_id FROM payments_autopay", "token_hash FROM payments_link"),
        *("user_id FROM payments_link", "user_id FROM payments_promise", "number_key FROM payments_agent_order"),
        "key FROM payments_agent_account",
    ],
)
def test_what_the_desk_has_no_need_of_the_database_refuses(shop: Shop, what: str) -> None:
    with psycopg.connect(shop.database.dsn("desk")) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"SELECT {what}")
