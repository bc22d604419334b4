"""The receipt of a refund: to the same address, at the rate of the payment, for the money that goes back."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import Receipt
from okno.cabinet.payments.services.keeping.keeper import Keeper
from okno.cabinet.payments.services.receipting.making import ReceiptSettings, receipt_of
from okno.protocol.money.amount import Money

PAID = """
    SELECT contact.id::text, contact.sealed, attempt.created_at
      FROM payments_receipt receipt JOIN payments_attempt attempt ON attempt.id = receipt.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
      JOIN payments_contact contact ON contact.id = payment.contact_id
     WHERE receipt.attempt_id = %s
"""


def refund_receipt(
    connection: Connection,
    attempt: UUID | str,
    amount: Money,
    *,
    keeper: Keeper | None,
    settings: ReceiptSettings | None,
    zone: ZoneInfo,
) -> Receipt | None:
    """What `Refunds.refund` takes as `receipt`; the same at each repetition. None where the payment had none.

    Raises ProtocolError for a contact that this till cannot open.
    """
    if keeper is None or settings is None:
        return None
    row = connection.execute(PAID, [attempt]).fetchone()
    if row is None:
        return None
    contact_id, sealed, begun = row
    return receipt_of(settings, contact=keeper.contact(contact_id, sealed), amount=amount, at=begun, zone=zone)
