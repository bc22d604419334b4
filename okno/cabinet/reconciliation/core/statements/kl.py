"""1CClientBankExchange (`kl_to_1c.txt`): text of `Key=Value` lines, cp1251, cp866 or UTF-8, amounts in roubles.

Sections that we do not know are refused, keys that we do not know are passed by: banks add keys of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from okno.cabinet.reconciliation.core.statements.model import (
    Line,
    Statement,
    StatementError,
    checked,
    minor_of,
    positive,
)

HEAD = "1CClientBankExchange"
END = "КонецФайла"
CURRENCY = "RUB"
ACCOUNT, ACCOUNT_END = "СекцияРасчСчет", "КонецРасчСчет"
DOCUMENT, DOCUMENT_END = "СекцияДокумент", "КонецДокумента"
PURPOSES = ("НазначениеПлатежа", *(f"НазначениеПлатежа{number}" for number in range(1, 7)))
KEY_RECEIVED, KEY_SPENT = "ВсегоПоступило", "ВсегоСписано"
KEY_ACCOUNT, KEY_OPENING, KEY_CLOSING = "РасчСчет", "НачальныйОстаток", "КонечныйОстаток"

#: A year of days of a dozen accounts.
SECTIONS_MAX = 5_000

Numbered = tuple[int, str]


@dataclass
class _Section:
    """What stands between a head and its end: where it begins, and key -> (line, value)."""

    at: int
    values: dict[str, Numbered] = field(default_factory=dict)

    def get(self, key: str) -> str:
        return self.values.get(key, (0, ""))[1]

    def place(self, key: str) -> int:
        return self.values.get(key, (self.at, ""))[0]

    def must(self, key: str) -> str:
        value = self.get(key)
        if not value:
            raise StatementError("missing-key", self.at, key)
        return value


def decode(content: bytes) -> str:
    """By its own `Кодировка`, which reads the same in each; a byte order mark or valid UTF-8 says UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    for name, encoding in (("Windows", "cp1251"), ("DOS", "cp866")):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if f"Кодировка={name}" in text:
            return text
    raise StatementError("bad-encoding", 0, "neither UTF-8 nor what Кодировка says")


def read(content: bytes) -> list[Statement]:
    """Statements of every account in the file. Raises StatementError."""
    lines = [(number, line.rstrip("\r")) for number, line in enumerate(decode(content).split("\n"), 1)]
    while lines and not lines[-1][1].strip():
        lines.pop()
    if not lines or lines[0][1] != HEAD:
        raise StatementError("bad-head", 1, f"the first line is not {HEAD}")
    if lines[-1][1] != END:
        raise StatementError("cut-short", lines[-1][0], f"the last line is not {END}")
    accounts, documents = _sections(iter(lines[1:-1]))
    if len(accounts) > SECTIONS_MAX:
        raise StatementError("too-large", accounts[-1].at, f"more than {SECTIONS_MAX} of {ACCOUNT}")
    if not accounts:
        raise StatementError("no-balances", lines[-1][0], f"no {ACCOUNT}")
    return _statements(accounts, documents)


def _sections(lines: Iterator[Numbered]) -> tuple[list[_Section], list[_Section]]:
    accounts: list[_Section] = []
    documents: list[_Section] = []
    for number, line in lines:
        key, _, _value = line.partition("=")
        if key == ACCOUNT:
            accounts.append(_section(lines, number, ACCOUNT_END))
        elif key == DOCUMENT:
            documents.append(_section(lines, number, DOCUMENT_END))
        elif key.startswith(("Секция", "Конец")):
            raise StatementError("bad-section", number, key[:60])
    return accounts, documents


def _section(lines: Iterator[Numbered], at: int, end: str) -> _Section:
    section = _Section(at)
    for number, line in lines:
        if line == end:
            return section
        key, equals, value = line.partition("=")
        if not line.strip():
            continue
        if not equals or key.startswith(("Секция", "Конец")):
            raise StatementError("bad-line", number, line[:60])
        if key in section.values:
            raise StatementError("key-twice", number, key[:60])
        section.values[key] = (number, value.strip())
    raise StatementError("cut-short", at, f"no {end}")


