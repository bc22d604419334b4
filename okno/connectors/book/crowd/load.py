"""The crowd into the book by COPY: one transaction, whole or not at all, proved to balance before it commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import psycopg
from psycopg import sql

from okno.connectors.book.crowd.history import (
    ANCHOR,
    CHARGE_SERVICE,
    OPERATIONS_PER_ACCOUNT,
    RawOperation,
    raw_operations,
)
from okno.connectors.book.crowd.indexes import indexes_apart
from okno.connectors.book.crowd.people import CrowdAccount, account_id, account_number, row_of

Progress = Callable[[int, int], None]

CHUNK_ACCOUNTS = 5_000
# Below this the indexes are cheaper to keep than to build again.
REBUILD_OPERATIONS_MIN = 200_000
_MOSCOW_OFFSET_S = 3 * 3600
_CHANNELS = ("card", "sbp", "agent")

_LEDGERS = """
INSERT INTO book.ledger (code, kind, currency)
SELECT code, kind, 'RUB' FROM unnest(%s::text[], %s::text[]) AS l(code, kind)
ON CONFLICT DO NOTHING
"""
_LINES = """
INSERT INTO book.line (entry, place, ledger, currency, debit, credit)
SELECT e.id, p.place, CASE WHEN (e.amount > 0) = (p.place = 1) THEN a.receivable ELSE o.id END, a.currency,
       CASE p.place WHEN 1 THEN abs(e.amount) ELSE 0 END, CASE p.place WHEN 2 THEN abs(e.amount) ELSE 0 END
FROM book.entry e JOIN book.account a ON a.id = e.account
JOIN book.ledger o ON o.currency = a.currency AND o.code = CASE e.kind
    WHEN 'charge' THEN %(revenue)s WHEN 'credit' THEN %(allowance)s
    ELSE CASE e.channel WHEN 'cash' THEN 'cash.cash' ELSE 'bank.' || e.channel END END
CROSS JOIN (VALUES (1::smallint), (2::smallint)) AS p(place)
WHERE e.id >= %(first)s
"""
_VERSIONS = """
INSERT INTO store.version (account, n) SELECT account, max(n) FROM book.entry WHERE id >= %(first)s GROUP BY account
"""
_BILLS = """
INSERT INTO book.bill (id, number, account, period_from, period_to, currency, amount, remaining, due_on, issued_at)
SELECT gen_random_uuid(), 'B-' || a.number, a.id, date_trunc('month', %(until)s::timestamptz)::date,
       %(until)s::date, a.currency, a.balance, a.balance, %(until)s::date + 15, %(until)s
FROM book.account a WHERE a.balance > 0 AND a.number BETWEEN %(from)s AND %(to)s
"""
_CUSTOMER = "book.customer (id, name, contract, phone, born, address)"
_LEDGER = "book.ledger (id, code, kind, currency)"
_ACCOUNT = "book.account (id, number, customer, currency, status, balance, unallocated, receivable)"
_ENTRY = "book.entry (id, key, account, kind, channel, amount, balance, epoch, n, posted_at, day, text, made_in)"
_UNEVEN = """
SELECT count(*) FROM (SELECT e.id, e.amount FROM book.entry e LEFT JOIN book.line l ON l.entry = e.id
    WHERE e.id >= %(first)s GROUP BY e.id, e.amount
    HAVING count(l.*) < 2 OR sum(l.debit) <> sum(l.credit) OR sum(l.debit) <> abs(e.amount)) AS uneven
