"""Posted lines of accounts receivable as entries of our ledgers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from okno.connectors.runtime.port import Entry
from okno.connectors.tryton.companies import Company, minor_of
from okno.connectors.tryton.references import Place

LINE_FIELDS = (
    *("company", "party", "date", "debit", "credit", "second_currency.code", "amount_second_currency"),
    *("maturity_date", "reconciliation", "invoice_payment", "description", "create_date"),
    *("move", "move.number", "move.origin", "move.description"),
)
#: Of a line that a customer is told.
RECEIVABLE, POSTED = ("account.type.receivable", "=", True), ("move.state", "=", "posted")
#: What a move of ours says of itself, instead of a description that somebody would have to keep clear of names.
REFUND, OURS = "okno:refund:", "okno:"
PAYMENT_MARK = "payment:"
_PAID = ("account.payment,", "account.statement")
_NOON = time(12)

Row = Mapping[str, Any]


def place_of_line(row: Row, companies: Mapping[int, Company]) -> Place:
    second = row["second_currency."]
    currency = second["code"] if second else companies[row["company"]].currency
    return Place(row["company"], row["party"], currency)


def amount_of(row: Row, currency: str) -> int:
    """Signed effect in minor units: + is owed by the customer, as a debit of a receivable is."""
    second = row["amount_second_currency"]
    return minor_of(second if row["second_currency."] else row["debit"] - row["credit"], currency)


def lines_of(place: Place, companies: Mapping[int, Company]) -> list[Any]:
    """The domain of an account's lines."""
    second: Any = ("second_currency.code", "=", place.currency)
    if companies[place.company].currency == place.currency:
        second = ["OR", ("second_currency", "=", None), second]
    return [("party", "=", place.party), ("company", "=", place.company), RECEIVABLE, POSTED, second]


class Entries:
    """Makes the entries of one account from its lines. `ours`: ids of the payments that we have posted."""

    def __init__(self, place: Place, zone: ZoneInfo, ours: Collection[int] = ()) -> None:
        self._place = place
        self._zone = zone
        self._ours = ours

    def of(self, rows: Sequence[Row], taken_back: Mapping[int, int]) -> list[Entry]:
        """In the order of their dates. `taken_back`: by move, the line that it takes back."""
        keys = {row["id"]: key_of(row["id"], ours=origin_payment(row) in self._ours) for row in rows}
        found = [self._entry(row, taken_back, keys) for row in rows if amount_of(row, self._place.currency)]
        return sorted(found, key=lambda entry: (entry.posted_at, entry.key))

    def _entry(self, row: Row, taken_back: Mapping[int, int], keys: Mapping[int, str]) -> Entry:
        amount = amount_of(row, self._place.currency)
        origin = taken_back.get(row["move"])
        return Entry(
            key=keys[row["id"]],
            kind=_kind(row, amount, corrects=origin is not None),
            amount=amount,
            posted_at=self._moment(row),
            day=row["date"],
            text=self._text(row),
            channel="card" if origin_payment(row) is not None else None,
            document=row["move."]["number"] or "",
            reverses=keys[origin] if origin is not None else None,
        )

    def _moment(self, row: Row) -> datetime:
        """When it was entered, if that was on its own day; a line of another day stands at its noon."""
        entered: datetime = row["create_date"]
        if entered.astimezone(self._zone).date() == row["date"]:
            return entered
        return datetime.combine(row["date"], _NOON, self._zone)

    def _text(self, row: Row) -> str:
        told = row["description"] or row["move."]["description"] or ""
        return "" if told.startswith(OURS) else told


def key_of(line: int, *, ours: bool = False) -> str:
    """Of a payment that we have posted the key says so, as it does in every accounting (`books_mark` of the till)."""
    return f"{PAYMENT_MARK if ours else ''}line-{line}"


def origin_payment(row: Row) -> int | None:
    """The Tryton payment whose clearing the line's move is."""
    model, _, number = (row["move."]["origin"] or "").partition(",")
    return int(number) if model == "account.payment" else None


def is_ours(reference: str | None) -> bool:
    """Whether a payment was posted by us: its reference is the key of a posting, which is a UUID."""
    try:
        return reference is not None and str(UUID(reference)) == reference
    except ValueError:
        return False


def is_paid(row: Row) -> bool:
    """Whether a payment or a bank's statement is where the line comes from."""
    return (row["move."]["origin"] or "").startswith(_PAID)


def _kind(row: Row, amount: int, *, corrects: bool) -> str:
    """By where the move comes from; what a bookkeeper entered by hand goes by its sign."""
    if corrects:
        return "correction"
    if (row["move."]["description"] or "").startswith(REFUND):
        return "refund"
    if amount < 0:
        return "payment" if is_paid(row) else "credit"
    return "refund" if is_paid(row) else "charge"
