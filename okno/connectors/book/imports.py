"""Accounts and operations from CSV: the whole file or nothing, and every wrong line named.

UTF-8, a header line, commas. The header tells which of the two kinds of file it is. A line whose key (operations) or
number (accounts) is in the book with the same content is passed over, so a file may be sent again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TextIO

import msgspec
import psycopg
from psycopg import errors

from okno.connectors.book.accounts import NewCustomer, account_open, customer_add
from okno.connectors.book.drafts import Draft, check_draft, parse_amount, refuse
from okno.connectors.book.posting import enter
from okno.connectors.runtime.port import Refusal, RefusalCode
from okno.connectors.runtime.store.unit import Unit

ACCOUNT_COLUMNS = ("number", "currency", "contract", "name", "phone", "born", "address")
OPERATION_COLUMNS = (
    "key",
    "account",
    "kind",
    "amount",
    "currency",
    "channel",
    "service",
    "posted_at",
    "text",
    "reverses",
)
ERRORS_MAX = 20
FIELD_CHARS_MAX = 2_000

Row = dict[str, str]
_KNOWN = """
SELECT a.currency, c.contract, c.name, coalesce(c.phone, ''), coalesce(c.born::text, ''), c.address
FROM book.account a JOIN book.customer c ON c.id = a.customer WHERE a.number = %s
"""


class ImportReport(msgspec.Struct, frozen=True):
    """`kind` is accounts or operations."""

    kind: str
    written: int
    repeated: int


class ImportRefused(Exception):  # noqa: N818 - an answer about the file, not a fault of the program
    """Nothing was stored. `lines` are (line number, what is wrong), in order, at most ERRORS_MAX."""

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        super().__init__("\n".join(f"line {number}: {text}" for number, text in lines))
        self.lines = lines


def import_csv(connection: psycopg.Connection, source: TextIO) -> ImportReport:
    """Import the file in one transaction. Raises ImportRefused."""
    reader = csv.DictReader(source, restkey="", strict=True)
    kind, take = _kind_of(reader)
    wrong: list[tuple[int, str]] = []
    counts = [0, 0]
    with connection.transaction():
        unit = Unit(connection)
        unit.begin()
        for line, row in _rows(reader, wrong):
            try:
                with connection.transaction():
                    counts[take(unit, row)] += 1
            except Refusal as refusal:
                wrong.append((line, refusal.detail))
            except errors.UniqueViolation:
                wrong.append((line, "the key was posted elsewhere at this moment: send the file again"))
            if len(wrong) >= ERRORS_MAX:
                break
        if wrong:
            raise ImportRefused(wrong)
    return ImportReport(kind, *counts)


def _kind_of(reader: csv.DictReader[str]) -> tuple[str, Callable[[Unit, Row], bool]]:
    try:
        header = tuple(reader.fieldnames or ())
    except (csv.Error, UnicodeDecodeError) as error:
        raise ImportRefused([(1, f"not a CSV file in UTF-8: {error}")]) from error
    for kind, columns, needed, take in (
        ("accounts", ACCOUNT_COLUMNS, {"number", "contract", "name"}, _take_account),
        ("operations", OPERATION_COLUMNS, {"key", "account", "kind"}, _take_operation),
    ):
        if needed <= set(header):
            strange = [name for name in header if name not in columns]
            if strange or len(set(header)) < len(header):
                raise ImportRefused([(1, f"columns of {kind} are {', '.join(columns)}, each at most once")])
            return kind, take
    raise ImportRefused(
        [(1, "the header is neither of accounts (number, contract, name, …) nor of operations (key, account, kind, …)")]
    )


def _rows(reader: csv.DictReader[str], wrong: list[tuple[int, str]]) -> Iterator[tuple[int, Row]]:
    """Lines of the file by number; a broken one is reported and ends the reading, since what follows is a guess."""
    while True:
        try:
            row = next(reader, None)
        except (csv.Error, UnicodeDecodeError) as error:
            wrong.append((reader.line_num + 1, f"not a line of CSV in UTF-8: {error}"))
            return
        if row is None:
            return
        if "" in row or None in row.values():
            wrong.append((reader.line_num, "the line has another number of fields than the header"))
            continue
        if any(len(value) > FIELD_CHARS_MAX for value in row.values()):
            wrong.append((reader.line_num, f"a field is longer than {FIELD_CHARS_MAX} characters"))
            continue
        yield reader.line_num, {name: value.strip() for name, value in row.items()}


def _take_account(unit: Unit, row: Row) -> bool:
    """Open the account of the line; True when it stands in the book already."""
    currency = row.get("currency") or "RUB"
    asked = (currency, row["contract"], row["name"], *(row.get(name, "") for name in ("phone", "born", "address")))
    known = unit.connection.execute(_KNOWN, (row["number"],)).fetchone()
    if known is not None:
        # A field left empty says nothing.
        if any(said and said != held for said, held in zip(asked, known, strict=True)):
            raise refuse(RefusalCode.KEY_CONFLICT, f"account {row['number']} stands in the book with other particulars")
        return True
    customer = _customer(unit.connection, row)
    account_open(unit.connection, number=row["number"], customer=customer, currency=currency)
    return False


def _customer(connection: psycopg.Connection, row: Row) -> str:
    """The customer of the line's contract: a second account of a contract has the same customer."""
    known = connection.execute(
        "SELECT id::text, name FROM book.customer WHERE contract = %s", (row["contract"],)
    ).fetchone()
    if known is None:
        born = _date(row["born"]) if row.get("born") else None
        person = NewCustomer(row["name"], row["contract"], row.get("phone") or None, born, row.get("address", ""))
        return customer_add(connection, person)
    if known[1] != row["name"]:
        raise refuse(RefusalCode.KEY_CONFLICT, f"contract {row['contract']} has a customer of another name")
    return str(known[0])


def _take_operation(unit: Unit, row: Row) -> bool:
    """Post the line; True when its key stands in the book with the same content."""
    currency = row.get("currency") or "RUB"
    amount = row.get("amount", "")
    draft = Draft(
        account=row["account"],
        kind=row["kind"],
        key=row["key"],
        amount=parse_amount(amount, currency) if amount or row["kind"] != "correction" else 0,
        currency=currency,
        text=row.get("text", ""),
        channel=row.get("channel") or None,
        service=row.get("service") or "service",
        posted_at=_moment(row["posted_at"]) if row.get("posted_at") else None,
        reverses=row.get("reverses") or None,
    )
    check_draft(draft)
    return enter(unit, draft).repeated


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise refuse(RefusalCode.VALUE_INVALID, f"{text!r} is not a date like 1980-05-31") from error


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise refuse(RefusalCode.VALUE_INVALID, f"{text!r} is not a time like 2026-11-22T12:04:00+03:00") from error
