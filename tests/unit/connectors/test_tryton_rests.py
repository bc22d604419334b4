"""What is left to pay of lines of a receivable: paid is paid, also before an accountant has reconciled it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from okno.connectors.runtime.port import Due
from okno.connectors.tryton.rests import due_of, rests_of

SEPTEMBER, OCTOBER, NOVEMBER = date(2026, 9, 13), date(2026, 10, 13), date(2026, 11, 13)


def line(number: int, amount: str, term: date | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - columns
    """A line of party's account; above zero it is owed. Its move is of the invoice with its number."""
    exact = Decimal(amount)
    return {
        "id": number,
        "date": date(2026, 9, 1),
        "debit": max(exact, Decimal(0)),
        "credit": max(-exact, Decimal(0)),
        "second_currency.": None,
        "amount_second_currency": None,
        "maturity_date": term,
        "reconciliation": None,
        "invoice_payment": None,
        "move.": {"origin": f"account.invoice,{number}" if exact > 0 else "account.payment,7"},
        **more,
    }


BILLED = [line(1, "100.00", SEPTEMBER), line(2, "100.00", OCTOBER), line(3, "50.00", NOVEMBER)]


@pytest.mark.parametrize(
    ("paid", "rests"),
    [
        ([], {1: 10000, 2: 10000, 3: 5000}),
        # What came through the cabinet pays what fell due first.
        ([line(8, "-100.00")], {1: 0, 2: 10000, 3: 5000}),
        ([line(8, "-30.00"), line(9, "-100.00")], {1: 0, 2: 7000, 3: 5000}),
        # What somebody has given to an invoice pays that one, and with what is over the others.
        ([line(8, "-20.00", invoice_payment=3)], {1: 10000, 2: 10000, 3: 3000}),
        ([line(8, "-80.00", invoice_payment=3)], {1: 7000, 2: 10000, 3: 0}),
        # What is reconciled is settled: it pays nothing else.
        ([line(8, "-100.00", reconciliation=4)], {1: 10000, 2: 10000, 3: 5000}),
        ([line(8, "-1000.00")], {1: 0, 2: 0, 3: 0}),
    ],
)
def test_credits_pay_what_fell_due_first(paid: Sequence[dict[str, Any]], rests: dict[int, int]) -> None:
    assert rests_of([*BILLED, *paid], "RUB") == rests
    assert rests_of([*paid, *reversed(BILLED)], "RUB") == rests


def test_a_reconciled_invoice_is_not_left_to_pay() -> None:
    assert rests_of([line(1, "100.00", SEPTEMBER, reconciliation=4), BILLED[1]], "RUB") == {2: 10000}


def test_a_charge_without_a_term_is_paid_in_the_order_of_its_day() -> None:
    returned = line(4, "10.00")
    assert rests_of([*BILLED, returned, line(8, "-15.00")], "RUB") == {4: 0, 1: 9500, 2: 10000, 3: 5000}


def test_another_currency_counts_by_its_own_amount() -> None:
    euro = {"second_currency.": {"code": "EUR"}}
    rows = [
        line(1, "9000.00", SEPTEMBER, amount_second_currency=Decimal("100.00"), **euro),
        line(8, "-3000.00", amount_second_currency=Decimal("-30.00"), **euro),
    ]
    assert rests_of(rows, "EUR") == {1: 7000}


def test_what_is_due_is_due_since_the_oldest_that_is_not_paid() -> None:
    assert due_of(BILLED, "RUB", 25000) == Due(25000, SEPTEMBER)
    assert due_of([*BILLED, line(8, "-100.00")], "RUB", 15000) == Due(15000, OCTOBER)
    assert due_of([*BILLED, line(8, "-250.00")], "RUB", 0) is None
    assert due_of([line(4, "10.00")], "RUB", 1000) is None
