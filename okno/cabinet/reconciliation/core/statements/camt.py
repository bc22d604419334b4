"""ISO 20022 camt.053, every version: only names of elements are read, not the namespace's number.

The parser is expat itself, which knows the line of each element; a document type is refused, and with it every entity.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import NoReturn
from xml.parsers import expat

from okno.cabinet.reconciliation.core.statements.model import (
    Direction,
    Line,
    Statement,
    StatementError,
    checked,
    minor_of,
    positive,
)

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053."
DEPTH_MAX = 40
#: A tree of so many is some hundreds of megabytes; what a bank writes into a file of that size is fewer.
ELEMENTS_MAX = 1_000_000


@dataclass
class Node:
    """An element with its line in the file."""

    name: str
    at: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, path: str) -> list[Node]:
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def value(self, *paths: str) -> str:
        """The first of these that is there and says something; empty otherwise."""
        return next((node.text.strip() for path in paths for node in self.all(path) if node.text.strip()), "")

    def must(self, path: str) -> Node:
        found = self.all(path)
        if not found:
            raise StatementError("missing-key", self.at, path)
        return found[0]


def read(content: bytes) -> list[Statement]:
    """Statements of every account in the file. Raises StatementError."""
    root = _tree(content)
    statements = root.all("BkToCstmrStmt/Stmt")
    if not statements:
        raise StatementError("bad-head", root.at, "no BkToCstmrStmt/Stmt")
    return [_statement(node) for node in statements]


class _Builder:
    """What expat calls: a tree with lines, of a document that is a camt.053 and nothing more."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.parser = parser
        self.root: Node | None = None
        self.open: list[Node] = []
        self.elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        at = self.parser.CurrentLineNumber
        if self.root is None and not (space.startswith(NAMESPACE) and local == "Document"):
            raise StatementError("bad-head", at, "no camt.053 document")
        if len(self.open) >= DEPTH_MAX:
            raise StatementError("bad-line", at, "elements too deep")
        self.elements += 1
        if self.elements > ELEMENTS_MAX:
            raise StatementError("too-large", at, f"more than {ELEMENTS_MAX} elements")
        node = Node(local, at, attributes)
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node
        self.open.append(node)

    def end(self, _name: str) -> None:
        self.open.pop()

    def data(self, text: str) -> None:
        self.open[-1].text += text

    def doctype(self, *_given: object) -> NoReturn:
        raise StatementError("bad-line", self.parser.CurrentLineNumber, "a document type is not taken")


def _tree(content: bytes) -> Node:
    parser = expat.ParserCreate(namespace_separator=" ")
    builder = _Builder(parser)
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(content, True)  # noqa: FBT003 - positional alone in the standard library
    except expat.ExpatError as error:
        raise StatementError("bad-line", error.lineno, expat.ErrorString(error.code)) from None
    except (LookupError, ValueError) as error:
        raise StatementError("bad-encoding", 1, str(error)[:60]) from None
    assert builder.root is not None  # expat refuses a document without an element
    return builder.root


def _statement(node: Node) -> Statement:
    account = node.must("Acct/Id")
    balances = {one.value("Tp/CdOrPrtry/Cd"): one for one in node.all("Bal")}
    opening, closing = balances.get("OPBD") or balances.get("PRCD"), balances.get("CLBD")
    if opening is None or closing is None:
        raise StatementError("no-balances", node.at, "OPBD and CLBD are needed")
    currency = closing.must("Amt").attributes.get("Ccy", "")
    booked = [entry for entry in node.all("Ntry") if entry.value("Sts/Cd", "Sts") == "BOOK"]
    lines = tuple(line for entry in booked for line in _lines(entry, currency))
    since, until = node.value("FrToDt/FrDtTm", "FrToDt/FrDt"), node.value("FrToDt/ToDtTm", "FrToDt/ToDt")
    last = _day(until, node.at) if until else _date(closing)
    first = _day(since, node.at) if since else min((last, *(line.day for line in lines)))
    statement = Statement(
        account=account.value("IBAN", "Othr/Id") or _refuse(account, "Acct/Id"),
        currency=currency,
        since=first,
        until=last,
        opening=_signed(opening, currency),
        closing=_signed(closing, currency),
        lines=lines,
    )
    return checked(statement, closing.at)


def _lines(entry: Node, currency: str) -> list[Line]:
    """One for each transaction of a batch whose amounts are told, one for the entry otherwise."""
    whole = _line(entry, entry, currency)
    parts = entry.all("NtryDtls/TxDtls")
    if len(parts) < 2:  # noqa: PLR2004 - a batch is more than one
        return [_line(entry, parts[0] if parts else entry, currency, whole)]
    if not all(part.all("Amt") for part in parts):
        return [whole]
    lines = [_line(entry, part, currency) for part in parts]
    if sum(line.minor for line in lines) != whole.minor:
        raise StatementError("sums-differ", entry.at, "transactions do not add up to their entry")
    return lines


def _line(entry: Node, part: Node, currency: str, whole: Line | None = None) -> Line:
    amount = (part.all("Amt") or [entry.must("Amt")])[0] if whole is None else entry.must("Amt")
    if amount.attributes.get("Ccy") != currency:
        raise StatementError("bad-currency", amount.at, amount.attributes.get("Ccy", ""))
    minor = positive(_trimmed(amount.text), currency, amount.at)
    return Line(
        at=entry.at,
        day=_date(entry, "BookgDt"),
        direction=_direction(entry),
        minor=minor,
        payer=part.value("RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm"),
        payer_inn=part.value(
            "RltdPties/Dbtr/Id/OrgId/Othr/Id",
            "RltdPties/Dbtr/Pty/Id/OrgId/Othr/Id",
            "RltdPties/Dbtr/Id/PrvtId/Othr/Id",
            "RltdPties/Dbtr/Pty/Id/PrvtId/Othr/Id",
        ),
        payer_account=part.value("RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id"),
        purpose=" ".join(node.text.strip() for node in part.all("RmtInf/Ustrd")) or entry.value("AddtlNtryInf"),
        reference=part.value("Refs/AcctSvcrRef") or entry.value("AcctSvcrRef") or part.value("Refs/EndToEndId"),
    )


def _direction(node: Node) -> Direction:
    told = node.must("CdtDbtInd")
    if told.text.strip() not in {"CRDT", "DBIT"}:
        raise StatementError("bad-line", told.at, told.text[:20])
    return "in" if told.text.strip() == "CRDT" else "out"


def _signed(balance: Node, currency: str) -> int:
    amount = balance.must("Amt")
    if amount.attributes.get("Ccy") != currency:
        raise StatementError("bad-currency", amount.at, amount.attributes.get("Ccy", ""))
    minor = minor_of(_trimmed(amount.text), currency, amount.at)
    return minor if _direction(balance) == "in" else -minor


def _trimmed(text: str) -> str:
    """The standard allows five decimals: zeros beyond the currency's own say nothing."""
    whole, point, fraction = text.strip().partition(".")
    return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')}" if point else whole


def _date(node: Node, name: str = "Dt") -> date:
    told = node.must(name)
    return _day(told.value("Dt", "DtTm"), told.at)


def _day(text: str, at: int) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise StatementError("bad-date", at, text[:40]) from None


def _refuse(node: Node, what: str) -> NoReturn:
    raise StatementError("missing-key", node.at, what)
