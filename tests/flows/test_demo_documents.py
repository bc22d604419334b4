"""Documents of the whole product: asked for in the portal, answered by the real book, downloaded and read."""

import time
from datetime import UTC, datetime

import pytest
from factories.street import Demo, Visitor

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.press.rereading import pages_of, symbol_of, text_of
from okno.cli.instance.company import DEMO_PAYEE

READY_WITHIN_S = 60


@pytest.fixture
def visitor(embedded_street: Demo) -> Visitor:
    return Visitor(embedded_street, embedded_street.customer("two accounts")).sign_in()


def made(visitor: Visitor, wish: dict[str, str]) -> str:
    """A document that is ready; returns its id."""
    account = visitor.customer["accounts"][0]
    asked = visitor.ask("POST", f"/api/accounts/{account}/documents", wish)
    assert asked.status == 202, asked.body
    document, until = asked.json()["id"], time.monotonic() + READY_WITHIN_S
    while (state := visitor.ask("GET", f"/api/documents/{document}").json())["state"] == "asked":
        assert time.monotonic() < until, state
        time.sleep(0.1)
    assert state["state"] == "ready", state
    return str(document)


def test_demo_slip_says_what_the_book_has(visitor: Visitor) -> None:
    answer = visitor.ask("GET", f"/api/documents/{made(visitor, {'kind': 'slip', 'amount': '100.00'})}/file")
    assert answer.status == 200
    assert pages_of(answer.body) == 1
    fields = gost.decode(symbol_of(answer.body))
    assert (fields["Name"], fields["PersonalAcc"], fields["Sum"]) == (DEMO_PAYEE.name, DEMO_PAYEE.account, "10000")
    assert fields["PersAcc"] in text_of(answer.body)


@pytest.mark.parametrize("kind", ["statement", "reconciliation"])
def test_demo_papers_of_a_period_add_up(visitor: Visitor, kind: str) -> None:
    today = datetime.now(UTC).date()
    period = {"first": today.replace(day=1).isoformat(), "last": today.isoformat()}
    answer = visitor.ask("GET", f"/api/documents/{made(visitor, {'kind': kind, **period})}/file")
    assert answer.status == 200
    assert DEMO_PAYEE.name in text_of(answer.body)
