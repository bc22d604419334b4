"""Where a receipt goes: what the customer has typed, judged, sealed to the till and masked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from okno.cabinet.identity.services.users import UserError, mobile_number, phone_mask
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import changed
from okno.cabinet.payments.methods import Method
from okno.cabinet.payments.services.keeping.binding import PARTY, contact_seal
from okno.protocol.ids import new_id

EMAIL_CHARS_MAX = 254
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z0-9-]{2,}")

INSERT = "INSERT INTO payments_contact (id, user_id, link_id, sealed, mask) VALUES (%s, %s, %s, %s, %s)"


@dataclass(frozen=True)
class Contact:
    """`value` is an e-mail address or E.164."""

    value: str
    mask: str


def contact_judge(typed: str, method: Method) -> Contact | None:
    """None where no receipt is made. Raises RefusalError wrong-contact: none, or of a kind that the way does not take.

    54-FZ: the buyer gets his receipt where he says before he pays.
    """
    text = typed.strip()
    if not method.receipt:
        return None
    if "@" in text and "email" in method.receipt and len(text) <= EMAIL_CHARS_MAX and EMAIL.fullmatch(text):
        name, _, place = text.partition("@")
        return Contact(text, f"{name[0]}···@{place}")
    if "@" not in text and "phone" in method.receipt:
        try:
            number = mobile_number(text)
        except UserError:
            raise RefusalError(Refusal.WRONG_CONTACT) from None
        return Contact(number, phone_mask(number))
    raise RefusalError(Refusal.WRONG_CONTACT)


def contact_insert(contact: Contact, *, user_id: UUID | None = None, link_id: UUID | None = None) -> UUID:
    """Of a user or of a link; its id. In the caller's transaction and context."""
    contact_id = new_id()
    sealed = contact_seal(keyring().opening_for(PARTY, datetime.now(UTC)), contact_id, contact.value)
    changed(INSERT, [contact_id, user_id, link_id, sealed, contact.mask])
    return UUID(contact_id)
