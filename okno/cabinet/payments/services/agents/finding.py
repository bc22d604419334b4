"""Which account an agent's number stands for, and whether it may be paid.

Who is known is answered from here (see `finding.numbers`). Whoever is not is asked about, and the agent waits for the
answer, a few seconds at most and a few of them at a time; after that he is told to come again.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from okno.cabinet.kit.audit import Detail
from okno.cabinet.kit.buckets import ThrottledError, take
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.outbox.labels import labels_of
from okno.cabinet.kit.signals import Name, signal_write
from okno.cabinet.payments.services.agents.settings import Agent
from okno.cabinet.payments.services.agents.wire import Result
from okno.cabinet.payments.services.counter import TILL, counter_connection
from okno.cabinet.payments.services.finding import numbers
from okno.cabinet.payments.services.finding.numbers import Known, account_keep, account_known, answer_read, number_ask
from okno.protocol.errors import ProtocolError
from okno.protocol.messages import Payable

PRIORITY = 0
POLL_S = 0.05
#: Calls of agents that wait for the inside at one moment, in one process.
WAITING_MAX = 4

_waiting = threading.BoundedSemaphore(WAITING_MAX)


@dataclass(frozen=True)
class Found:
    """An account that may be paid."""

    account: UUID
    system: str
    currency: str
    number_key: bytes
    tail: str


def number_key(agent: Agent, number: str) -> bytes:
    """What stands for a number of his accounting."""
    return numbers.number_key(settings.OKNO.pepper_bytes, agent.system, number)


def account_find(name: str, agent: Agent, number: str, address: str) -> Found | Result:
    """The account, or why it cannot be paid. May not stand inside a transaction."""
    if re.fullmatch(agent.account_pattern, number) is None:
        return Result.ACCOUNT_FORMAT
    key = number_key(agent, number)
    known = account_known(counter_connection(), key, datetime.now(UTC))
    if known is None or not known.fresh:
        told = _asked(name, agent, number, address)
        if isinstance(told, Result):
            return Result.ACCOUNT_CLOSED if told is Result.ACCOUNT_UNKNOWN and known else told
        known = account_keep(counter_connection(), key, told, system=agent.system, currency=agent.currency)
        assert known is not None  # `_asked` lets through what is payable
    return _payable(known, agent, key, number)


def _payable(known: Known, agent: Agent, key: bytes, number: str) -> Found | Result:
    if known.status == "closed":
        return Result.ACCOUNT_CLOSED
    if known.currency != agent.currency:
        return Result.REFUSED
    return Found(known.account, known.system, known.currency, key, numbers.tail_of(number))


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


def _ask(agent: Agent, number: str, address: str) -> UUID:
    with transaction.atomic(using=TILL):
        return number_ask(
            counter_connection(),
            keyring(),
            datetime.now(UTC),
            system=agent.system,
            number=number,
            labels=labels_of(address, account=number),
            priority=PRIORITY,
        )


def _reply(question: UUID, wait_s: float) -> Payable | None:
    """The answer as soon as it is there."""
    until = time.monotonic() + wait_s
    while True:
        answer = answer_read(counter_connection(), question)
        if answer.state != "open" or time.monotonic() >= until:
            return answer.reply
        time.sleep(POLL_S)


def _signal(name: Name, detail: Detail) -> None:
    signal_write(name, detail=detail, source="counter", using=TILL)
