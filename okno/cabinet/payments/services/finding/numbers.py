"""Which account a number stands for, as far as the public zone knows and as far as the inside says.

The number itself is kept nowhere here. Once the inside has said whose it is, its keyed hash stands for it: from then on
the read model answers, also while the inside is away. Whoever is not known yet, or has not been heard of for long, is
asked about; the question carries the number sealed for the accounting alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from okno.cabinet.identity.core.logins import canonical_login
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring
from okno.protocol.messages import Payable, PaymentPayable, TypedAccount
from okno.protocol.sealing import seal

PAYABLE = "okno.payment.payable.v1"
TAIL_CHARS = 4
#: What the read model says of an account that has not been heard of for so long is asked anew.
FRESH_H = 24

KNOWN = """
    SELECT known.account_id, known.system, known.currency, account.status,
           COALESCE(GREATEST(account.as_of, system.watermark) > %(now)s - make_interval(hours => %(fresh_h)s), false)
      FROM payments_agent_account known
      LEFT JOIN accounts_account account ON account.id = known.account_id
      LEFT JOIN accounts_system system ON system.id = account.system_id
     WHERE known.key = %(key)s
"""
KEEP = """
    INSERT INTO payments_agent_account (key, account_id, system, currency) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key) DO UPDATE SET account_id = EXCLUDED.account_id, system = EXCLUDED.system,
        currency = EXCLUDED.currency, seen_at = now()
"""
ASK = """
    INSERT INTO kit_outbox (id, type, kind, system, subject, priority, data, authtype, labels, idempotency_key)
    VALUES (%(id)s::uuid, %(type)s, 'query', %(system)s, '', %(priority)s, %(data)s, 'service', %(labels)s,
        %(id)s::text)
"""
ANSWER = "SELECT state, outcome->>'reply' FROM kit_outbox WHERE id = %s"


@dataclass(frozen=True)
class Known:
    """`status` None: the read model does not have the account. `fresh`: it has heard of it lately."""

    account: UUID
    system: str
    currency: str
    status: str | None
    fresh: bool


@dataclass(frozen=True)
class Answer:
    """`reply` stands where `state` is `done`; `lost`: the question was given up, and may be asked again."""

    state: Literal["open", "done", "lost"]
    reply: Payable | None = None


def number_key(pepper: bytes, system: str, number: str) -> bytes:
    """What stands for a number here: width, case and separators make no difference."""
    content = f"agent-account|{system}|{canonical_login(number)}".encode()
    return hmac.digest(pepper, content, hashlib.sha256)


def tail_of(number: str) -> str:
    return canonical_login(number)[-TAIL_CHARS:]


def account_known(connection: Connection, key: bytes, now: datetime) -> Known | None:
    row = connection.execute(KNOWN, {"key": key, "fresh_h": FRESH_H, "now": now}).fetchone()
    return None if row is None else Known(*row)


def account_keep(connection: Connection, key: bytes, told: Payable, *, system: str, currency: str) -> Known | None:
    """Remember what the inside has said; None when there is nothing to pay.

    `system` was asked, `currency` is meant where the answer names none.
    """
    if not told.payable or told.account is None:
        return None
    found = Known(
        account=UUID(told.account),
        system=told.payee or system,
        currency=told.least.currency if told.least is not None else currency,
        status="active",
        fresh=True,
    )
    connection.execute(KEEP, [key, found.account, found.system, found.currency])
    return found


def number_ask(
    connection: Connection,
    ring: Keyring,
    now: datetime,
    *,
    system: str,
    number: str,
    labels: Mapping[str, str],
    priority: int,
) -> UUID:
    """Ask the accounting; the question's id. Raises ProtocolError when no key of it is in force."""
    content = msgspec.json.encode(TypedAccount(number=number))
    sealed = seal(content, ring.opening_for(f"connector.{system}", now), subject=None, type=PAYABLE)
    row = new_id()
    values = {
        "id": row,
        "type": PAYABLE,
        "system": system,
        "priority": priority,
        "data": msgspec.json.encode(PaymentPayable(sealed=sealed)),
        "labels": msgspec.json.encode(dict(labels)).decode(),
    }
    connection.execute(ASK, values)
    connection.execute("SELECT pg_notify('okno_outbox', '')")
    return UUID(row)


def answer_read(connection: Connection, question: UUID) -> Answer:
    """What the relay, which has checked it, has written down of the answer."""
    row = connection.execute(ANSWER, [question]).fetchone()
    state, reply = row if row is not None else ("failed", None)
    if state == "done" and reply is not None:
        return Answer("done", msgspec.json.decode(reply, type=Payable))
    return Answer("lost" if state in {"done", "failed"} else "open")
