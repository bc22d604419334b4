"""Whatever is asked, in whatever order: no limit is exceeded, no reserved share is taken, no replay is accepted."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from okno.gateway.core.breaker import Breaker, BreakerSettings
from okno.gateway.core.ceilings import Ceilings
from okno.gateway.core.rates import Ask, Rate, Rates
from okno.gateway.core.seen import MARGIN, SeenSet
from okno.protocol.errors import ErrorCode

START = datetime(2026, 11, 22, 16, 54, tzinfo=UTC)
KEEP = timedelta(seconds=70)

gaps = st.lists(st.floats(0, 2.0, allow_nan=False), min_size=1, max_size=80)
rates = st.builds(Rate, st.floats(0.1, 50, allow_nan=False), st.integers(1, 20))


@given(rates, gaps)
def test_no_stretch_of_time_has_more_than_burst_and_rate(rate: Rate, pauses: list[float]) -> None:
    limiter = Rates()
    tick, granted = 0.0, []
    for pause in pauses:
        tick += pause
        if not limiter.ask([Ask("p", "k", rate)], tick)[0].wait_s:
            granted.append(tick)
    for first, begin in enumerate(granted):
        for last in range(first, len(granted)):
            count = last - first + 1
            assert count <= rate.burst + rate.per_s * (granted[last] - begin) + 1e-3


@given(rates, gaps)
def test_who_waits_as_told_is_granted(rate: Rate, pauses: list[float]) -> None:
    limiter = Rates()
    tick = 0.0
    for pause in pauses:
        tick += pause
        allowance = limiter.ask([Ask("p", "k", rate)], tick)[0]
        assert 0 <= allowance.remaining <= rate.burst
        if allowance.wait_s:
            tick += allowance.wait_s
            assert not limiter.ask([Ask("p", "k", rate)], tick)[0].wait_s


@given(rates, rates, gaps)
def test_a_refusal_takes_from_no_bucket(narrow: Rate, wide: Rate, pauses: list[float]) -> None:
    """Two limiters see the same; one of them is asked for both buckets at once, refused as a whole."""
    together, alone = Rates(), Rates()
    tick = 0.0
    for pause in pauses:
        tick += pause
        both = together.ask([Ask("narrow", "k", narrow), Ask("wide", "k", wide)], tick)
        if all(not one.wait_s for one in both):
            for name, rate in (("narrow", narrow), ("wide", wide)):
                assert not alone.ask([Ask(name, "k", rate)], tick)[0].wait_s


@given(st.lists(st.tuples(st.integers(0, 500), st.floats(0, 1)), max_size=200))
def test_the_table_of_buckets_forgets_what_has_refilled(asked: list[tuple[int, float]]) -> None:
    limiter = Rates()
    rate = Rate(10.0, 1)
    tick = 0.0
    for key, pause in asked:
        tick += pause
        limiter.ask([Ask("p", str(key), rate)], tick)
    for _ in range(600):
        tick += 1
        limiter.ask([Ask("p", "last", rate)], tick)
    assert len(limiter) == 1


steps = st.lists(st.tuples(st.sampled_from(["enter", "leave"]), st.integers(0, 3)), max_size=200)


@given(st.lists(st.integers(0, 5), min_size=4, max_size=4), st.integers(0, 10), st.integers(1, 12), steps)
def test_ceilings_and_reserved_shares_hold(
    reserved: list[int], shared: int, operation_ceiling: int, moves: list[tuple[str, int]]
) -> None:
    ceiling = sum(reserved) + shared
    ceilings = Ceilings(ceiling=ceiling, reserved=reserved)
    inside: Counter[int] = Counter()
    for move, priority in moves:
        operation = f"operation-{priority}"
        if move == "leave":
            if inside[priority]:
                ceilings.leave("main", operation, priority)
                inside[priority] -= 1
        elif ceilings.refuses("main", operation, priority, operation_ceiling) is None:
            ceilings.enter("main", operation, priority)
            inside[priority] += 1
        assert ceilings.under_way("main") == inside.total() <= ceiling
        assert all(inside[number] <= operation_ceiling for number in range(4))
        for number in range(4):
            if inside[number] < min(reserved[number], operation_ceiling):
                assert ceilings.refuses("main", f"operation-{number}", number, operation_ceiling) is None
    assert ceilings.under_way("other") == 0


class Message:
    """A message as the replay check sees it: when it says it was written, and when it comes."""

    def __init__(self, number: int, offset: float) -> None:
        self.source, self.id, self.offset = "urn:okno:cabinet:1", f"id-{number}", offset


arrivals = st.lists(
    st.tuples(st.integers(0, 8), st.floats(-30, 5, allow_nan=False), st.floats(-100, 100, allow_nan=False)),
    max_size=120,
)


@given(arrivals)
def test_no_message_is_accepted_twice_whatever_the_clock_does(plan: list[tuple[int, float, float]]) -> None:
    """The clock may step either way between arrivals; the same bytes carry the same time for ever."""
    seen = SeenSet(keep=KEEP, entries_max=1000)
    seen.begin(START)
    at = START + timedelta(seconds=60)
    written: dict[str, datetime] = {}
    accepted: Counter[str] = Counter()
    for number, offset, step in plan:
        at += timedelta(seconds=step)
        name = f"id-{number}"
        time = written.setdefault(name, at + timedelta(seconds=offset))
        if seen.accept("urn:okno:cabinet:1", name, time, at) is None:
            accepted[name] += 1
            assert time >= START + MARGIN
    assert not accepted or max(accepted.values()) == 1


@given(st.lists(st.floats(0, 3, allow_nan=False), min_size=1, max_size=100))
def test_a_replay_within_twice_the_window_is_called_one(pauses: list[float]) -> None:
    """With a clock that runs as it should, every first arrival passes and every second is a replay."""
    seen = SeenSet(keep=KEEP, entries_max=1000)
    at = START
    history: list[tuple[str, datetime]] = []
    for number, pause in enumerate(pauses):
        at += timedelta(seconds=pause)
        time = at - timedelta(seconds=number % 20)
        assert seen.accept("source", str(number), time, at) is None
        history.append((str(number), time))
        for name, then in history[-10:]:
            assert seen.accept("source", name, then, at) is ErrorCode.REPLAYED
        assert seen.accept("other source", str(number), time, at) is None


outcomes = st.lists(st.tuples(st.floats(0, 5, allow_nan=False), st.booleans()), max_size=120)


@given(outcomes)
def test_a_breaker_opens_for_failures_and_closes_after_good_probes(plan: list[tuple[float, bool]]) -> None:
    settings = BreakerSettings(failures_min=3, failure_share=0.5, window_s=10, open_s=2, open_max_s=8, probes_needed=2)
    breaker = Breaker(settings)
    tick, was = 0.0, "closed"
    for pause, good in plan:
        tick += pause
        wait = breaker.wait_s(tick)
        assert 0 <= wait <= max(settings.open_max_s, settings.probe_timeout_s)
        if wait:
            continue
        breaker.enter(tick)
        if breaker.state(tick) == "half-open":
            assert breaker.wait_s(tick) > 0  # one probe at a time
        breaker.report(tick, good=good)
        state = breaker.state(tick)
        if state == "open":
            assert not good
        if was != "closed" and state == "closed":
            assert good
        was = state
    # However bad it was: a system that answers again is used again.
    for _ in range(settings.probes_needed + 1):
        tick += settings.open_max_s + settings.probe_timeout_s
        breaker.enter(tick)
        breaker.report(tick, good=True)
    assert breaker.state(tick) == "closed"
    assert breaker.wait_s(tick) == 0
