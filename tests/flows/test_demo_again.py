"""What the books refused is sent again over the whole street: they have it once, also when the first had arrived."""

import re
import time
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest
from factories.clerk import Clerk
from factories.paying_street import at_provider, start
from factories.paying_street import until as paid_until
from factories.street import Demo, Visitor

from okno.cli.instance.reach import reach_of

DEADLINE_S = 120
AGAIN = re.compile(r'name="id" value="([^"]+)">(?:(?!</form>).)*value="posting-again"', re.DOTALL)
STATUS = "UPDATE book.account SET status = %s WHERE number = %s"
# The answer is lost, and a refusal stands in its place: what only a fault of ours could bring about.
LOST = (
    "ALTER TABLE payments_posting DISABLE TRIGGER state_guard",
    (
        "UPDATE payments_posting SET state = 'rejected', operation = NULL, posted_at = NULL"
        " WHERE attempt_id = (SELECT id FROM payments_attempt WHERE payment_id = %(payment)s)"
    ),
    (
        "UPDATE kit_outbox SET state = 'failed', outcome = '{}' WHERE id = (SELECT outbox FROM payments_posting"
        " WHERE attempt_id = (SELECT id FROM payments_attempt WHERE payment_id = %(payment)s))"
    ),
    "ALTER TABLE payments_posting ENABLE TRIGGER state_guard",
)


@pytest.fixture(scope="module")
def petr(embedded_street: Demo) -> Clerk:
    return Clerk(embedded_street, "pavel").enter()


@pytest.fixture(scope="module")
def payer(embedded_street: Demo) -> Visitor:
    return Visitor(embedded_street, embedded_street.customer("in debt")).sign_in()


def balance(visitor: Visitor) -> Decimal:
    return Decimal(visitor.overview()["account"]["balance"])


def until(ask: Callable[[], object], wanted: Callable[[object], bool]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not wanted(seen := ask()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)


def pressed(payer: Visitor, amount: str) -> str:
    payment = start(payer, amount)
    at_provider(paid_until(payer, payment, lambda seen: seen["go"] is not None)["go"], "pay")
    return payment


def send_again(petr: Clerk, payment: str) -> None:
    path = f"/desk/paymentrow/{payment}/"
    found = AGAIN.search(petr.page(path))
    assert found is not None
    petr.press(path, act="posting-again", id=found[1], reason="счёт снова открыт")


def test_money_for_an_account_that_was_closed_is_posted_once_it_is_open(payer: Visitor, petr: Clerk) -> None:
    before, number = balance(payer), payer.customer["numbers"][0]
    with psycopg.connect(reach_of(payer.demo.directory).book, autocommit=True) as book:
        book.execute(STATUS, ["closed", number])
        try:
            payment = pressed(payer, "12.00")
            until(lambda: petr.page(f"/desk/paymentrow/{payment}/"), lambda page: "учёт отказал" in str(page))
        finally:
            book.execute(STATUS, ["active", number])
    send_again(petr, payment)
    paid_until(payer, payment, lambda seen: seen["state"] == "posted")
    until(lambda: balance(payer), lambda now: now == before - Decimal("12.00"))


def test_what_had_arrived_is_in_the_books_once(payer: Visitor, petr: Clerk) -> None:
    before = balance(payer)
    payment = pressed(payer, "13.00")
    paid_until(payer, payment, lambda seen: seen["state"] == "posted")
    until(lambda: balance(payer), lambda now: now == before - Decimal("13.00"))
    reach = reach_of(payer.demo.directory)
    with psycopg.connect(reach.cabinet) as cabinet:
        for statement in LOST:
            cabinet.execute(statement, {"payment": payment})
    send_again(petr, payment)
    until(lambda: petr.page(f"/desk/paymentrow/{payment}/"), lambda page: "записано, отправлено ещё раз" in str(page))
    [posting] = postings(reach.cabinet, payment)
    with psycopg.connect(reach.book) as book:
        found = book.execute("SELECT count(*) FROM book.entry WHERE key = %s", [f"payment:{posting}"]).fetchone()
    assert found == (1,)
    assert balance(payer) == before - Decimal("13.00")


def postings(dsn: str, payment: str) -> list[str]:
    with psycopg.connect(dsn) as cabinet:
        found = cabinet.execute(
            "SELECT posting.id::text FROM payments_posting posting"
            " JOIN payments_attempt attempt ON attempt.id = posting.attempt_id WHERE attempt.payment_id = %s",
            [payment],
        ).fetchall()
    return [row[0] for row in found]
