"""Day registers: what each channel took and gave back on a business day, for three-way reconciliation.

A closed day takes no entries any more; an open one is counted when asked.
"""

from __future__ import annotations

from datetime import date

import msgspec
import psycopg

from okno.connectors.book.drafts import refuse
from okno.connectors.runtime.events import RegisterClosed, RegisterEntry
from okno.connectors.runtime.port import RefusalCode
from okno.connectors.runtime.store.unit import CHANGE_LOCK, Unit
from okno.connectors.runtime.wire import utc

PAGE_ROWS = 1000

_COUNTED = """
SELECT m.day, m.channel, m.currency, count(*), sum(m.taken)::bigint, false FROM book.moved m
WHERE m.day BETWEEN %(since)s AND %(until)s AND NOT EXISTS (SELECT FROM book.closed_day c WHERE c.day = m.day)
GROUP BY 1, 2, 3
UNION ALL
SELECT day, channel, currency, count, sum, true FROM book.register WHERE day BETWEEN %(since)s AND %(until)s
ORDER BY 1, 2, 3
"""
_ROWS = """
SELECT key, account::text, taken, posted_at FROM book.moved
WHERE day = %s AND channel = %s AND currency = %s ORDER BY posted_at, key
"""
_STATE = """
SELECT %(day)s < (clock_timestamp() AT TIME ZONE zone)::date, EXISTS (SELECT FROM book.closed_day WHERE day = %(day)s)
FROM book.company
"""


class Register(msgspec.Struct, frozen=True):
    """`sum` in minor units, positive for money taken."""

    day: date
    channel: str
    currency: str
    count: int
    sum: int
    closed: bool


def registers_read(connection: psycopg.Connection, *, since: date, until: date) -> list[Register]:
    """Registers of the business days `since` to `until` inclusive."""
    rows = connection.execute(_COUNTED, {"since": since, "until": until}).fetchall()
    return [Register(*row) for row in rows]


def day_close(connection: psycopg.Connection, day: date) -> list[Register]:
    """Close the business day, write its registers and tell them. Raises Refusal when it is closed or not over."""
    with connection.transaction():
        # Exclusive: no entry of that day may be on its way to commit while it is counted.
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CHANGE_LOCK,))
        row = connection.execute(_STATE, {"day": day}).fetchone()
        assert row is not None
        over, closed = row
        if closed:
            raise refuse(RefusalCode.DAY_CLOSED, f"the business day {day} is closed")
        if not over:
            raise refuse(RefusalCode.VALUE_INVALID, f"the business day {day} is not over")
        registers = registers_read(connection, since=day, until=day)
        connection.execute("INSERT INTO book.closed_day (day) VALUES (%s)", (day,))
        unit = Unit(connection)
        for register in registers:
            connection.execute(
                "INSERT INTO book.register (day, channel, currency, count, sum) VALUES (%s, %s, %s, %s, %s)",
                (day, register.channel, register.currency, register.count, register.sum),
            )
            _tell(unit, register)
    return [msgspec.structs.replace(register, closed=True) for register in registers]


def _tell(unit: Unit, register: Register) -> None:
    found = unit.connection.execute(_ROWS, (register.day, register.channel, register.currency)).fetchall()
    rows = [RegisterEntry(key, account, amount, utc(at)) for key, account, amount, at in found]
    pages = [rows[start : start + PAGE_ROWS] for start in range(0, len(rows), PAGE_ROWS)]
    for number, page in enumerate(pages, 1):
        event = RegisterClosed(
            day=register.day,
            channel=register.channel,
            currency=register.currency,
            page=number,
            pages=len(pages),
            rows=page,
            count=register.count,
            sum=register.sum,
        )
        unit.emit(None, event)
