"""Posting: entry, lines, balance, version, outbox row and wake-up in one transaction.

The work is in three conversations with the database: lock and look, number, write.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec
import psycopg
from psycopg import errors

from okno.connectors.book.allocation import allocate, due_read
from okno.connectors.book.drafts import SIGN, Draft, Posting, check_amount, check_draft, refuse
from okno.connectors.runtime.clearing import clear_text
from okno.connectors.runtime.events import AccountChanged, OperationPosted
from okno.connectors.runtime.port import AccountState, Operation, RefusalCode, Version
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.wire import Stamp, utc
from okno.protocol.ids import is_id

_ACCOUNT_COLUMNS = """
SELECT a.id::text, a.number, a.currency, a.status, a.balance, a.receivable, a.unallocated, c.name
FROM book.account a JOIN book.customer c ON c.id = a.customer
"""
_ACCOUNT = {
    "id": f"{_ACCOUNT_COLUMNS} WHERE a.id = %s::uuid FOR UPDATE OF a",
    "number": f"{_ACCOUNT_COLUMNS} WHERE a.number = %s FOR UPDATE OF a",
}
_ENTRY = """
SELECT e.id, e.key, e.account::text, e.kind, e.channel, e.amount, e.balance, e.epoch, e.n, e.posted_at, e.text, r.key
FROM book.entry e LEFT JOIN book.entry r ON r.id = e.reverses WHERE e.key = %s
"""
_DAY = """
SELECT (m.at AT TIME ZONE c.zone)::date, d.day IS NOT NULL, m.at, m.at > clock_timestamp() + interval '5 minutes'
FROM book.company c CROSS JOIN (SELECT coalesce(%s, clock_timestamp()) AS at) m
LEFT JOIN book.closed_day d ON d.day = (m.at AT TIME ZONE c.zone)::date
"""
_LEDGER = "SELECT id FROM book.ledger WHERE code = %s AND currency = %s"
_LEDGER_NEW = "INSERT INTO book.ledger (code, kind, currency) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_GIVEN_BACK = "SELECT coalesce(sum(abs(amount)), 0)::bigint FROM book.entry WHERE reverses = %s"
_WRITE_ENTRY = """
INSERT INTO book.entry (key, account, kind, channel, amount, balance, epoch, n, posted_at, day, text, shown, reverses)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_WRITE_LINE = """
INSERT INTO book.line (entry, place, ledger, currency, debit, credit)
VALUES (%s, %s, %s, %s, %s, %s)
"""


class Account(msgspec.Struct, frozen=True):
    """A billing account under its row lock."""

    id: str
    number: str
    currency: str
    status: str
    balance: int
    receivable: int
    unallocated: int
    name: str


class Entry(msgspec.Struct, frozen=True):
    id: int
    key: str
    account: str
    kind: str
    channel: str | None
    amount: int
    balance: int
    epoch: int
    n: int
    posted_at: datetime
    text: str
    reverses: str | None


class _Line(msgspec.Struct, frozen=True):
    ledger: int
    debit: int
    credit: int


def post(connection: psycopg.Connection, draft: Draft) -> Posting:
    """Post `draft` in a transaction of its own (a savepoint inside of another). Raises Refusal; then nothing is stored.

    The same key with the same content answers what was posted the first time (`repeated`).
    """
    check_draft(draft)
    try:
        with connection.pipeline(), connection.transaction():
            unit = Unit(connection)
            unit.begin()
            return enter(unit, draft)
    except errors.UniqueViolation as error:
        # Two accounts at once under one key: each held its own account's lock, the index decided.
        raise refuse(RefusalCode.KEY_CONFLICT, f"the key {draft.key!r} was posted elsewhere at this moment") from error


def enter(unit: Unit, draft: Draft) -> Posting:
    """Post a checked draft inside the caller's transaction."""
    connection = unit.connection
    account = account_lock(connection, draft.account)
    known = entry_find(connection, draft.key)
    if known is not None:
        return _repeat(known, account, draft)
    if account.status == "closed":
        raise refuse(RefusalCode.ACCOUNT_CLOSED, f"account {account.number} is closed")
    if draft.currency is not None and draft.currency != account.currency:
        detail = f"account {account.number} is kept in {account.currency}, not in {draft.currency}"
        raise refuse(RefusalCode.CURRENCY_MISMATCH, detail)
    origin = _origin(connection, account, draft)
    amount, lines = _lines(connection, account, draft, origin)
    day, posted_at = _day(connection, draft)
    stamp = unit.stamp(account.id)
    balance = account.balance + amount
    channel = draft.channel or (origin.channel if origin is not None else None)
    cleared = clear_text(draft.text, account.name)
    version = stamp.version
    row = connection.execute(
        _WRITE_ENTRY,
        (
            *(draft.key, account.id, draft.kind, channel, amount, balance, version.epoch, version.n, posted_at, day),
            *(draft.text, cleared if cleared != draft.text else None, origin.id if origin is not None else None),
        ),
    ).fetchone()
    assert row is not None
    for place, line in enumerate(lines, 1):
        values = (row[0], place, line.ledger, account.currency, line.debit, line.credit)
        connection.execute(_WRITE_LINE, values)
    connection.execute(
        "UPDATE book.account SET balance = %s, changed_at = clock_timestamp() WHERE id = %s", (balance, account.id)
    )
    operation = Operation(draft.key, draft.kind, channel, amount, balance, utc(posted_at), cleared, draft.reverses)
    unit.emit(account.id, OperationPosted(account.id, account.currency, operation), stamp=stamp)
    if _settles(draft, origin) and allocate(connection, account.id, entry=row[0], gained=-amount):
        account_tell(unit, account, balance)
    return _posting(account, operation, version)


