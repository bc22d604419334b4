"""The limits in force: one data file, later the inside's signed settings. Everything from outside to inside has one."""

import math
from collections.abc import Mapping
from datetime import datetime

import msgspec

from okno.gateway.core.breaker import BreakerSettings
from okno.gateway.core.rates import Rate
from okno.protocol.messages import Limit, Window
from okno.protocol.parties import Party
from okno.protocol.registry import OPERATIONS
from okno.protocol.registry.operation import QUERY_DEADLINE_MS

PRIORITIES = range(4)
PERCENT = 100


class LimitsError(ValueError):
    """The limits contradict themselves or the registry; the text names where."""


class Callers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How fast one caller of each kind may be; a user is one caller, a service of the cabinet is one."""

    app_user: Rate
    staff: Rate
    service: Rate


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`system_ceiling`: queries under way to one system. `seen_entries_max`: memory of the replay check.

    With `dry_run` nothing is refused for a limit; what would have been is logged and counted as such. The share kept
    for a priority class is the sum of its operations' `reserve_percent`.
    """

    number: int
    dry_run: bool
    system_ceiling: int
    seen_entries_max: int
    heartbeat_silence_max_s: float
    callers: Callers
    subject: Rate
    operations: dict[str, Limit]
    breaker: BreakerSettings = BreakerSettings()

    def __post_init__(self) -> None:
        _check_named(self.operations)
        for name, limit in self.operations.items():
            # The queue of a class has one TTL: what moves to another class gets that one's deadline.
            is_query = OPERATIONS[name].kind == "query"
            longest = QUERY_DEADLINE_MS[limit.priority] if is_query else OPERATIONS[name].deadline_ms
            if limit.deadline_ms > longest:
                raise LimitsError(f"{name}: a deadline above the {longest} ms of its class")
            if limit.rate_per_min < 1 or limit.burst < 1:
                raise LimitsError(f"{name}: to close an operation set enabled = false, not a rate of 0")
        if sum(self.reserved_slots()) > self.system_ceiling:
            raise LimitsError("more than the whole ceiling is reserved")

    def reserved_slots(self) -> tuple[int, ...]:
        """Slots of the system's ceiling that each priority class keeps for itself; a share of anything is one slot."""
        shares = [
            sum(limit.reserve_percent for limit in self.operations.values() if limit.priority == number)
            for number in PRIORITIES
        ]
        return tuple(math.ceil(self.system_ceiling * share / PERCENT) for share in shares)

    def operation_rate(self, name: str) -> Rate:
        limit = self.operations[name]
        return Rate(limit.rate_per_min / 60, limit.burst)


def _check_named(operations: Mapping[str, Limit]) -> None:
    """An operation without a limit would be an open door, a limit without an operation a typing error."""
    to_inside = {
        name for name, row in OPERATIONS.items() if row.sender is Party.CABINET and row.receiver is Party.CONNECTOR
    }
    if missing := to_inside - set(operations):
        raise LimitsError(f"no limit for {', '.join(sorted(missing))}")
    if unknown := set(operations) - to_inside:
        raise LimitsError(f"no operation from the cabinet to the inside: {', '.join(sorted(unknown))}")


def limits_from_toml(text: bytes) -> Limits:
    """Raises LimitsError for anything that is not exactly a set of limits."""
    try:
        return msgspec.toml.decode(text, type=Limits)
    except (msgspec.MsgspecError, ValueError) as error:
        raise LimitsError(str(error)) from error


def open_window(limit: Limit, at: datetime) -> tuple[Window, float] | None:
    """The scheduled window that holds at `at`, the narrowest if there are several, and the seconds until it ends."""
    minute = at.weekday() * 1440 + at.hour * 60 + at.minute
    holding = [window for window in limit.windows if window.first_minute <= minute < window.last_minute]
    if not holding:
        return None
    narrowest = min(holding, key=lambda window: window.ceiling)
    return narrowest, (narrowest.last_minute - minute) * 60.0 - at.second
