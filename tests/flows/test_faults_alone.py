"""A fault that a system repeats for one payment alone goes to a person; one that everybody meets is waited out."""

from dataclasses import dataclass

import msgspec
import pytest
from factories.book_street import rows
from factories.commands import Sign, again_of, distant_commands, payment, retry_of
from factories.distant_system import Distant, closed

from okno.connectors.runtime.inbound import faults
from okno.connectors.runtime.inbound.commands import Commands
from okno.connectors.runtime.inbound.faults import PATIENCE_S, TRIES_MIN, Faults
from okno.connectors.runtime.port import SystemAway, Trouble
from okno.connectors.runtime.store.connections import Connections
from okno.connectors.runtime.store.inbox import Answer
from okno.protocol.pen import Received

OPEN_WORK = "SELECT kind, subject, detail->>'refusal', detail->>'detail' FROM store.work WHERE settled_at IS NULL"
REJECTED = "SELECT data FROM store.outbox WHERE type = 'okno.payment.rejected.v1' ORDER BY seq"
LONG = PATIENCE_S / (TRIES_MIN - 1)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Inside:
    """Commands to a distant system, by a clock that only tests move."""

    distant: Distant
    commands: Commands
    clock: Clock
    account: str
    sign: Sign
    dsn: str

    def payment(self, trouble: Trouble | None = None) -> Received:
        request = payment(self.sign, self.account)
        if trouble is not None:
            self.distant.faults[str(request.envelope.idempotencykey)] = trouble
        return request

    def others(self) -> None:
        """Somebody else's payment, which the system takes."""
        assert self.commands.apply(self.payment()).kind == "reply"

    def fails(self, request: Received) -> None:
        with pytest.raises(SystemAway):
            self.commands.apply(request)

    def fails_beside(self, request: Received, times: int, apart: float = LONG) -> None:
        """So often, each time followed by a payment that is taken and by `apart` seconds."""
        for _ in range(times):
            self.fails(request)
            self.others()
            self.clock.now += apart

    def given_up(self, request: Received) -> Answer:
        """Its fault repeated beside payments that are posted, until a person is told."""
        self.fails_beside(request, TRIES_MIN - 1)
        return self.commands.apply(request)


@pytest.fixture
def inside(dsn: str, account: str, connections: Connections, sign: Sign) -> Inside:
    distant, clock = Distant(), Clock()
    return Inside(distant, distant_commands(distant, connections, tick=clock), clock, account, sign, dsn)


@pytest.mark.parametrize("trouble", [Trouble.FAILING, Trouble.RIGHTS])
def test_a_fault_of_one_payment_alone_goes_to_a_person_and_is_posted_once_when_it_is_gone(
    inside: Inside, trouble: Trouble
) -> None:
    request = inside.payment(trouble)
    key = str(request.envelope.idempotencykey)
    refusal = inside.given_up(request)
    assert (refusal.kind, refusal.data["code"], refusal.data["detail"]) == ("problem", "rejected", "system-fault")
    assert rows(inside.dsn, OPEN_WORK) == [("posting-refused", key, "system-fault", "a fault of its own")]
    ((told,),) = rows(inside.dsn, REJECTED)
    assert (msgspec.json.decode(told)["payment"], msgspec.json.decode(told)["reason"]) == (key, "other")
    assert key not in inside.distant.made

    # Whoever was under way gets the same word, and what a person sends again is tried again.
    assert inside.commands.apply(retry_of(inside.sign, request)) == refusal
    again = again_of(inside.sign, request)
    inside.fails(again)
    del inside.distant.faults[key]
    posted = inside.commands.apply(again)
    assert posted.kind == "reply"
    assert [inside.commands.apply(one) for one in (request, again, retry_of(inside.sign, request))] == [posted] * 3
    assert list(inside.distant.made).count(key) == 1
    assert rows(inside.dsn, OPEN_WORK) == []


