"""The AMQP courier's way back to its broker, without a broker."""

import asyncio

import pytest

from okno.couriers import amqp
from okno.couriers.amqp import AmqpCourier
from okno.couriers.port import CourierDown


def test_it_dials_until_it_is_back(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(amqp, "RECONNECT_PAUSE_FIRST_S", 0.001)
    faults: list[Exception] = [ValueError("nobody expected this"), CourierDown("still away")]
    dialled = asyncio.Event()

    async def dial(_: AmqpCourier) -> None:
        if faults:
            raise faults.pop()
        dialled.set()

    async def scenario() -> None:
        courier = AmqpCourier("amqp://gateway:x@127.0.0.1:1/outer", "test")
        courier._on_closed(None, None)  # noqa: SLF001 - what the client calls when the connection is lost
        await asyncio.wait_for(dialled.wait(), 10)
        await courier.close()
        courier._on_closed(None, None)  # noqa: SLF001 - our own close is no loss

    monkeypatch.setattr(AmqpCourier, "dial", dial)
    asyncio.run(scenario())
    assert faults == []
    assert "nobody expected this" in caplog.text


def test_a_publication_without_a_connection_fails_at_once() -> None:
    async def scenario() -> None:
        courier = AmqpCourier("amqp://gateway:x@127.0.0.1:1/outer", "test")
        began = asyncio.get_running_loop().time()
        with pytest.raises(CourierDown):
            await courier.publish("x.event", "events", b"x", message_id="1")
        with pytest.raises(CourierDown):
            await courier.depth("events.cabinet")
        assert asyncio.get_running_loop().time() - began < 1

    asyncio.run(scenario())


def test_who_gives_up_is_cancelled_and_not_told_of_a_loss() -> None:
    async def scenario() -> None:
        courier = AmqpCourier("amqp://gateway:x@127.0.0.1:1/outer", "test")

        async def ignore(_: object) -> None:
            return None

        waiting = asyncio.create_task(courier.consume("events.cabinet", ignore, prefetch=1))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()

    asyncio.run(scenario())