def _statements(accounts: list[_Section], documents: list[_Section]) -> list[Statement]:
    known = {section.must(KEY_ACCOUNT) for section in accounts}
    by_account: dict[str, list[Line]] = {account: [] for account in known}
    for document in documents:
        sides = [(document.get("ПолучательСчет") or document.get("ПолучательРасчСчет"), "ДатаПоступило")]
        sides.append((document.get("ПлательщикСчет") or document.get("ПлательщикРасчСчет"), "ДатаСписано"))
        ours = [(account, key) for account, key in sides if account in known and document.get(key)]
        if not ours:
            raise StatementError("not-our-account", document.at, "neither side with its date is of this file")
        for account, key in ours:
            by_account[account].append(_line(document, key))
    statements = [_statement(section, by_account) for section in _joined(accounts)]
    for statement in statements:
        own = [section for section in accounts if section.must(KEY_ACCOUNT) == statement.account]
        _check_turnover(own, KEY_RECEIVED, statement.received)
        _check_turnover(own, KEY_SPENT, statement.spent)
    return statements


def _check_turnover(sections: list[_Section], key: str, turned: int) -> None:
    """What the bank says of the turnover, where each of its sections says it."""
    if all(section.get(key) for section in sections) and sum(_minor(one, key) for one in sections) != turned:
        raise StatementError("sums-differ", sections[-1].place(key), f"{key} is not what the documents add up to")


def _joined(accounts: list[_Section]) -> list[_Section]:
    """A bank may write a section for each day of one account: they have to follow each other."""
    joined: dict[str, _Section] = {}
    for section in accounts:
        account = section.must(KEY_ACCOUNT)
        before = joined.get(account)
        if before is None:
            joined[account] = section
            continue
        if _minor(before, KEY_CLOSING) != _minor(section, KEY_OPENING):
            raise StatementError("sums-differ", section.at, "this section does not open where the last one closed")
        values = {**before.values}
        values.update({key: section.values[key] for key in (KEY_CLOSING, "ДатаКонца") if key in section.values})
        joined[account] = _Section(before.at, values)
    return list(joined.values())


def _statement(section: _Section, by_account: dict[str, list[Line]]) -> Statement:
    account = section.must(KEY_ACCOUNT)
    since = _day(section, "ДатаНачала")
    statement = Statement(
        account=account,
        currency=CURRENCY,
        since=since,
        until=_day(section, "ДатаКонца") if section.get("ДатаКонца") else since,
        opening=_minor(section, KEY_OPENING),
        closing=_minor(section, KEY_CLOSING),
        lines=tuple(by_account[account]),
    )
    return checked(statement, section.place(KEY_CLOSING))


def _line(document: _Section, dated: str) -> Line:
    purposes = [document.get(PURPOSES[0])] if document.get(PURPOSES[0]) else [document.get(key) for key in PURPOSES[1:]]
    payer = document.get("Плательщик1") or document.get("Плательщик")
    return Line(
        at=document.at,
        day=_day(document, dated),
        direction="in" if dated == "ДатаПоступило" else "out",
        minor=positive(document.must("Сумма"), CURRENCY, document.place("Сумма")),
        payer=payer,
        payer_inn=document.get("ПлательщикИНН"),
        payer_account=document.get("ПлательщикСчет") or document.get("ПлательщикРасчСчет"),
        purpose=" ".join(part for part in purposes if part),
        reference=document.must("Номер"),
    )


def _minor(section: _Section, key: str) -> int:
    return minor_of(section.must(key), CURRENCY, section.place(key))


def _day(section: _Section, key: str) -> date:
    text = section.must(key)
    try:
        return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a bank's day has no zone
    except ValueError:
        raise StatementError("bad-date", section.place(key), text[:40]) from None
