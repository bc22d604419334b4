"""The core as one machine: state, message and moment in, verdict out. No clock, no socket, no broker."""

from datetime import timedelta

import msgspec
import pytest
from factories.gateway_bench import DEFAULT, SNAPSHOT, Bench, limited
from factories.wire import (
    CABINET,
    GATEWAY,
    NOW,
    OTHER_ACCOUNT,
    SYSTEM,
    USER,
    posted,
)

from okno.gateway.core.moment import Moment
from okno.gateway.core.verdicts import Answered, Dropped, Ended, Refused
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.messages import Window
from okno.protocol.parties import EVERYBODY


def test_a_query_goes_to_its_class_with_both_signatures() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.query())
    send = verdict.send
    assert (send.link, send.exchange, send.key, send.persistent) == ("inner", "x.qry", "main.p3", False)
    assert verdict.is_query
    assert verdict.until == bench.moment.tick + 5
    assert len(bench.house.glass(SYSTEM).read(send.body, at=NOW, online=True).kids) == 2
    assert {one.policy for one in verdict.allowances} == {"operation", "caller", "subject"}
    assert (verdict.entry.type, verdict.entry.source, verdict.entry.id) == (SNAPSHOT, CABINET, send.message_id)


def test_a_query_waits_no_longer_than_it_lives() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.query(expirytime=NOW + timedelta(seconds=1.5)))
    assert verdict.until == bench.moment.tick + 1.5


def test_a_command_is_under_way_until_the_broker_has_it() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.command())
    assert (verdict.send.exchange, verdict.send.key, verdict.send.persistent) == ("x.cmd", "main.p0", True)
    assert bench.under_way == 1
    bench.gate.sent(verdict)
    bench.gate.sent(verdict)
    assert bench.under_way == 0


def test_a_query_is_under_way_until_its_reply() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.query())
    bench.gate.sent(verdict)
    assert (bench.under_way, len(bench.gate.pending)) == (1, 1)
    raw = bench.answer(verdict)
    answered = bench.gate.reply(raw, bench.moment)
    assert isinstance(answered, Answered)
    assert answered.ticket == verdict.ticket
    assert (bench.under_way, len(bench.gate.pending)) == (0, 0)
    again = bench.gate.reply(raw, bench.moment)
    assert isinstance(again, Dropped)
    assert again.entry.verdict == "late"
    assert bench.gate.overdue(verdict.ticket, bench.moment) is None


def test_only_the_asked_system_answers() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.query())
    received = bench.house.glass(SYSTEM).read(verdict.send.body, at=NOW, online=True)
    honest = bench.connector.problem(received, Problem.of(ErrorCode.NOT_FOUND), at=NOW)
    lie = msgspec.structs.replace(honest, source="urn:okno:system:second")
    dropped = bench.gate.reply(jws.sign(msgspec.json.encode(lie), bench.house.neighbour), bench.moment)
    assert isinstance(dropped, Dropped)
    assert dropped.entry.code == "request-hash"
    assert len(bench.gate.pending) == 1
    unread = bench.gate.reply(b"rubbish", bench.moment)
    assert isinstance(unread, Dropped)
    assert unread.entry.code == "json-syntax"


def test_after_a_start_what_was_written_before_is_refused() -> None:
    bench = Bench()
    bench.gate.activate(bench.moment)
    for seconds in (0, 4.9):
        bench.later(seconds)
        refused = bench.refused(bench.command())
        assert (refused.code, refused.problem.retry, refused.is_uniform) == (ErrorCode.STALE, "same-key", False)
        assert refused.wait_s == pytest.approx(5 - seconds)
    bench.later(0.1)
    bench.dispatched(bench.command())


def test_a_standby_decides_nothing() -> None:
    bench = Bench()
    waiting = bench.dispatched(bench.query())
    _, abandoned = bench.gate.deactivate()
    assert [(ticket, one.code) for ticket, one in abandoned] == [(waiting.ticket, ErrorCode.STANDBY)]
    assert bench.under_way == 0
    envelope = bench.command()
    refused = bench.refused(envelope)
    assert (refused.code, refused.problem.status) == (ErrorCode.STANDBY, 503)
    assert len(bench.gate.intake.seen) == 1
    bench.gate.activate(Moment(NOW - timedelta(seconds=30), 970.0))
    assert bench.refused(bench.command()).code is ErrorCode.SYSTEM_UNAVAILABLE  # it has heard nobody yet
    bench.hear()
    bench.dispatched(envelope)


