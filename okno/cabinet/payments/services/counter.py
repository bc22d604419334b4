"""The counter: one transaction for each notice, as the till's role. Its reply leaves after the commit."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import cast
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import Error, OperationalError, connections, transaction

from okno.cabinet.kit.http.patience import PAUSE_S, WAIT_S
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import Received, Reply
from okno.cabinet.payments.services.confirming import Shown, bank_page, proof_take
from okno.cabinet.payments.services.notices import Counter
from okno.cabinet.payments.services.registry import providers_of

log = structlog.get_logger("okno.cabinet.payments")

TILL = "till"
NOT_HERE = Reply(HTTPStatus.NOT_FOUND)
COME_AGAIN = Reply(HTTPStatus.SERVICE_UNAVAILABLE)

#: A payment system waits 10 s and more for an answer, a database that crashed is back within a few.
DATABASE_WAIT_S = WAIT_S
DATABASE_PAUSE_S = PAUSE_S
AWAY = (OperationalError, psycopg.OperationalError)

_known: list[tuple[object, dict[str, Counter]]] = []


def notice_take(name: str, received: Received) -> Reply:
    """What the provider called `name` is answered with. Trouble of our own makes it come again.

    A database that is away is waited for: who asks has more patience than its recovery takes.
    """
    counter = _counters().get(name)
    if counter is None:
        return NOT_HERE
    until = time.monotonic() + DATABASE_WAIT_S
    while True:
        try:
            with transaction.atomic(using=TILL):
                return counter.take(counter_connection(), received, datetime.now(UTC))
        except (Error, psycopg.Error) as error:
            # Whether the last commit took effect is unknown: a notice is kept under its key, once.
            connections[TILL].close()
            if not isinstance(error, AWAY) or time.monotonic() > until:
                log.warning("notice-not-taken", provider=name, error=type(error).__name__)
                return COME_AGAIN
            time.sleep(DATABASE_PAUSE_S)


def confirmation_show(name: str, attempt: UUID) -> Shown:
    """The page that leads a payer to his bank."""
    with transaction.atomic(using=TILL):
        return bank_page(counter_connection(), name, attempt)


def confirmation_take(name: str, attempt: UUID, body: bytes) -> Shown:
    """What a payer brings back from his bank."""
    with transaction.atomic(using=TILL):
        return proof_take(counter_connection(), name, attempt, body, datetime.now(UTC))


def counter_connection() -> Connection:
    """The driver's own connection under Django's, within its transaction."""
    wrapper = connections[TILL]
    wrapper.ensure_connection()
    return cast("Connection", wrapper.connection)


def _counters() -> dict[str, Counter]:
    """One for each provider of the settings, made at the first notice."""
    okno = settings.OKNO
    # Held together: the address of settings that are gone would be that of others.
    if not _known or _known[0][0] is not okno:
        made = {
            name: Counter(provider, takes_test=okno.takes_test)
            for name, provider in providers_of(okno.providers).items()
        }
        _known[:] = [(okno, made)]
    return _known[0][1]
