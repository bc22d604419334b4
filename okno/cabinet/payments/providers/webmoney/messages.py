"""WebMoney's form, its two calls to us, and the answer to X18: built and read."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree as ET

import msgspec

from okno.cabinet.payments.providers.port import Intent, ProviderAway, Snapshot
from okno.protocol.errors import ProtocolError
from okno.protocol.money.amount import Money

DESCRIPTION_BYTES_MAX = 190  # 255 as base64
_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_ID = re.compile(r"[0-9]{1,20}")
#: Hours are of Moscow, without saying so.
_ZONE = timezone(timedelta(hours=3))


class Operation(msgspec.Struct, frozen=True):
    """Of X18. `code` 0: there is one."""

    code: int
    text: str = ""
    trans: str = ""
    amount: str = ""
    at: str = ""


def form(intent: Intent, *, purse: str, simulate: str) -> tuple[tuple[str, str], ...]:
    description = intent.description.encode()[:DESCRIPTION_BYTES_MAX].decode(errors="ignore")
    fields = [
        ("LMI_PAYEE_PURSE", purse),
        ("LMI_PAYMENT_AMOUNT", intent.amount.decimal),
        ("LMI_PAYMENT_NO", str(intent.number)),
        ("LMI_PAYMENT_DESC_BASE64", b64encode(description.encode()).decode()),
        ("LMI_SUCCESS_URL", intent.return_url),
        ("LMI_SUCCESS_METHOD", "2"),
        ("LMI_FAIL_URL", intent.return_url),
        ("LMI_FAIL_METHOD", "2"),
    ]
    if simulate:
        fields.append(("LMI_SIM_MODE", simulate))
    return tuple(fields)


def asked(fields: Mapping[str, str], *, currency: str) -> Snapshot:
    """Of a pre-request. Raises ProtocolError, ValueError, KeyError."""
    return Snapshot(
        state="pending",
        number=_number(fields["LMI_PAYMENT_NO"]),
        amount=_money(fields["LMI_PAYMENT_AMOUNT"], currency),
        test=fields["LMI_MODE"] != "0",
    )


def snapshot(fields: Mapping[str, str], *, currency: str) -> Snapshot:
    """Of a result whose hash is true. Raises ProtocolError, ValueError, KeyError."""
    if not _ID.fullmatch(fields["LMI_SYS_TRANS_NO"]):
        raise ValueError("trans")
    held = fields.get("LMI_HOLD", "0") not in {"", "0"}
    return Snapshot(
        state="authorized" if held else "paid",
        provider_id=fields["LMI_SYS_TRANS_NO"],
        number=_number(fields["LMI_PAYMENT_NO"]),
        amount=_money(fields["LMI_PAYMENT_AMOUNT"], currency),
        test=fields["LMI_MODE"] != "0",
        at=moment(fields["LMI_SYS_TRANS_DATE"]),
        method="purse",
        trace=fields["LMI_SYS_INVS_NO"],
    )


def question(*, wmid: str, purse: str, number: int, sha256: str) -> bytes:
    root = ET.Element("merchant.request")
    given = {"wmid": wmid, "lmi_payee_purse": purse, "lmi_payment_no": str(number), "sha256": sha256}
    for name, value in given.items():
        ET.SubElement(root, name).text = value
    return ET.tostring(root)


def operation(content: bytes) -> Operation:
    """Raises ProviderAway."""
    if b"<!" in content:
        raise ProviderAway("answer-unreadable")
    try:
        root = ET.fromstring(content)  # noqa: S314 - nothing is declared in it, so nothing expands
        found = root.find("operation")
        return Operation(
            code=int(root.findtext("retval", "")),
            text=root.findtext("retdesc", ""),
            trans="" if found is None else found.get("wmtransid", ""),
            amount="" if found is None else found.findtext("amount", ""),
            at="" if found is None else found.findtext("operdate", ""),
        )
    except (ET.ParseError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def operation_snapshot(found: Operation, *, number: int, currency: str) -> Snapshot:
    """Raises ProviderAway."""
    try:
        return Snapshot(
            state="paid",
            provider_id=found.trans,
            number=number,
            amount=_money(found.amount, currency),
            at=moment(found.at),
            method="purse",
        )
    except (ProtocolError, ValueError):
        raise ProviderAway("answer-unreadable") from None


def moment(text: str) -> datetime:
    """Raises ValueError."""
    return datetime.strptime(text, "%Y%m%d %H:%M:%S").replace(tzinfo=_ZONE).astimezone(UTC)


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError("number")
    return int(text)


def _money(text: str, currency: str) -> Money:
    money = Money.parse(text, currency)
    if money.minor <= 0:
        raise ValueError("amount")
    return money


UNREADABLE = (ProtocolError, ValueError, KeyError)
