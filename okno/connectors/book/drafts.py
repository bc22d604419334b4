"""What may be asked of the book, and the rules that need no database."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, get_args

import msgspec

from okno.connectors.runtime.port import Refusal, RefusalCode, Version
from okno.protocol.errors import ProtocolError
from okno.protocol.money import Money

Kind = Literal["charge", "payment", "credit", "refund", "correction"]
KINDS: tuple[str, ...] = get_args(Kind)

# The direction is in the kind, so the amount asked for is positive (sign rule: + is owed by the customer).
SIGN = {"charge": 1, "refund": 1, "payment": -1, "credit": -1}
AMOUNT_MAJOR_MAX = 1_000_000_000
TEXT_LENGTH_MAX = 200
KEY_LENGTH_MAX = 128

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KEY = re.compile(rf"[A-Za-z0-9._:-]{{1,{KEY_LENGTH_MAX}}}")
_CURRENCY = re.compile(r"[A-Z]{3}")


class Draft(msgspec.Struct, frozen=True):
    """An entry asked for. `account` is the number of 20 digits or the id; `amount` positive minor units.

    A correction has no amount of its own: it takes back the whole entry whose key is in `reverses`. A refund may name
    the payment it pays back. Without `posted_at` it is posted now.
    """

    account: str
    kind: str
    key: str
    amount: int = 0
    currency: str | None = None
    text: str = ""
    channel: str | None = None
    service: str = "service"
    posted_at: datetime | None = None
    reverses: str | None = None


class Posting(msgspec.Struct, frozen=True):
    """An entry as it stands in the book; `amount` is its signed effect. `repeated`: the key had been posted before."""

    key: str
    account: str
    number: str
    kind: str
    amount: int
    balance: int
    currency: str
    version: Version
    posted_at: datetime
    repeated: bool = False


def refuse(code: RefusalCode, detail: str) -> Refusal:
    return Refusal(code, detail)


def parse_amount(text: str, currency: str) -> int:
    """Positive minor units of `text` ("123.45"). Raises Refusal for a sign, zero, too many digits, 1e9 and above."""
    if not _CURRENCY.fullmatch(currency):
        raise refuse(RefusalCode.CURRENCY_MISMATCH, f"{currency!r} is not a currency code of three capital letters")
    try:
        minor = Money.parse(text.strip(), currency).minor
    except ProtocolError as error:
        raise refuse(RefusalCode.AMOUNT_INVALID, f"{text!r} is not an amount in {currency}: {error.detail}") from error
    check_amount(minor, currency)
    return minor


def check_amount(minor: int, currency: str) -> None:
    if minor <= 0:
        raise refuse(RefusalCode.AMOUNT_INVALID, "the amount must be above zero: its direction is in the kind")
    one = Money.parse("1", currency).minor
    if minor > AMOUNT_MAJOR_MAX * one:
        raise refuse(RefusalCode.AMOUNT_TOO_LARGE, f"the amount is above {AMOUNT_MAJOR_MAX} {currency}")


def check_draft(draft: Draft) -> None:
    """Raise Refusal for what can be seen without the book."""
    invalid = RefusalCode.VALUE_INVALID
    if draft.kind not in KINDS:
        raise refuse(invalid, f"the kind is one of {', '.join(KINDS)}, not {draft.kind!r}")
    if not _KEY.fullmatch(draft.key):
        raise refuse(invalid, f"the key is 1 to {KEY_LENGTH_MAX} Latin letters, digits and . _ : -")
    if len(draft.text) > TEXT_LENGTH_MAX or not draft.text.isprintable():
        raise refuse(invalid, f"the text is at most {TEXT_LENGTH_MAX} printable characters")
    for what, name in (("channel", draft.channel), ("service", draft.service)):
        if name is not None and not _NAME.fullmatch(name):
            raise refuse(invalid, f"the {what} is a name of small Latin letters, digits and . _ -, not {name!r}")
    if draft.posted_at is not None and draft.posted_at.utcoffset() is None:
        raise refuse(invalid, "the time of the entry must say its offset from UTC")
    _check_reverses(draft)


def _check_reverses(draft: Draft) -> None:
    if draft.kind == "correction":
        if draft.reverses is None:
            raise refuse(RefusalCode.VALUE_INVALID, "a correction names the key of the entry it takes back")
        if draft.amount:
            raise refuse(
                RefusalCode.AMOUNT_INVALID, "a correction takes back the whole entry and has no amount of its own"
            )
    elif draft.reverses is not None and draft.kind != "refund":
        raise refuse(RefusalCode.VALUE_INVALID, f"a {draft.kind} reverses nothing")
    elif draft.amount <= 0:
        raise refuse(RefusalCode.AMOUNT_INVALID, "the amount must be above zero: its direction is in the kind")


def payment_key(payment: str) -> str:
    """Key of the entry that a payment of the cabinet becomes."""
    return f"payment:{payment}"
