"""Which format a file is in, by how it begins; then its reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from okno.cabinet.reconciliation.core.statements import camt, kl, mt940, wallet
from okno.cabinet.reconciliation.core.statements.bounds import bounded
from okno.cabinet.reconciliation.core.statements.model import Statement, StatementError

Format = Literal["1c", "camt.053", "mt940", "yoomoney"]

FILE_BYTES_MAX = 16 * 1024 * 1024
LINES_MAX = 50_000
READERS: Mapping[Format, Callable[[bytes], list[Statement]]] = {
    "1c": kl.read,
    "camt.053": camt.read,
    "mt940": mt940.read,
    "yoomoney": wallet.read,
}


def format_of(content: bytes) -> Format:
    """Raises StatementError unknown-format."""
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(kl.HEAD.encode()):
        return "1c"
    if start.startswith(b"<"):
        return "camt.053"
    if start.startswith((b":20:", b"{1:")):
        return "mt940"
    if start.startswith(b"{") and b'"operations"' in start:
        return "yoomoney"
    raise StatementError("unknown-format", 1, "none of 1CClientBankExchange, camt.053, MT940, history of YooMoney")


def read(content: bytes) -> tuple[Format, list[Statement]]:
    """The whole file or nothing of it. Raises StatementError."""
    if len(content) > FILE_BYTES_MAX:
        raise StatementError("too-large", 0, f"more than {FILE_BYTES_MAX} bytes")
    format_ = format_of(content)
    statements = READERS[format_](content)
    if sum(len(statement.lines) for statement in statements) > LINES_MAX:
        raise StatementError("too-large", 0, f"more than {LINES_MAX} lines")
    bounded(statements)
    return format_, statements
