"""Which account an agent's number stands for, and whether it may be paid.

The number itself is kept nowhere in the public zone. Once the inside has said whose it is, its keyed hash stands for
it: from then on the read model answers, also while the inside is away. Whoever is not known yet is asked about, and
the agent waits for the answer, a few seconds at most and a few of them at a time; after that he is told to come again.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import transaction

from okno.cabinet.identity.selectors import canonical_login
from okno.cabinet.kit.audit import Detail
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.outbox.labels import labels_of
from okno.cabinet.kit.signals import Name, signal_write
from okno.cabinet.kit.statements import Value, changed, rows
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.agents.wire import Result
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.messages import Payable, PaymentPayable, TypedAccount
from okno.protocol.sealing import seal

TILL = "till"
PAYABLE = "okno.payment.payable.v1"
TAIL_CHARS = 4
#: What the read model says of an account that has not been heard of for so long is asked anew.
FRESH_H = 24
POLL_S = 0.05
#: Calls of agents that wait for the inside at one moment, in one process.
WAITING_MAX = 4

_waiting = threading.BoundedSemaphore(WAITING_MAX)

KNOWN = """
    SELECT known.account_id, known.system, known.currency, account.status,
           GREATEST(account.as_of, system.watermark) > now() - make_interval(hours => %(fresh_h)s)
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
    VALUES (%(id)s, %(type)s, 'query', %(system)s, '', 0, %(data)s, 'service', %(labels)s, %(key)s)
"""
ANSWER = "SELECT state, outcome->'reply' FROM kit_outbox WHERE id = %s"


@dataclass(frozen=True)
class Found:
    """An account that may be paid."""

    account: UUID
    system: str
    currency: str
    number_key: bytes
    tail: str


def number_key(agent: Agent, number: str) -> bytes:
    """What stands for a number here: width, case and separators make no difference."""
    content = f"agent-account|{agent.system}|{canonical_login(number)}".encode()
    return hmac.digest(settings.OKNO.pepper_bytes, content, hashlib.sha256)


def tail_of(number: str) -> str:
    return canonical_login(number)[-TAIL_CHARS:]


def account_find(name: str, agent: Agent, number: str, address: str) -> Found | Result:
    """The account, or why it cannot be paid. May not stand inside a transaction."""
    if re.fullmatch(agent.account_pattern, number) is None:
        return Result.ACCOUNT_FORMAT
    key = number_key(agent, number)
    known = rows(KNOWN, {"key": key, "fresh_h": FRESH_H}, using=TILL)
    account_id, system, currency, status, is_fresh = known[0] if known else (None, "", "", None, False)
    if not is_fresh:
        told = _asked(name, agent, number, address)
        if isinstance(told, Result):
            return Result.ACCOUNT_CLOSED if told is Result.ACCOUNT_UNKNOWN and known else told
        account_id, system, currency = UUID(told.account), told.payee or agent.system, _currency(told, agent)
        changed(KEEP, [key, account_id, system, currency], using=TILL)
        status = "active"
    if status == "closed":
        return Result.ACCOUNT_CLOSED
    if currency != agent.currency:
        return Result.REFUSED
    return Found(account_id, system, currency, key, tail_of(number))


def _currency(told: Payable, agent: Agent) -> str:
    return told.least.currency if told.least is not None else agent.currency


def _asked(name: str, agent: Agent, number: str, address: str) -> Payable | Result:
    """What the inside says of the number; TEMPORARY when it says nothing in time."""
    try:
        take("agent-ask", name, using=TILL)
    except ThrottledError as error:
        _signal("excess_rate_limit_exceeded", {"scope": error.scope, "agent": name})
        return Result.TEMPORARY
    if not _waiting.acquire(blocking=False):
        return Result.TEMPORARY
    try:
        told = _reply(_ask(agent, number, address), agent.wait_ms / 1000)
    except ProtocolError:
        # No key of the accounting's is in force: nothing can be asked.
        return Result.TEMPORARY
    finally:
        _waiting.release()
    if told is None:
        return Result.TEMPORARY
    if not told.payable or told.account is None:
        # Numbers that nobody has, one after another, are somebody who tries them.
        _signal("authz_fail", {"action": "agent.unknown-account", "agent": name})
        return Result.ACCOUNT_UNKNOWN
    return told


def _ask(agent: Agent, number: str, address: str) -> str:
    content = msgspec.json.encode(TypedAccount(number=number))
    sealing_key = keyring().opening_for(f"connector.{agent.system}", datetime.now(UTC))
    question = PaymentPayable(sealed=seal(content, sealing_key, subject=None, type=PAYABLE))
    row = new_id()
    values: dict[str, Value] = {
        "id": row,
        "key": row,
        "type": PAYABLE,
        "system": agent.system,
        "data": msgspec.json.encode(question),
        "labels": msgspec.json.encode(labels_of(address, account=number)).decode(),
    }
    with transaction.atomic(using=TILL):
        changed(ASK, values, using=TILL)
        rows("SELECT pg_notify('okno_outbox', '')", using=TILL)
    return row


def _reply(row: str, wait_s: float) -> Payable | None:
    """The answer as soon as the relay, which has checked it, has written it down."""
    until = time.monotonic() + wait_s
    while True:
        ((state, reply),) = rows(ANSWER, [row], using=TILL)
        if state in {"done", "failed"} or time.monotonic() >= until:
            return None if reply is None else msgspec.json.decode(reply, type=Payable)
        time.sleep(POLL_S)


def _signal(name: Name, detail: Detail) -> None:
    signal_write(name, detail=detail, source="counter", using=TILL)
