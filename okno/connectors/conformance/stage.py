"""A system on its bench, its connector at work, and the other side of the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from okno.connectors.bench import Bench, Opened, Place, Reach
from okno.connectors.conformance.counterpart import SERVICE, Counterpart
from okno.connectors.conformance.failing import Failed, expect
from okno.connectors.conformance.trust import Trust
from okno.connectors.main import ConnectorSettings, start
from okno.connectors.runtime.connector import Connector, Limits
from okno.connectors.runtime.steps import Step, no_step
from okno.couriers.memory import MemoryBroker
from okno.couriers.topology import topology
from okno.protocol import messages as m

# Small enough to be filled by a check; beats and watermarks often enough to be waited for.
LIMITS = Limits(ceiling=4, command_threads=2, heartbeat_s=0.5, watermark_s=0.5, watch_s=0.2, watch_pause_max_s=1.0)
SNAPSHOT = "okno.account.snapshot.get.v1"


class Account(msgspec.Struct):
    """An account of a check: its wire id, and what the check has posted to it, signed, in order."""

    id: str
    opened: Opened
    posted: list[int]

    @property
    def balance(self) -> int:
        return sum(self.posted)


class Stage:
    """Put up by `begin`, taken down by `end`. `offered` lists the operations of the connector's heartbeat."""

    def __init__(self, bench: Bench, place: Place, *, step: Step = no_step) -> None:
        self.bench = bench
        self.place = place
        self.offered: frozenset[str] = frozenset()
        self._trust = Trust()
        self._broker = MemoryBroker(topology(gateways=("gw1",)))
        self.wire = Counterpart(self._trust, self._broker.courier("inner", "gateway"))
        self._connector: Connector | None = None
        self._reach: Reach | None = None
        self._step = step

    @property
    def connector(self) -> Connector:
        assert self._connector is not None  # between `begin` and `end`
        return self._connector

    @property
    def reach(self) -> Reach:
        assert self._reach is not None  # since `begin`
        return self._reach

    @property
    def store(self) -> str:
        return self.reach.store or self.place.store

    def settings(self) -> ConnectorSettings:
        files = self._trust.files(self.place.folder / "keys")
        return ConnectorSettings(
            dsn=self.store,
            adapter=self.reach.adapter,
            options=self.reach.options,
            limits=LIMITS,
            keylist=files["keylist"],
            root_public=files["root_public"],
            signing_key=files["signing_key"],
            opening_key=files["opening_key"],
        )

    async def begin(self, reach: Reach | None = None) -> None:
        """Start the system (or join the one that is reached so), then the connector."""
        self._reach = reach or await asyncio.to_thread(self.bench.start, self.place)
        await self.wire.start()
        await self.connect()
        # What is there before the first watermark belongs to a first load, which is not told.
        if await self.wire.until(self.wire.watermarks) is None:
            raise Failed("no watermark has come: the first load of the system does not end")

    async def connect(self) -> None:
        """Start the connector and wait until it has said what it offers."""
        self._courier = self._broker.courier("inner", "connector.main")
        self.wire.beats.clear()
        self._connector = await start(self.settings(), courier=self._courier, step=self._step)
        await self._connector.started()
        beat = await self.wire.until(lambda: self.wire.beats)
        if beat is None:
            raise Failed("the connector sends no heartbeat")
        self.offered = frozenset(beat[0].operations)

    async def disconnect(self) -> None:
        if self._connector is not None:
            await self._connector.stop()
            await self._courier.close()
            self._connector = None

    async def end(self) -> None:
        await self.disconnect()
        if self._reach is not None:
            await asyncio.to_thread(self.bench.stop)

    async def open(self) -> Account:
        """A new account, once it has been told: an account begins with `account.changed` of version 1."""
        known = len(self._opened())
        opened = await asyncio.to_thread(self.bench.open_account)
        tail = opened.number[-4:]
        expect(len(opened.number) > 0, "the bench opened an account without a number")
        found = await self.wire.until(lambda: [one for one in self._opened()[known:] if one.number_tail == tail])
        if not found:
            raise Failed(f"account.changed of version 1 has not come for the new account {opened.number}")
        return Account(found[0].account, opened, [])

    def _opened(self) -> list[m.AccountChanged]:
        events = (event.data for event in self.wire.events)
        return [data for data in events if isinstance(data, m.AccountChanged) and data.version[1] == 1]

    async def charge(self, account: Account, amount: int, text: str = "") -> None:
        """Charge it as the system's people do, and wait until it is told."""
        await asyncio.to_thread(self.bench.charge, account.opened.account, amount, text)
        account.posted.append(amount)
        await self.told(account)

    async def pay(self, account: Account, amount: int) -> None:
        await asyncio.to_thread(self.bench.payment, account.opened.account, amount)
        account.posted.append(-amount)
        await self.told(account)

    async def told(self, account: Account) -> list[m.OperationPosted]:
        """Every operation of the account, as it was told; Failed when not all come, or more than was posted."""
        wanted = len(account.posted)
        if await self.wire.until(lambda: len(self.operations(account)) >= wanted) is None:
            raise Failed(f"of {wanted} operations of the account {len(self.operations(account))} have been told")
        found = self.operations(account)
        expect(len(found) == wanted, f"{wanted} operations were posted and {len(found)} told")
        return found

    def operations(self, account: Account) -> list[m.OperationPosted]:
        found = self.wire.of_account(account.id, m.OperationPosted)
        return sorted(found, key=lambda data: data.version)

    async def snapshot(self, account: Account, **members: Any) -> m.AccountSnapshot:  # noqa: ANN401
        """Members of `SnapshotGet` beside the account."""
        answer = await self.wire.ask(SNAPSHOT, m.SnapshotGet(account.id, **members), **SERVICE)
        assert isinstance(answer, m.AccountSnapshot)
        return answer

    async def until(self, kept: Callable[[], object], broken: str) -> None:
        """Wait for something; Failed with those words when it does not happen."""
        expect(await self.wire.until(kept) is not None, broken)
