"""Links that anybody pays by: what they show, when they end, and whose a payment by one is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Browser, Database, at_once

from okno.cabinet.accounts.services.access import access_grant
from okno.protocol.ids import new_id
from okno.protocol.strict import base64url


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def stranger(shop: Shop) -> Browser:
    return shop.portal.browser(address="203.0.113.77")


def make(shop: Shop, **changes: object) -> dict[str, Any]:
    answer = shop.browser.send("POST", "/api/links", {"account": str(shop.account), "amount": "500.00", **changes})
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def wish(token: str, **changes: object) -> dict[str, Any]:
    whole = {"token": token, "key": str(uuid4()), "method": "card", "amount": "250.50", "currency": "RUB"}
    return {**whole, **changes}


def listed(shop: Shop) -> list[dict[str, Any]]:
    answer = shop.browser.send("GET", f"/api/links?account={shop.account}")
    assert answer.status_code == 200, answer.content
    found: list[dict[str, Any]] = answer.json()
    return found


def gone(browser: Browser, token: object) -> tuple[int, dict[str, Any]]:
    answer = browser.send("POST", "/api/links/open/look", {"token": token})
    told = answer.json()
    told.pop("instance")
    return answer.status_code, told


def test_a_stranger_pays_any_amount_and_comes_back_to_a_page_that_tells_how_far_it_is(
    shop: Shop, stranger: Browser
) -> None:
    token = make(shop)["token"]
    seen = stranger.send("POST", "/api/links/open/look", {"token": token}).json()
    assert {name: seen[name] for name in ("company", "tail", "amount", "currency")} == {
        "company": "Окно",
        "tail": "0017",
        "amount": "500.00",
        "currency": "RUB",
    }
    assert [method["id"] for method in seen["methods"]] == ["card", "receipt", "off"]
    begun = stranger.send("POST", "/api/links/open/pay", wish(token))
    assert begun.status_code == 202, begun.content
    payment = begun.json()["id"]

    def far() -> dict[str, Any]:
        answer = shop.portal.browser().send("POST", "/api/links/open/payment", {"payment": payment})
        assert answer.status_code == 200, answer.content
        found: dict[str, Any] = answer.json()
        return found

    assert (far()["state"], far()["go"]) == ("accepted", None)
    shop.turn()
    page = shop.house.http.request("GET", far()["go"]["url"], redirect=True, retries=3)
    shop.house.press(f"{shop.house.url}{(page.geturl() or '').removeprefix(shop.house.url)}", "pay")
    shop.later(minutes=1)
    assert (far()["state"], far()["amount"], far()["go"]) == ("confirmed", "250.50", None)
    [told] = shop.books_answer()
    assert (told["account"], told["amount"]["amount"]) == (str(shop.account), "250.50")
    shop.turn()
    assert far()["state"] == "posted"
    # It is the account's, and nobody's: the maker sees what came by his link, not a payment of his own.
    assert [(link["state"], link["paid"]) for link in listed(shop)] == [("open", "250.50")]
    assert shop.browser.send("GET", "/api/payments").json() == []
    assert shop.browser.send("GET", f"/api/payments/{payment}").status_code == 404


def test_the_payer_comes_back_to_the_public_page(shop: Shop, stranger: Browser) -> None:
    payment = stranger.send("POST", "/api/links/open/pay", wish(make(shop)["token"])).json()["id"]
    urls: list[str] = []

    def work(errand: Any) -> Any:  # noqa: ANN401 - the till's own shapes
        back = shop.till.work(errand)
        urls.append(errand.by_link)
        return back

    shop.turn(work)
    assert urls == [True]
    shown = stranger.send("POST", "/api/links/open/payment", {"payment": payment}).json()
    assert shown["go"]["kind"] == "redirect"
    (twin,) = shop.house.payer.twin.till.payments.values()
    assert twin.return_url == f"https://portal.test/paid/{payment}"


def test_nothing_but_a_hash_is_kept_of_a_token(shop: Shop) -> None:
    token = make(shop)["token"]
    assert len(base64url.decode(token)) == 32
    with psycopg.connect(shop.database.superuser_dsn()) as connection:
        for (table,) in connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '%\\_%'"):
            if not str(table).startswith("pg_") and not str(table).startswith("sql_"):
                rows = connection.execute(f"SELECT t::text FROM {table} t").fetchall()  # noqa: S608 - a table's name
                assert token not in repr(rows)


def test_unknown_run_out_taken_back_and_closed_links_look_alike(shop: Shop, stranger: Browser) -> None:
    revoked, expired, closed = make(shop), make(shop, amount=None, days=1), make(shop)
    path = f"/api/links/{revoked['link']['id']}/revoke"
    assert [shop.browser.send("POST", path).json()["state"] for _ in range(2)] == ["revoked", "revoked"]
    shop.portal.peek("UPDATE payments_link SET expires_at = now() WHERE id = %s", UUID(expired["link"]["id"]))
    shop.portal.peek("UPDATE accounts_account SET status = 'closed'")
    unknown = base64url.encode(bytes(32))
    answers = [
        gone(stranger, one) for one in (unknown, "x", "!", *(one["token"] for one in (revoked, expired, closed)))
    ]
    assert [status for status, _ in answers] == [404] * 6
    assert {repr(told) for _, told in answers} == {repr(answers[0][1])}
    assert answers[0][1]["code"] == "no-link"
    assert shop.portal.signals("authz_fail") == [{"kind": "link"}] * 6
    for one in (unknown, revoked["token"], expired["token"], closed["token"]):
        assert stranger.send("POST", "/api/links/open/pay", wish(one)).json()["code"] == "no-link"
    assert [link["state"] for link in listed(shop)] == ["open", "expired", "revoked"]
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]


def test_what_is_being_paid_when_a_link_is_taken_back_goes_on(shop: Shop, stranger: Browser) -> None:
    made = make(shop)
    payment = stranger.send("POST", "/api/links/open/pay", wish(made["token"])).json()["id"]
    shop.browser.send("POST", f"/api/links/{made['link']['id']}/revoke")
    assert stranger.send("POST", "/api/links/open/payment", {"payment": payment}).json()["state"] == "accepted"


def test_the_same_key_is_one_payment_and_another_amount_is_refused(shop: Shop, stranger: Browser) -> None:
    once = wish(make(shop)["token"])
    answers = at_once(4, lambda _: Browser(address="203.0.113.78").send("POST", "/api/links/open/pay", once))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = stranger.send("POST", "/api/links/open/pay", {**once, "amount": "1.00"})
    assert (other.status_code, other.json()["code"]) == (409, "key-taken")
    assert shop.rows("SELECT count(*) FROM payments_attempt") == [(1,)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(
            ({"amount": text}, "wrong-amount")
            for text in ("-1.00", "0.00", "0.001", "1e3", "１２.00", "0.99", "1000000000")
        ),
        ({"method": "cash"}, "unknown-method"),
        ({"method": "abroad"}, "wrong-currency"),
        ({"currency": "EUR"}, "wrong-currency"),
    ],
)
def test_what_cannot_be_paid_is_refused_and_nothing_is_stored(
    shop: Shop, stranger: Browser, changes: dict[str, object], code: str
) -> None:
    answer = stranger.send("POST", "/api/links/open/pay", wish(make(shop)["token"], **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]


@pytest.mark.parametrize("changes", [{"amount": "0.00"}, {"amount": "-5.00"}, {"days": 0}, {"days": 91}, {"days": "7"}])
def test_what_is_no_link_is_not_made(shop: Shop, changes: dict[str, object]) -> None:
    answer = shop.browser.send("POST", "/api/links", {"account": str(shop.account), **changes})
    assert answer.status_code in (400, 422)
    assert shop.rows("SELECT count(*) FROM payments_link") == [(0,)]


def test_a_link_is_made_for_an_account_that_one_may_pay_and_only_so_many(shop: Shop) -> None:
    foreign = shop.portal.account()
    access_grant(shop.anna, shop.portal.grant_token(shop.anna, foreign, rights=("view",)))
    for account in (foreign, new_id()):
        assert shop.browser.send("POST", "/api/links", {"account": str(account)}).status_code == 404
    shop.portal.peek(
        "INSERT INTO payments_link (id, token_hash, user_id, account_id, system, tail, currency, expires_at)"
        " SELECT gen_random_uuid(), sha256(n::text::bytea), %s, %s, 'main', '0017', 'RUB', now() + interval '1 day'"
        " FROM generate_series(1, 20) n",
        shop.anna,
        shop.account,
    )
    assert shop.browser.send("POST", "/api/links", {"account": str(shop.account)}).json()["code"] == "bad-request"
    shop.portal.peek("UPDATE accounts_account SET status = 'closed'")
    answer = shop.browser.send("POST", "/api/links", {"account": str(shop.account)})
    assert answer.json()["code"] == "account-closed"


def test_anothers_link_is_the_same_as_none(shop: Shop) -> None:
    made = make(shop)
    shop.portal.person(login="boris", phone="+79001110002")
    boris = shop.portal.signed_in("boris")
    for link in (made["link"]["id"], str(uuid4())):
        assert boris.send("POST", f"/api/links/{link}/revoke").status_code == 404
    assert boris.send("GET", f"/api/links?account={shop.account}").status_code == 404
    assert [link["state"] for link in listed(shop)] == ["open"]


def test_a_payment_of_a_customer_is_no_payment_by_link(shop: Shop, stranger: Browser) -> None:
    for payment in (shop.begun(), str(uuid4())):
        assert stranger.send("POST", "/api/links/open/payment", {"payment": payment}).status_code == 404


def test_the_database_shows_the_holder_one_link_and_its_account_alone(shop: Shop) -> None:
    make(shop)
    shop.portal.account()
    (row,) = shop.rows("SELECT encode(token_hash, 'hex') FROM payments_link")
    with psycopg.connect(shop.database.dsn("web")) as web:

        def counts() -> list[int]:
            tables = ("payments_link", "accounts_account", "payments_payment", "payments_promise")
            found = [web.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables]  # noqa: S608
            return [int(one[0]) for one in found if one is not None]

        assert counts() == [0, 0, 0, 0]
        web.execute("SELECT set_config('app.link', %s, true)", [row[0]])
        assert counts() == [1, 1, 0, 0]
        web.execute("SELECT set_config('app.link', %s, true)", ["00" * 32])
        assert counts() == [0, 0, 0, 0]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute(
                "INSERT INTO payments_payment (id, link_id, key, method, amount, currency, locale)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'card', 1, 'RUB', 'ru')"
            )


@pytest.mark.parametrize(
    ("scope", "path"),
    [("link-network", "look"), ("link-network", "payment"), ("link-pay-network", "pay"), ("link-pay", "pay")],
)
def test_strangers_are_slowed_down(shop: Shop, stranger: Browser, scope: str, path: str) -> None:
    body = wish(make(shop)["token"]) if path == "pay" else {"token": make(shop)["token"], "payment": str(uuid4())}
    assert stranger.send("POST", f"/api/links/open/{path}", body).status_code != 429
    shop.portal.peek("UPDATE kit_bucket SET tokens = 0, updated_at = now() + interval '1 hour' WHERE scope = %s", scope)
    assert stranger.send("POST", f"/api/links/open/{path}", body).status_code == 429
    assert {"scope": scope} in shop.portal.signals("excess_rate_limit_exceeded")


def test_who_pays_by_a_link_says_where_his_receipt_goes(shop: Shop, stranger: Browser) -> None:
    token = make(shop)["token"]
    for method, contact, code in (("receipt", "", "wrong-contact"), ("off", "", "unknown-method")):
        answer = stranger.send("POST", "/api/links/open/pay", wish(token, method=method, contact=contact))
        assert answer.json()["code"] == code
    assert shop.rows("SELECT count(*) FROM payments_payment") == [(0,)]
    begun = stranger.send("POST", "/api/links/open/pay", wish(token, method="receipt", contact="payer@example.org"))
    assert begun.status_code == 202, begun.content
    shop.turn()
    [made] = shop.house.payer.twin.till.payments.values()
    assert json.loads(made.extra["receipt"])["customer"]["email"] == "payer@example.org"
    assert shop.rows("SELECT user_id, link_id IS NOT NULL FROM payments_contact") == [(None, True)]
    answer = stranger.send("POST", "/api/links/open/payment", {"payment": begun.json()["id"]})
    assert b"example.org" not in answer.content
