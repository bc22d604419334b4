"""Consumes what comes from inside while this gateway is the active one: events in order, replies, heartbeats."""

import asyncio
import logging

from okno.couriers.keeping import Kept
from okno.couriers.port import Courier, CourierDown, CourierError, Delivery
from okno.gateway.core.gate import Gate
from okno.gateway.core.verdicts import Answered, Bounced, Dropped, Ended, Relayed, Send
from okno.gateway.edge.clock import Clock
from okno.gateway.edge.journal import Journal
from okno.gateway.edge.posting import Posting, deliver

log = logging.getLogger(__name__)

EVENTS_PREFETCH = 16
REPLIES_PREFETCH = 64
HEARTBEATS_PREFETCH = 16
PAUSE_FIRST_S = 0.05
PAUSE_MAX_S = 2.0


class Inward:
    def __init__(
        self, *, name: str, gate: Gate, couriers: dict[str, Courier], journal: Journal, posting: Posting, clock: Clock
    ) -> None:
        self._name = name
        self._gate = gate
        self._couriers = couriers
        self._journal = journal
        self._posting = posting
        self._clock = clock
        self._order = asyncio.Lock()
        self._kept: list[Kept] = []
        self._turn = 0

    def start(self) -> None:
        self._turn += 1
        inner, outer = self._couriers["inner"], self._couriers["outer"]
        heartbeats = f"q.heartbeat.{self._name}"
        self._kept = [
            Kept(inner, "q.event.gateway", self._on_event, prefetch=EVENTS_PREFETCH),
            Kept(inner, f"q.reply.{self._name}", self._on_reply, prefetch=REPLIES_PREFETCH),
            Kept(inner, heartbeats, self._on_heartbeat, prefetch=HEARTBEATS_PREFETCH),
            Kept(outer, heartbeats, self._on_heartbeat, prefetch=HEARTBEATS_PREFETCH),
        ]

    async def stop(self) -> None:
        kept, self._kept = self._kept, []
        for one in kept:
            await one.cancel()

    async def _on_event(self, delivery: Delivery) -> None:
        """Judged side by side, sent one after the other: order is kept, and a broker that is away holds all.

        The inner delivery is settled only after the outer broker's confirm; whatever happens in between, it comes
        again and is forwarded again, and the cabinet's inbox drops it.
        """
        turn = self._turn
        verdict = self._gate.event(delivery.body, self._clock())
        async with self._order:
            try:
                await self._settle_event(delivery, verdict, turn)
            except CourierDown as down:
                log.warning("an event is not settled and will come again: %r", down)

    def _check_turn(self, turn: int) -> None:
        """What came to us in an earlier turn as the active gateway is somebody's again, perhaps our own."""
        if not (self._gate.is_active and turn == self._turn):
            raise CourierDown("this gateway has stood by in between")

    async def _settle_event(self, delivery: Delivery, verdict: Relayed | Ended | Bounced | Dropped, turn: int) -> None:
        self._check_turn(turn)
        match verdict:
            case Relayed():
                await self._insist(verdict.send, turn)
                self._journal.record(verdict.entry)
                await delivery.ack()
            case Ended():
                self._journal.ended(verdict)
                await delivery.ack()
            case Bounced():
                await self._bounce(delivery, verdict)
            case Dropped():
                self._journal.record(verdict.entry)
                await delivery.reject(requeue=False)

    async def _insist(self, send: Send, turn: int) -> None:
        """Until the cabinet's broker has it; nothing may overtake it. Ends with CourierDown when our turn does."""
        pause = PAUSE_FIRST_S
        while True:
            try:
                await deliver(self._couriers, send)
            except CourierError as refusal:
                log.warning("an event is not taken: %r; again in %.2f s", refusal, pause)
                await asyncio.sleep(pause)
                self._check_turn(turn)
                pause = min(pause * 2, PAUSE_MAX_S)
            else:
                return

    async def _bounce(self, delivery: Delivery, verdict: Bounced) -> None:
        """One sender's full queue must not hold the events of all: then the refused one is kept as evidence."""
        self._journal.record(verdict.entry)
        try:
            await deliver(self._couriers, verdict.send)
        except CourierDown:
            raise
        except CourierError as refusal:
            log.warning("the problem for a refused event is not taken: %r", refusal)
            await delivery.reject(requeue=False)
        else:
            await delivery.ack()

    async def _on_reply(self, delivery: Delivery) -> None:
        verdict = self._gate.reply(delivery.body, self._clock())
        if isinstance(verdict, Answered):
            self._posting.settle(verdict.ticket, verdict)
        self._journal.record(verdict.entry)
        await _done(delivery)

    async def _on_heartbeat(self, delivery: Delivery) -> None:
        entry = self._gate.heartbeat(delivery.body, self._clock())
        if entry is not None:
            self._journal.record(entry)
        await _done(delivery)


async def _done(delivery: Delivery) -> None:
    """What cannot be settled comes again and finds nobody waiting."""
    try:
        await delivery.ack()
    except CourierDown:
        log.info("a %s delivery is not settled", delivery.queue)
