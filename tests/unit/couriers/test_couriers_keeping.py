"""A consumer that is kept: it waits for a broker that is away, and ends when it is told to."""

import asyncio

import pytest

from okno.couriers import keeping
from okno.couriers.keeping import Kept
from okno.couriers.memory import MemoryBroker
from okno.couriers.port import Delivery, Handler, Subscription
from okno.couriers.topology import topology

PATIENCE_S = 10


async def settle(delivery: Delivery) -> None:
    await delivery.ack()


def test_a_broker_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "PAUSE_FIRST_S", 0.001)

    async def scenario() -> None:
        broker = MemoryBroker(topology())
        projector = broker.courier("outer", "cabinet.projector")
        broker.stop()
        kept = Kept(projector, "events.cabinet", settle, prefetch=1)
        await asyncio.sleep(0.02)
        broker.start()
        await asyncio.wait_for(kept.started(), PATIENCE_S)
        gateway = broker.courier("outer", "gateway")
        await gateway.publish("x.event", "events", b"1", message_id="1")
        for _ in range(100):
            await asyncio.sleep(0)
        assert await projector.depth("events.cabinet") == 0
        await kept.cancel()
        await gateway.publish("x.event", "events", b"2", message_id="2")
        assert await projector.depth("events.cabinet") == 1

    asyncio.run(scenario())


def test_what_never_started_can_be_cancelled() -> None:
    async def scenario() -> None:
        broker = MemoryBroker(topology())
        projector = broker.courier("outer", "cabinet.projector")
        broker.stop()
        kept = Kept(projector, "events.cabinet", settle, prefetch=1)
        await asyncio.sleep(0)
        await kept.cancel()
        assert projector.subscriptions == 0

    asyncio.run(scenario())


def test_a_fault_of_the_client_does_not_end_the_consumer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(keeping, "PAUSE_FIRST_S", 0.001)

    async def scenario() -> None:
        projector = MemoryBroker(topology()).courier("outer", "cabinet.projector")
        consume = projector.consume
        faults = [ValueError("nobody expected this")]

        async def faulty(queue: str, handler: Handler, *, prefetch: int, exclusive: bool = False) -> Subscription:
            if faults:
                raise faults.pop()
            return await consume(queue, handler, prefetch=prefetch, exclusive=exclusive)

        monkeypatch.setattr(projector, "consume", faulty)
        kept = Kept(projector, "events.cabinet", settle, prefetch=1)
        await asyncio.wait_for(kept.started(), PATIENCE_S)
        assert projector.subscriptions == 1
        await kept.cancel()

    asyncio.run(scenario())
    assert "nobody expected this" in caplog.text
