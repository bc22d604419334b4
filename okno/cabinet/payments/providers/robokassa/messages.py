"""Robokassa's address of a payment, its result and the state it tells: built and read. All money is roubles."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal
from urllib.parse import quote
from xml.etree import ElementTree as ET

import msgspec

from okno.cabinet.payments.providers.port import (
    Intent,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    ReceiptSnapshot,
    Snapshot,
    State,
)
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

CURRENCY = "RUB"
DESCRIPTION_LENGTH_MAX = 100
ITEM_LENGTH_MAX = 128
_NAMESPACE = "{http://merchant.roboxchange.com/WebService/}"
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
#: `100.000000` is what Robokassa may make of `100.00`.
_AMOUNT = re.compile(r"((?:0|[1-9][0-9]*)(?:\.[0-9]{1,2})?)0*")
#: A second has seven digits more there than Python takes.
_FRACTION = re.compile(r"(\.[0-9]{6})[0-9]*")
_STATES: dict[str, State] = {
    "5": "pending",
    "10": "cancelled",
    "20": "authorized",
    "50": "pending",
    "60": "failed",
    "80": "pending",
    "100": "paid",
}
_FISCAL: dict[str, Literal["pending", "done", "failed"]] = {"1": "pending", "2": "done", "3": "failed"}
_MOSCOW = timezone(timedelta(hours=3))
_REASONS = {"60": "returned", "80": "suspended"}
VAT = {
    1: "none",
    2: "vat0",
    3: "vat10",
    4: "vat20",
    5: "vat110",
    6: "vat120",
    7: "vat5",
    8: "vat7",
    9: "vat105",
    10: "vat107",
    11: "vat22",
    12: "vat122",
}
SYSTEMS = {1: "osn", 2: "usn_income", 3: "usn_income_outcome", 5: "esn", 6: "patent"}


class Operation(msgspec.Struct, frozen=True):
    """Of OpStateExt. `code` is of the question: 0 answered, 3 no such payment."""

    code: str
    text: str = ""
    state: str = ""
    at: str = ""
    amount: str = ""
    method: str = ""
    key: str = ""


class Fiscal(msgspec.Struct, frozen=True):
    """Of RoboFiscal: 1 it waits, 2 it is registered, 3 it could not be."""

    code: str = msgspec.field(name="Code")
    description: str = msgspec.field(name="Description", default="")
    drive: str = msgspec.field(name="FnNumber", default="")
    number: str = msgspec.field(name="FiscalDocumentNumber", default="")
    sign: str = msgspec.field(name="FiscalDocumentAttribute", default="")
    date: str = msgspec.field(name="FiscalDate", default="")


def address(intent: Intent, *, login: str, receipt: str | None, signature: str, test: bool) -> list[tuple[str, str]]:
    """What stands in the address of a payment, or in a form."""
    fields = [
        ("MerchantLogin", login),
        ("OutSum", intent.amount.decimal),
        ("InvId", str(intent.number)),
        ("Description", intent.description[:DESCRIPTION_LENGTH_MAX]),
        ("SignatureValue", signature),
        ("Culture", intent.locale),
        ("Encoding", "utf-8"),
        ("ExpirationDate", intent.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.0000000+00:00")),
        ("SuccessUrl2", intent.return_url),
        ("SuccessUrl2Method", "GET"),
        ("FailUrl2", intent.return_url),
        ("FailUrl2Method", "GET"),
    ]
    if receipt is not None:
        fields.append(("Receipt", receipt))
    if test:
        fields.append(("IsTest", "1"))
    return fields


def receipt_text(receipt: Receipt, total: Money) -> str:
    """As it is signed and sent, url-encoded once. `sum` is of the line. Raises ProviderRefusal."""
    whole = [item.price.minor * item.quantity_milli for item in receipt.items]
    if sum(whole) != total.minor * 1000 or any(line % 1000 for line in whole):
        raise ProviderRefusal("receipt_sum", "items do not add up to the amount")
    if receipt.tax_system_code not in SYSTEMS:
        raise ProviderRefusal("receipt_tax_system")
    items = [
        {
            "name": item.text[:ITEM_LENGTH_MAX],
            "quantity": item.quantity_milli / 1000,
            "sum": line / 100_000,
            "tax": VAT[item.vat_code],
            "payment_method": item.payment_mode,
            "payment_object": item.payment_subject,
        }
        for item, line in zip(receipt.items, whole, strict=True)
    ]
    content = {"sno": SYSTEMS[receipt.tax_system_code], "items": items}
    return quote(json.dumps(content, ensure_ascii=False, separators=(",", ":")), safe="")


def snapshot(fields: Mapping[str, str], *, test: bool) -> Snapshot:
    """Of a result whose signature is true. Raises ProtocolError, ValueError, KeyError."""
    if not _NUMBER.fullmatch(fields["InvId"]):
        raise ValueError("number")
    return Snapshot(
        state="paid",
        provider_id=fields["InvId"],
        number=int(fields["InvId"]),
        amount=money(fields["OutSum"]),
        test=test,
        method=fields.get("PaymentMethod", ""),
    )


def operation(content: bytes) -> Operation:
    """Raises ProviderAway."""
    if b"<!" in content:
        raise ProviderAway("answer-unreadable")
    try:
        root = ET.fromstring(content)  # noqa: S314 - nothing is declared in it, so nothing expands
    except ET.ParseError:
        raise ProviderAway("answer-unreadable") from None

    def text(*path: str) -> str:
        return root.findtext("/".join(f"{_NAMESPACE}{name}" for name in path), "")

    code = text("Result", "Code")
    if not code:
        raise ProviderAway("answer-unreadable")
    return Operation(
        code=code,
        text=text("Result", "Description"),
        state=text("State", "Code"),
        at=text("State", "StateDate"),
        amount=text("Info", "OutSum"),
        method=text("Info", "PaymentMethod", "Code"),
        key=text("Info", "OpKey"),
    )


def operation_snapshot(found: Operation, number: int) -> Snapshot:
    """Raises ProviderAway for an amount or an hour that cannot be read."""
    state = _STATES.get(found.state, "unknown")
    try:
        return Snapshot(
            state=state,
            provider_id=str(number),
            number=number,
            amount=money(found.amount),
            at=moment(found.at) if found.at else None,
            method=found.method,
            trace=found.key,
            reason=f"state-{found.state}" if state == "unknown" else _REASONS.get(found.state, ""),
        )
    except (ProtocolError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def fiscal_question(login: str, number: str) -> bytes:
    return json.dumps({"merchantId": login, "id": number}, separators=(",", ":")).encode()


def fiscal(content: bytes) -> Fiscal:
    """Raises ProviderAway."""
    try:
        return msgspec.json.decode(content, type=Fiscal)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def receipt_snapshot(found: Fiscal) -> ReceiptSnapshot:
    """Hours without a zone are Moscow's. Raises ProviderAway for a code or an hour that cannot be read."""
    state = _FISCAL.get(found.code)
    if state is None:
        raise ProviderAway("answer-unreadable")
    try:
        at = datetime.fromisoformat(found.date) if found.date else None
    except ValueError:
        raise ProviderAway("answer-unreadable") from None
    if at is not None and at.tzinfo is None:
        at = at.replace(tzinfo=_MOSCOW)
    return ReceiptSnapshot(state=state, number=found.number, drive=found.drive, sign=found.sign, at=at)


def money(text: str) -> Money:
    """More decimals than two are taken if they are zeros. Raises ProtocolError, ValueError."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError("amount")
    found = Money.parse(match[1], CURRENCY)
    if found.minor == 0:
        raise ValueError("amount")
    return found


def moment(text: str) -> datetime:
    """Raises ValueError for what is no time or names no zone."""
    at = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at.astimezone(UTC)


UNREADABLE = (ProtocolError, ValueError, KeyError)