def test_a_system_is_away_after_three_silent_beats() -> None:
    bench = Bench()
    bench.later(6.4)
    bench.dispatched(bench.command())
    bench.later(0.2)
    refused = bench.refused(bench.command())
    assert (refused.code, refused.problem.origin, refused.wait_s) == (ErrorCode.SYSTEM_UNAVAILABLE, "system", 2)
    bench.hear()
    bench.dispatched(bench.command())


def test_a_command_waits_outside_while_the_connector_says_that_its_system_is_away() -> None:
    bench = Bench()
    bench.hear("open")
    refused = bench.refused(bench.command())
    assert (refused.code, refused.problem.retry, refused.wait_s) == (ErrorCode.BREAKER_OPEN, "same-key", 2)
    assert bench.under_way == 0
    # What the connector's store knows may be asked for.
    bench.dispatched(bench.query())
    bench.hear("half-open")
    bench.dispatched(bench.command())


def test_a_closed_operation_may_be_asked_again() -> None:
    bench = Bench(limited(enabled=False))
    assert bench.refused(bench.query()).code is ErrorCode.SYSTEM_UNAVAILABLE
    bench.dispatched(bench.command())
    minute = NOW.weekday() * 1440 + NOW.hour * 60 + NOW.minute
    bench = Bench(limited(windows=(Window(minute, minute + 2, 0),)))
    refused = bench.refused(bench.query())
    assert (refused.code, refused.wait_s) == (ErrorCode.SYSTEM_UNAVAILABLE, 120)
    bench.later(120)
    bench.hear()
    bench.dispatched(bench.query())


def test_a_window_lowers_the_ceiling() -> None:
    minute = NOW.weekday() * 1440 + NOW.hour * 60 + NOW.minute
    bench = Bench(limited(windows=(Window(minute, minute + 2, 1),)))
    bench.dispatched(bench.query())
    assert bench.refused(bench.query()).problem.violated_policies == ("operation-ceiling",)


def test_a_ceiling_is_answered_by_its_name() -> None:
    bench = Bench(limited(ceiling=2))
    first = bench.dispatched(bench.query())
    bench.dispatched(bench.query())
    refused = bench.refused(bench.query())
    assert (refused.code, refused.problem.retry, refused.wait_s) == (ErrorCode.QUOTA_EXCEEDED, "after", 1)
    assert refused.problem.violated_policies == ("operation-ceiling",)
    bench.gate.reply(bench.answer(first), bench.moment)
    bench.dispatched(bench.query())


def test_a_rate_is_answered_with_what_is_left() -> None:
    bench = Bench(limited(rate_per_min=60, burst=1))
    bench.dispatched(bench.query())
    refused = bench.refused(bench.query(OTHER_ACCOUNT, subject=f"acct:{OTHER_ACCOUNT}"))
    assert refused.problem.violated_policies == ("operation",)
    assert refused.wait_s == pytest.approx(1.0)
    assert {one.policy: one.remaining for one in refused.allowances} == {"operation": 0, "caller": 999, "subject": 30}
    assert bench.under_way == 1
    bench.later(1)
    bench.dispatched(bench.query())


def test_a_dry_run_lets_through_and_notes_it() -> None:
    bench = Bench(limited(ceiling=1, dry_run=True))
    assert bench.dispatched(bench.query()).entry.bypassed == ""
    assert bench.dispatched(bench.query()).entry.bypassed == "operation-ceiling"
    bench = Bench(limited(rate_per_min=1, burst=1, dry_run=True))
    bench.dispatched(bench.query())
    assert bench.dispatched(bench.query()).entry.bypassed == "operation"


