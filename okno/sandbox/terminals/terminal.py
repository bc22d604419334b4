"""What a terminal says, and how it reads what it is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import urllib3

from okno.sandbox.terminals.seal import signed

TIMEOUT_S = 60.0
#: An answer of a counter is short and has neither a document type nor entities.
ANSWER_BYTES_MAX = 4_096


@dataclass(frozen=True)
class Order:
    """Money put into the terminal: `sum` as a decimal, `at` as YYYYMMDDhhmmss of the terminal's own clock."""

    txn: str
    account: str
    sum: str
    at: str


@dataclass(frozen=True)
class Said:
    """What the counter has answered. `number` is its own of the payment."""

    result: int
    txn: str
    number: str | None
    sum: str | None
    comment: str


class TerminalError(Exception):
    """The counter answered something that is no answer."""


def told(xml: bytes) -> Said:
    """Read an answer. Raises TerminalError."""
    if len(xml) > ANSWER_BYTES_MAX or re.search(rb"<!(DOCTYPE|ENTITY)", xml):
        raise TerminalError("not an answer of a counter")
    try:
        root = ET.fromstring(xml)  # noqa: S314 - bounded, and without what could be expanded
        result = int(root.findtext("result") or "")
    except (ET.ParseError, ValueError) as error:
        raise TerminalError("not an answer of a counter") from error
    return Said(
        result=result,
        txn=root.findtext("osmp_txn_id") or "",
        number=root.findtext("prv_txn"),
        sum=root.findtext("sum"),
        comment=root.findtext("comment") or "",
    )


@dataclass(frozen=True)
class Terminal:
    """Writes the queries; `send` carries one to a counter."""

    secret: str

    def check(self, order: Order, **extra: str) -> str:
        return self.query(command="check", txn_id=order.txn, account=order.account, sum=order.sum, **extra)

    def pay(self, order: Order, **extra: str) -> str:
        fields = {"txn_id": order.txn, "txn_date": order.at, "account": order.account, "sum": order.sum}
        return self.query(command="pay", **fields, **extra)

    def cancel(self, txn: str, of: str, **extra: str) -> str:
        return self.query(command="cancel", txn_id=txn, cancel_txn_id=of, **extra)

    def status(self, txn: str) -> str:
        return self.query(command="status", txn_id=txn)

    def register(self, day: str) -> str:
        return self.query(command="register", date=day)

    def query(self, **fields: str) -> str:
        return signed(fields, self.secret)


def send(url: str, query: str, *, host: str | None = None) -> tuple[int, bytes]:
    """Status and body. `host` is the counter's name where the address is not found by it."""
    headers = {"Host": host} if host else {}
    with urllib3.PoolManager(retries=False, timeout=TIMEOUT_S) as pool:
        answer = pool.request("GET", f"{url}?{query}", headers=headers, redirect=False)
        return answer.status, answer.data
