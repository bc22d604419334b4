"""Answers end outbox rows when the connector signed them for that very row; what does not fit is buried."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from factories.outbox_world import attempt, enqueue, taken
from factories.read_model import Database, Handed, World
from factories.wire import CABINET, NOW, SYSTEM, fixed_id, rub

from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.pen import Pen, Received

ACCOUNT = fixed_id(0xA1)
USER = fixed_id(0xB1)
PAYMENT = fixed_id(0xC1)
CAPTURED = "okno.payment.captured.v1"


@pytest.fixture
def world(cabinet_database: Database, tmp_path: Path) -> World:
    return World(cabinet_database, tmp_path)


def captured(world: World) -> tuple[str, Received]:
    """A payment's command that the broker has taken: its row, and the message as the connector got it."""
    row = enqueue(
        world,
        CAPTURED,
        m.PaymentCaptured(PAYMENT, ACCOUNT, rub("100.00"), "card", NOW),
        idempotency_key=PAYMENT,
        subject=f"acct:{ACCOUNT}",
    )
    (request,) = attempt(world, taken, priority=0)
    return row, request


def outbox_row(world: World, row: str) -> dict[str, Any]:
    (found,) = world.rows("SELECT * FROM kit_outbox WHERE id = %s", row)
    return found


def signals(world: World) -> list[tuple[str, str, dict[str, Any]]]:
    return [(one["source"], one["name"], one["detail"]) for one in world.rows("SELECT * FROM kit_signal ORDER BY seq")]


def test_a_reply_ends_its_row_and_a_repeat_changes_nothing(world: World) -> None:
    row, request = captured(world)
    assert outbox_row(world, row)["state"] == "accepted"
    answer = Handed(world.answer(request, m.Recorded("P-1", NOW)))
    projector = world.projector()
    world.take(projector, answer)
    ended = outbox_row(world, row)
    assert (ended["state"], ended["finished_at"]) == ("done", NOW)
    assert ended["outcome"] == {"reply": {"key": "P-1", "recorded_at": msgspec.to_builtins(NOW)}}
    world.later(1)
    world.take(projector, Handed(answer.body))
    assert outbox_row(world, row) == ended
    assert len(world.hands.acked) == 2


def test_a_final_problem_of_money_is_told_to_people(world: World) -> None:
    row, request = captured(world)
    world.take(world.projector(), Handed(world.answer(request, Problem.of(ErrorCode.REJECTED))))
    assert outbox_row(world, row)["state"] == "failed"
    assert outbox_row(world, row)["outcome"]["problem"]["code"] == "rejected"
    assert signals(world) == [("projector", "sequence_fail", {"row": row, "type": CAPTURED, "code": "rejected"})]
    (link,) = world.rows("SELECT * FROM kit_audit")
    assert (link["action"], link["subject"]) == ("outbox.failed", f"outbox:{row}")


def test_a_passing_problem_sends_the_row_again(world: World) -> None:
    row, request = captured(world)
    world.take(world.projector(), Handed(world.answer(request, Problem.of(ErrorCode.IDEMPOTENCY_IN_PROGRESS))))
    waiting = outbox_row(world, row)
    assert (waiting["state"], waiting["finished_at"]) == ("queued", None)
    world.later(30)
    (again,) = attempt(world, taken, priority=0)
    assert again.envelope.idempotencykey == PAYMENT
    assert again.envelope.id != request.envelope.id
    # Both attempts are the row's: whichever the connector answers ends it.
    world.take(world.projector(), Handed(world.answer(request, m.Recorded("P-1", NOW))))
    assert outbox_row(world, row)["state"] == "done"


def test_a_reply_to_an_earlier_attempt_wins_over_a_refusal_and_a_refusal_over_nothing(world: World) -> None:
    row, first = captured(world)
    world.later(601)
    (second,) = attempt(world, taken, priority=0)
    projector = world.projector()
    world.take(projector, Handed(world.answer(second, Problem.of(ErrorCode.REJECTED))))
    assert outbox_row(world, row)["state"] == "failed"
    world.take(projector, Handed(world.answer(first, Problem.of(ErrorCode.REJECTED))))
    world.take(projector, Handed(world.answer(first, m.Recorded("P-1", NOW))))
    done = outbox_row(world, row)
    assert (done["state"], done["outcome"]["reply"]["key"]) == ("done", "P-1")
    world.take(projector, Handed(world.answer(second, Problem.of(ErrorCode.REJECTED))))
    assert outbox_row(world, row) == done


def test_a_refusal_of_an_earlier_sending_ends_nothing_of_the_one_that_a_person_asked_for(world: World) -> None:
    row, first = captured(world)
    world.later(601)
    (second,) = attempt(world, taken, priority=0)
    projector = world.projector()
    world.take(projector, Handed(world.answer(first, Problem.of(ErrorCode.REJECTED))))
    recorded = outbox_row(world, row)["recorded_at"]
    assert world.rows("SELECT payments_outbox_again(%s) AS queued", row) == [{"queued": True}]
    assert outbox_row(world, row)["recorded_at"] > recorded
    # The database's own clock is not the world's.
    world.rows("UPDATE kit_outbox SET next_attempt_at = %s WHERE id = %s RETURNING id", world.now, row)
    (again,) = attempt(world, taken, priority=0)
    world.take(projector, Handed(world.answer(second, Problem.of(ErrorCode.REJECTED))))
    assert outbox_row(world, row)["state"] == "accepted"
    world.take(projector, Handed(world.answer(again, m.Recorded("P-1", NOW))))
    assert outbox_row(world, row)["state"] == "done"


