"""A card as its provider told it, kept because its owner agreed. Plain SQL, in the caller's transaction: the till's."""

from __future__ import annotations

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.kit.processes.rows import audit_write
from okno.cabinet.payments.providers.port import SavedCard
from okno.cabinet.payments.services.keeping.binding import card_seal
from okno.protocol.ids import new_id
from okno.protocol.keys import KeyEntry

OWNER = """
    SELECT payment.user_id::text, attempt.provider, NOT EXISTS (
               SELECT FROM payments_card card WHERE card.user_id = payment.user_id AND card.is_default)
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE attempt.id = %s AND attempt.save_card FOR UPDATE OF payment
"""
KEEP = """
    INSERT INTO payments_card (id, user_id, provider, kept_at, sealed, title, expires, is_default)
    VALUES (%(id)s, %(user)s, %(provider)s, %(attempt)s, %(sealed)s, %(title)s, %(expires)s, %(first)s)
    ON CONFLICT (kept_at) DO NOTHING
"""


def card_keep(connection: Connection, attempt: str, card: SavedCard, entry: KeyEntry) -> None:
    """Once for each attempt whose payer asked for it; the first one of a person comes first."""
    owner = connection.execute(OWNER, [attempt]).fetchone()
    if owner is None:
        return
    user, provider, is_first = owner
    card_id = new_id()
    values = {
        "id": card_id,
        "user": user,
        "provider": provider,
        "attempt": attempt,
        "sealed": card_seal(entry, card_id, card.token),
        "title": card.title,
        "expires": card.expires,
        "first": is_first,
    }
    if connection.execute(KEEP, values).rowcount:
        audit_write(connection, "process:till", "card.keep", f"card:{card_id}", {"attempt": attempt})
