"""Payments, their attempts, what became of them in the books, refunds, and the ledger that all sums come from.

Amounts are positive integers of minor units. A state changes along `states` alone: a trigger refuses everything else.
"""

from okno.cabinet.payments.models.agents import Agent, AgentAccount, AgentOrder
from okno.cabinet.payments.models.autopaying import Autopay, Turn
from okno.cabinet.payments.models.keeping import Card, Challenge, Contact
from okno.cabinet.payments.models.links import Link
from okno.cabinet.payments.models.paying import Attempt, Payment, Posting, Share
from okno.cabinet.payments.models.promises import Promise
from okno.cabinet.payments.models.receipting import Receipt
from okno.cabinet.payments.models.records import ENTRY_KINDS, NOTICE_STATES, Alarm, Entry, Notice
from okno.cabinet.payments.models.refunding import Chargeback, Move, Refund, Unposting

__all__ = [
    "ENTRY_KINDS",
    "NOTICE_STATES",
    "Agent",
    "AgentAccount",
    "AgentOrder",
    "Alarm",
    "Attempt",
    "Autopay",
    "Card",
    "Challenge",
    "Chargeback",
    "Contact",
    "Entry",
    "Link",
    "Move",
    "Notice",
    "Payment",
    "Posting",
    "Promise",
    "Receipt",
    "Refund",
    "Share",
    "Turn",
    "Unposting",
]