def account_lock(connection: psycopg.Connection, reference: str) -> Account:
    """Lock the account of a number or an id. Raises Refusal ACCOUNT_UNKNOWN."""
    column = "id" if is_id(reference) else "number"
    row = connection.execute(_ACCOUNT[column], (reference,)).fetchone()
    if row is None:
        raise refuse(RefusalCode.ACCOUNT_UNKNOWN, f"there is no account {reference!r}")
    return Account(*row)


def account_tell(unit: Unit, account: Account, balance: int) -> Stamp:
    """Tell the account's state (status, due) as it will stand after this transaction."""
    row = unit.connection.execute("SELECT status FROM book.account WHERE id = %s", (account.id,)).fetchone()
    assert row is not None
    due = due_read(unit.connection, account.id)
    state = AccountState(account.id, account.currency, account.number[-4:], row[0], balance, due)
    return unit.emit(account.id, AccountChanged(state))


def entry_find(connection: psycopg.Connection, key: str) -> Entry | None:
    row = connection.execute(_ENTRY, (key,)).fetchone()
    return None if row is None else Entry(*row)


def _repeat(known: Entry, account: Account, draft: Draft) -> Posting:
    """Answer what stands under the key, or refuse when something else was asked for then."""
    asked = 0 if draft.kind == "correction" else SIGN[draft.kind] * draft.amount
    held = 0 if known.kind == "correction" else known.amount
    same = (known.account, known.kind, held, known.text, known.reverses) == (
        *(account.id, draft.kind, asked, draft.text, draft.reverses),
    )
    if not same:
        raise refuse(RefusalCode.KEY_CONFLICT, f"the key {draft.key!r} was posted with another content")
    operation = Operation(
        known.key, known.kind, known.channel, known.amount, known.balance, utc(known.posted_at), known.text
    )
    return _posting(account, operation, Version(known.epoch, known.n), repeated=True)


def _posting(account: Account, operation: Operation, version: Version, *, repeated: bool = False) -> Posting:
    return Posting(
        key=operation.key,
        account=account.id,
        number=account.number,
        kind=operation.kind,
        amount=operation.amount,
        balance=operation.balance,
        currency=account.currency,
        version=version,
        posted_at=operation.posted_at,
        repeated=repeated,
    )


def _origin(connection: psycopg.Connection, account: Account, draft: Draft) -> Entry | None:
    """The entry that a correction or refund is about, after the checks that it may still be taken back."""
    if draft.reverses is None:
        return None
    origin = entry_find(connection, draft.reverses)
    if origin is None or origin.account != account.id:
        raise refuse(RefusalCode.ENTRY_UNKNOWN, f"account {account.number} has no entry {draft.reverses!r}")
    if draft.kind == "refund" and origin.kind != "payment":
        raise refuse(RefusalCode.VALUE_INVALID, f"only a payment can be refunded, {origin.key!r} is a {origin.kind}")
    if origin.kind == "correction":
        raise refuse(RefusalCode.VALUE_INVALID, "a correction is final: post the right entry anew")
    row = connection.execute(_GIVEN_BACK, (origin.id,)).fetchone()
    assert row is not None
    left = abs(origin.amount) - row[0]
    if left < (draft.amount or abs(origin.amount)):
        raise refuse(RefusalCode.ENTRY_CORRECTED, f"entry {origin.key!r} was taken or paid back before")
    return origin


def _lines(
    connection: psycopg.Connection, account: Account, draft: Draft, origin: Entry | None
) -> tuple[int, list[_Line]]:
    """Effect on the account, and the lines in debit and credit that make it."""
    if draft.kind == "correction":
        assert origin is not None
        query = "SELECT ledger, credit, debit FROM book.line WHERE entry = %s ORDER BY place"
        return -origin.amount, [_Line(*row) for row in connection.execute(query, (origin.id,)).fetchall()]
    check_amount(draft.amount, account.currency)
    amount = SIGN[draft.kind] * draft.amount
    counter = _ledger(connection, draft, account.currency)
    debit, credit = (account.receivable, counter) if amount > 0 else (counter, account.receivable)
    return amount, [_Line(debit, draft.amount, 0), _Line(credit, 0, draft.amount)]


def _ledger(connection: psycopg.Connection, draft: Draft, currency: str) -> int:
    """The other side of the receivable: revenue or allowance of a service, cash or bank of a channel."""
    if draft.kind in ("charge", "credit"):
        code, kind = (f"revenue.{draft.service}", "income")
        if draft.kind == "credit":
            code, kind = (f"allowance.{draft.service}", "expense")
    else:
        channel = draft.channel or "bank"
        code, kind = (f"cash.{channel}" if channel.startswith("cash") else f"bank.{channel}", "asset")
    row = connection.execute(_LEDGER, (code, currency)).fetchone()
    if row is None:
        connection.execute(_LEDGER_NEW, (code, kind, currency))
        row = connection.execute(_LEDGER, (code, currency)).fetchone()
    assert row is not None
    return int(row[0])


def _day(connection: psycopg.Connection, draft: Draft) -> tuple[date, datetime]:
    row = connection.execute(_DAY, (draft.posted_at,)).fetchone()
    assert row is not None
    day, closed, at, early = row
    if early:
        raise refuse(RefusalCode.VALUE_INVALID, f"{at} has not come yet: an entry is posted now or earlier")
    if closed:
        raise refuse(RefusalCode.DAY_CLOSED, f"the business day {day} is closed")
    return day, at


def _settles(draft: Draft, origin: Entry | None) -> bool:
    """Whether the entry is money that settles bills (or takes that back); a charge and its correction are not."""
    return draft.kind != "charge" and not (origin is not None and origin.kind == "charge")