def test_an_answer_to_another_content_or_from_another_system_ends_nothing(world: World) -> None:
    row, request = captured(world)
    projector = world.projector()
    other_hash = msgspec.structs.replace(request, payload_hash=jws.payload_hash(b"another request"))
    world.take(projector, Handed(world.answer(other_hash, m.Recorded("P-1", NOW))))
    neighbour = Pen(party="connector", source="urn:okno:system:second", key=world.house.neighbour)
    foreign = jws.countersign(
        neighbour.write(neighbour.reply(request, m.Recorded("P-1", NOW), at=world.now)), world.house.gateway
    )
    world.take(projector, Handed(foreign))
    assert outbox_row(world, row)["state"] == "accepted"
    assert len(world.hands.acked) == 2


def test_the_gateways_own_problem_ends_nothing(world: World) -> None:
    row, request = captured(world)
    pen = world.house.pen("urn:okno:gateway:gw1")
    raw = pen.write(pen.problem(request, Problem.of(ErrorCode.REFUSED), at=world.now))
    world.take(world.projector(), Handed(raw))
    assert outbox_row(world, row)["state"] == "accepted"
    assert len(world.hands.rejected) == 1
    assert signals(world)[0][2]["code"] == "direction-wrong"


def poison(world: World) -> dict[str, Handed]:
    pen = world.house.pen(SYSTEM)
    event = world.books.opened(fixed_id(0xA9))
    alone = pen.write(pen.message("okno.account.changed.v1", event, at=NOW, audience=CABINET))
    to_gateway = pen.message("okno.link.watermark.v1", m.Watermark("main", 1, NOW), at=NOW, audience=CABINET)
    stolen = Pen(party="connector", source="urn:okno:system:second", key=world.house.neighbour)
    foreign = stolen.write(
        msgspec.structs.replace(
            to_gateway,
            source="urn:okno:system:second",
            data={
                "system": "second",
                "epoch": 1,
                "committed_before": "2026-11-22T16:54:00Z",
            },
        )
    )
    return {
        "json-syntax": Handed(b"{"),
        "signature-missing": Handed(alone),
        "signature-bad": Handed(jws.countersign(foreign, world.house.gateway).replace(b"W", b"X", 1)),
    }


@pytest.mark.parametrize("code", ["json-syntax", "signature-missing", "signature-bad"])
def test_poison_is_buried_with_its_reason_and_its_neighbours_live(world: World, code: str) -> None:
    bad = poison(world)[code]
    good = world.event(world.books.opened(ACCOUNT))
    world.take(world.projector(), bad, good)
    assert world.hands.acked == [good]
    assert world.hands.rejected == [bad]
    assert signals(world) == [
        (
            "projector",
            "input_validation_fail",
            {"queue": "events.cabinet", "code": code, "attempt": 1, "bytes": len(bad.body)},
        )
    ]
    assert [str(row["id"]) for row in world.rows("SELECT id FROM accounts_account")] == [ACCOUNT]


def test_content_that_does_not_fit_is_found_in_its_batch_and_buried_alone(world: World) -> None:
    opened = world.books.opened(ACCOUNT)
    charge = world.books.posted(ACCOUNT)
    assert isinstance(charge, m.OperationPosted)
    euros = msgspec.structs.replace(charge.operation, amount=m.Amount("1.00", "EUR"), balance=m.Amount("1.00", "EUR"))
    bad = world.event(msgspec.structs.replace(charge, operation=euros))
    first, last = world.event(opened), world.event(world.books.opened(fixed_id(0xA4)))
    world.take(world.projector(), first, bad, last)
    assert world.hands.acked == [first, last]
    assert world.hands.rejected == [bad]
    assert signals(world)[0][2]["code"] == "money"
    assert world.account(ACCOUNT)["version"] == 1


def test_a_state_in_another_currency_than_its_account_is_refused(world: World) -> None:
    opened = world.books.opened(ACCOUNT)
    assert isinstance(opened, m.AccountChanged)
    world.take(world.projector(), world.event(msgspec.structs.replace(opened, currency="EUR")))
    assert [detail["code"] for _, _, detail in signals(world)] == ["money"]
    assert world.rows("SELECT * FROM accounts_account") == []


def test_an_ended_grant_takes_the_access_away(world: World) -> None:
    world.take(world.projector(), world.event(world.books.opened(ACCOUNT)))
    world.execute(
        "INSERT INTO identity_user (id, login, password, phone_sealed, phone_mask) VALUES (%s, 'l', 'p', '', '')", USER
    )
    for number, right in ((1, "view"), (2, "pay")):
        grant = fixed_id(0xD0 + number)
        world.execute(
            "INSERT INTO accounts_grant (id, user_id, account_id, rights, token, expires_at)"
            " VALUES (%s, %s, %s, ARRAY[%s], 't', now() + interval '1 day')",
            *(grant, USER, ACCOUNT, right),
        )
        world.execute(
            'INSERT INTO accounts_access (user_id, account_id, "right", grant_id, until)'
            " VALUES (%s, %s, %s, %s, now() + interval '1 day')",
            *(USER, ACCOUNT, right, grant),
        )
    world.take(world.projector(), world.event(m.GrantRevoked(ACCOUNT, "main", NOW, fixed_id(0xD2))))
    assert [row["right"] for row in world.rows('SELECT "right" FROM accounts_access')] == ["view"]
    world.take(world.projector(), world.event(m.GrantRevoked(ACCOUNT, "main", NOW)))
    assert world.rows("SELECT * FROM accounts_access") == []
    assert [row["revoked_at"] for row in world.rows("SELECT * FROM accounts_grant ORDER BY id")] == [NOW, NOW]