def test_a_fault_that_is_gone_before_is_a_posting_like_any_other(inside: Inside) -> None:
    request = inside.payment(Trouble.FAILING)
    inside.fails_beside(request, TRIES_MIN - 1)
    inside.distant.faults.clear()
    assert inside.commands.apply(request).kind == "reply"
    assert (rows(inside.dsn, REJECTED), rows(inside.dsn, OPEN_WORK)) == ([], [])


def test_while_nobody_is_posted_everybody_waits(inside: Inside) -> None:
    first, second = inside.payment(Trouble.FAILING), inside.payment(Trouble.FAILING)
    inside.others()
    for _ in range(20):
        inside.fails(first)
        inside.fails(second)
        inside.clock.now += LONG
    # One that was posted is no sign of the twenty tries before it.
    inside.others()
    inside.fails(first)
    assert rows(inside.dsn, REJECTED) == []


def test_a_short_fault_is_waited_out_however_many_are_posted(inside: Inside) -> None:
    request = inside.payment(Trouble.FAILING)
    inside.fails_beside(request, 10, PATIENCE_S / 11)
    inside.fails(request)
    assert rows(inside.dsn, REJECTED) == []


@pytest.mark.parametrize("trouble", [Trouble.NO_ANSWER, Trouble.DATABASE, Trouble.LOGIN, Trouble.LIMITED])
def test_silence_is_no_fault_of_a_payment(inside: Inside, trouble: Trouble) -> None:
    request = inside.payment(trouble)
    inside.fails_beside(request, 10)
    assert rows(inside.dsn, REJECTED) == []


def test_what_stands_in_the_books_after_all_is_posted_and_not_refused(inside: Inside) -> None:
    request = inside.payment(Trouble.FAILING)
    key = str(request.envelope.idempotencykey)
    made, looked = inside.distant.made, [0]

    def late(asked: str) -> None:
        """The last try has failed in its answer alone."""
        looked[0] += asked == key
        if looked[0] == TRIES_MIN + 1:
            made[key] = made[next(iter(made))]

    inside.distant.before_look = late
    answer = inside.given_up(request)
    assert (answer.kind, answer.data["key"]) == ("reply", f"D-{key}")
    assert (looked, rows(inside.dsn, REJECTED), rows(inside.dsn, OPEN_WORK)) == ([TRIES_MIN + 1], [], [])


def test_while_nobody_can_look_it_up_nothing_is_refused(inside: Inside) -> None:
    request = inside.payment(Trouble.FAILING)
    key, looked = str(request.envelope.idempotencykey), [0]

    def blind(asked: str) -> None:
        looked[0] += asked == key
        if looked[0] == TRIES_MIN + 1:
            raise SystemAway("nobody answers")

    inside.distant.before_look = blind
    with pytest.raises(SystemAway, match="nobody answers"):
        inside.given_up(request)
    assert rows(inside.dsn, REJECTED) == []
    assert inside.commands.apply(request).data["detail"] == "system-fault"


def test_a_refusal_of_the_systems_own_ends_the_count(inside: Inside) -> None:
    request = inside.payment(Trouble.FAILING)
    inside.fails_beside(request, TRIES_MIN - 1)
    inside.distant.refusal = closed()
    assert inside.commands.apply(request).data["detail"] == "account-closed"
    inside.distant.refusal = None
    inside.fails(again_of(inside.sign, request))


def test_no_more_is_remembered_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "KEYS_MAX", 2)
    clock = Clock()
    counted = Faults(clock)
    for key in ("a", "b", "c"):
        assert not counted.failed(key, Trouble.FAILING)
    for _ in range(TRIES_MIN - 1):
        clock.now += LONG
        counted.posted("other")
        found = {key: counted.failed(key, Trouble.FAILING) for key in ("b", "c")}
    assert found == {"b": True, "c": True}
    assert not counted.failed("a", Trouble.FAILING)
