"""What staff asks for, and what it is refused with: shared by refunds, chargebacks and moves. As role okno_desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction

from okno.cabinet.kit.statements import changed, notify, rows
from okno.cabinet.payments.services.refunding.dividing import divide
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.money.amount import Money

DATABASE = "desk"
REASON_CHARS_MAX = 300

Code = Literal[
    "unknown",  # no such row
    "amount",  # not a positive amount of the payment's currency
    "more-than-left",
    "no-reason",
    "own-request",  # whoever asked does not approve
    "decided",  # somebody was first
    "not-in-books",  # the books have not answered about the payment yet
    "account",  # no such account, closed, of another currency, or the same one
    "term",  # opened before the payment or in the future, or to be answered before that
    "reference",  # empty, or of a case that is entered already
]

# What is left of each posting of an attempt. A posting that was moved stands for nothing any more.
LEFT = """
    SELECT id::text, payments_posting_left(id) FROM payments_posting
     WHERE attempt_id = %s AND state <> 'moved' AND (%s::uuid IS NULL OR account_id = %s) ORDER BY id
"""
PAID = """
    SELECT payment.currency, attempt.paid_at
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s AND attempt.state = 'paid'
"""
PART = "INSERT INTO payments_unposting (id, posting_id, {cause}, amount) VALUES (%s, %s, %s, %s)"


class ReturnRefusedError(Exception):
    """What staff asked for will not be done; nothing was written."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self.code = code


@contextmanager
def asking() -> Iterator[None]:
    """One transaction of the desk's; what the database finds too much is refused, and the till is woken."""
    try:
        with transaction.atomic(using=DATABASE):
            yield
            notify("okno_till", using=DATABASE)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name == "payments_unposting_within":
            raise ReturnRefusedError("more-than-left") from error
        if name == "payments_chargeback_once":
            raise ReturnRefusedError("reference") from error
        raise


def reason_of(text: str) -> str:
    """Raises ReturnRefusedError no-reason."""
    reason = " ".join(text.split())
    if not 0 < len(reason) <= REASON_CHARS_MAX:
        raise ReturnRefusedError("no-reason")
    return reason


def paid_of(attempt: UUID) -> tuple[str, datetime]:
    """The currency of an attempt that was paid, and when it was. Raises ReturnRefusedError unknown."""
    found = rows(PAID, [attempt], using=DATABASE)
    if not found:
        raise ReturnRefusedError("unknown")
    currency, paid_at = found[0]
    return currency, paid_at


def minor_of(text: str, currency: str) -> int:
    """Raises ReturnRefusedError amount."""
    try:
        minor = Money.parse(text.strip().replace(",", "."), currency).minor
    except ProtocolError as error:
        raise ReturnRefusedError("amount") from error
    if minor <= 0:
        raise ReturnRefusedError("amount")
    return minor


def parts_of(attempt: UUID, minor: int, account: UUID | None) -> Mapping[str, int]:
    """How `minor` is divided among the attempt's postings, or among those to one account. ReturnRefusedError."""
    left = {str(posting): int(rest) for posting, rest in rows(LEFT, [attempt, account, account], using=DATABASE)}
    if minor > sum(left.values()):
        raise ReturnRefusedError("more-than-left")
    return divide(minor, left)


def parts_hold(cause: Literal["refund_id", "chargeback_id", "move_id"], id_: str, parts: Mapping[str, int]) -> None:
    """From now on these parts are promised to nobody else."""
    for posting, minor in sorted(parts.items()):
        changed(PART.format(cause=cause), [new_id(), posting, id_, minor], using=DATABASE)
