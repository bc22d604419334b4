"""The customer's cards: which one comes first, and none that he has sent away."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import changed, notify
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.selectors import Card, access_card, month_of

UNSET = "UPDATE payments_card SET is_default = false WHERE user_id = %s AND is_default"
SET = "UPDATE payments_card SET is_default = true WHERE id = %s AND removed_at IS NULL"
REMOVE = """
    UPDATE payments_card SET removed_at = now(), forget_at = now(), is_default = false
     WHERE id = %s AND removed_at IS NULL
"""
PAUSE = """
    UPDATE payments_autopay SET state = 'paused', look_at = NULL WHERE card_id = %s AND state = 'on'
"""
NEXT = """
    UPDATE payments_card SET is_default = true WHERE id = (
        SELECT id FROM payments_card WHERE user_id = %s AND removed_at IS NULL
           AND (expires IS NULL OR expires >= %s) ORDER BY created_at DESC LIMIT 1)
"""


def card_default(*, user_id: UUID, card_id: UUID) -> None:
    """Let this card come first from now on. Raises NotFoundError, RefusalError card-expired."""
    card = access_card(user_id, card_id)
    card_check(card)
    with rls.acting(user_id):
        changed(UNSET, [user_id])
        changed(SET, [card.id])
        audit_write(actor=f"user:{user_id}", action="card.default", subject=f"card:{card.id}")


def card_remove(*, user_id: UUID, card_id: UUID) -> None:
    """It pays no more; the till makes its provider forget it. The next one comes first. Raises NotFoundError.

    A rule of auto-payment that it paid for rests.
    """
    card = access_card(user_id, card_id)
    with rls.acting(user_id):
        changed(REMOVE, [card.id])
        changed(PAUSE, [card.id])
        if card.is_default:
            changed(NEXT, [user_id, month_of(today())])
        audit_write(actor=f"user:{user_id}", action="card.remove", subject=f"card:{card.id}")
        notify("okno_till")


def card_check(card: Card) -> None:
    """Raises RefusalError card-expired."""
    if card.is_expired(today()):
        raise RefusalError(Refusal.CARD_EXPIRED)


def card_of_wish(user_id: UUID, card_id: UUID, method: Method) -> UUID:
    """The card that pays. Raises NotFoundError; RefusalError card-expired, unknown-method (another provider's)."""
    card = access_card(user_id, card_id)
    card_check(card)
    if card.provider != method.provider or not method.saves:
        raise RefusalError(Refusal.UNKNOWN_METHOD)
    return card.id


def today() -> date:
    """In the company's time zone."""
    return datetime.now(UTC).astimezone(ZoneInfo(settings.OKNO.time_zone)).date()
