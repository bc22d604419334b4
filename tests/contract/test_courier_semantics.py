"""What every courier promises: the same suite on the broker in memory and on a real RabbitMQ."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from courier_broker import RabbitServer
from courier_stage import PATIENCE_S, Inbox, Stage, acknowledge, eventually, on_stage, purge, send, suite

from okno.couriers.keeping import Kept
from okno.couriers.port import CourierDown, Delivery, Forbidden, QueueFull, Taken, Unroutable
from okno.couriers.topology import MESSAGE_BYTES_MAX


@pytest.fixture(scope="module")
def server() -> Iterator[RabbitServer]:
    with tempfile.TemporaryDirectory(prefix="okno-mq-") as folder:
        running = RabbitServer(Path(folder), suite())
        running.start()
        yield running
        running.stop()


@pytest.fixture(params=["memory", "rabbitmq"])
def stage(request: pytest.FixtureRequest) -> Stage:
    if request.param == "memory":
        return Stage(None)
    server: RabbitServer = request.getfixturevalue("server")
    asyncio.run(purge(server))
    return Stage(server)


@on_stage
async def test_a_confirmed_message_is_in_the_queue(stage: Stage) -> None:
    courier = await stage.courier()
    await send(courier, "s.order", b"1", b"2")
    assert await courier.depth("s.order") == 2
    inbox = Inbox(acknowledge)
    await courier.consume("s.order", inbox, prefetch=1)
    first = await inbox.next()
    assert (first.body, first.queue, first.redelivered, first.attempt) == (b"1", "s.order", False, 1)
    assert (await inbox.next()).body == b"2"
    assert await courier.depth("s.order") == 0


@on_stage
async def test_messages_keep_their_order(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox(acknowledge)
    await courier.consume("s.order", inbox, prefetch=16)
    bodies = [str(number).encode() for number in range(100)]
    await send(courier, "s.order", *bodies)
    assert await inbox.bodies(100) == bodies


@on_stage
async def test_prefetch_bounds_what_is_unsettled(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox()
    await courier.consume("s.order", inbox, prefetch=2)
    await send(courier, "s.order", b"1", b"2", b"3")
    first = await inbox.next()
    assert (await inbox.next()).body == b"2"
    await asyncio.sleep(0.1)
    assert inbox.deliveries.empty()
    await first.ack()
    assert (await inbox.next()).body == b"3"


@on_stage
async def test_an_unroutable_message_is_refused(stage: Stage) -> None:
    courier = await stage.courier()
    with pytest.raises(Unroutable):
        await courier.publish("s", "nowhere", b"x", message_id="1")
    with pytest.raises(Unroutable):
        await courier.publish("s.unknown", "s.order", b"x", message_id="2")
    await send(courier, "s.order", b"still works")
    assert await courier.depth("s.order") == 1


@on_stage
async def test_a_topic_binding_matches_words(stage: Stage) -> None:
    courier = await stage.courier()
    await courier.publish("s.topic", "event.main", b"one word", message_id="1")
    await courier.publish("s.topic", "event.main.more", b"two words", message_id="2")
    assert await courier.depth("s.order") == 1
    assert await courier.depth("s.classic") == 2
    with pytest.raises(Unroutable):
        await courier.publish("s.topic", "other.main", b"x", message_id="3")


@on_stage
async def test_a_missing_queue_is_named(stage: Stage) -> None:
    courier = await stage.courier()
    with pytest.raises(Unroutable):
        await courier.depth("s.unknown")
    with pytest.raises(Unroutable):
        await courier.consume("s.unknown", Inbox(), prefetch=1)


@pytest.mark.parametrize("queue", ["s.small", "s.small.classic"])
def test_a_full_queue_refuses(stage: Stage, queue: str) -> None:
    @on_stage
    async def scenario(stage: Stage) -> None:
        courier = await stage.courier()
        accepted = 0
        for number in range(12):
            try:
                await send(courier, queue, str(number).encode())
                accepted += 1
            except QueueFull:
                continue
        # A quorum queue overshoots by one or two.
        assert 5 <= accepted <= 7
        assert await courier.depth(queue) == accepted

    scenario(stage)


@on_stage
async def test_a_forgetful_queue_drops_its_oldest(stage: Stage) -> None:
    courier = await stage.courier()
    await send(courier, "s.forgetful", b"1", b"2", b"3", b"4", b"5")
    inbox = Inbox(acknowledge)
    await courier.consume("s.forgetful", inbox, prefetch=1)
    assert await inbox.bodies(3) == [b"3", b"4", b"5"]


@on_stage
async def test_what_a_lost_consumer_held_comes_again(stage: Stage) -> None:
    courier = await stage.courier()
    held = Inbox()
    first = await courier.consume("s.order", held, prefetch=5)
    await send(courier, "s.order", b"1", b"2")
    old = await held.next()
    await held.next()
    await stage.cut()
    await asyncio.wait_for(first.lost, PATIENCE_S)
    with pytest.raises(CourierDown):
        await old.ack()

    other = await stage.courier()
    inbox = Inbox(acknowledge)
    await other.consume("s.order", inbox, prefetch=5)
    again = [await inbox.next(), await inbox.next()]
    assert [one.body for one in again] == [b"1", b"2"]
    assert all(one.redelivered and one.attempt == 2 for one in again)


@on_stage
async def test_a_courier_reconnects_by_itself(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox(acknowledge)
    kept = Kept(courier, "s.order", inbox, prefetch=4)
    await asyncio.wait_for(kept.started(), PATIENCE_S)
    await send(courier, "s.order", b"before")
    assert (await inbox.next()).body == b"before"
    await stage.cut()

    async def sent() -> bool:
        try:
            await send(courier, "s.order", b"after")
        except CourierDown:
            return False
        return True

    await eventually(sent)
    assert (await inbox.next()).body == b"after"
    await kept.cancel()


@on_stage
async def test_a_cancelled_consumer_gives_back_what_it_held(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox()
    subscription = await courier.consume("s.order", inbox, prefetch=5)
    await send(courier, "s.order", b"1")
    await inbox.next()
    await subscription.cancel()
    await subscription.cancel()
    assert subscription.lost.done()

    async def is_back() -> bool:
        return await courier.depth("s.order") == 1

    await eventually(is_back)


@on_stage
async def test_a_poisonous_message_ends_in_the_dead_queue(stage: Stage) -> None:
    courier = await stage.courier()
    attempts = []

    async def refuse(delivery: Delivery) -> None:
        attempts.append(delivery.attempt)
        await delivery.reject(requeue=True)

    await courier.consume("s.poison", refuse, prefetch=1)
    await send(courier, "s.poison", b"poison")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"poison"
    assert attempts == [1, 2, 3]


@on_stage
async def test_a_handler_that_fails_hands_back(stage: Stage) -> None:
    courier = await stage.courier()
    attempts: dict[str, int] = {"s.poison": 0, "s.classic": 0}

    async def fail(delivery: Delivery) -> None:
        attempts[delivery.queue] += 1
        raise ValueError("a handler's own fault")

    await courier.consume("s.poison", fail, prefetch=1)
    await courier.consume("s.classic", fail, prefetch=1)
    await send(courier, "s.poison", b"poison")
    await send(courier, "s.classic", b"poison")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"poison"

    async def both_gave_up() -> bool:
        return attempts == {"s.poison": 3, "s.classic": 2}

    await eventually(both_gave_up)


@on_stage
async def test_a_handler_that_fails_after_its_ack_gets_nothing_back(stage: Stage) -> None:
    courier = await stage.courier()
    inbox = Inbox()

    async def fail_late(delivery: Delivery) -> None:
        await delivery.ack()
        await inbox(delivery)
        raise ValueError("a handler's own fault")

    await courier.consume("s.order", fail_late, prefetch=1)
    await send(courier, "s.order", b"1", b"2")
    assert await inbox.bodies(2) == [b"1", b"2"]
    assert inbox.deliveries.empty()


@on_stage
async def test_a_rejected_message_is_buried_at_once(stage: Stage) -> None:
    courier = await stage.courier()

    async def refuse(delivery: Delivery) -> None:
        await delivery.reject(requeue=False)

    await courier.consume("s.poison", refuse, prefetch=1)
    await send(courier, "s.poison", b"bad")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"bad"


@on_stage
async def test_a_query_dies_with_its_queue_s_deadline(stage: Stage) -> None:
    courier = await stage.courier()
    await send(courier, "s.brief", b"late")
    grave = Inbox(acknowledge)
    await courier.consume("s.grave", grave, prefetch=1)
    assert (await grave.next()).body == b"late"
    assert await courier.depth("s.brief") == 0


@on_stage
async def test_an_exclusive_consumer_is_alone(stage: Stage) -> None:
    first, second = await stage.courier(), await stage.courier()
    active = await first.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
    with pytest.raises(Taken):
        await second.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
    with pytest.raises(Taken):
        await second.consume("s.classic", Inbox(), prefetch=1)
    await active.cancel()

    async def is_free() -> bool:
        try:
            await second.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
        except Taken:
            return False
        return True

    await eventually(is_free)


@on_stage
async def test_a_closed_connection_frees_the_exclusive_place(stage: Stage) -> None:
    first, second = await stage.courier(), await stage.courier()
    active = await first.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
    await first.close()
    await asyncio.wait_for(active.lost, PATIENCE_S)

    async def is_free() -> bool:
        try:
            await second.consume("s.classic", Inbox(), prefetch=1, exclusive=True)
        except Taken:
            return False
        return True

    await eventually(is_free)
    assert active.lost.done()


@on_stage
async def test_a_closed_courier_says_so_at_once(stage: Stage) -> None:
    courier = await stage.courier()
    await courier.close()
    await courier.close()
    with pytest.raises(CourierDown):
        await send(courier, "s.order", b"x")
    with pytest.raises(CourierDown):
        await courier.depth("s.order")


@on_stage
async def test_a_message_above_the_permitted_size_is_refused(stage: Stage) -> None:
    courier = await stage.courier()
    with pytest.raises(Forbidden):
        await send(courier, "s.order", bytes(MESSAGE_BYTES_MAX + 1))
    await send(courier, "s.order", bytes(MESSAGE_BYTES_MAX))
    assert await courier.depth("s.order") == 1
