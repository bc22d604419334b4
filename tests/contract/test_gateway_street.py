"""A real gateway between a toy cabinet and a toy connector, on the couriers in memory and on RabbitMQ."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec
import pytest
from factories.gateway_street import (
    CAPTURED,
    POSTED,
    Connect,
    Street,
    amqp_connect,
    code_of,
    eventually,
    memory_connect,
    now,
    on_street,
    purge,
)
from factories.wire import ACCOUNT, CABINET, OTHER_ACCOUNT, SYSTEM, fixed_id, posted, rub
from tornado.httpclient import HTTPResponse

from okno.cli.servers.rabbitmq import Broker
from okno.gateway.edge import chain
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.pen import Received

Walk = Callable[[Street], Awaitable[None]]


@pytest.fixture(params=["memory", "rabbitmq"])
def connect(request: pytest.FixtureRequest) -> Connect:
    if request.param == "memory":
        return memory_connect()
    broker: Broker = request.getfixturevalue("rabbitmq")
    asyncio.run(purge(broker.url))
    return amqp_connect(broker.url)


def walked(walk: Walk) -> Callable[[Connect], None]:
    def run(connect: Connect) -> None:
        on_street(connect, walk)

    run.__name__, run.__doc__ = walk.__name__, walk.__doc__
    return run


@walked
async def test_a_query_goes_there_and_back(street: Street) -> None:
    query = street.query()
    answer = await street.post(query)
    assert answer.code == 200
    assert answer.headers["Content-Type"] == "application/jose+json"
    assert '"operation";q=' in answer.headers["RateLimit-Policy"]
    assert "r=" in answer.headers["RateLimit"]
    received = street.cabinet_glass.read(answer.body, at=now(), online=True)
    asked = street.connector.queries[0]
    received.check_answers(asked.payload_hash)
    assert asked.envelope == query
    assert isinstance(received.data, m.AccountSnapshot)
    assert [record["verdict"] for record in street.log()] == ["active", "dispatched", "answered"]


@walked
async def test_a_connector_s_problem_is_an_answer(street: Street) -> None:
    def refuse(request: Received) -> object:
        return street.connector.pen.problem(request, Problem.of(ErrorCode.NOT_FOUND, origin="system"), at=now())

    street.connector.answer = refuse  # type: ignore[assignment]
    answer = await street.post(street.query())
    assert answer.code == 200
    received = street.cabinet_glass.read(answer.body, at=now(), online=True)
    assert isinstance(received.data, Problem)
    assert received.data.code == "not-found"


@walked
async def test_a_command_is_accepted_when_the_broker_has_it(street: Street) -> None:
    command = street.command()
    answer = await street.post(command)
    assert (answer.code, answer.body) == (202, b"")
    await eventually(lambda: bool(street.connector.commands))
    received = street.connector.commands[0]
    assert received.envelope == command
    assert len(received.kids) == 2

    done = street.connector.pen.reply(received, m.Recorded("journal-7", now()), at=now())
    await street.connector.tell(done)
    await eventually(lambda: bool(street.events))
    reply = street.received()[0]
    assert reply.envelope.kind == "reply"
    reply.check_answers(received.payload_hash)


@walked
async def test_events_arrive_once_and_in_order(street: Street) -> None:
    pen = street.connector.pen
    sent = [pen.message(POSTED, posted(n=n), at=now(), audience=CABINET) for n in range(40)]
    for envelope in sent:
        await street.connector.tell(envelope)
    await eventually(lambda: len(street.events) >= len(sent))
    received = street.received()
    assert [one.envelope for one in received] == sent
    assert all(len(one.kids) == 2 for one in received)


@walked
async def test_a_bundle_passes_whole_or_not_at_all(street: Street) -> None:
    pen = street.connector.pen
    good = m.BundledEvent.of(POSTED, fixed_id(1), posted(n=1))
    bad = msgspec.structs.replace(good, id=fixed_id(2), data={**good.data, "surprise": 1})
    bundle = pen.message("okno.events.bundle.v1", m.EventsBundle("main", (good, good)), at=now(), audience=CABINET)
    await street.connector.tell(bundle)
    await eventually(lambda: bool(street.events))
    assert len(street.received()[0].members) == 2

    broken = pen.message("okno.events.bundle.v1", m.EventsBundle("main", (good,)), at=now(), audience=CABINET)
    data = msgspec.to_builtins(m.EventsBundle("main", (good, bad)))
    payload = msgspec.json.encode(msgspec.structs.replace(broken, data=data))
    await street.connector.tell(broken, raw=jws.sign(payload, street.house.connector))
    await eventually(lambda: bool(street.connector.commands))
    told = street.connector.commands[0]
    assert isinstance(told.data, Problem)
    assert (told.data.code, told.data.index) == ("bundle-member", 1)
    told.check_answers(jws.payload_hash(payload))
    assert len(street.events) == 1


@walked
async def test_a_forged_event_goes_to_the_dead_queue(street: Street) -> None:
    envelope = street.connector.pen.message(POSTED, posted(), at=now(), audience=CABINET)
    forged = jws.sign(msgspec.json.encode(envelope), street.house.neighbour)
    await street.connector.tell(envelope, raw=forged)
    await street.connector.tell(envelope, raw=b"no message at all")
    await street.connector.tell(street.connector.pen.message(POSTED, posted(n=8), at=now(), audience=CABINET))
    await eventually(lambda: bool(street.events))
    assert [one.data.version for one in street.received()] == [(1, 8)]  # type: ignore[attr-defined]
    assert street.refusals() == ["source-wrong", "json-syntax"]


@walked
async def test_a_replay_is_refused(street: Street) -> None:
    raw = street.pen.write(street.command())
    assert (await street.post_raw(raw)).code == 202
    again = await street.post_raw(raw)
    assert (again.code, code_of(again)) == (403, "refused")
    await eventually(lambda: bool(street.connector.commands))
    assert len(street.connector.commands) == 1
    assert street.refusals() == ["replayed"]


@walked
async def test_what_is_too_old_or_too_new_is_refused(street: Street) -> None:
    old = street.query(time=now() - timedelta(seconds=40), expirytime=now() + timedelta(seconds=1))
    life = timedelta(hours=1)
    stale = street.command(
        time=now() - timedelta(seconds=40), recordedtime=now() - timedelta(seconds=50), expirytime=now() + life
    )
    early = street.command(time=now() + timedelta(seconds=20), expirytime=now() + life)
    codes = [code_of(await street.post(one)) for one in (stale, early)]
    assert codes == ["stale", "early"]
    assert code_of(await street.post(old)) == "expiry-too-long"
    assert street.connector.commands == street.connector.queries == []


@walked
async def test_security_refusals_look_alike(street: Street) -> None:
    payload = msgspec.json.encode(street.query())
    swapped = json.loads(jws.sign(payload, street.house.cabinet))
    swapped["payload"] = json.loads(street.pen.write(street.query()))["payload"]
    user = {
        "authtype": "app_user",
        "authid": "somebody",
        "grant": street.house.grant(expires=now() + timedelta(days=1)),
    }
    refused = [
        await street.post_raw(json.dumps(swapped).encode()),
        await street.post_raw(jws.sign(payload, street.house.neighbour)),
        await street.post_raw(street.house.countersigned(street.query())),
        await street.post_raw(
            jws.sign(msgspec.json.encode(street.query(authtype="staff", authid="x")), street.house.cabinet)
        ),
        await street.post_raw(jws.sign(msgspec.json.encode(street.query(**user)), street.house.cabinet)),
    ]
    faces = {(one.code, one.body, one.headers.get("Retry-After"), one.headers.get("RateLimit")) for one in refused}
    assert len(faces) == 1
    assert refused[0].code == 403
    assert street.refusals() == ["signature-bad", "source-wrong", "signature-extra", "authtype", "subject-not-granted"]
    assert street.connector.queries == []


@walked
async def test_a_user_asks_with_a_grant(street: Street) -> None:
    grant = street.house.grant(expires=now() + timedelta(days=1))
    user = {"authtype": "app_user", "authid": "019a0000-0000-7000-8000-0000000000b1", "grant": grant}
    assert (await street.post(street.query(**user))).code == 200
    other = street.query(**user, subject=f"acct:{OTHER_ACCOUNT}", data={"account": OTHER_ACCOUNT})
    assert (await street.post(other)).code == 403
    assert street.refusals() == ["subject-not-granted"]


@walked
async def test_what_is_not_in_the_registry_is_refused(street: Street) -> None:
    unknown = street.query(type="okno.account.empty.v1")
    event = street.connector.pen.message(POSTED, posted(), at=now(), audience=CABINET)
    heartbeat = street.pen.message(
        "okno.link.heartbeat.v1", m.Heartbeat("relay", now()), at=now(), audience="urn:okno:all"
    )
    foreign = [
        await street.post_raw(jws.sign(msgspec.json.encode(unknown), street.house.cabinet)),
        await street.post_raw(street.connector.pen.write(event)),
        await street.post(heartbeat),
    ]
    assert [code_of(one) for one in foreign] == ["unknown-operation", "refused", "refused"]
    assert street.refusals() == ["unknown-operation", "direction-wrong", "direction-wrong"]
    assert street.events == []


@walked
async def test_what_ends_in_the_gateway_is_counted(street: Street) -> None:
    sample = m.TrafficSample("web", now(), 5, 100, 1000, 2000, 1, 3, 0)
    for audience, expected in (("urn:okno:gateway:gw1", 204), ("urn:okno:gateway:gw2", 403)):
        envelope = street.pen.message("okno.traffic.sample.v1", sample, at=now(), audience=audience)
        assert (await street.post(envelope)).code == expected
    signal = m.SecuritySignal("authz_fail", "connector", now())
    told = street.connector.pen.message("okno.security.signal.v1", signal, at=now(), audience="urn:okno:gateway:gw1")
    await street.connector.tell(told)
    await eventually(lambda: any(record["verdict"] == "ended" and record["hop"] == "event" for record in street.log()))
    assert street.events == []
    figures = (await street.get("/-/metrics")).body.decode()
    assert 'verdict="ended"' in figures
    assert 'okno_gateway_signals_total{source="urn:okno:system:main",signal="authz_fail"} 1' in figures


@walked
async def test_a_system_that_is_not_heard_gets_nothing(street: Street) -> None:
    away = street.command(audience="urn:okno:system:second")
    answer = await street.post(away)
    assert (answer.code, code_of(answer), answer.headers["Retry-After"]) == (503, "system-unavailable", "2")
    assert json.loads(answer.body)["retry"] == "same-key"


@walked
async def test_a_query_without_an_answer_ends_at_its_deadline(street: Street) -> None:
    street.connector.answer = lambda _: None
    answer = await street.post(street.query(expirytime=now() + timedelta(seconds=1)))
    assert (answer.code, code_of(answer)) == (504, "deadline-exceeded")
    late = street.connector.snapshot(street.connector.queries[0])
    assert late is not None
    await street.connector.reply(late)
    await eventually(lambda: any(record["verdict"] == "late" for record in street.log()))


@walked
async def test_an_answer_to_another_question_is_no_answer(street: Street) -> None:
    first, second = street.query(), street.query(subject=f"acct:{OTHER_ACCOUNT}", data={"account": OTHER_ACCOUNT})
    asked: list[Received] = []

    def swap(request: Received) -> object:
        """Both answers, each with the other's content: only the hash says which is which."""
        asked.append(request)
        return None

    street.connector.answer = swap  # type: ignore[assignment]
    posts = [asyncio.create_task(street.post(one)) for one in (first, second)]
    await eventually(lambda: len(asked) == 2)
    for request in asked:
        answer = street.connector.snapshot(request)
        assert answer is not None
        if request.envelope.subject == f"acct:{OTHER_ACCOUNT}":
            answer = msgspec.structs.replace(
                answer, subject=request.envelope.subject, data={**answer.data, "account": OTHER_ACCOUNT}
            )
        await street.connector.reply(answer)
    for post, subject in zip(posts, (ACCOUNT, OTHER_ACCOUNT), strict=True):
        received = street.cabinet_glass.read((await post).body, at=now(), online=True)
        assert received.envelope.subject == f"acct:{subject}"


