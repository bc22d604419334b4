"""Promised payments: what the page offers, what the inside is asked, and its answer with its reason and its term."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.payments.services.promising.terms import PromiseTerms

TERMS = PromiseTerms(most_minor=300_000, days_max=7)
REQUEST = "okno.promise.request.v1"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, promises=TERMS) as opened:
        yield opened


def day(ahead: int) -> str:
    return (datetime.now(ZoneInfo("Europe/Moscow")).date() + timedelta(days=ahead)).isoformat()


def ask(shop: Shop, **changes: object) -> Any:  # noqa: ANN401 - an answer of Django's client
    wish = {"account": str(shop.account), "amount": "1234.50", "until": day(5), **changes}
    return shop.browser.send("POST", "/api/promises", wish)


def seen(shop: Shop) -> dict[str, Any]:
    answer = shop.browser.send("GET", f"/api/promises?account={shop.account}")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def asked(shop: Shop) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Members of the outbox rows, and what each tells the inside."""
    rows = shop.portal.peek(
        "SELECT data, jsonb_build_object('system', system, 'subject', subject, 'authid', authid, 'authtype', authtype,"
        " 'kind', kind, 'has_grant', grant_token IS NOT NULL) FROM kit_outbox"
        " WHERE type = %s ORDER BY seq",
        REQUEST,
    )
    return [(row, json.loads(bytes(data))) for data, row in rows]  # type: ignore[call-overload]


def answered(shop: Shop, state: str = "done", **reply: object) -> dict[str, Any]:
    outcome = {"reply": reply} if state == "done" else {"problem": {"code": "rejected"}}
    shop.portal.peek(
        "UPDATE kit_outbox SET state = %s, outcome = %s, finished_at = now() WHERE type = %s AND state = 'queued'",
        state,
        json.dumps(outcome),
        REQUEST,
    )
    shop.turn()
    newest: dict[str, Any] = seen(shop)["promises"][0]
    return newest


def test_the_inside_is_asked_under_the_customers_own_grant(shop: Shop) -> None:
    offer = seen(shop)["offer"]
    assert offer == {"most": "3000.00", "currency": "RUB", "first": day(1), "last": day(7)}
    answer = ask(shop)
    assert answer.status_code == 202, answer.content
    [promise] = seen(shop)["promises"]
    assert (promise["id"], promise["state"], promise["until"]) == (answer.json()["id"], "asked", day(5))
    [(row, told)] = asked(shop)
    assert row == {
        "system": "main",
        "subject": f"acct:{shop.account}",
        "authid": str(shop.anna),
        "authtype": "app_user",
        "kind": "command",
        "has_grant": True,
    }
    assert told == {
        "promise": promise["id"],
        "account": str(shop.account),
        "amount": {"amount": "1234.50", "currency": "RUB"},
        "until": day(5),
    }


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        ({"granted": True, "until": day(3)}, ("granted", day(3), "")),
        ({"granted": True}, ("granted", day(5), "")),
        ({"granted": False, "reason": "too-often"}, ("refused", None, "too-often")),
        ({"granted": False}, ("refused", None, "")),
    ],
)
def test_the_answer_stands_on_the_page_with_its_reason_or_its_term(
    shop: Shop, reply: dict[str, object], shown: tuple[object, ...]
) -> None:
    ask(shop)
    promise = answered(shop, promise=str(uuid4()), **reply)
    assert (promise["state"], promise["granted_until"], promise["reason"]) == shown
    assert promise["asked_at"] < promise["answered_at"]
    # Told once: what the row says later changes nothing.
    shop.portal.peek("UPDATE kit_outbox SET outcome = '{}' WHERE type = %s", REQUEST)
    shop.turn()
    assert seen(shop)["promises"] == [promise]


def test_what_the_inside_would_not_judge_is_refused(shop: Shop) -> None:
    ask(shop)
    promise = answered(shop, "failed")
    assert (promise["state"], promise["reason"]) == ("refused", "not-judged")
    assert ask(shop).status_code == 202


def test_one_question_at_a_time_whoever_asks(shop: Shop) -> None:
    boris = shop.portal.person(login="boris", phone="+79001110002")
    access_grant(boris, shop.portal.grant_token(boris, shop.account))
    other = shop.portal.signed_in("boris")
    assert ask(shop).status_code == 202
    wish = {"account": str(shop.account), "amount": "10.00", "until": day(1)}
    for browser in (shop.browser, other):
        answer = browser.send("POST", "/api/promises", wish)
        assert (answer.status_code, answer.json()["code"]) == (409, "already-asked")
    assert len(asked(shop)) == 1
    # Whose promise it is stays his own affair.
    assert other.send("GET", f"/api/promises?account={shop.account}").json()["promises"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        *(({"amount": text}, "wrong-amount") for text in ("0.00", "-5.00", "3000.01", "0.001", "много")),
        *(({"until": one}, "wrong-day") for one in (day(0), day(8), "2020-01-01")),
        ({"until": "завтра"}, "bad-request"),
    ],
)
def test_what_the_terms_forbid_is_refused_at_once_and_nobody_is_asked(
    shop: Shop, changes: dict[str, object], code: str
) -> None:
    answer = ask(shop, **changes)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == code
    assert (asked(shop), seen(shop)["promises"]) == ([], [])


@pytest.mark.parametrize("terms", [None, PromiseTerms(most_minor=1, days_max=1, currency="EUR")])
def test_a_company_without_promises_offers_none(
    tmp_path: Path, cabinet_database: Database, terms: PromiseTerms | None
) -> None:
    with shop_open(tmp_path, cabinet_database, promises=terms) as shop:
        assert seen(shop)["offer"] is None
        assert ask(shop).json()["code"] == "no-promises"


def test_a_closed_account_needs_none_and_anothers_is_the_same_as_none(shop: Shop) -> None:
    foreign = shop.portal.account()
    assert ask(shop, account=str(foreign)).status_code == 404
    assert shop.browser.send("GET", f"/api/promises?account={foreign}").status_code == 404
    shop.portal.peek("UPDATE accounts_account SET status = 'closed'")
    assert (seen(shop)["offer"], ask(shop).json()["code"]) == (None, "no-promises")


def test_without_a_grant_nothing_is_asked(shop: Shop) -> None:
    shop.portal.peek("UPDATE accounts_grant SET revoked_at = %s", datetime.now(UTC))
    assert ask(shop).status_code == 404
    assert (asked(shop), date.fromisoformat(day(1)) > date(2020, 1, 1)) == ([], True)
