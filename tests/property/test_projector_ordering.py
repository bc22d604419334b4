"""Whatever the courier does to the events of an account, the folded state is the source's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from okno.cabinet.accounts.tasks.applying import WAITING_MAX, Memory
from okno.cabinet.accounts.tasks.changes import Change, Operation, Page, State, Step, Version
from okno.cabinet.accounts.tasks.folding import Account, fold
from okno.cabinet.accounts.tasks.ordering import ASK_AGAIN, HELD_MAX, HOLD, Verdict, Waiting, decide, recovered

ACCOUNT = "01890000-0000-7000-8000-000000000001"
START = datetime(2026, 11, 22, 12, tzinfo=UTC)


def source(kinds: Sequence[bool], epoch: int = 1) -> list[Step]:
    """A history as the connector tells it: the state first, then operations (True) and changes of state (False)."""
    steps: list[Step] = []
    balance = 0
    for n, is_operation in enumerate([False, *kinds], start=1):
        version, as_of = Version(epoch, n), START + timedelta(seconds=n)
        content: Operation | State
        if is_operation:
            balance += n
            content = Operation(version, f"key-{n}", "charge", None, "RUB", n, balance, as_of, f"line {n}")
        else:
            content = State("RUB", "4412", "active", balance, n, None)
        steps.append(Step(ACCOUNT, "main", version, as_of, content))
    return steps


def truth(steps: Sequence[Step]) -> tuple[Account | None, list[Operation]]:
    return fold(None, steps)


def page(steps: Sequence[Step], after: Version | None, asked_at: datetime, limit: int = 1000) -> Page:
    """What the connector answers about the history so far."""
    account, operations = truth(steps)
    assert account is not None
    wanted = [one for one in operations if after is None or one.version > after]
    state = State(account.currency, account.tail, account.status, account.balance, account.due_amount, account.due_on)
    return Page(
        ACCOUNT,
        "main",
        account.version,
        account.as_of,
        state,
        tuple(wanted[:limit]),
        len(wanted) > limit,
        asked_at,
    )


@dataclass
class Model:
    """The projector in small: memory and database of one account."""

    account: Account | None = None
    waiting: Waiting | None = None
    operations: list[Operation] = field(default_factory=list)
    now: datetime = START

    def take(self, changes: Sequence[Change]) -> Verdict:
        known = self.account.version if self.account is not None else None
        verdict = decide(known, self.waiting, changes, self.now)
        self.waiting = verdict.waiting
        self.account, new = fold(self.account, verdict.apply)
        keys = {one.key for one in self.operations}
        self.operations += [one for one in new if one.key not in keys]
        return verdict

    def same_as(self, steps: Sequence[Step]) -> bool:
        account, operations = truth(steps)
        return self.account == account and self.operations == operations and self.waiting is None


histories = st.lists(st.booleans(), min_size=0, max_size=12).map(source)


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Step], list[list[Step]]]:
    """A history, and bundles that together hold each of its events one to three times, in any order."""
    steps = draw(histories)
    repeated = [step for step in steps for _ in range(draw(st.integers(1, 3)))]
    shuffled = draw(st.permutations(repeated))
    cuts = sorted(draw(st.lists(st.integers(0, len(shuffled)), max_size=5)))
    edges = [0, *cuts, len(shuffled)]
    return steps, [list(shuffled[low:high]) for low, high in pairwise(edges)]


@given(deliveries())
def test_any_order_repetition_and_bundling_gives_the_state_of_the_source(
    case: tuple[list[Step], list[list[Step]]],
) -> None:
    steps, bundles = case
    model = Model()
    for bundle in bundles:
        model.take(bundle)
        model.now += timedelta(milliseconds=300)
    assert model.same_as(steps)


@given(deliveries(), st.data())
def test_snapshots_at_any_moment_change_nothing_in_the_end(
    case: tuple[list[Step], list[list[Step]]], data: st.DataObject
) -> None:
    steps, bundles = case
    model = Model()
    for bundle in bundles:
        model.take(bundle)
        if data.draw(st.booleans()):
            told = steps[: data.draw(st.integers(1, len(steps)))]
            model.take([page(told, model.account.version if model.account else None, model.now)])
        model.now += timedelta(milliseconds=300)
    assert model.same_as(steps)


@given(histories.filter(lambda steps: len(steps) > 2), st.data())
def test_lost_events_are_brought_by_asking_and_paging(steps: list[Step], data: st.DataObject) -> None:
    lost = data.draw(st.sets(st.sampled_from(steps[1:-1])))
    model = Model()
    for step in steps:
        if step not in lost:
            model.take([step])
            model.now += timedelta(milliseconds=100)
    for _ in range(50):
        if model.waiting is None:
            break
        model.now = max(model.now, model.waiting.ask_at)
        verdict = model.take([])
        assert verdict.ask
        assert model.account is not None
        model.take([page(steps, model.account.version, model.now, limit=2)])
    assert model.account is not None
    account, operations = truth(steps)
    assert account is not None
    assert model.operations == operations
    assert replace(model.account, as_of=account.as_of) == account
    assert model.waiting is None


@given(deliveries(), st.data())
def test_a_restart_that_forgets_what_was_held_is_healed_by_a_snapshot(
    case: tuple[list[Step], list[list[Step]]], data: st.DataObject
) -> None:
    steps, bundles = case
    model = Model()
    for bundle in bundles:
        model.take(bundle)
        model.now += timedelta(milliseconds=300)
        if data.draw(st.booleans()) and model.account is not None and model.waiting is not None:
            model.waiting = recovered(model.waiting.since, model.now)
    # A gap that closed in the meantime needed no answer; one that was forgotten is closed by a whole snapshot only.
    if model.waiting is not None:
        assert model.take([]).ask or model.waiting.ask_at > model.now
        model.now += ASK_AGAIN
        model.take([page(steps, model.account.version if model.account else None, model.now)])
    assert model.same_as(steps)


@given(histories, st.integers(1, 5))
def test_a_new_epoch_is_taken_from_its_snapshot_alone(steps: list[Step], n: int) -> None:
    model = Model()
    model.take(steps)
    reborn = source([True] * n, epoch=2)
    verdict = model.take(reborn[-1:])
    assert verdict.ask
    assert verdict.apply == ()
    model.take([page(reborn, Version(1, len(steps)), model.now)])
    assert model.account is not None
    assert model.account.version == reborn[-1].version
    assert model.account.balance == page(reborn, None, model.now).state.balance
    assert model.waiting is None
    # The old epoch's late events are stale now.
    assert model.take(steps).apply == ()


def test_a_gap_waits_two_seconds_and_asks_once() -> None:
    steps = source([True, True, True])
    model = Model()
    model.take(steps[:1])
    assert not model.take(steps[2:3]).ask
    assert model.waiting is not None
    assert model.waiting.ask_at == START + HOLD
    model.now = START + HOLD
    assert model.take([]).ask
    assert not model.take(steps[3:4]).ask
    model.now += ASK_AGAIN
    assert model.take([]).ask


def test_too_many_early_events_are_dropped_and_brought_by_the_snapshot() -> None:
    steps = source([True] * (HELD_MAX + 10))
    model = Model()
    model.take(steps[:1])
    model.take(steps[2:])
    assert model.waiting is not None
    assert (model.waiting.held, model.waiting.lost_at) == ({}, START)
    model.take(steps[1:2])
    assert model.waiting is not None
    model.now += HOLD
    assert model.take([]).ask
    model.take([page(steps, model.account.version if model.account else None, model.now)])
    assert model.same_as(steps)


def test_beyond_its_bounds_the_memory_keeps_the_gap_and_drops_the_events() -> None:
    steps = source([True, True])
    gap = decide(Version(1, 1), None, steps[2:], START).waiting
    assert gap is not None
    memory = Memory({f"account-{number}": gap for number in range(WAITING_MAX)})
    memory.settle({"one-more": gap, "account-0": gap, "account-1": None}, START)
    assert memory.waiting["account-0"] == gap
    assert "account-1" not in memory.waiting
    kept = memory.waiting["one-more"]
    assert (kept.held, kept.lost_at, kept.top) == ({}, START, gap.top)
