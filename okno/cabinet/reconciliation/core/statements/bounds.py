"""What a statement may hold, whatever its format: refused with the line that is beyond it, and nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from okno.cabinet.reconciliation.core.statements.model import Line, Statement, StatementError
from okno.protocol.money.amount import MINOR_MAX

#: By field, in characters: several times what a bank's own forms have room for.
CHARS_MAX = {"purpose": 2_000, "payer": 500, "payer_account": 64, "payer_inn": 64, "reference": 200}
ACCOUNT_CHARS_MAX = 64
FIRST_DAY = date(2000, 1, 1)
#: A period may be asked for beyond today, and clocks differ; a day a month ahead is a wrong year.
AHEAD_MAX = timedelta(days=31)


def bounded(statements: Sequence[Statement]) -> None:
    """Raises StatementError too-long, bad-encoding, bad-amount, bad-date."""
    for statement in statements:
        at = statement.lines[0].at if statement.lines else 0
        _text(statement.account, ACCOUNT_CHARS_MAX, at, "account")
        if not FIRST_DAY <= statement.since <= statement.until:
            raise StatementError("bad-date", at, f"the period is {statement.since} to {statement.until}")
        if max(abs(statement.opening), abs(statement.closing)) > MINOR_MAX:
            raise StatementError("bad-amount", at, "the lines add up to more than there is")
        for line in statement.lines:
            for name, text in _texts(line):
                _text(text, CHARS_MAX[name], line.at, name)


def dated(statements: Sequence[Statement], today: date) -> None:
    """Raises StatementError bad-date for a day that is far ahead of `today`."""
    last = today + AHEAD_MAX
    for statement in statements:
        for line in statement.lines:
            if line.day > last:
                raise StatementError("bad-date", line.at, f"{line.day} is yet to come")
        if statement.until > last:
            raise StatementError("bad-date", 0, f"{statement.until} is yet to come")


def _texts(line: Line) -> Iterator[tuple[str, str]]:
    for name in CHARS_MAX:
        yield name, getattr(line, name)


def _text(text: str, chars_max: int, at: int, name: str) -> None:
    if len(text) > chars_max:
        raise StatementError("too-long", at, f"{name}: more than {chars_max} characters")
    if "\x00" in text:
        raise StatementError("bad-encoding", at, f"{name}: zero bytes")
