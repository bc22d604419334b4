"""Notices and payments of some time ago, as rows: what alarms about a payment system are judged by."""

import json
from datetime import timedelta

import msgspec
import psycopg
from factories.paying import Shop

from okno.cabinet.kit import notice_binding as binding
from okno.cabinet.payments.services.alarm import REFUSED
from okno.protocol.ids import new_id
from okno.protocol.sealing import open_sealed

#: Where the payment system is, and where somebody else is.
NEAR, FAR = "127.0.0.1", "203.0.113.7"
HOUR = timedelta(hours=1)
CAME = """
    INSERT INTO payments_notice (id, provider, key, peer, headers, query, body, state, received_at, attempt_id)
    VALUES (%(id)s::uuid, 'yookassa', %(id)s::text, %(peer)s, '{}', '', '', %(state)s, %(at)s, %(attempt)s)
"""
PAYMENT = """
    INSERT INTO payments_payment (id, key, method, amount, currency, locale, state)
    VALUES (%(id)s, %(id)s, 'card', 10000, 'RUB', 'ru', 'confirmed')
"""
ATTEMPT = """
    INSERT INTO payments_attempt (id, payment_id, provider, state, created_at, expires_at, ask_at)
    VALUES (%(id)s, %(id)s, 'yookassa', %(state)s, %(at)s, %(at)s, NULL)
"""
ENTRY = """
    INSERT INTO payments_entry (id, payment_id, attempt_id, kind, ref, amount, at)
    VALUES (%(id)s, %(id)s, %(id)s, 'captured', '', 10000, %(at)s)
"""


def came(
    shop: Shop, state: str, *, peer: str = NEAR, ago: timedelta = timedelta(0), attempt: str | None = None
) -> None:
    """A notice of YooKassa, so long ago by the till's clock: `refused`, or `applied`, a true one."""
    values = {"id": new_id(), "peer": peer, "state": state, "at": shop.clock.now() - ago, "attempt": attempt}
    with psycopg.connect(shop.database.superuser_dsn()) as connection:
        connection.execute(CAME, values)


def began(shop: Shop, *, ago: timedelta, state: str = "paid", told: bool = False) -> str:
    """A payment of YooKassa, begun and, where `paid`, captured so long ago; `told` by a true notice or not."""
    values = {"id": new_id(), "state": state, "at": shop.clock.now() - ago}
    with psycopg.connect(shop.database.superuser_dsn()) as connection:
        connection.execute("SET session_replication_role = replica")  # it begins where it has come to
        for statement in (PAYMENT, ATTEMPT, *((ENTRY,) if state == "paid" else ())):
            connection.execute(statement, values)
    if told:
        came(shop, "applied", ago=ago, attempt=str(values["id"]))
    return str(values["id"])


def alarms(shop: Shop, kind: str = REFUSED) -> list[dict[str, object]]:
    """What was said to the operator, oldest first."""
    told = shop.portal.peek("SELECT detail FROM kit_signal WHERE detail->>'action' = %s ORDER BY seq", kind)
    return [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in told]


def letters(shop: Shop) -> list[tuple[str, str]]:
    """Address and text of every letter, oldest first, opened with the sender's key."""
    found = shop.portal.peek(
        "SELECT id::text, to_sealed, body_sealed FROM notices_message WHERE channel = 'email' ORDER BY id"
    )
    return [_opened(shop, str(row[0]), str(row[1]), str(row[2])) for row in found]


def _opened(shop: Shop, message: str, to: str, body: str) -> tuple[str, str]:
    key = shop.portal.keys.sender
    address = open_sealed(to, key, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)
    text = open_sealed(body, key, subject=binding.body_subject(message), type=binding.BODY_TYPE)
    return msgspec.json.decode(address)["email"], msgspec.json.decode(text)["text"]
