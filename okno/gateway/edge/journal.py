"""Every verdict is counted and logged here; the disk is asked to keep the log a few times a second at most."""

import asyncio
import logging
from collections import Counter

from okno.gateway.core.verdicts import Ended, Entry
from okno.gateway.edge.chain import Chain, Head
from okno.gateway.edge.clock import Clock
from okno.protocol.messages import SecuritySignal

log = logging.getLogger(__name__)

SYNC_PAUSE_S = 0.5
SIGNALS_MAX, OTHER = 64, "other"


class Journal:
    def __init__(self, chain: Chain, clock: Clock) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        """By (hop, verdict, code)."""
        self.signals: Counter[tuple[str, str]] = Counter()
        """By (source, name)."""
        self._chain = chain
        self._clock = clock
        self._sync_due: asyncio.TimerHandle | None = None
        self._syncing: asyncio.Future[None] | None = None

    @property
    def head(self) -> Head:
        return self._chain.head

    @property
    def lost(self) -> int:
        return self._chain.lost

    def record(self, entry: Entry) -> None:
        self.counts[entry.hop, entry.verdict, entry.code] += 1
        self._chain.append(entry, self._clock().at)
        if self._sync_due is None:
            loop = asyncio.get_running_loop()
            self._sync_due = loop.call_later(SYNC_PAUSE_S, self._sync)

    def _sync(self) -> None:
        self._sync_due = None
        self._syncing = asyncio.get_running_loop().run_in_executor(None, self._chain.sync_later())
        self._syncing.add_done_callback(_report)

    def ended(self, verdict: Ended) -> None:
        """Record what ends here; a security signal is counted by its name for whoever watches."""
        self.record(verdict.entry)
        data = verdict.received.data
        if isinstance(data, SecuritySignal):
            source = verdict.entry.source
            # Whoever makes up names without end is counted under one.
            known = (source, data.signal) in self.signals or len(self.signals) < SIGNALS_MAX
            self.signals[source, data.signal if known else OTHER] += 1

    async def close(self) -> None:
        if self._sync_due is not None:
            self._sync_due.cancel()
        if self._syncing is not None:
            await asyncio.wait([self._syncing])
        self._chain.close()


def _report(syncing: asyncio.Future[None]) -> None:
    if (error := syncing.exception()) is not None:
        log.error("the verdict log could not be forced to the disk: %r", error)
