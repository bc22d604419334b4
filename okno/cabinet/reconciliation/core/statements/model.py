"""A bank statement as a file told it, and what makes it one: opening balance and turnover give the closing balance."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Literal

from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

Direction = Literal["in", "out"]


class StatementError(Exception):
    """The file is refused whole. `code` is closed; `line` counts the file's lines from 1, 0 for the file as such."""

    def __init__(self, code: str, line: int = 0, text: str = "") -> None:
        where = f"line {line}: " if line else ""
        super().__init__(f"{where}{code}{': ' if text else ''}{text}")
        self.code = code
        self.line = line
        self.text = text


@dataclass(frozen=True, kw_only=True)
class Line:
    """One movement of money. `minor` is positive, in minor units of the statement's currency.

    `at` is the line of the file where it stands; `reference` the bank's own, or the number of the order.
    """

    at: int
    day: date
    direction: Direction
    minor: int
    payer: str = ""
    payer_inn: str = ""
    payer_account: str = ""
    purpose: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One account over a period. Balances are positive where the bank owes the company, in minor units."""

    account: str
    currency: str
    since: date
    until: date
    opening: int
    closing: int
    lines: tuple[Line, ...]

    @property
    def received(self) -> int:
        return sum(line.minor for line in self.lines if line.direction == "in")

    @property
    def spent(self) -> int:
        return sum(line.minor for line in self.lines if line.direction == "out")


def keys_of(statement: Statement) -> list[str]:
    """A key for each line: the same line of another file, which may overlap in days, has the same key.

    Two lines of one statement that are alike in everything are two movements: the second has a key of its own.
    """
    seen: dict[str, int] = {}
    keys = []
    for line in statement.lines:
        alike = "\x1f".join(
            (
                *(statement.account, statement.currency, line.day.isoformat(), line.direction, str(line.minor)),
                *(line.reference, line.payer_account, line.payer_inn, line.purpose),
            )
        )
        seen[alike] = seen.get(alike, 0) + 1
        keys.append(hashlib.sha256(f"{alike}\x1f{seen[alike]}".encode()).hexdigest())
    return keys


def checked(statement: Statement, at: int) -> Statement:
    """The statement, if its sums agree and its lines stand in its period. Raises StatementError."""
    for line in statement.lines:
        if not statement.since <= line.day <= statement.until:
            raise StatementError("day-outside", line.at, f"{line.day} is not in the statement's period")
    if statement.opening + statement.received - statement.spent != statement.closing:
        turned = Money(statement.opening + statement.received - statement.spent, statement.currency).decimal
        said = Money(statement.closing, statement.currency).decimal
        raise StatementError("sums-differ", at, f"the lines lead to {turned}, the file says {said}")
    return statement


def minor_of(text: str, currency: str, at: int) -> int:
    """Minor units of a decimal with a point, which may be negative. Raises StatementError."""
    try:
        return Money.parse(text, currency).minor
    except ProtocolError as error:
        raise StatementError("bad-amount", at, f"{text[:40]!r}") from error


def positive(text: str, currency: str, at: int) -> int:
    """Minor units of a movement. Raises StatementError."""
    minor = minor_of(text, currency, at)
    if minor <= 0:
        raise StatementError("bad-amount", at, f"{text[:40]!r} is not above zero")
    return minor
