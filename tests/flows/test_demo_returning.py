"""Money goes back on the whole street: from the desk over a payment system to the books and the customer's page."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from factories.clerk import Clerk
from factories.paying_street import at_provider, start
from factories.street import Demo, Visitor

pytestmark = pytest.mark.timeout(900)
DEADLINE_S = 120
MOSCOW = ZoneInfo("Europe/Moscow")
ON_TRYTON = ("--stack", "tryton", "--parties", "8", "--months", "2")
ATTEMPT = re.compile(r'name="attempt" value="([^"]+)"')
POSTING = re.compile(r'<select name="posting">\s*<option value="([^"]+)"')
BUTTON = r'name="id" value="([^"]+)">\s*<button class="button" name="act" value="{act}"'


@pytest.fixture(scope="module", params=["book", "tryton"])
def demo(request: pytest.FixtureRequest, short_directory: Path) -> Iterator[Demo]:
    """The same street on either books."""
    if request.param == "book":
        yield request.getfixturevalue("embedded_street")
    else:
        street = Demo.start(short_directory / "trr", "trr", *ON_TRYTON)
        yield street
        assert street.stop() == 0


@pytest.fixture(scope="module")
def payer(demo: Demo) -> Visitor:
    return Visitor(demo, demo.customer("in debt")).sign_in()


@pytest.fixture(scope="module")
def clerks(demo: Demo) -> tuple[Clerk, Clerk]:
    """One who asks and one who approves."""
    return Clerk(demo, "olga").enter(), Clerk(demo, "petr").enter()


def until(ask: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:  # noqa: ANN401 - whatever is asked for
    deadline = time.monotonic() + DEADLINE_S
    while not wanted(seen := ask()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
    return seen


def balance(visitor: Visitor) -> Decimal:
    return Decimal(visitor.overview()["account"]["balance"])


def payment_seen(payer: Visitor, payment: str) -> Callable[[], dict[str, Any]]:
    return lambda: dict(payer.ask("GET", f"/api/payments/{payment}").json())


def paid(payer: Visitor, amount: str) -> str:
    """A payment that stands in the books."""
    before = balance(payer)
    payment = start(payer, amount)
    seen = payment_seen(payer, payment)
    at_provider(until(seen, lambda one: one["go"] is not None)["go"], "pay")
    until(seen, lambda one: one["state"] == "posted")
    until(lambda: balance(payer), lambda now: now == before - Decimal(amount))
    return payment


def page(payment: str) -> str:
    return f"/desk/paymentrow/{payment}/"


def found(pattern: str | re.Pattern[str], text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match[1]


def test_a_refund_with_four_eyes_is_back_on_the_account_and_on_the_page(
    payer: Visitor, clerks: tuple[Clerk, Clerk]
) -> None:
    olga, petr = clerks
    payment = paid(payer, "123.45")
    before = balance(payer)
    attempt = found(ATTEMPT, olga.page(page(payment)))
    olga.press(page(payment), act="refund-ask", attempt=attempt, amount="23,45", reason="заплатил дважды")
    refund = found(BUTTON.format(act="refund-approve"), petr.page(page(payment)))
    petr.press(page(payment), act="refund-approve", id=refund)
    seen = until(payment_seen(payer, payment), lambda one: one["returns"])
    assert (seen["state"], seen["returns"][0]["kind"], seen["returns"][0]["amount"]) == ("posted", "refund", "23.45")
    until(lambda: balance(payer), lambda now: now == before + Decimal("23.45"))
    assert payer.overview()["account"]["operations"][0]["kind"] == "refund"
    until(lambda: olga.page(page(payment)), lambda shown: "списано со счёта" in shown)


def test_a_chargeback_takes_the_whole_payment_back_and_a_won_one_brings_it_again(
    payer: Visitor, clerks: tuple[Clerk, Clerk]
) -> None:
    olga, _ = clerks
    before = balance(payer)
    payment = paid(payer, "55.00")
    attempt = found(ATTEMPT, olga.page(page(payment)))
    days = {"opened": f"{datetime.now(MOSCOW):%Y-%m-%d}", "respond_by": "2099-01-01"}
    case = {"attempt": attempt, "amount": "55,00", "reference": "CB-1", "reason": "не узнаёт платёж", **days}
    olga.press(page(payment), act="case-enter", **case)
    until(lambda: balance(payer), lambda now: now == before)
    assert payment_seen(payer, payment)()["returns"][0]["kind"] == "bank"
    entered = found(BUTTON.format(act="case-won"), olga.page(page(payment)))
    olga.press(page(payment), act="case-won", id=entered)
    until(lambda: balance(payer), lambda now: now == before - Decimal("55.00"))


def test_a_misdirected_payment_stands_on_the_other_account(
    demo: Demo, payer: Visitor, clerks: tuple[Clerk, Clerk]
) -> None:
    olga, petr = clerks
    other = Visitor(demo, demo.customer("in credit")).sign_in()
    before, others = balance(payer), balance(other)
    payment = paid(payer, "66.00")
    posting = found(POSTING, olga.page(page(payment)))
    wish = {"posting": posting, "number": other.customer["numbers"][0], "reason": "ошиблись счётом"}
    olga.press(page(payment), act="move-ask", **wish)
    move = found(BUTTON.format(act="move-approve"), petr.page(page(payment)))
    petr.press(page(payment), act="move-approve", id=move)
    until(lambda: balance(other), lambda now: now == others - Decimal("66.00"))
    until(lambda: balance(payer), lambda now: now == before)
    assert "перенесён" in olga.page(page(payment))
