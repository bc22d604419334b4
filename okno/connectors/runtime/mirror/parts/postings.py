"""Postings into a mirrored system: the wire's names outside, the system's inside."""

from __future__ import annotations

import msgspec

from okno.connectors.runtime.mirror.fitting import told_key
from okno.connectors.runtime.port import MoneyBack, Payment, Posted
from okno.connectors.runtime.references import References
from okno.connectors.runtime.system import DistantPostings


class MirroredPostings:
    """Fulfils DistantPostings for wishes with wire ids; refuses with ACCOUNT_UNKNOWN one that is not mirrored."""

    def __init__(self, postings: DistantPostings, names: References) -> None:
        self._postings = postings
        self._names = names

    def find(self, key: str) -> Posted | None:
        posted = self._postings.find(key)
        return _told(posted) if posted is not None else None

    def post_payment(self, payment: Payment) -> Posted:
        account = self._names.reference(payment.account)
        return _told(self._postings.post_payment(msgspec.structs.replace(payment, account=account)))

    def post_refund(self, refund: MoneyBack) -> Posted:
        return _told(self._postings.post_refund(self._inside(refund)))

    def post_reversal(self, reversal: MoneyBack) -> Posted:
        return _told(self._postings.post_reversal(self._inside(reversal)))

    def _inside(self, back: MoneyBack) -> MoneyBack:
        return msgspec.structs.replace(back, account=self._names.reference(back.account))


def _told(posted: Posted) -> Posted:
    """Under the key that its entry is told by."""
    return msgspec.structs.replace(posted, key=told_key(posted.key))
