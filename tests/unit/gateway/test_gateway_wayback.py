"""What comes from inside: events, answers, heartbeats, and what the gateway says by itself."""

from datetime import timedelta

import msgspec
from factories.gateway_bench import SNAPSHOT, Bench
from factories.wire import (
    ACCOUNT,
    CABINET,
    GATEWAY,
    NOW,
    SYSTEM,
    posted,
)

from okno.gateway.core.verdicts import Bounced, Dropped, Ended, Relayed
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.parties import EVERYBODY


def test_an_event_is_relayed_with_both_signatures() -> None:
    bench = Bench()
    envelope = bench.connector.message("okno.operation.posted.v1", posted(), at=NOW, audience=CABINET)
    raw = bench.connector.write(envelope)
    bench.later(3600)  # it may have waited in the queue
    for _ in range(2):  # and the broker may redeliver it
        verdict = bench.gate.event(raw, bench.moment)
        assert isinstance(verdict, Relayed)
        assert (verdict.send.link, verdict.send.exchange, verdict.send.key) == ("outer", "x.event", "events")
        received = bench.house.glass(CABINET).read(verdict.send.body, at=bench.moment.at, online=False)
        assert received.envelope == envelope


def bad(bench: Bench, **changes: object) -> bytes:
    envelope = bench.connector.message("okno.operation.posted.v1", posted(), at=NOW, audience=CABINET)
    return jws.sign(msgspec.json.encode(msgspec.structs.replace(envelope, **changes)), bench.house.connector)


def test_a_genuine_sender_is_told_what_was_wrong() -> None:
    bench = Bench()
    for raw, code in (
        (bad(bench, data={"account": ACCOUNT}), "schema"),
        (bad(bench, expirytime=NOW - timedelta(seconds=1), time=NOW - timedelta(seconds=9)), "expired"),
    ):
        verdict = bench.gate.event(raw, bench.moment)
        assert isinstance(verdict, Bounced)
        assert (verdict.send.exchange, verdict.send.key, verdict.entry.code) == ("x.cmd", "main.p0", code)
        told = bench.house.glass(SYSTEM).read(verdict.send.body, at=NOW, online=False)
        assert isinstance(told.data, Problem)
        assert (told.data.code, told.data.origin) == (code, "gateway")
        told.check_answers(jws.payload_hash(jws.parse(raw).payload))


def test_who_cannot_be_answered_is_kept_as_evidence() -> None:
    bench = Bench()
    envelope = bench.connector.message("okno.operation.posted.v1", posted(), at=NOW, audience=CABINET)
    command = bench.command()
    for raw, code in (
        (b"{}", "jws-form"),
        (jws.sign(msgspec.json.encode(envelope), bench.house.neighbour), "source-wrong"),
        (bad(bench, type="okno.unheard.of.v1"), "unknown-operation"),
        (jws.sign(msgspec.json.encode(msgspec.structs.replace(command, data={})), bench.house.cabinet), "schema"),
        (bench.cabinet.write(command), "direction-wrong"),
    ):
        verdict = bench.gate.event(raw, bench.moment)
        assert isinstance(verdict, Dropped), code
        assert (verdict.keep, verdict.entry.code) == (True, code)


def test_a_signal_of_the_inside_ends_here() -> None:
    bench = Bench()
    signal = m.SecuritySignal("authz_fail", "connector", NOW)
    envelope = bench.connector.message("okno.security.signal.v1", signal, at=NOW, audience=GATEWAY)
    assert isinstance(bench.gate.event(bench.connector.write(envelope), bench.moment), Ended)


def test_a_heartbeat_repeats_the_other_side() -> None:
    bench = Bench(heard=False)
    operations = {SNAPSHOT: "sha-256=:" + "A" * 43 + "=:"}
    for pen in (bench.connector, bench.cabinet, bench.house.pen(GATEWAY)):
        data = m.Heartbeat("someone", NOW, operations)
        envelope = pen.message("okno.link.heartbeat.v1", data, at=NOW, audience=EVERYBODY)
        assert bench.gate.heartbeat(pen.write(envelope), bench.moment) is None
    glass = bench.house.glass(SYSTEM)
    for link, source in (("inner", CABINET), ("outer", SYSTEM)):
        send = bench.gate.beat(link, bench.moment)  # type: ignore[arg-type]  # of the two literals
        assert (send.link, send.exchange, send.key, send.persistent) == (link, "x.heartbeat", "", False)
        beat = glass.read(send.body, at=NOW, online=True).data
        assert isinstance(beat, m.Heartbeat)
        assert beat.repeats == {source: operations}
        assert beat.breakers == {"main": "closed", "second": "closed"}


def test_a_heartbeat_that_cannot_be_believed_is_logged() -> None:
    bench = Bench(heard=False)
    entry = bench.gate.heartbeat(b"rubbish", bench.moment)
    assert entry is not None
    assert (entry.hop, entry.code) == ("heartbeat", "json-syntax")
    event = bench.connector.message("okno.operation.posted.v1", posted(), at=NOW, audience=CABINET)
    entry = bench.gate.heartbeat(bench.connector.write(event), bench.moment)
    assert entry is not None
    assert entry.code == "kind-wrong"
    assert bench.refused(bench.command()).code is ErrorCode.SYSTEM_UNAVAILABLE


def test_the_head_of_the_log_goes_to_every_system_that_is_there() -> None:
    bench = Bench()
    sends = bench.gate.checkpoints(count=7, head="a" * 64, now=bench.moment)
    assert [(send.exchange, send.key, send.persistent) for send in sends] == [("x.cmd", "main.p3", True)]
    received = bench.house.glass(SYSTEM).read(sends[0].body, at=NOW, online=False)
    assert received.data == m.LogCheckpoint("gw1", 7, "a" * 64, NOW)
