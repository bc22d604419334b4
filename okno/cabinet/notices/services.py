"""Telling people something: a sealed row for the sender, in the transaction of what it tells about."""

from datetime import UTC, datetime, timedelta

import msgspec
from django.db import DEFAULT_DB_ALIAS

from okno.cabinet.kit import notice_binding as binding
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.statements import Value, changed, notify
from okno.protocol.ids import new_id
from okno.protocol.sealing import seal

INSERT = """
    INSERT INTO notices_message (id, purpose, channel, to_sealed, body_sealed, expires_at)
    VALUES (%s, %s, 'sms', %s, %s, clock_timestamp() + %s)
"""
# No conflict target: the web's role may put messages in and read none.
INSERT_LETTER = """
    INSERT INTO notices_message (id, purpose, channel, wish, to_sealed, body_sealed, expires_at)
    VALUES (%s, %s, 'email', %s, %s, %s, clock_timestamp() + %s) ON CONFLICT DO NOTHING
"""


def phone_seal(phone: str) -> str:
    """An E.164 number as only the sender can open it."""
    entry = keyring().opening_for(binding.PARTY, datetime.now(UTC))
    return seal(msgspec.json.encode({"phone": phone}), entry, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)


def sms_enqueue(*, to_sealed: str, purpose: str, text: str, lifetime: timedelta, using: str = DEFAULT_DB_ALIAS) -> str:
    """One SMS to a sealed phone, not sent after `lifetime`. Row and wake-up in the caller's transaction."""
    message_id = new_id()
    changed(INSERT, [message_id, purpose, to_sealed, _body_seal(message_id, text), lifetime], using=using)
    notify("okno_notice", using=using)
    return message_id


def letter_enqueue(*, wish: str, email: str, purpose: str, text: str, lifetime: timedelta) -> bool:
    """One letter, not sent after `lifetime`; the first line of its text is its subject. In the caller's transaction.

    False when that wish has its letter already.
    """
    message_id = new_id()
    entry = keyring().opening_for(binding.PARTY, datetime.now(UTC))
    to = seal(msgspec.json.encode({"email": email}), entry, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)
    values: list[Value] = [message_id, purpose, wish, to, _body_seal(message_id, text), lifetime]
    if not changed(INSERT_LETTER, values):
        return False
    notify("okno_notice")
    return True


def _body_seal(message_id: str, text: str) -> str:
    entry = keyring().opening_for(binding.PARTY, datetime.now(UTC))
    plain = msgspec.json.encode({"text": text})
    return seal(plain, entry, subject=binding.body_subject(message_id), type=binding.BODY_TYPE)
