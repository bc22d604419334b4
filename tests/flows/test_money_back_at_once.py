"""Two refunds of one payment in the same instant, each under its own key: no more is given back than was paid."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from factories.book_street import now, rows
from factories.commands import Sign, distant_commands, payment, retry_of
from factories.distant_system import Distant

from okno.connectors.book.system import book_system
from okno.connectors.runtime.inbound.commands import IN_PROGRESS, Commands
from okno.connectors.runtime.port import MoneyBack, Posted, Refusal, RefusalCode, SystemAway
from okno.connectors.runtime.steps import no_step
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.inbox import CLAIM_S
from okno.protocol import messages as m
from okno.protocol.ids import new_id
from okno.protocol.pen import Received

REFUNDED, REVERSED = "okno.payment.refunded.v1", "okno.payment.reversed.v1"
TEN = m.Amount("10.00", "RUB")
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
PATIENCE_S = 30


class TwoSteps(Distant):
    """Looks at what is left, and takes it when it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.looked, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def post_refund(self, refund: MoneyBack) -> Posted:
        return self._within(refund)

    def post_reversal(self, reversal: MoneyBack) -> Posted:
        return self._within(reversal)

    def _within(self, back: MoneyBack) -> Posted:
        self._reachable()
        left = self.left(back.payment)
        self.looked.set()
        assert self.go_on.wait(PATIENCE_S)
        if back.amount > left:
            raise Refusal(RefusalCode.ENTRY_CORRECTED, "so much is not left of it")
        return self._made(back.key, back)


def refund(sign: Sign, paid: Received) -> Received:
    """Of the whole payment."""
    assert isinstance(paid.data, m.PaymentCaptured)
    data = m.PaymentRefunded(new_id(), paid.data.payment, paid.data.account, TEN, "card", now())
    return sign(REFUNDED, data, data.refund)


def reversal(sign: Sign, paid: Received) -> Received:
    assert isinstance(paid.data, m.PaymentCaptured)
    data = m.PaymentReversed(new_id(), paid.data.payment, paid.data.account, TEN, now())
    return sign(REVERSED, data, data.reversal)


def test_the_book_lets_the_second_look_when_the_first_has_taken(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    commands = Commands(book_system(connections, system="main"), connections, step=no_step)
    paid = payment(sign, account)
    assert commands.apply(paid).kind == "reply"
    asked = [refund(sign, paid), refund(sign, paid), reversal(sign, paid)]
    with (
        ThreadPoolExecutor(len(asked)) as pool,
        psycopg.connect(dsn) as holding,
        psycopg.connect(dsn, autocommit=True) as watcher,
    ):
        holding.execute("SELECT FROM book.account WHERE id = %s FOR UPDATE", (account,))
        answers = [pool.submit(commands.apply, one) for one in asked]
        for _ in range(PATIENCE_S * 100):
            if watcher.execute(WAITING).fetchone() == (len(asked),):
                break
            watcher.execute("SELECT pg_sleep(0.01)")
        else:
            raise AssertionError("not all of them wait for the account")
        holding.rollback()
        kinds = [one.result(PATIENCE_S).kind for one in answers]

    assert sorted(kinds) == ["problem", "problem", "reply"]
    assert rows(dsn, "SELECT count(*), sum(amount)::bigint FROM book.entry") == [(2, 0)]


@pytest.mark.parametrize("second", [refund, reversal])
def test_a_distant_system_is_at_one_of_them_at_a_time(
    dsn: str, account: str, connections: Connections, sign: Sign, second: Callable[[Sign, Received], Received]
) -> None:
    distant = TwoSteps()
    one_process, another_process = distant_commands(distant, connections), distant_commands(distant, connections)
    paid, other = payment(sign, account), payment(sign, account)
    for bought in (paid, other):
        assert one_process.apply(bought).kind == "reply"
    first, late, elsewhere = refund(sign, paid), second(sign, paid), refund(sign, other)
    distant.go_on.clear()
    with ThreadPoolExecutor(1) as pool:
        taken = pool.submit(one_process.apply, first)
        assert distant.looked.wait(PATIENCE_S)
        meanwhile = [one_process.apply(late), another_process.apply(late)]
        distant.go_on.set()
        answer = taken.result(PATIENCE_S)

    assert (meanwhile, answer.kind) == ([IN_PROGRESS, IN_PROGRESS], "reply")
    assert another_process.apply(retry_of(sign, late)).data["detail"] == "entry-corrected"
    assert one_process.apply(elsewhere).kind == "reply"
    assert [distant.left(str(bought.envelope.idempotencykey)) for bought in (paid, other)] == [0, 0]


def test_one_whose_end_nobody_knows_keeps_the_others_until_its_term_is_over(
    dsn: str, account: str, connections: Connections, sign: Sign
) -> None:
    distant = TwoSteps()
    commands = distant_commands(distant, connections)
    paid = payment(sign, account)
    commands.apply(paid)
    first, second = refund(sign, paid), refund(sign, paid)
    distant.away = True
    with pytest.raises(SystemAway):
        commands.apply(first)
    distant.away = False
    assert commands.apply(second) == IN_PROGRESS
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE store.inbox SET claimed_at = claimed_at - make_interval(secs => %s)", (CLAIM_S,))
    assert commands.apply(second).kind == "reply"
    assert commands.apply(first).data["detail"] == "entry-corrected"
    assert distant.left(str(paid.envelope.idempotencykey)) == 0