def test_failures_open_the_breaker_and_probes_close_it() -> None:
    bench = Bench(msgspec.structs.replace(DEFAULT, system_ceiling=100))
    for number in range(DEFAULT.breaker.failures_min):
        verdict = bench.dispatched(bench.query())
        if number % 2:
            assert bench.gate.overdue(verdict.ticket, bench.moment) is not None
        else:
            bench.gate.reply(bench.answer(verdict, problem=ErrorCode.INTERNAL), bench.moment)
    refused = bench.refused(bench.query())
    assert (refused.code, refused.problem.retry) == (ErrorCode.BREAKER_OPEN, "same-key")
    assert refused.wait_s == DEFAULT.breaker.open_s
    bench.dispatched(bench.command())  # a command waits in the broker, it does not press
    bench.later(DEFAULT.breaker.open_s)
    for _ in range(DEFAULT.breaker.probes_needed):
        probe = bench.dispatched(bench.query())
        assert bench.refused(bench.query()).code is ErrorCode.BREAKER_OPEN
        bench.gate.reply(bench.answer(probe, problem=ErrorCode.NOT_FOUND), bench.moment)
    bench.dispatched(bench.query())
    bench.dispatched(bench.query())


def test_no_answer_in_time() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.query())
    refused = bench.gate.overdue(verdict.ticket, bench.moment)
    assert refused is not None
    assert (refused.code, refused.problem.origin) == (ErrorCode.DEADLINE_EXCEEDED, "connector")
    assert refused.entry.verdict == "overdue"
    assert bench.under_way == 0
    assert bench.gate.overdue(verdict.ticket, bench.moment) is None


def test_what_the_broker_refused_is_not_under_way() -> None:
    bench = Bench()
    verdict = bench.dispatched(bench.query())
    refused = bench.gate.unsent(verdict, ErrorCode.BROKER_UNAVAILABLE, "QueueFull('q.qry.main.p3')")
    assert (refused.entry.verdict, refused.entry.detail) == ("unsent", "QueueFull('q.qry.main.p3')")
    assert b"q.qry" not in refused.problem.to_json()
    assert (bench.under_way, len(bench.gate.pending)) == (0, 0)


def test_a_user_is_one_caller_whatever_process_he_comes_through() -> None:
    bench = Bench(msgspec.structs.replace(DEFAULT, system_ceiling=100))
    grant = bench.house.grant()
    user = {"authtype": "app_user", "authid": USER, "grant": grant}
    burst = DEFAULT.callers.app_user.burst
    for _ in range(burst):
        verdict = bench.dispatched(bench.query(**user))
        bench.gate.reply(bench.answer(verdict), bench.moment)
    refused = bench.refused(bench.query(**user))
    assert refused.problem.violated_policies == ("caller",)
    bench.dispatched(bench.query())


def test_a_forbidden_direction_is_a_security_refusal() -> None:
    bench = Bench()
    event = bench.connector.message("okno.operation.posted.v1", posted(), at=NOW, audience=CABINET)
    verdict = bench.gate.post(bench.connector.write(event), bench.moment)
    assert isinstance(verdict, Refused)
    assert (verdict.code, verdict.problem.code, verdict.is_uniform) == (ErrorCode.DIRECTION_WRONG, "refused", True)
    beat = bench.cabinet.message("okno.link.heartbeat.v1", m.Heartbeat("relay", NOW), at=NOW, audience=EVERYBODY)
    assert bench.refused(beat).code is ErrorCode.DIRECTION_WRONG


def test_a_signal_of_the_cabinet_ends_here_and_only_once() -> None:
    bench = Bench()
    signal = m.SecuritySignal("authz_fail", "live", NOW)
    envelope = bench.cabinet.message("okno.security.signal.v1", signal, at=NOW, audience=GATEWAY)
    ended = bench.post(envelope)
    assert isinstance(ended, Ended)
    assert ended.received.data == signal
    assert bench.refused(envelope).code is ErrorCode.REPLAYED


def test_a_forgotten_replay_memory_is_a_busy_gateway() -> None:
    bench = Bench(msgspec.structs.replace(DEFAULT, seen_entries_max=1))
    bench.dispatched(bench.command())
    refused = bench.refused(bench.command())
    assert (refused.code, refused.wait_s) == (ErrorCode.QUOTA_EXCEEDED, 1)
