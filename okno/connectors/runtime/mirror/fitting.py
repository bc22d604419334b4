"""What a foreign ledger says, in the forms that the wire can hold.

A word that only looks wrong is told in its nearest form, a text without people; what cannot be told truly is refused
whole, for a person.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from typing import get_args

import msgspec

from okno.connectors.runtime.clearing import clear_text
from okno.connectors.runtime.port import Entry, Ledger
from okno.protocol.errors import ProtocolError
from okno.protocol.messages.accounts import AccountStatus, OperationKind
from okno.protocol.money import MINOR_MAX, exponent_of
from okno.protocol.strict import patterns

# Room is left in the wire's 128 for the ending of an entry that puts another one right.
KEY_CHARS_MAX = 112
LINE_CHARS_MAX = 200
TAIL_CHARS = 4
# The direction is in the kind (sign rule: + is owed by the customer); a correction may have either.
_SIGNS = {"charge": 1, "refund": 1, "payment": -1, "credit": -1}
_KINDS, _STATUSES = get_args(OperationKind), get_args(AccountStatus)
_CUT = "…"

_OPAQUE, _NAME = re.compile(patterns.OPAQUE), re.compile(patterns.NAME)
# Forms of ours: a key of the system that has one of them would be taken for it.
_OURS = re.compile(r"x-[0-9a-f]{40}|.*:fix:[0-9]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


class Unfit(Exception):  # noqa: N818 - a state of the ledger, for a person to look at
    """The ledger cannot be told truly; the text says why."""


class Fitted(msgspec.Struct, frozen=True):
    """A ledger that can be told. `odd`: keys whose kind is unknown or contradicts the amount, told as corrections."""

    ledger: Ledger
    total: int
    odd: Sequence[str]


def fit(ledger: Ledger) -> Fitted:
    """The ledger without entries of nothing, each of its words as the wire has it. Raises Unfit."""
    _check_account(ledger)
    entries = [entry for entry in ledger.entries if entry.amount != 0]
    doubled = [key for key, count in Counter(entry.key for entry in entries).items() if count > 1]
    if doubled:
        raise Unfit(f"two entries have the key {doubled[0]!r}")
    for entry in entries:
        _check_entry(entry)
    odd = [entry.key for entry in entries if _kind(entry) != entry.kind]
    fitted = [_fit_entry(entry, ledger.name) for entry in entries]
    total = sum(entry.amount for entry in entries)
    whole = msgspec.structs.replace(ledger, number=told_line(ledger.number), entries=fitted)
    return Fitted(whole, total, odd)


def told_key(key: str) -> str:
    """The wire's form of a key of the system: itself, or a hash of one that the wire cannot hold."""
    if len(key) <= KEY_CHARS_MAX and _OPAQUE.fullmatch(key) and not _OURS.fullmatch(key):
        return key
    return f"x-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


def fix_key(key: str, number: int) -> str:
    """The key of the `number`th entry that puts right what was told under `key`."""
    return f"{key}:fix:{number}"


def told_line(text: str) -> str:
    """At most 200 characters without control characters."""
    line = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode()).strip()
    return line if len(line) <= LINE_CHARS_MAX else line[: LINE_CHARS_MAX - 1] + _CUT


def number_tail(number: str) -> str:
    return number[-TAIL_CHARS:] or "-"


def _check_account(ledger: Ledger) -> None:
    try:
        exponent_of(ledger.currency)
    except ProtocolError as error:
        raise Unfit(f"{ledger.currency!r} is no currency") from error
    if not ledger.account or not ledger.account.isprintable():
        raise Unfit("the account's reference is empty or not printable")
    if ledger.status not in _STATUSES:
        raise Unfit(f"the status {ledger.status!r} is none of {', '.join(_STATUSES)}")
    if ledger.due is not None and abs(ledger.due.amount) > MINOR_MAX:
        raise Unfit("what is due is larger than any amount")


def _check_entry(entry: Entry) -> None:
    if not entry.key or not entry.key.isprintable():
        raise Unfit(f"an entry has the key {entry.key!r}")
    if entry.posted_at.utcoffset() is None:
        raise Unfit(f"the time of entry {entry.key!r} has no zone")
    if abs(entry.amount) > MINOR_MAX:
        raise Unfit(f"entry {entry.key!r} is larger than any amount")


def _fit_entry(entry: Entry, name: str) -> Entry:
    channel = entry.channel if entry.channel is not None and _NAME.fullmatch(entry.channel) else None
    return msgspec.structs.replace(
        entry,
        kind=_kind(entry),
        text=told_line(clear_text(entry.text, name)),
        channel=channel,
        document=told_line(entry.document),
        reverses=told_key(entry.reverses) if entry.reverses else None,
    )


def _kind(entry: Entry) -> str:
    if entry.kind not in _KINDS or entry.amount * _SIGNS.get(entry.kind, entry.amount) < 0:
        return "correction"
    return entry.kind
