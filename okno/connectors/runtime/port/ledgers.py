"""Accounts of a system that shares no database with the store: told whole, numbered and compared by the runtime."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from okno.connectors.runtime.port.accounts import Due


class Entry(msgspec.Struct, frozen=True):
    """One entry as the system has it; the balance after it and its version are the runtime's to give.

    `key` is the system's own and names the entry for good; `amount` is the signed effect, never 0 (+ is owed by the
    customer); `day` is the business day it counts for; `text` is as the system has it, the runtime clears it of people;
    `document` is how people call the paper behind it (reconciliation); `reverses` is the key of the entry that this one
    takes or pays back.
    """

    key: str
    kind: str
    amount: int
    posted_at: datetime
    day: date
    text: str = ""
    channel: str | None = None
    document: str = ""
    reverses: str | None = None


class Ledger(msgspec.Struct, frozen=True):
    """An account and all of its entries, in the order in which the system would list them.

    The sum of the entries is the balance: a system that cannot say so is wrong, and the runtime opens a work item.
    `name` is whose account it is: it goes nowhere, its words are kept out of every text.
    """

    account: str
    number: str
    currency: str
    status: str
    balance: int
    due: Due | None
    entries: Sequence[Entry]
    name: str = ""


class Changes(msgspec.Struct, frozen=True):
    """Accounts touched since a cursor (at least those: naming one too many is no fault), and the cursor after them.

    `complete_before`: whatever the system committed before this moment is in this answer or in an earlier one. With
    `more` the next answer is ready now.
    """

    accounts: Sequence[str]
    cursor: str
    complete_before: datetime
    more: bool = False
