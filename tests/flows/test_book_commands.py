"""Commands take effect once: with a system that shares the store's transaction, and with one that does not."""

import threading

import msgspec
import psycopg
import pytest
from factories.book_street import now, rows
from factories.commands import Sign, again_of, distant_commands, payment, retry_of
from factories.distant_system import Distant, closed

from okno.connectors.book.system import book_system
from okno.connectors.runtime.inbound.commands import CONFLICT, IN_PROGRESS, Commands
from okno.connectors.runtime.port import SystemAway
from okno.connectors.runtime.steps import Step, no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.inbox import CLAIM_S, Answer
from okno.connectors.runtime.system import System
from okno.protocol import messages as m
from okno.protocol.ids import new_id

CAPTURED = "okno.payment.captured.v1"
OPEN_WORK = "SELECT kind, subject FROM store.work WHERE settled_at IS NULL"
INBOX = "SELECT key, state, money FROM store.inbox"
EVENTS = "SELECT type FROM store.outbox WHERE type LIKE 'okno.payment.%%' ORDER BY seq"


class KilledError(Exception):
    """What a step raises instead of ending the process."""


def dying_at(deadly: str) -> Step:
    def step(name: str) -> None:
        if name == deadly:
            raise KilledError(name)

    return step


@pytest.mark.parametrize("step", ["command.effect", "command.finished", "command.committed"])
def test_a_shared_posting_that_dies_is_whole_or_not_there(
    dsn: str, account: str, connections: Connections, sign: Sign, step: str
) -> None:
    system = book_system(connections, system="main")
    request = payment(sign, account)

    with pytest.raises(KilledError):
        Commands(system, connections, step=dying_at(step)).apply(request)
    committed = step == "command.committed"
    assert len(rows(dsn, INBOX)) == len(rows(dsn, EVENTS)) == int(committed)

    answer = Commands(system, connections, step=no_step).apply(request)
    assert answer.kind == "reply"
    assert rows(dsn, INBOX) == [(request.envelope.idempotencykey, "done", True)]
    assert rows(dsn, EVENTS) == [("okno.payment.posted.v1",)]
    assert rows(dsn, "SELECT count(*), min(amount) FROM book.entry") == [(1, -1_000)]


@pytest.mark.parametrize("step", ["command.claimed", "command.effect", "command.committed"])
def test_a_distant_posting_that_dies_is_looked_up_before_it_is_made_again(
    dsn: str, account: str, connections: Connections, sign: Sign, step: str
) -> None:
    distant = Distant()
    request = payment(sign, account)

    mortal = distant_commands(distant, connections, step=dying_at(step))
    with pytest.raises(KilledError):
        mortal.apply(request)
    follower = distant_commands(distant, connections)
    if step != "command.committed":
        # Nobody can tell yet whether the first one still works on it.
        assert follower.apply(request) == IN_PROGRESS
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("UPDATE store.inbox SET claimed_at = claimed_at - make_interval(secs => %s)", (CLAIM_S,))
    answer = follower.apply(request)

    assert (answer.kind, answer.data["key"]) == ("reply", f"D-{request.envelope.idempotencykey}")
    assert (distant.calls, len(distant.made)) == (1, 1)
    assert rows(dsn, INBOX) == [(request.envelope.idempotencykey, "done", True)]
    assert rows(dsn, EVENTS) == [("okno.payment.posted.v1",)]


