"""The synchronous face of a courier: waiting without polling, settling after the work, coming back after a loss."""

import asyncio
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from courier_broker import RabbitServer

from okno.couriers import threads
from okno.couriers.memory import MemoryBroker, MemoryCourier
from okno.couriers.port import CourierDown, Delivery, Unroutable
from okno.couriers.threads import ThreadCourier
from okno.couriers.topology import topology

PATIENCE_S = 10


class Embedded:
    """A loop in a thread of its own, as the one-process stack has."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.broker = MemoryBroker(topology())

    def courier(self, user: str, vhost: str) -> ThreadCourier:
        return ThreadCourier(self.broker.courier(vhost, user), self.loop)

    def severed(self, courier: MemoryCourier) -> None:
        self.loop.call_soon_threadsafe(courier.sever)

    def outage(self) -> None:
        self.loop.call_soon_threadsafe(self.broker.stop)
        self.loop.call_soon_threadsafe(self.broker.start)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def embedded() -> Iterator[Embedded]:
    stack = Embedded()
    yield stack
    stack.stop()


def event(courier: ThreadCourier, *bodies: bytes) -> None:
    for body in bodies:
        courier.publish("x.event", "events", body, message_id=body.decode())


def bodies(deliveries: list[Delivery]) -> list[bytes]:
    return [delivery.body for delivery in deliveries]


def test_a_batch_takes_what_is_there_in_order(embedded: Embedded) -> None:
    gateway, projector = embedded.courier("gateway", "outer"), embedded.courier("cabinet.projector", "outer")
    event(gateway, b"1", b"2", b"3")
    assert projector.depth("events.cabinet") == 3
    batches = projector.batches("events.cabinet", max_messages=2, prefetch=8)
    got: list[bytes] = []
    while len(got) < 3:
        batch = next(batches)
        assert len(batch) <= 2
        got += bodies(batch)
        projector.ack(batch)
    assert got == [b"1", b"2", b"3"]
    event(gateway, b"4")
    batch = next(batches)
    assert bodies(batch) == [b"4"]
    projector.reject(batch[0], requeue=True)
    again = next(batches)
    assert again[0].redelivered
    projector.ack(again)
    batches.close()
    projector.close()


def test_an_error_of_the_broker_reaches_the_thread(embedded: Embedded) -> None:
    gateway = embedded.courier("gateway", "outer")
    with pytest.raises(Unroutable):
        gateway.publish("x.event", "nobody listens", b"x", message_id="1")


def test_idle_gives_an_empty_batch(embedded: Embedded) -> None:
    projector = embedded.courier("cabinet.projector", "outer")
    batches = projector.batches("events.cabinet", max_messages=9, prefetch=8, idle_s=0.01)
    assert next(batches) == []
    projector.close()
    assert list(batches) == []


@pytest.mark.parametrize("while_working", [False, True])
def test_stop_ends_a_waiting_thread(embedded: Embedded, *, while_working: bool) -> None:
    gateway, projector = embedded.courier("gateway", "outer"), embedded.courier("cabinet.projector", "outer")
    event(gateway, b"1")
    seen: list[bytes] = []
    working, go_on = threading.Event(), threading.Event()

    def work() -> None:
        for batch in projector.batches("events.cabinet", max_messages=9, prefetch=8):
            seen.extend(bodies(batch))
            projector.ack(batch)
            working.set()
            if while_working:
                go_on.wait(PATIENCE_S)

    thread = threading.Thread(target=work)
    thread.start()
    assert working.wait(PATIENCE_S)
    projector.stop()
    go_on.set()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()
    assert seen == [b"1"]


def test_a_stop_in_mid_batch_is_not_lost(embedded: Embedded) -> None:
    gateway, projector = embedded.courier("gateway", "outer"), embedded.courier("cabinet.projector", "outer")
    batches = projector.batches("events.cabinet", max_messages=9, prefetch=8)
    event(gateway, b"1")
    projector.ack(next(batches))
    event(gateway, b"2")
    deadline = time.monotonic() + PATIENCE_S
    while projector.depth("events.cabinet") and time.monotonic() < deadline:
        time.sleep(0.01)
    for inbox in projector._waiting:  # noqa: SLF001 - the stop arrives between two messages
        inbox.put(None)
    assert bodies(next(batches)) == [b"2"]
    assert list(batches) == []


def test_after_a_loss_the_batches_go_on(embedded: Embedded) -> None:
    gateway, projector = embedded.courier("gateway", "outer"), embedded.courier("cabinet.projector", "outer")
    batches = projector.batches("events.cabinet", max_messages=9, prefetch=8)
    event(gateway, b"1")
    held = next(batches)
    embedded.outage()
    again = next(batches)
    assert bodies(again) == [b"1"]
    assert again[0].redelivered
    with pytest.raises(CourierDown):
        projector.ack(held)
    projector.ack(again)
    batches.close()


def test_a_stuck_loop_is_an_absent_courier(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "CALL_TIMEOUT_S", 0.05)
    gateway = embedded.courier("gateway", "outer")
    freed = threading.Event()
    embedded.loop.call_soon_threadsafe(freed.wait, PATIENCE_S)
    with pytest.raises(CourierDown):
        event(gateway, b"1")
    freed.set()


def test_a_courier_with_a_loop_of_its_own() -> None:
    with tempfile.TemporaryDirectory(prefix="okno-mq-") as folder:
        server = RabbitServer(Path(folder), topology())
        server.start()
        try:
            gateway = ThreadCourier.dial(server.url("gateway", "outer"), name="gateway")
            projector = ThreadCourier.dial(server.url("cabinet.projector", "outer"), name="projector")
            event(gateway, b"1", b"2")
            batches = projector.batches("events.cabinet", max_messages=1, prefetch=8)
            first = next(batches)
            server.cut_all()
            again = next(batches)
            while bodies(again) != [b"1"]:  # what the lost connection had handed over comes first
                again = next(batches)
            with pytest.raises(CourierDown):
                projector.ack(first)
            gateway.close()
            projector.close()
        finally:
            server.stop()


def test_a_broker_that_is_away_leaves_no_thread() -> None:
    before = threading.active_count()
    with pytest.raises(CourierDown):
        ThreadCourier.dial("amqp://nobody:x@127.0.0.1:1/outer", name="test")
    assert threading.active_count() == before
