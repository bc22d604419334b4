"""The only states there are, and the only ways between them. The database holds the same table and refuses the rest.

An attempt is one try at one provider; CANCELLED, EXPIRED and FAILED close the attempt, not the money: whatever a
provider proves later moves it on, never back. A payment is what the customer wanted; its state follows its attempts and
its postings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

AttemptState = Literal[
    "created",  # written here, the provider does not know of it yet
    "started",  # the provider gave a page to go to
    "pending",
    "authorized",
    "paid",
    "failed",
    "cancelled",
    "expired",
    "unknown",  # the provider says what we do not understand
    "mismatch",  # money came, but not the money that was asked for: a person decides
]
PaymentState = Literal[
    "accepted",  # we have the wish
    "confirmed",  # the payment system has the money
    "posted",  # the books have it, all of it
    "closed",  # no attempt is open and no money came
    "review",  # a person has to look
]
PostingState = Literal["sent", "posted", "rejected", "moved"]
RefundState = Literal[
    "asked",
    "approved",
    "declined",
    "sent",  # the provider is told, or may have been
    "manual",  # the provider cannot be told, or will not say: a person has to look
    "done",
    "failed",
]
ReceiptState = Literal["asked", "registered", "failed"]
AutopayState = Literal["on", "paused", "ended"]
TurnState = Literal[
    "announced",  # the customer has been told, and may stop it
    "charging",  # there is a payment
    "paid",
    "failed",  # every try of the plan was refused, or the bank wants the customer there
    "skipped",  # nothing was charged, for a reason that is told
    "stopped",  # by the customer
]
NoticeState = Literal["taken", "applied", "refused", "ignored", "orphan"]

Edges = Mapping[str, frozenset[str]]

_LATE = frozenset({"paid", "mismatch"})
_ENDS = frozenset({"failed", "cancelled", "expired", "unknown"})

ATTEMPT: Final[Edges] = {
    "created": frozenset({"started", "pending", "authorized"}) | _ENDS | _LATE,
    "started": frozenset({"pending", "authorized"}) | _ENDS | _LATE,
    "pending": frozenset({"authorized"}) | _ENDS | _LATE,
    "authorized": _ENDS | _LATE,
    "unknown": frozenset({"pending", "authorized", "failed", "cancelled", "expired"}) | _LATE,
    "failed": _LATE,
    "cancelled": _LATE,
    "expired": _LATE,
    "mismatch": frozenset({"paid", "failed"}),
    "paid": frozenset(),
}
PAYMENT: Final[Edges] = {
    "accepted": frozenset({"confirmed", "closed", "review"}),
    "closed": frozenset({"accepted", "confirmed", "review"}),
    "review": frozenset({"confirmed", "closed"}),
    "confirmed": frozenset({"posted"}),
    "posted": frozenset({"confirmed"}),  # a second attempt of the same payment was paid as well
}
POSTING: Final[Edges] = {
    "sent": frozenset({"posted", "rejected"}),
    # What the books refused for one account may be posted to another; and an earlier attempt may have reached them.
    "rejected": frozenset({"sent", "moved", "posted"}),
    "posted": frozenset(),
    "moved": frozenset(),
}
REFUND: Final[Edges] = {
    "asked": frozenset({"approved", "declined"}),
    "approved": frozenset({"sent", "manual", "done", "failed"}),
    "sent": frozenset({"done", "failed", "manual"}),
    "manual": frozenset({"done", "failed"}),
    "declined": frozenset(),
    "done": frozenset(),
    "failed": frozenset(),
}
CHARGEBACK: Final[Edges] = {
    "opened": frozenset({"answered", "won", "lost"}),
    "answered": frozenset({"won", "lost"}),
    "won": frozenset(),
    "lost": frozenset(),
}
MOVE: Final[Edges] = {
    "asked": frozenset({"approved", "declined"}),
    "approved": frozenset({"done", "failed"}),
    "declined": frozenset(),
    "done": frozenset(),
    "failed": frozenset(),
}
UNPOSTING: Final[Edges] = {
    "planned": frozenset({"sent", "needless", "dropped"}),  # it holds its part of the posting already
    "sent": frozenset({"posted", "rejected"}),
    "posted": frozenset(),
    "rejected": frozenset({"sent", "dropped", "posted"}),
    "needless": frozenset(),  # the books never had that posting
    "dropped": frozenset(),  # nothing came of its cause: its part is free again
}
RECEIPT: Final[Edges] = {
    "asked": frozenset({"registered", "failed"}),
    "failed": frozenset({"registered"}),  # the till of the provider was mended
    "registered": frozenset(),
}
AUTOPAY: Final[Edges] = {
    "on": frozenset({"paused", "ended"}),
    "paused": frozenset({"on", "ended"}),
    "ended": frozenset(),
}
TURN: Final[Edges] = {
    "announced": frozenset({"charging", "skipped", "stopped"}),
    "charging": frozenset({"paid", "failed", "skipped"}),
    "failed": frozenset({"paid"}),  # late money
    "skipped": frozenset({"paid"}),
    "stopped": frozenset(),
    "paid": frozenset(),
}
TABLES: Final[Mapping[str, Edges]] = {
    "payments_attempt": ATTEMPT,
    "payments_payment": PAYMENT,
    "payments_posting": POSTING,
    "payments_refund": REFUND,
    "payments_chargeback": CHARGEBACK,
    "payments_move": MOVE,
    "payments_unposting": UNPOSTING,
    "payments_receipt": RECEIPT,
    "payments_autopay": AUTOPAY,
    "payments_autopay_turn": TURN,
}

#: What a person makes of money that is not the money asked for: it is the customer's as it came, or it is not his.
DECISIONS: Final = ("take", "leave")

#: Attempts that somebody may still pay, and that are therefore asked about.
OPEN: Final = frozenset({"created", "started", "pending", "authorized", "unknown"})
#: Ends that money may still follow: asked about for a while longer.
CLOSED: Final = frozenset({"failed", "cancelled", "expired"})


def may(edges: Edges, before: str, after: str) -> bool:
    """Whether a row may go from one state to another."""
    return after in edges[before]
