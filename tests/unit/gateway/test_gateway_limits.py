"""Breaker, seen-set, ceilings and the limits file, case by case."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from okno.gateway import main
from okno.gateway.core.breaker import Breaker, BreakerSettings
from okno.gateway.core.ceilings import Ceilings
from okno.gateway.core.heard import HeardTable
from okno.gateway.core.limits import LimitsError, limits_from_toml, open_window
from okno.gateway.core.rates import Ask, Rate, Rates
from okno.gateway.core.seen import SeenSet
from okno.protocol.errors import ErrorCode
from okno.protocol.messages import Heartbeat, Limit, Window

DEFAULT = Path(main.LIMITS).read_text(encoding="utf-8")
AT = datetime(2026, 11, 22, 16, 54, 30, tzinfo=UTC)  # a Sunday


def test_the_default_limits_are_sound() -> None:
    limits = limits_from_toml(DEFAULT.encode())
    assert not limits.dry_run
    assert limits.reserved_slots() == (8, 8, 4, 4)
    assert sum(limits.reserved_slots()) < limits.system_ceiling
    assert limits.operation_rate("okno.customer.identify.v1") == Rate(20.0, 60)


WRONG = {
    "a missing operation": ('"okno.sync.page.v1" =', '"okno.sync.page.v1x" =', "no limit for okno.sync.page.v1"),
    "an event": ("\n[operations]\n", ('\n[operations]\n"okno.operation.posted.v1" = { enabled = true, ceiling = 1, '
        "rate_per_min = 1, burst = 1, deadline_ms = 100, priority = 0 }\n"), "no operation from the cabinet"),
    "a slow class": ("deadline_ms = 3000, priority = 1", "deadline_ms = 3500, priority = 1", "3000 ms of its class"),
    "a rate of nothing": ("rate_per_min = 3000", "rate_per_min = 0", "enabled = false"),
    "too much reserved": ("system_ceiling = 40", "system_ceiling = 3", "more than the whole ceiling"),
    "an unknown member": ("number = 1", "number = 1\nsurprise = 2", "surprise"),
    "no burst": ("burst = 30\n", "burst = 0\n", "per_s > 0"),
    "no TOML": ("number = 1", "number = ", "Invalid value"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_limits_are_named(name: str) -> None:
    old, new, said = WRONG[name]
    assert old in DEFAULT
    with pytest.raises(LimitsError, match=said):
        limits_from_toml(DEFAULT.replace(old, new, 1).encode())


def test_the_narrowest_window_holds() -> None:
    sunday = 6 * 1440
    limit = Limit(
        enabled=True, ceiling=9, rate_per_min=1, burst=1, deadline_ms=100, priority=0,
        windows=(Window(sunday, 10080, 5), Window(sunday + 1000, sunday + 1020, 2), Window(0, 1440, 0)),
    )  # fmt: skip
    found = open_window(limit, AT)
    assert found is not None
    assert (found[0].ceiling, found[1]) == (2, (1020 - 1014) * 60 - 30)
    assert open_window(limit, AT + timedelta(days=2)) is None


def test_a_breaker_step_by_step() -> None:
    breaker = Breaker(BreakerSettings(failures_min=2, open_s=2, open_max_s=8, probes_needed=1, probe_timeout_s=5))
    breaker.report(0, good=False)
    breaker.report(20, good=False)
    assert breaker.state(20) == "closed"  # the first is too long ago
    breaker.report(21, good=False)
    assert (breaker.state(21), breaker.wait_s(21)) == ("open", 2)
    breaker.report(22, good=True)  # an answer from before says nothing new
    assert breaker.state(22) == "open"
    assert (breaker.state(23), breaker.wait_s(23)) == ("half-open", 0)
    breaker.enter(23)
    assert breaker.wait_s(24) == 4
    assert breaker.wait_s(28) == 0  # the probe never came back: another one
    breaker.report(28, good=False)
    assert breaker.wait_s(28) == 4
    for tick in (32, 40, 48):
        breaker.report(tick, good=False)
    assert breaker.wait_s(48) == 8
    breaker.report(56, good=True)
    assert breaker.state(56) == "closed"


def test_few_failures_among_many_open_nothing() -> None:
    breaker = Breaker(BreakerSettings(failures_min=2, failure_share=0.5))
    for number in range(100):
        breaker.report(number / 100, good=number % 5 != 0)
    assert breaker.state(1) == "closed"


def test_the_memory_of_replays_has_a_limit() -> None:
    seen = SeenSet(keep=timedelta(seconds=70), entries_max=2)
    assert seen.accept("s", "1", AT, AT) is None
    assert seen.accept("s", "2", AT, AT) is None
    assert seen.accept("s", "3", AT, AT) is ErrorCode.QUOTA_EXCEEDED
    later = AT + timedelta(seconds=80)
    assert seen.accept("s", "3", later, later) is None
    assert len(seen) == 1
    assert seen.accept("s", "1", AT, later) is ErrorCode.STALE


def test_a_share_cannot_be_larger_than_the_whole() -> None:
    with pytest.raises(ValueError, match="reserved"):
        Ceilings(ceiling=3, reserved=(1, 1, 1, 1))


def test_the_longest_wait_of_several_limits_counts() -> None:
    rates = Rates()
    asks = [Ask("slow", "k", Rate(0.5, 1)), Ask("fast", "k", Rate(100, 50))]
    assert [one.wait_s for one in rates.ask(asks, 0)] == [0, 0]
    slow, fast = rates.ask(asks, 0)
    assert (slow.wait_s, slow.remaining, fast.wait_s, fast.remaining) == (2, 0, 0, 49)


def test_a_clock_that_is_off_is_noticed() -> None:
    heard = HeardTable(silence_max_s=6.5)
    beat = Heartbeat("connector", AT, breakers={"a": "open", "b": "closed"})
    heard.hear("a", tick=0, at=AT, sent_at=AT - timedelta(seconds=1), beat=beat)
    heard.hear("b", tick=0, at=AT, sent_at=AT + timedelta(seconds=3), beat=beat)
    assert heard.skewed(1) == ["b"]
    assert heard.is_present("a", 6.5)
    assert not heard.is_present("a", 6.6)
    assert not heard.is_present("c", 0)
    assert [heard.is_away(name, name) for name in ("a", "b", "c")] == [True, False, False]
    assert heard.present(7) == {}


def test_a_limit_is_replaced_as_a_whole() -> None:
    limits = limits_from_toml(DEFAULT.encode())
    with pytest.raises(LimitsError):
        msgspec.structs.replace(limits, operations={}).__post_init__()
