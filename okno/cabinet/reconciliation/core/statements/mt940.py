"""SWIFT MT940: fields `:NN:`, decimal comma, days YYMMDD; a statement may go on over several messages (`:60M:`)."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import date, datetime

from okno.cabinet.reconciliation.core.statements.model import (
    Direction,
    Line,
    Statement,
    StatementError,
    checked,
    minor_of,
    positive,
)

FIELD = re.compile(r":([0-9]{2}[A-Z]?):(.*)")
BALANCE = re.compile(r"([DC])([0-9]{6})([A-Z]{3})([0-9]{1,15},[0-9]{0,3})")
MOVE = re.compile(r"([0-9]{6})([0-9]{4})?(R?[DC])([A-Z])?([0-9]{1,15},[0-9]{0,3})([A-Z][A-Z0-9]{3})([^\n]*)")
KNOWN = frozenset({"20", "21", "25", "28", "28C", "60F", "60M", "61", "62F", "62M", "64", "65", "86", "90C", "90D"})
#: Of :86:, which has six lines of 65 and more of them at some banks.
TEXT_CHARS_MAX = 4_000
SUBFIELD = re.compile(r"\?([0-9]{2})")
PURPOSE = frozenset({*(str(code) for code in range(20, 30)), *(str(code) for code in range(60, 64))})


@dataclass(frozen=True)
class _Field:
    at: int
    tag: str
    text: str


@dataclass(frozen=True)
class _Balance:
    at: int
    minor: int
    currency: str
    day: date


def read(content: bytes) -> list[Statement]:
    """Statements of every account in the file. Raises StatementError."""
    messages: list[list[_Field]] = []
    for one in _fields(_decoded(content)):
        if one.tag == "20":
            messages.append([])
        if not messages:
            raise StatementError("bad-head", one.at, "the first field is not :20:")
        messages[-1].append(one)
    if not messages:
        raise StatementError("bad-head", 1, "no field :20:")
    statements: list[Statement] = []
    pages: list[list[_Field]] = []
    for message in messages:
        pages.append(message)
        if any(one.tag == "62F" for one in message):
            statements.append(_statement(pages))
            pages = []
    if pages:
        raise StatementError("cut-short", pages[-1][-1].at, "no closing balance :62F:")
    return statements


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            return content.decode("cp1251")
        except UnicodeDecodeError as error:
            raise StatementError("bad-encoding", 0, "neither UTF-8 nor cp1251") from error


def _fields(text: str) -> list[_Field]:
    fields: list[_Field] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.rstrip("\r")
        match = FIELD.fullmatch(line)
        if match is not None:
            if match[1] not in KNOWN:
                raise StatementError("bad-field", number, f":{match[1]}:")
            fields.append(_Field(number, match[1], match[2]))
        elif line.strip() in {"", "-", "-}"} or line.startswith("{"):
            continue
        elif fields and fields[-1].tag in {"61", "86"}:
            last = fields.pop()
            if len(last.text) > TEXT_CHARS_MAX:
                raise StatementError("too-long", number, f":{last.tag}:")
            fields.append(_Field(last.at, last.tag, f"{last.text}\n{line}"))
        else:
            raise StatementError("bad-line", number, line[:60])
    return fields


def _statement(pages: list[list[_Field]]) -> Statement:
    balances = [_balances(page) for page in pages]
    for (_, before), (after, _) in itertools.pairwise(balances):
        if (before.minor, before.currency) != (after.minor, after.currency):
            raise StatementError("sums-differ", after.at, "this page does not open where the last one closed")
    accounts = {_one(page, "25").text.strip() for page in pages}
    if len(accounts) > 1:
        raise StatementError("cut-short", pages[-1][0].at, "another account before :62F:")
    opening, closing = balances[0][0], balances[-1][1]
    if not any(one.tag == "60F" for one in pages[0]):
        raise StatementError("missing-key", pages[0][0].at, ":60F:")
    lines = tuple(line for page in pages for line in _lines(page, closing.currency))
    statement = Statement(
        account=accounts.pop(),
        currency=closing.currency,
        # Some banks date the opening balance by the day it closed, others by the first day: the lines decide.
        since=min((opening.day, *(line.day for line in lines))),
        until=closing.day,
        opening=opening.minor,
        closing=closing.minor,
        lines=lines,
    )
    return checked(statement, closing.at)


def _balances(page: list[_Field]) -> tuple[_Balance, _Balance]:
    opening, closing = _balance(_one(page, "60F", "60M")), _balance(_one(page, "62F", "62M"))
    if opening.currency != closing.currency:
        raise StatementError("bad-currency", closing.at, closing.currency)
    return opening, closing


def _one(page: list[_Field], *tags: str) -> _Field:
    found = [one for one in page if one.tag in tags]
    if len(found) != 1:
        raise StatementError("missing-key" if not found else "key-twice", page[0].at, f":{tags[0]}:")
    return found[0]


def _balance(one: _Field) -> _Balance:
    match = BALANCE.fullmatch(one.text.strip())
    if match is None:
        raise StatementError("bad-amount", one.at, one.text[:60])
    minor = minor_of(_pointed(match[4]), match[3], one.at)
    return _Balance(one.at, -minor if match[1] == "D" else minor, match[3], _day(match[2], one.at))


def _lines(page: list[_Field], currency: str) -> list[Line]:
    lines: list[Line] = []
    for position, one in enumerate(page):
        if one.tag == "61":
            following = page[position + 1] if position + 1 < len(page) else None
            details = following.text if following is not None and following.tag == "86" else ""
            lines.append(_line(one, details, currency))
    return lines


def _line(one: _Field, details: str, currency: str) -> Line:
    head, _, more = one.text.partition("\n")
    match = MOVE.fullmatch(head)
    if match is None:
        raise StatementError("bad-line", one.at, head[:60])
    # RC takes back a credit, RD a debit.
    direction: Direction = "in" if match[3] in {"C", "RD"} else "out"
    given, _, banks = match[7].partition("//")
    subs = _subfields(details)
    purpose = "".join(text for code, text in subs if code in PURPOSE) if subs else details.replace("\n", " ")
    return Line(
        at=one.at,
        day=_entry_day(match[1], match[2], one.at),
        direction=direction,
        minor=positive(_pointed(match[5]), currency, one.at),
        payer="".join(text for code, text in subs if code in {"32", "33"}),
        payer_account="".join(text for code, text in subs if code == "31"),
        purpose=(purpose or more).strip(),
        reference=banks.strip() or given.strip(),
    )


def _subfields(details: str) -> list[tuple[str, str]]:
    parts = SUBFIELD.split(details.replace("\n", ""))
    return list(zip(parts[1::2], parts[2::2], strict=True))


def _entry_day(value: str, entry: str | None, at: int) -> date:
    """The day of entry, which names no year: that of the value date, or the next to it."""
    day = _day(value, at)
    if entry is None:
        return day
    nearest = [_day(f"{year % 100:02d}{entry}", at) for year in (day.year - 1, day.year, day.year + 1)]
    return min(nearest, key=lambda other: abs((other - day).days))


def _pointed(text: str) -> str:
    whole, _, fraction = text.partition(",")
    return f"{whole.lstrip('0') or '0'}.{fraction}" if fraction else (whole.lstrip("0") or "0")


def _day(text: str, at: int) -> date:
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007 - a bank's day has no zone
    except ValueError:
        raise StatementError("bad-date", at, text) from None
