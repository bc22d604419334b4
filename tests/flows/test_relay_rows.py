"""Each outbox row reaches the gateway under its own key until the connector's word ends it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from factories.outbox_world import Script, Wire, answering, attempt, desk, enqueue, snapshots, taken
from factories.read_model import Database, KilledError, World
from factories.wire import ACCOUNT, NOW, USER, fixed_id, rub

from okno.cabinet.kit.outbox.hop import Answered, Refused, Verdict
from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem, Retry
from okno.protocol.pen import Received

PAYMENT = fixed_id(0xC1)
CAPTURED = "okno.payment.captured.v1"
PAYABLE = "okno.payment.payable.v1"


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    return World(cabinet_database, tmp_path)


def payment(world: World, **changes: object) -> str:
    data = m.PaymentCaptured(PAYMENT, ACCOUNT, rub("100.00"), "card", NOW)
    return enqueue(world, CAPTURED, data, **{"idempotency_key": PAYMENT, "subject": f"acct:{ACCOUNT}", **changes})


def question(world: World, **changes: object) -> str:
    data = m.PaymentPayable(account=ACCOUNT)
    return enqueue(world, PAYABLE, data, **{"kind": "query", "subject": f"acct:{ACCOUNT}", **changes})


def row_of(world: World, row: str) -> dict[str, Any]:
    (found,) = world.rows("SELECT * FROM kit_outbox WHERE id = %s", row)
    return found


def refusing(code: str, retry: Retry, after_s: float | None = None) -> Script:
    return lambda _received, _raw: Refused(code, retry, after_s)


def test_a_command_is_accepted_and_sent_again_at_its_expiry_under_the_same_key(world: World) -> None:
    row = payment(world)
    (first,) = attempt(world, taken, priority=0)
    assert first.envelope.recordedtime == NOW
    assert (first.envelope.idempotencykey, first.envelope.correlationid) == (PAYMENT, row)
    accepted = row_of(world, row)
    assert (accepted["state"], accepted["attempts"]) == ("accepted", 1)
    assert accepted["next_attempt_at"] == first.envelope.expirytime == NOW + timedelta(minutes=10)
    assert accepted["outcome"] == {"sent": [first.payload_hash]}

    assert attempt(world, taken, priority=0) == []
    world.later(600)
    (second,) = attempt(world, taken, priority=0)
    assert second.envelope.idempotencykey == PAYMENT
    assert second.envelope.id != first.envelope.id
    assert second.envelope.recordedtime == NOW
    assert row_of(world, row)["outcome"] == {"sent": [first.payload_hash, second.payload_hash]}


def test_a_query_ends_with_the_connectors_reply(world: World) -> None:
    row = question(world)
    reply = m.Payable(payable=True, as_of=NOW, account=ACCOUNT, amount=rub("5.00"))
    attempt(world, answering(world, reply), priority=0)
    ended = row_of(world, row)
    assert (ended["state"], ended["finished_at"]) == ("done", NOW)
    assert ended["outcome"] == {"reply": msgspec.to_builtins(reply)}


def test_a_snapshot_is_handed_to_the_projector_byte_for_byte(world: World) -> None:
    world.books.opened(ACCOUNT)
    row = enqueue(
        world,
        "okno.account.snapshot.get.v1",
        m.SnapshotGet(ACCOUNT),
        kind="query",
        priority=3,
        subject=f"acct:{ACCOUNT}",
    )
    attempt(world, snapshots(world))
    held = row_of(world, row)
    assert held["state"] == "accepted"
    assert jws.parse(held["outcome"]["raw"].encode()).payload
    assert held["next_attempt_at"] > NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("verdict", "wait_s"),
    [(("no-answer", "same-key", None), (0.25, 0.5)), (("quota-exceeded", "after", 42.0), (42.0, 42.0))],
)
def test_a_passing_refusal_waits_and_tries_again(
    world: World, verdict: tuple[str, Retry, float | None], wait_s: tuple[float, float]
) -> None:
    row = payment(world)
    attempt(world, refusing(*verdict), priority=0)
    waiting = row_of(world, row)
    assert waiting["state"] == "queued"
    waited = (waiting["next_attempt_at"] - NOW).total_seconds()
    assert wait_s[0] <= waited <= wait_s[1]
    world.later(waited)
    assert len(attempt(world, taken, priority=0)) == 1


def test_the_wait_grows_and_is_bounded(world: World) -> None:
    row = payment(world)
    waits = []
    for _ in range(12):
        attempt(world, refusing("no-answer", "same-key"), priority=0)
        waits.append((row_of(world, row)["next_attempt_at"] - world.now).total_seconds())
        world.later(waits[-1])
    assert waits[5] > waits[0]
    assert 30 <= waits[-1] <= 60


def test_a_final_refusal_fails_a_row_and_tells_people(world: World) -> None:
    row = question(world)
    attempt(world, refusing("refused", "never"), priority=0)
    failed = row_of(world, row)
    assert (failed["state"], failed["outcome"]) == ("failed", {"refused": "refused"})
    (signal,) = world.rows("SELECT * FROM kit_signal")
    assert (signal["source"], signal["detail"]["code"]) == ("relay", "refused")
    (link,) = world.rows("SELECT * FROM kit_audit")
    assert (link["actor"], link["action"]) == ("process:relay", "outbox.failed")


def consent(world: World) -> str:
    return enqueue(
        world,
        "okno.consent.changed.v1",
        m.ConsentChanged(ACCOUNT, "news", given=True, text=jws.payload_hash(b"words"), changed_at=NOW),
        subject=f"acct:{ACCOUNT}",
        authtype="app_user",
        authid=USER,
        grant_token=world.house.grant(),
    )


@pytest.mark.parametrize("command", [payment, consent])
def test_no_unsigned_word_ends_a_command(world: World, command: Callable[[World], str]) -> None:
    row = command(world)
    attempt(world, refusing("refused", "never"), priority=0)
    parked = row_of(world, row)
    assert (parked["state"], parked["next_attempt_at"]) == ("queued", NOW + timedelta(hours=1))
    (link,) = world.rows("SELECT * FROM kit_audit")
    assert link["action"] == "outbox.parked"


def test_our_own_word_ends_a_command_that_was_never_a_message_but_not_money(world: World) -> None:
    rows = [enqueue(world, type_, b"{}") for type_ in ("okno.consent.changed.v1", CAPTURED)]
    assert attempt(world, taken, priority=0) == []
    assert [row_of(world, row)["state"] for row in rows] == ["failed", "queued"]


def test_a_question_nobody_answers_is_given_up(world: World) -> None:
    row = question(world)
    for _ in range(8):
        assert len(attempt(world, refusing("deadline-exceeded", "same-key"), priority=0)) == 1
        world.later(120)
    assert row_of(world, row)["state"] == "failed"
    assert attempt(world, taken, priority=0) == []


def test_the_connectors_problem_is_final_when_it_says_so(world: World) -> None:
    row = question(world)
    attempt(world, answering(world, Problem.of(ErrorCode.DEADLINE_EXCEEDED)), priority=0)
    assert row_of(world, row)["state"] == "queued"
    world.later(60)
    attempt(world, answering(world, Problem.of(ErrorCode.NOT_FOUND)), priority=0)
    failed = row_of(world, row)
    assert (failed["state"], failed["outcome"]["problem"]["code"]) == ("failed", "not-found")


Forge = Callable[[World, Received], bytes]


def unsigned(world: World, received: Received) -> bytes:
    pen = world.house.pen("urn:okno:system:main")
    return pen.write(pen.reply(received, m.Payable(payable=False, as_of=NOW), at=world.now))


def of_another_question(world: World, received: Received) -> bytes:
    other = msgspec.structs.replace(received, payload_hash=jws.payload_hash(b"other"))
    return world.answer(other, m.Payable(payable=False, as_of=NOW))


@pytest.mark.parametrize("forge", [unsigned, of_another_question, lambda _world, _received: b"\xff\x00"])
def test_an_answer_that_is_not_the_connectors_own_ends_nothing(world: World, forge: Forge) -> None:
    row = question(world)

    def script(received: Received, _raw: bytes) -> Verdict:
        return Answered(forge(world, received))

    attempt(world, script, priority=0)
    waiting = row_of(world, row)
    assert (waiting["state"], waiting["finished_at"]) == ("queued", None)


@pytest.mark.parametrize("point", ["before-send", "before-mark"])
def test_a_relay_killed_around_its_send_is_followed_by_the_same_key(world: World, point: str) -> None:
    row = payment(world)
    wire = Wire(world, taken)

    def kill(name: str) -> None:
        if name == point:
            raise KilledError(name)

    killed = desk(world, wire, 0, point=kill)
    with world.connect("relay") as connection:
        (errand,) = killed.claim(connection, 10, world.now)
        connection.commit()
    with pytest.raises(KilledError):
        killed.work(errand)
    assert len(wire.seen) == (point == "before-mark")
    # While the lease lasts nobody takes the row; then it is sent again, and the connector's inbox knows the key.
    assert attempt(world, taken, priority=0) == []
    world.later(30)
    (again,) = attempt(world, taken, priority=0)
    assert again.envelope.idempotencykey == PAYMENT
    assert again.envelope.id not in {one.envelope.id for one in wire.seen}
    assert row_of(world, row)["state"] == "accepted"
    # An answer to the lost attempt counts as well: its hash was stored before it left.
    assert len(row_of(world, row)["outcome"]["sent"]) == 2


def test_a_row_that_is_over_stays_so(world: World) -> None:
    row = payment(world)
    one = desk(world, Wire(world, taken), 0)
    with world.connect("relay") as connection:
        (errand,) = one.claim(connection, 10, world.now)
        back = one.work(errand)
        connection.execute("UPDATE kit_outbox SET state = 'done', finished_at = now() WHERE id = %s", [row])
        one.mark(connection, [back], world.now)
    assert row_of(world, row)["state"] == "done"


def test_two_relays_share_the_rows_in_the_order_of_their_numbers(world: World) -> None:
    rows = [payment(world, idempotency_key=fixed_id(0x500 + number)) for number in range(6)]
    one, two = desk(world, Wire(world, taken), 0), desk(world, Wire(world, taken), 0)
    with world.connect("relay") as first, world.connect("relay") as second:
        assert [errand.row for errand in one.claim(first, 4, world.now)] == rows[:4]
        assert [errand.row for errand in two.claim(second, 4, world.now)] == rows[4:]


@pytest.mark.parametrize(
    ("type_", "data", "code"),
    [
        ("okno.no.such.v1", b"{}", "unknown-operation"),
        (PAYABLE, b"{", "json-syntax"),
        (PAYABLE, b'{"unknown":1}', "schema"),
    ],
)
def test_a_row_that_is_no_message_fails_without_being_sent(world: World, type_: str, data: bytes, code: str) -> None:
    row = enqueue(world, type_, data, kind="query")
    assert attempt(world, taken, priority=0) == []
    assert row_of(world, row)["outcome"] == {"refused": code}
    assert row_of(world, row)["state"] == "failed"


def test_an_attempt_of_ours_that_breaks_is_tried_again(world: World) -> None:
    row = payment(world)
    one = desk(world, Wire(world, taken), 0)
    with world.connect("relay") as connection:
        (errand,) = one.claim(connection, 10, world.now)
        one.mark(connection, [one.broken(errand, RuntimeError("bug"))], world.now)
    assert row_of(world, row)["state"] == "queued"


def test_the_priority_classes_do_not_see_each_other(world: World) -> None:
    payment(world)
    assert attempt(world, taken, priority=1) == []
    with world.connect("relay") as connection:
        assert desk(world, Wire(world, taken), 1).due(connection) is None
        assert desk(world, Wire(world, taken), 0).due(connection) == NOW