def test_the_same_process_goes_on_with_its_own_claim(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    distant = Distant()
    distant.away = True
    commands = distant_commands(distant, connections)
    request = payment(sign, account)

    with pytest.raises(SystemAway):
        commands.apply(request)
    assert [state for _, state, _ in rows(dsn, INBOX)] == ["running"]
    distant.away = False

    assert commands.apply(request).kind == "reply"
    assert distant.calls == 1


def test_a_command_that_runs_answers_that_it_runs(dsn: str, account: str, connections: Connections, sign: Sign) -> None:
    distant = Distant()
    reached, go_on = threading.Event(), threading.Event()
    distant.before_answer = lambda: (reached.set(), go_on.wait(30))
    commands = distant_commands(distant, connections)
    other_process = distant_commands(distant, connections)
    request = payment(sign, account)
    answers: list[Answer] = []

    thread = threading.Thread(target=lambda: answers.append(commands.apply(request)))
    thread.start()
    assert reached.wait(30)
    meanwhile = [commands.apply(request), other_process.apply(request)]
    go_on.set()
    thread.join()

    assert meanwhile == [IN_PROGRESS, IN_PROGRESS]
    assert answers == [commands.apply(request)]
    assert answers[0].kind == "reply"
    assert distant.calls == 1


def test_a_key_held_by_another_transaction_answers_that_it_runs(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    request = payment(sign, account)
    key = request.envelope.idempotencykey
    with psycopg.connect(dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (key,))
        commands = Commands(book_system(connections, system="main"), connections, step=no_step)
        assert commands.apply(request) == IN_PROGRESS
    assert commands.apply(request).kind == "reply"


def test_another_content_under_the_key_is_a_conflict(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    key = new_id()
    distant = Distant()
    commands = distant_commands(distant, connections)
    first = commands.apply(payment(sign, account, key=key))

    assert commands.apply(payment(sign, account, key=key, amount="11.00")) == CONFLICT
    assert first.kind == "reply"
    assert [wish.amount for wish in distant.made.values()] == [1_000]


def test_a_distant_refusal_is_final_and_stored(dsn: str, account: str, connections: Connections, sign: Sign) -> None:
    distant = Distant()
    distant.refusal = closed()
    commands = distant_commands(distant, connections)
    request = payment(sign, account)

    first = commands.apply(request)
    distant.refusal = None

    assert commands.apply(request) == first
    assert (first.kind, first.data["code"], distant.calls) == ("problem", "rejected", 1)
    assert rows(dsn, EVENTS) == [("okno.payment.rejected.v1",)]
    reason = msgspec.json.decode(rows(dsn, "SELECT data FROM store.outbox ORDER BY seq DESC LIMIT 1")[0][0])["reason"]
    assert reason == "closed-account"
    assert rows(dsn, "SELECT kind, subject FROM store.work") == [("posting-refused", request.envelope.idempotencykey)]


def reopened(dsn: str, account: str, status: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE book.account SET status = %s WHERE id = %s", [status, account])


def test_a_refusal_answers_what_was_recorded_before_it_and_what_is_sent_again_is_judged_anew(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    commands = Commands(book_system(connections, system="main"), connections, step=no_step)
    reopened(dsn, account, "closed")
    first = payment(sign, account)
    refusal = commands.apply(first)
    assert (refusal.kind, refusal.data["code"]) == ("problem", "rejected")
    key = first.envelope.idempotencykey
    assert commands.apply(again_of(sign, first)).data["code"] == "rejected"  # it is closed still
    assert rows(dsn, OPEN_WORK) == [("posting-refused", key)]
    reopened(dsn, account, "active")
    # What a broker brings late changes nothing, nor does an attempt that was under way and met the refusal.
    assert [commands.apply(one) for one in (first, retry_of(sign, first))] == [commands.apply(first)] * 2
    assert rows(dsn, "SELECT count(*) FROM book.entry WHERE key LIKE 'payment:%%'") == [(0,)]
    again = again_of(sign, first)
    posted = commands.apply(again)
    assert posted.kind == "reply"
    # What is done is done, whichever attempt comes now.
    assert [commands.apply(one) for one in (first, retry_of(sign, first), again_of(sign, first))] == [posted] * 3
    assert rows(dsn, "SELECT count(*), sum(amount) FROM book.entry WHERE key LIKE 'payment:%%'") == [(1, -1000)]
    assert rows(dsn, OPEN_WORK) == []
    assert commands.apply(payment(sign, account, key=key, amount="11.00")) == CONFLICT


def test_a_distant_system_is_asked_again_after_a_refusal_and_has_it_once(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    distant = Distant()
    distant.refusal = closed()
    commands = distant_commands(distant, connections)
    first = payment(sign, account)
    assert commands.apply(first).kind == "problem"
    distant.refusal = None
    again = again_of(sign, first)
    posted = commands.apply(again)
    assert (posted.kind, commands.apply(again), commands.apply(first)) == ("reply", posted, posted)
    assert (len(distant.made), rows(dsn, OPEN_WORK)) == (1, [])


def test_a_refusal_that_comes_late_does_not_take_the_place_of_what_was_done(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    """One process hangs in its call, another takes over and posts; then the first one hears a refusal."""
    distant, request = Distant(), payment(sign, account)
    distant.refusal = closed()
    posted: list[Answer] = []

    def take_over(name: str) -> None:
        if name == "command.effect":
            distant.refusal = None
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(
                    "UPDATE store.inbox SET claimed_at = claimed_at - make_interval(secs => %s)", (CLAIM_S,)
                )
            posted.append(distant_commands(distant, connections).apply(request))

    late = distant_commands(distant, connections, step=take_over).apply(request)
    assert (late.kind, posted) == ("reply", [late])
    assert distant_commands(distant, connections).apply(retry_of(sign, request)) == late
    assert (rows(dsn, OPEN_WORK), rows(dsn, EVENTS)) == ([], [("okno.payment.posted.v1",)])


def test_money_back_reaches_a_distant_system(account: str, connections: Connections, sign: Sign) -> None:
    distant = Distant()
    commands = distant_commands(distant, connections)
    ten, origin = m.Amount("10.00", "RUB"), new_id()
    refund = m.PaymentRefunded(new_id(), origin, account, ten, "card", now())
    reversal = m.PaymentReversed(new_id(), origin, account, ten, now())

    commands.apply(sign("okno.payment.refunded.v1", refund, refund.refund))
    commands.apply(sign("okno.payment.reversed.v1", reversal, reversal.reversal))

    assert [(wish.key, wish.payment, wish.amount) for wish in distant.made.values()] == [
        (refund.refund, origin, 1_000),
        (reversal.reversal, origin, 1_000),
    ]


def test_a_system_without_postings_takes_no_command(account: str, connections: Connections, sign: Sign) -> None:
    commands = Commands(System(id="main", reads=object()), connections, step=no_step)
    answer = commands.apply(payment(sign, account))
    assert commands.types == frozenset()
    assert (answer.kind, answer.data["code"]) == ("problem", "unknown-operation")
