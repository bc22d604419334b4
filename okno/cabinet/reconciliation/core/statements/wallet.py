"""A wallet's register: the history of operations as YooMoney's API gives it to the wallet's owner, kept as a file.

It has no balances, so nothing is checked against them. What is not settled yet is left out: it comes in a later file.
The payment's label is the purpose; the amount is what reached the wallet.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from okno.cabinet.reconciliation.core.statements.model import Direction, Line, Statement, StatementError, positive

ACCOUNT = "yoomoney"
CURRENCY = "RUB"
_SETTLED = "success"


class Operation(msgspec.Struct, frozen=True):
    operation_id: str
    status: str
    datetime: str
    direction: str
    amount: msgspec.Raw
    """As it was written: an exponent is no amount, and would be written out to any length."""
    title: str = ""
    label: str = ""


class History(msgspec.Struct, frozen=True):
    operations: tuple[Operation, ...]


def read(content: bytes) -> list[Statement]:
    """One register, its operations numbered as lines. Raises StatementError."""
    try:
        history = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"), type=History)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StatementError("bad-line", 0, str(error)[:60]) from None
    numbered = list(enumerate(history.operations, 1))
    lines = tuple(_line(at, one) for at, one in numbered if one.status == _SETTLED)
    if not lines:
        raise StatementError("missing-key", 0, "no operation that is settled")
    turnover = sum(line.minor if line.direction == "in" else -line.minor for line in lines)
    days = [line.day for line in lines]
    return [
        Statement(
            account=ACCOUNT,
            currency=CURRENCY,
            since=min(days),
            until=max(days),
            opening=0,
            closing=turnover,
            lines=lines,
        )
    ]


def _line(at: int, one: Operation) -> Line:
    if one.direction not in {"in", "out"} or not one.operation_id:
        raise StatementError("bad-line", at, one.direction[:20])
    direction: Direction = "in" if one.direction == "in" else "out"
    try:
        moment = datetime.fromisoformat(one.datetime)
    except ValueError:
        raise StatementError("bad-date", at, one.datetime[:40]) from None
    return Line(
        at=at,
        day=moment.date(),
        direction=direction,
        minor=positive(_written(one.amount), CURRENCY, at),
        purpose=" ".join(part for part in (one.title, one.label) if part),
        reference=one.operation_id,
    )


def _written(amount: msgspec.Raw) -> str:
    """A number or a string of one, without the zeros that a float's spelling adds."""
    whole, point, fraction = bytes(amount).decode().strip('"').partition(".")
    return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')}" if point else whole
