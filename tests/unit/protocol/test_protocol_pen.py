"""A message as its rooms see it: written by one, countersigned by the gateway, read by the other; and each refusal."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from factories import wire
from factories.wire import CABINET, GATEWAY, NOW, SYSTEM, House

from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.envelope import Envelope, encode
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.keys import SigningKey, entry
from okno.protocol.pen import Pen
from okno.protocol.registry import OPERATIONS, Member


@pytest.fixture(name="house", scope="module")
def a_house() -> House:
    return House()


def refused(code: ErrorCode, house: House, raw: bytes, receiver: str = CABINET, *, online: bool = False) -> None:
    with pytest.raises(ProtocolError) as refusal:
        house.glass(receiver).read(raw, at=NOW, online=online)
    assert refusal.value.code is code


def unchecked(house: House, envelope: Envelope, **changes: object) -> bytes:
    """Both signatures over an envelope that no pen would write."""
    key = house.key_of(envelope.source)
    payload = encode(msgspec.structs.replace(envelope, **changes))
    return jws.countersign(jws.sign(payload, key), house.gateway)


def test_an_event_passes_the_gateway_and_is_read_with_both_signatures(house: House) -> None:
    envelope = wire.event(house)
    raw = house.pen(SYSTEM).write(envelope)
    passing = house.glass(GATEWAY).read_sender(raw, at=NOW, online=False)
    assert passing.kids == ("connector-2026a",)
    arrived = house.glass(CABINET).read(house.pen(GATEWAY).countersign(passing), at=NOW, online=False)
    assert arrived.envelope == envelope
    assert arrived.data == wire.posted()
    assert arrived.kids == ("connector-2026a", "gateway-2026a")
    assert arrived.payload_hash == passing.payload_hash == jws.request_hash(raw)
    assert arrived.operation is OPERATIONS["okno.operation.posted.v1"]


def test_a_role_reads_what_is_for_any_of_its_sources(house: House) -> None:
    raw = house.countersigned(wire.event(house))
    assert house.glass("cabinet").read(raw, at=NOW, online=False).envelope.audience == CABINET


@pytest.mark.parametrize("receiver", ["urn:okno:cabinet:2", "connector", SYSTEM])
def test_a_message_for_somebody_else_is_refused(house: House, receiver: str) -> None:
    refused(ErrorCode.AUDIENCE_WRONG, house, house.countersigned(wire.event(house)), receiver)


def test_a_bundle_is_typed_member_by_member(house: House) -> None:
    raw = house.countersigned(wire.bundle(house))
    members = house.glass(CABINET).read(raw, at=NOW, online=False).members
    assert members[1] == Member("okno.operation.posted.v1", wire.fixed_id(0x102), wire.posted(n=2))
    assert len(members) == 3


@pytest.mark.parametrize(
    "bad",
    [
        m.BundledEvent("okno.operation.posted.v1", wire.fixed_id(9), {"account": wire.ACCOUNT}),
        m.BundledEvent("okno.unheard.of.v1", wire.fixed_id(9), {}),
        m.BundledEvent("okno.payment.captured.v1", wire.fixed_id(9), {}),
        m.BundledEvent("okno.events.bundle.v1", wire.fixed_id(9), {"system": "main", "events": []}),
        m.BundledEvent("okno.security.posture.v1", wire.fixed_id(9), {}),
        m.BundledEvent("okno.customer.changed.v1", wire.fixed_id(9), {"sealed": "a..b.c.d"}),
    ],
    ids=["schema", "unknown", "command", "nested", "gateway's", "sealed"],
)
def test_one_bad_member_refuses_the_bundle_and_is_named(house: House, bad: m.BundledEvent) -> None:
    good = m.BundledEvent.of("okno.operation.posted.v1", wire.fixed_id(8), wire.posted())
    envelope = wire.bundle(house, good, good, bad)
    with pytest.raises(ProtocolError) as refusal:
        house.glass(CABINET).read(unchecked(house, envelope), at=NOW, online=False)
    assert (refusal.value.code, refusal.value.index) == (ErrorCode.BUNDLE_MEMBER, 2)
    assert refusal.value.problem().index == 2
    with pytest.raises(ProtocolError):
        house.pen(SYSTEM).write(envelope)


def test_an_event_of_another_system_refuses_the_bundle(house: House) -> None:
    foreign = m.BundledEvent.of("okno.link.watermark.v1", wire.fixed_id(9), m.Watermark("second", 1, NOW))
    raw = house.pen(SYSTEM).write(wire.bundle(house, foreign))
    with pytest.raises(ProtocolError) as refusal:
        house.glass(GATEWAY).read_sender(raw, at=NOW, online=False)
    assert (refusal.value.code, refusal.value.index) == (ErrorCode.BUNDLE_MEMBER, 0)


def test_the_gateway_answers_a_bundle_with_a_signed_problem(house: House) -> None:
    received = house.glass(GATEWAY).read_sender(house.pen(SYSTEM).write(wire.bundle(house)), at=NOW, online=False)
    problem = Problem.of(ErrorCode.BUNDLE_MEMBER, index=1)
    raw = house.pen(GATEWAY).write(house.pen(GATEWAY).problem(received, problem, at=NOW))
    answer = house.glass(SYSTEM).read(raw, at=NOW + timedelta(days=6), online=False)
    answer.check_answers(received.payload_hash)
    assert answer.data == problem
    assert answer.kids == ("gateway-2026a",)


def test_a_query_and_its_reply(house: House) -> None:
    sent = house.pen(CABINET).write(wire.query(house))
    request = house.glass(SYSTEM).read(jws.countersign(sent, house.gateway), at=NOW, online=True)
    assert request.grant is not None
    assert request.grant.authid == wire.USER
    page = m.OperationsPage(wire.ACCOUNT, "main", NOW, ())
    reply = house.pen(SYSTEM).reply(request, page, at=NOW)
    assert (reply.kind, reply.audience, reply.causationid) == ("reply", CABINET, request.envelope.id)
    assert reply.expirytime == NOW + timedelta(seconds=5)
    answer = house.glass(CABINET).read(house.countersigned(reply), at=NOW, online=True)
    assert answer.data == page
    answer.check_answers(jws.request_hash(sent))
    with pytest.raises(ProtocolError) as refusal:
        answer.check_answers(jws.request_hash(house.pen(SYSTEM).write(wire.event(house))))
    assert refusal.value.code is ErrorCode.REQUEST_HASH


def test_the_reply_to_a_command_may_wait_as_long_as_an_event(house: House) -> None:
    raw = house.countersigned(wire.command(house))
    request = house.glass(SYSTEM).read(raw, at=NOW + timedelta(hours=23), online=False)
    later = NOW + timedelta(hours=23)
    reply = house.pen(SYSTEM).reply(request, m.Recorded("J-9", later), at=later)
    assert reply.idempotencykey == wire.PAYMENT
    read = house.glass(CABINET).read(house.countersigned(reply), at=later + timedelta(days=6), online=False)
    assert read.data == m.Recorded("J-9", later)


def test_a_gateway_alone_cannot_reply(house: House) -> None:
    request = house.glass(SYSTEM).read(house.countersigned(wire.query(house)), at=NOW, online=True)
    forged = house.pen(GATEWAY).reply(request, m.OperationsPage(wire.ACCOUNT, "main", NOW, ()), at=NOW)
    refused(ErrorCode.DIRECTION_WRONG, house, jws.sign(encode(forged), house.gateway))
    as_system = msgspec.structs.replace(forged, source=SYSTEM)
    refused(ErrorCode.SOURCE_WRONG, house, jws.sign(encode(as_system), house.gateway))


def test_a_cabinet_cannot_go_round_the_gateway(house: House) -> None:
    raw = house.pen(CABINET).write(wire.command(house))
    refused(ErrorCode.SIGNATURE_MISSING, house, raw, SYSTEM)
    twice = jws.countersign(raw, house.cabinet)
    refused(ErrorCode.SIGNER_WRONG, house, twice, SYSTEM)


def test_the_gateway_reads_the_senders_signature_alone(house: House) -> None:
    glass = house.glass(GATEWAY)
    with pytest.raises(ProtocolError) as refusal:
        glass.read_sender(house.countersigned(wire.command(house)), at=NOW, online=True)
    assert refusal.value.code is ErrorCode.SIGNATURE_EXTRA


def test_what_ends_in_a_gateway_names_that_gateway(house: House) -> None:
    sample = m.TrafficSample("web", NOW, 5, 1, 2, 3, 0, 0, 0)
    envelope = house.pen(CABINET).message("okno.traffic.sample.v1", sample, at=NOW, audience=GATEWAY)
    raw = house.pen(CABINET).write(envelope)
    assert house.glass(GATEWAY).read_sender(raw, at=NOW, online=True).data == sample
    assert house.glass(GATEWAY).read(raw, at=NOW, online=True).kids == ("cabinet-2026a",)
    with pytest.raises(ProtocolError) as refusal:
        house.glass("urn:okno:gateway:gw2").read_sender(raw, at=NOW, online=True)
    assert refusal.value.code is ErrorCode.AUDIENCE_WRONG


@pytest.mark.parametrize("source", [CABINET, GATEWAY, SYSTEM])
def test_a_heartbeat_is_for_everybody_and_of_anybody(house: House, source: str) -> None:
    beat = m.Heartbeat("web", NOW, queues={"q.event.gateway": m.QueueState(1, 20)})
    envelope = house.pen(source).message("okno.link.heartbeat.v1", beat, at=NOW, audience="urn:okno:all")
    assert house.glass(SYSTEM).read(house.pen(source).write(envelope), at=NOW, online=True).data == beat


def test_a_source_is_spoken_for_by_its_own_key_alone(house: House) -> None:
    envelope = wire.event(house)
    refused(ErrorCode.SOURCE_WRONG, house, jws.countersign(jws.sign(encode(envelope), house.neighbour), house.gateway))
    with pytest.raises(ProtocolError) as refusal:
        Pen(party="connector", source=SYSTEM, key=house.neighbour)
    assert refusal.value.code is ErrorCode.SOURCE_WRONG
    with pytest.raises(ProtocolError):
        Pen(party="gateway", source=SYSTEM, key=house.connector)
    with pytest.raises(ProtocolError):
        house.pen(CABINET).write(envelope)


def test_a_key_of_a_bare_role_speaks_for_each_of_its_sources(house: House) -> None:
    key = SigningKey.generate("connector")
    ring = house.ring(entry(key, not_before=wire.START, not_after=wire.END))
    pen = Pen(party="connector", source="urn:okno:system:third", key=key)
    data = m.Watermark("third", 1, NOW)
    raw = pen.write(pen.message("okno.link.watermark.v1", data, at=NOW, audience=CABINET))
    glass = house.glass(GATEWAY)
    glass.keyring = ring
    assert glass.read_sender(raw, at=NOW, online=False).data == data


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"type": "okno.unheard.of.v1"}, ErrorCode.UNKNOWN_OPERATION),
        ({"kind": "command"}, ErrorCode.KIND_WRONG),
        ({"kind": "reply", "requesthash": jws.payload_hash(b"")}, ErrorCode.KIND_WRONG),
        ({"audience": GATEWAY}, ErrorCode.DIRECTION_WRONG),
        ({"audience": "urn:okno:all"}, ErrorCode.DIRECTION_WRONG),
        ({"subject": f"acct:{wire.OTHER_ACCOUNT}"}, ErrorCode.SUBJECT_WRONG),
        ({"subject": None}, ErrorCode.SUBJECT_WRONG),
        ({"requesthash": jws.payload_hash(b"")}, ErrorCode.ENVELOPE),
        ({"labels": {"network": "x"}}, ErrorCode.LABEL_UNKNOWN),
        ({"authtype": "service"}, ErrorCode.AUTHTYPE),
        ({"data": {}}, ErrorCode.SCHEMA),
        ({"data": {**msgspec.to_builtins(wire.posted()), "system": "second"}}, ErrorCode.SOURCE_WRONG),
        ({"expirytime": NOW}, ErrorCode.EXPIRED),
        ({"expirytime": NOW + timedelta(days=8)}, ErrorCode.EXPIRY_TOO_LONG),
        ({"time": NOW + timedelta(days=6), "expirytime": NOW + timedelta(days=12)}, ErrorCode.EARLY),
        ({"recordedtime": NOW + timedelta(seconds=6)}, ErrorCode.EARLY),
    ],
)
def test_an_event_that_does_not_fit_its_row_is_refused(
    house: House, changes: dict[str, object], code: ErrorCode
) -> None:
    refused(code, house, unchecked(house, wire.event(house), **changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"idempotencykey": None}, ErrorCode.KEY_MISSING),
        ({"authtype": None}, ErrorCode.AUTHTYPE),
        ({"authtype": "app_user", "authid": wire.USER}, ErrorCode.AUTHTYPE),
        ({"grant": "x"}, ErrorCode.GRANT_MISSING),
        ({"kind": "problem"}, ErrorCode.DIRECTION_WRONG),
        ({"labels": {"score": 4}}, ErrorCode.LABEL_UNKNOWN),
    ],
)
def test_a_command_that_does_not_fit_its_row_is_refused(
    house: House, changes: dict[str, object], code: ErrorCode
) -> None:
    refused(code, house, unchecked(house, wire.command(house), **changes), SYSTEM)


def test_a_float_in_the_data_never_reaches_the_wire(house: House) -> None:
    envelope = wire.command(house)
    changed = msgspec.structs.replace(envelope, data={**envelope.data, "amount": 100.0})
    with pytest.raises(ProtocolError) as refusal:
        house.pen(CABINET).write(changed)
    assert refusal.value.code is ErrorCode.NUMBER_FRACTION


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ({"amount": "100.0", "currency": "RUB"}, ErrorCode.MONEY),
        ({"amount": "100", "currency": "RUB"}, ErrorCode.MONEY),
        ({"amount": "-0.00", "currency": "RUB"}, ErrorCode.MONEY),
        ({"amount": "0.00", "currency": "RUB"}, ErrorCode.MONEY),
        ({"amount": "-1.00", "currency": "RUB"}, ErrorCode.MONEY),
        ({"amount": "1.00", "currency": "RUR"}, ErrorCode.MONEY),
        ({"amount": "1.00", "currency": "rub"}, ErrorCode.SCHEMA),
        ({"amount": "１.00", "currency": "RUB"}, ErrorCode.SCHEMA),
        ({"amount": "1e2", "currency": "RUB"}, ErrorCode.SCHEMA),
        ({"amount": "1.00\n", "currency": "RUB"}, ErrorCode.SCHEMA),
        ({"amount": "1.00", "currency": "RUB", "note": ""}, ErrorCode.SCHEMA),
    ],
)
def test_amounts_on_the_wire_have_one_spelling(house: House, amount: dict[str, str], code: ErrorCode) -> None:
    envelope = wire.command(house)
    refused(code, house, unchecked(house, envelope, data={**envelope.data, "amount": amount}), SYSTEM)


@pytest.mark.parametrize(
    ("seconds", "code"), [(-31, ErrorCode.STALE), (6, ErrorCode.EARLY), (-30, None), (5, None)], ids=str
)
def test_the_window_of_who_is_on_the_line(house: House, seconds: int, code: ErrorCode | None) -> None:
    sent = NOW + timedelta(seconds=seconds)
    raw = house.countersigned(
        msgspec.structs.replace(wire.command(house), time=sent, expirytime=sent + timedelta(hours=1))
    )
    glass = house.glass(SYSTEM)
    assert glass.read(raw, at=NOW, online=False).envelope.time == sent
    if code is None:
        assert glass.read(raw, at=NOW, online=True).envelope.time == sent
    else:
        refused(code, house, raw, SYSTEM, online=True)


@pytest.mark.parametrize(
    ("grant", "changes", "code"),
    [
        ({"authid": "somebody"}, {}, ErrorCode.SUBJECT_NOT_GRANTED),
        ({"subject": f"acct:{wire.OTHER_ACCOUNT}"}, {}, ErrorCode.SUBJECT_NOT_GRANTED),
        ({"rights": ("pay",)}, {}, ErrorCode.RIGHT_NOT_GRANTED),
        ({"expires": NOW}, {}, ErrorCode.GRANT_EXPIRED),
        ({"expires": NOW + timedelta(days=31)}, {}, ErrorCode.GRANT_EXPIRED),
        ({}, {"authid": None}, ErrorCode.AUTHTYPE),
        ({}, {"grant": None}, ErrorCode.GRANT_MISSING),
        ({}, {"grant": "a.b"}, ErrorCode.JWS_FORM),
    ],
)
def test_a_query_of_a_user_is_judged_by_his_grant(
    house: House, grant: dict[str, object], changes: dict[str, object], code: ErrorCode
) -> None:
    envelope = msgspec.structs.replace(wire.query(house), grant=house.grant(**grant))  # type: ignore[arg-type]
    refused(code, house, unchecked(house, envelope, **changes), SYSTEM, online=True)


def test_a_queued_command_is_judged_by_the_grant_at_the_moment_it_was_recorded(house: House) -> None:
    data = m.PromiseRequest(wire.fixed_id(0xE1), wire.ACCOUNT, wire.rub("10.00"), NOW.date())
    recorded = NOW - timedelta(hours=3)
    envelope = house.pen(CABINET).message(
        "okno.promise.request.v1",
        data,
        at=NOW,
        audience=SYSTEM,
        idempotencykey="promise-1",
        recorded=recorded,
        auth=("app_user", wire.USER),
        grant=house.grant(expires=NOW - timedelta(hours=1)),
    )
    read = house.glass(SYSTEM).read(house.countersigned(envelope), at=NOW, online=False)
    assert read.grant is not None
    assert read.grant.expires < NOW
    refused(ErrorCode.GRANT_EXPIRED, house, unchecked(house, envelope, recordedtime=None), SYSTEM)


def test_a_grant_of_another_system_opens_nothing_here(house: House) -> None:
    foreign = House(connector=house.neighbour).grant()
    envelope = msgspec.structs.replace(wire.query(house), grant=foreign)
    refused(ErrorCode.SIGNER_WRONG, house, house.countersigned(envelope), SYSTEM, online=True)


def test_the_life_of_a_message_can_be_chosen_shorter(house: House) -> None:
    envelope = house.pen(SYSTEM).message(
        "okno.operation.posted.v1", wire.posted(), at=NOW, audience=CABINET, expiry_s=60
    )
    assert envelope.expirytime == NOW + timedelta(seconds=60)


def test_a_message_too_large_to_be_countersigned_is_not_signed(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        jws.sign(b"x" * 786_200, house.cabinet)
    assert refusal.value.code is ErrorCode.TOO_LARGE
    assert len(jws.countersign(jws.sign(b"x" * 785_000, house.cabinet), house.gateway)) < 1_048_576


def test_a_page_of_one_system_is_not_asked_of_another(house: House) -> None:
    data = m.SyncPage("second", "accounts")
    envelope = house.pen(CABINET).message("okno.sync.page.v1", data, at=NOW, audience=SYSTEM, auth=("service", None))
    refused(ErrorCode.SOURCE_WRONG, house, house.countersigned(envelope), SYSTEM, online=True)
    with pytest.raises(ProtocolError) as refusal:
        house.glass(GATEWAY).read_sender(house.pen(CABINET).write(envelope), at=NOW, online=True)
    assert refusal.value.code is ErrorCode.SOURCE_WRONG


def test_a_reply_in_the_name_of_another_system_ends_at_its_reader(house: House) -> None:
    """On its way it is the gateway's table of queries that refuses it: by the hash, before anything else."""
    request = house.glass(SYSTEM).read(house.countersigned(wire.query(house)), at=NOW, online=True)
    lie = house.pen(SYSTEM).reply(request, m.OperationsPage(wire.ACCOUNT, "second", NOW, ()), at=NOW)
    raw = jws.sign(encode(lie), house.connector)
    assert house.glass(GATEWAY).read_sender(raw, at=NOW, online=True).envelope == lie
    refused(ErrorCode.SOURCE_WRONG, house, jws.countersign(raw, house.gateway), online=True)
