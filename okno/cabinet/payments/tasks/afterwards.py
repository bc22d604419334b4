"""What is done once a payment is over: its fiscal receipt is asked about, a card that its owner removed is forgotten.

A row carries its own next moment, as an attempt does (see `till`); nobody waits for these.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import structlog

from okno.cabinet.kit.processes.dispatcher import Connection
from okno.cabinet.payments.providers.port import Provider, ProviderError, ProviderRefusal, ReceiptSnapshot
from okno.cabinet.payments.services.keeping.keeper import Keeper
from okno.cabinet.payments.services.receipting.telling import receipt_apply
from okno.protocol.errors import ProtocolError

log = structlog.get_logger("okno.cabinet.till")

#: A till of the provider needs some seconds; one that is down comes back within days.
ASK_S_MIN, ASK_S_MAX = 10, 3600
ASKS_MAX = 120
#: Where a provider tells of a receipt by itself, it has so long: the law gives a day.
TOLD_WITHIN = timedelta(days=1)
#: A token that its provider would not drop is useless all the same once we have dropped it.
FORGETS_FOR = timedelta(days=1)

RECEIPTS = """
    SELECT receipt.attempt_id::text, attempt.provider, attempt.provider_id, receipt.asks
      FROM payments_receipt receipt JOIN payments_attempt attempt ON attempt.id = receipt.attempt_id
     WHERE receipt.ask_at <= %s AND attempt.state = 'paid'
     ORDER BY receipt.ask_at LIMIT %s FOR UPDATE OF receipt SKIP LOCKED
"""
RECEIPTS_LEASE = "UPDATE payments_receipt SET ask_at = %s, asks = asks + 1 WHERE attempt_id = ANY(%s::uuid[])"
REMOVED = """
    SELECT id::text, provider, sealed, removed_at FROM payments_card
     WHERE forget_at <= %s ORDER BY forget_at LIMIT %s FOR UPDATE SKIP LOCKED
"""
REMOVED_LEASE = "UPDATE payments_card SET forget_at = %s WHERE id = ANY(%s::uuid[])"
FORGOTTEN = "UPDATE payments_card SET forget_at = NULL, sealed = NULL WHERE id = %s"
DUE = """
    SELECT min(moment) FROM (
        SELECT min(receipt.ask_at) AS moment FROM payments_receipt receipt
          JOIN payments_attempt attempt ON attempt.id = receipt.attempt_id WHERE attempt.state = 'paid'
        UNION ALL SELECT min(forget_at) FROM payments_card) each
"""


@dataclass(frozen=True, kw_only=True)
class Chore:
    """`id`: of the attempt, or of the card. `sealed`: the card's token."""

    kind: Literal["receipt", "card"]
    id: str
    provider: str
    provider_id: str | None = None
    asks: int = 0
    sealed: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Done:
    """`ok`: the provider answered, or there is nobody to ask. `untold`: it tells of receipts by itself, and has not."""

    chore: Chore
    ok: bool
    receipt: ReceiptSnapshot | None = None
    untold: bool = False


class AfterwardsDesk:
    """See `okno.cabinet.kit.processes.dispatcher.Desk`."""

    def __init__(self, providers: Mapping[str, Provider], keeper: Keeper | None, *, lease_s: float) -> None:
        self._providers = providers
        self._keeper = keeper
        self._lease = timedelta(seconds=lease_s)

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[Chore]:
        receipts = [
            Chore(kind="receipt", id=row[0], provider=row[1], provider_id=row[2], asks=row[3])
            for row in connection.execute(RECEIPTS, [now, slots]).fetchall()
        ]
        cards = [
            Chore(kind="card", id=row[0], provider=row[1], sealed=row[2], since=row[3])
            for row in connection.execute(REMOVED, [now, slots - len(receipts)]).fetchall()
        ]
        until = now + self._lease
        connection.execute(RECEIPTS_LEASE, [until, [chore.id for chore in receipts]])
        connection.execute(REMOVED_LEASE, [until, [chore.id for chore in cards]])
        return [*receipts, *cards]

    def due(self, connection: Connection) -> datetime | None:
        row = connection.execute(DUE).fetchone()
        return row[0] if row is not None else None

    def work(self, job: Chore) -> Done:
        provider = self._providers.get(job.provider)
        try:
            if job.kind == "card":
                self._forget(job, provider)
                return Done(chore=job, ok=True)
            asking = provider.receipt_asking if provider is not None else None
            if asking is None or job.provider_id is None:
                return Done(chore=job, ok=False, untold=asking is None)
            return Done(chore=job, ok=True, receipt=asking.receipt(provider_id=job.provider_id))
        except ProviderRefusal as refusal:
            # A token that its provider does not know any more is forgotten.
            log.warning("provider-call", provider=job.provider, outcome="refused", reason=refusal.code)
            return Done(chore=job, ok=job.kind == "card")
        except (ProviderError, ProtocolError) as error:
            return self.broken(job, error)

    def broken(self, job: Chore, error: Exception) -> Done:
        log.warning("provider-call", provider=job.provider, outcome="away", reason=type(error).__name__)
        return Done(chore=job, ok=False)

    def mark(self, connection: Connection, done: Sequence[Done], now: datetime) -> None:
        for one in done:
            if one.chore.kind == "card":
                self._mark_card(connection, one, now)
            else:
                self._mark_receipt(connection, one, now)

    def _forget(self, job: Chore, provider: Provider | None) -> None:
        if provider is not None and provider.charges is not None and self._keeper is not None and job.sealed:
            provider.charges.forget(self._keeper.card(job.id, job.sealed))

    def _mark_card(self, connection: Connection, done: Done, now: datetime) -> None:
        """What the provider does not take in a day is dropped here, and with it the last copy that we had."""
        is_late = done.chore.since is not None and now > done.chore.since + FORGETS_FOR
        if done.ok or is_late:
            connection.execute(FORGOTTEN, [done.chore.id])

    def _mark_receipt(self, connection: Connection, done: Done, now: datetime) -> None:
        chore = done.chore
        wait = timedelta(seconds=min(ASK_S_MIN * 2 ** min(chore.asks, 9), ASK_S_MAX))
        following = None if done.untold or chore.asks >= ASKS_MAX else now + wait
        receipt_apply(connection, chore.id, chore.provider, done.receipt, following)