@walked
async def test_a_forged_reply_leaves_the_query_waiting(street: Street) -> None:
    def answer(request: Received) -> object:
        honest = street.connector.snapshot(request)
        assert honest is not None
        lie = msgspec.structs.replace(honest, source="urn:okno:system:second", id=fixed_id(5))
        forged = [
            jws.sign(msgspec.json.encode(lie), street.house.neighbour),
            jws.sign(msgspec.json.encode(honest), street.house.neighbour),
        ]

        async def tell() -> None:
            for raw in forged:
                await street.connector.courier.publish("x.reply", "gw1", raw, message_id=fixed_id(6))
            await street.connector.reply(honest)

        street.tasks.append(asyncio.create_task(tell()))
        return None

    street.connector.answer = answer  # type: ignore[assignment]
    response = await street.post(street.query())
    assert response.code == 200
    assert len(street.cabinet_glass.read(response.body, at=now(), online=True).kids) == 2
    assert street.refusals() == ["request-hash", "source-wrong"]


@walked
async def test_a_limit_is_answered_with_its_numbers(street: Street) -> None:
    answers: list[HTTPResponse] = []
    while not (refused := [answer for answer in answers if answer.code == 429]):
        # Some at once and until it happens: a slow machine gives the bucket time to fill again.
        assert len(answers) < 400
        wave = (street.command(f"payment-{len(answers) + number}") for number in range(4))
        answers += await asyncio.gather(*map(street.post, wave))
    assert json.loads(refused[0].body)["violated-policies"] == ["subject"]
    assert refused[0].headers["Retry-After"] == "1"
    assert '"subject";r=0' in refused[0].headers["RateLimit"]
    await eventually(lambda: len(street.connector.commands) == len(answers) - len(refused))


