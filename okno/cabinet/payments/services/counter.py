"""The counter: one transaction for each notice, as the till's role. Its reply leaves after the commit."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import cast
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections, transaction

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import Received, Reply
from okno.cabinet.payments.services.confirming import Shown, bank_page, proof_take
from okno.cabinet.payments.services.notices import Counter
from okno.cabinet.payments.services.registry import providers_of

TILL = "till"
NOT_HERE = Reply(HTTPStatus.NOT_FOUND)
COME_AGAIN = Reply(HTTPStatus.SERVICE_UNAVAILABLE)

_known: dict[int, dict[str, Counter]] = {}


def notice_take(name: str, received: Received) -> Reply:
    """What the provider called `name` is answered with. Trouble of our own makes it come again."""
    counter = _counters().get(name)
    if counter is None:
        return NOT_HERE
    try:
        with transaction.atomic(using=TILL):
            return counter.take(counter_connection(), received, datetime.now(UTC))
    except DatabaseError:
        return COME_AGAIN


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
    if id(okno) not in _known:
        _known.clear()
        _known[id(okno)] = {
            name: Counter(provider, takes_test=okno.takes_test)
            for name, provider in providers_of(okno.providers).items()
        }
    return _known[id(okno)]