"""


class _Crowd(NamedTuple):
    customers: int
    seed: int
    per_account: int
    until: datetime
    chunk: int


class CrowdPresent(Exception):  # noqa: N818 - an answer about the book, not a fault of the program
    """The crowd of this seed stands in the book already."""


def load(
    dsn: str,
    customers: int,
    seed: int,
    operations_per_account: int = OPERATIONS_PER_ACCOUNT,
    progress: Progress | None = None,
    *,
    until: datetime = ANCHOR,
    chunk_accounts: int = CHUNK_ACCOUNTS,
    rebuild_operations_min: int = REBUILD_OPERATIONS_MIN,
) -> None:
    """Write the crowd; `progress(done, customers)` is called as accounts are sent. Raises CrowdPresent.

    No events are emitted: whoever loads a crowd loads the same one into what follows the book.
    """
    crowd = _Crowd(customers, seed, operations_per_account, until, chunk_accounts)
    total = customers * operations_per_account
    with psycopg.connect(dsn) as connection:
        _refuse_second(connection, seed)
        connection.execute("SET LOCAL synchronous_commit = off")
        # Ids are given here, so nobody else may take some meanwhile; entry and line are locked by what follows.
        connection.execute("LOCK TABLE book.ledger IN SHARE ROW EXCLUSIVE MODE")
        with indexes_apart(connection, rebuild=total >= rebuild_operations_min):
            first = _copy(connection, crowd, progress or _silent)
            _derive(connection, crowd, first)
        _prove(connection, first)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ANALYZE book.customer, book.ledger, book.account, book.entry, book.line, store.version")


def _refuse_second(connection: psycopg.Connection, seed: int) -> None:
    known = connection.execute("SELECT 1 FROM book.account WHERE id = %s", (account_id(seed, 0),)).fetchone()
    if known is not None:
        raise CrowdPresent(f"the crowd of seed {seed} stands in the book already")


def _copy(connection: psycopg.Connection, crowd: _Crowd, progress: Progress) -> int:
    """Send customers, ledgers, accounts and entries by chunks; return the first entry's id."""
    codes = [f"revenue.{CHARGE_SERVICE}", "allowance.service", "cash.cash", *(f"bank.{name}" for name in _CHANNELS)]
    connection.execute(_LEDGERS, (codes, ["income", "expense", *["asset"] * (len(codes) - 2)]))
    ledger, entry = _next_id(connection, "ledger"), _next_id(connection, "entry")
    found = connection.execute("SELECT epoch, pg_current_xact_id()::text FROM store.state").fetchone()
    assert found is not None
    epoch, transaction = found
    for start in range(0, crowd.customers, crowd.chunk):
        span = range(start, min(start + crowd.chunk, crowd.customers))
        histories = [list(raw_operations(crowd.seed, index, crowd.per_account, crowd.until)) for index in span]
        pairs = zip(span, histories, strict=True)
        people = [row_of(crowd.seed, index, history, crowd.until) for index, history in pairs]
        _send(connection, _CUSTOMER, map(_customer_line, people))
        _send(connection, _LEDGER, (_ledger_line(person, ledger) for person in people))
        _send(connection, _ACCOUNT, (_account_line(person, ledger) for person in people))
        _send(connection, _ENTRY, _entry_lines(people, histories, entry, f"{epoch}", transaction))
        progress(span.stop, crowd.customers)
    _set_id(connection, "ledger", ledger + crowd.customers)
    _set_id(connection, "entry", entry + crowd.customers * crowd.per_account)
    return entry


def _derive(connection: psycopg.Connection, crowd: _Crowd, first: int) -> None:
    """What follows from entries and accounts: lines, versions, bills."""
    values = {
        "first": first,
        "until": crowd.until,
        "revenue": f"revenue.{CHARGE_SERVICE}",
        "allowance": "allowance.service",
        "from": account_number(crowd.seed, 0),
        "to": account_number(crowd.seed, crowd.customers),
    }
    for statement in (_LINES, _VERSIONS, _BILLS):
        connection.execute(statement, values)


def _send(connection: psycopg.Connection, target: str, lines: Iterator[str]) -> None:
    statement = sql.SQL("COPY {} FROM STDIN").format(sql.SQL(target))
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(lines))


def _customer_line(person: CrowdAccount) -> str:
    fields = (person.customer, person.name, person.contract, person.phone, f"{person.born}", person.address)
    return "\t".join(fields) + "\n"


def _ledger_line(person: CrowdAccount, ledger: int) -> str:
    return f"{ledger + person.ordinal}\treceivable.{person.number}\tasset\t{person.currency}\n"


def _account_line(person: CrowdAccount, ledger: int) -> str:
    head = f"{person.account}\t{person.number}\t{person.customer}\t{person.currency}\t{person.status}"
    return f"{head}\t{person.balance}\t{max(-person.balance, 0)}\t{ledger + person.ordinal}\n"


def _entry_lines(
    people: list[CrowdAccount], histories: list[list[RawOperation]], first: int, epoch: str, transaction: str
) -> Iterator[str]:
    for person, history in zip(people, histories, strict=True):
        account = person.account
        place = first + person.ordinal * person.n
        for n, key, kind, channel, amount, balance, at, text in history:
            yield (
                f"{place}\t{key}\t{account}\t{kind}\t{channel or chr(92) + 'N'}\t{amount}\t{balance}\t{epoch}\t{n}\t"
                f"{_clock(at)}\t{_business_day(at)}\t{text}\t{transaction}\n"
            )
            place += 1


def _clock(at: int) -> str:
    return f"{_utc_day(at // 86_400)} {at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}+00"


def _business_day(at: int) -> str:
    """The day in the book's zone: three hours before UTC since 2014."""
    return _utc_day((at + _MOSCOW_OFFSET_S) // 86_400)


@lru_cache(maxsize=4096)
def _utc_day(number: int) -> str:
    return f"{datetime.fromtimestamp(number * 86_400, ANCHOR.tzinfo):%Y-%m-%d}"


def _next_id(connection: psycopg.Connection, table: str) -> int:
    query = sql.SQL("SELECT coalesce(max(id), 0) + 1 FROM book.{}").format(sql.Identifier(table))
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])


def _set_id(connection: psycopg.Connection, table: str, value: int) -> None:
    connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)", (f"book.{table}", value))


def _prove(connection: psycopg.Connection, first: int) -> None:
    """The triggers were off while loading: what they would have demanded, asked of all entries at once."""
    found = connection.execute(_UNEVEN, {"first": first}).fetchone()
    assert found is not None
    if found[0]:
        raise AssertionError(f"{found[0]} entries of the crowd do not balance")


def _silent(_done: int, _total: int) -> None:
    """Nobody watches."""