@walked
async def test_heartbeats_reach_both_sides(street: Street) -> None:
    def beats() -> list[Received]:
        return [one for one in street.connector.heartbeats if one.envelope.source == "urn:okno:gateway:gw1"]

    await eventually(lambda: bool(beats()))
    beat = beats()[-1]
    assert isinstance(beat.data, m.Heartbeat)
    assert beat.data.breakers == {"main": "closed"}
    forged = m.Heartbeat("connector", now())
    envelope = street.connector.pen.message("okno.link.heartbeat.v1", forged, at=now(), audience="urn:okno:all")
    raw = jws.sign(msgspec.json.encode(envelope), street.house.neighbour)
    await street.connector.courier.publish("x.heartbeat", "", raw, message_id=envelope.id)
    other = street.connector.pen.message(POSTED, posted(), at=now(), audience=CABINET)
    raw = street.connector.pen.write(other)
    await street.connector.courier.publish("x.heartbeat", "", raw, message_id=other.id)
    await eventually(lambda: len(street.refusals()) == 2)
    assert street.refusals() == ["source-wrong", "kind-wrong"]


@walked
async def test_the_log_proves_itself(street: Street) -> None:
    await street.post(street.query())
    await street.post(street.command())
    proof = chain.verify(street.folder / "log-gw1")
    assert proof.ok
    assert proof.records == len(street.log()) == 4


@walked
async def test_a_money_command_of_another_caller_kind_is_refused(street: Street) -> None:
    envelope = street.command(authtype="staff", authid="clerk-1")
    answer = await street.post_raw(jws.sign(msgspec.json.encode(envelope), street.house.cabinet))
    assert (answer.code, code_of(answer)) == (403, "refused")
    assert envelope.type == CAPTURED
    assert envelope.audience == SYSTEM
    assert envelope.data["amount"] == msgspec.to_builtins(rub("10.00"))
    assert street.connector.commands == []
