"""What stood on an invented account: charged on the first of the month, paid later in it, or not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from okno.connectors.book.crowd.draws import Draws

OPERATIONS_PER_ACCOUNT = 20
# The crowd's last month ends here unless the maker says otherwise.
ANCHOR = datetime(2026, 11, 20, tzinfo=UTC)

_TOPIC = 2
_MONTHS = ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
           "декабрь")  # fmt: skip
_CHANNELS = ("card", "card", "sbp", "sbp", "sbp", "cash", "agent")
_TARIFFS = (35_000, 45_000, 59_000, 75_000, 89_000, 120_000)
_EXTRAS = ("Аренда оборудования", "Статический адрес", "Разовый выезд мастера", "Просмотр фильма")
CHARGE_SERVICE = "internet"


# As CrowdOperation, with the time in seconds since 1970: the loader makes millions of them.
RawOperation = tuple[int, str, str, str | None, int, int, int, str]


class CrowdOperation(NamedTuple):
    """`n` is the version's number, 1 upwards; amounts in kopecks by the sign rule; `posted_at` in UTC."""

    n: int
    key: str
    kind: str
    channel: str | None
    amount: int
    balance: int
    posted_at: datetime
    text: str


def operations(
    seed: int, index: int, count: int = OPERATIONS_PER_ACCOUNT, *, until: datetime = ANCHOR
) -> list[CrowdOperation]:
    """The account's operations, oldest first, all before `until`."""
    return [
        CrowdOperation(n, key, kind, channel, amount, balance, datetime.fromtimestamp(at, UTC), text)
        for n, key, kind, channel, amount, balance, at, text in raw_operations(seed, index, count, until)
    ]


def raw_operations(seed: int, index: int, count: int, until: datetime) -> Iterator[RawOperation]:
    """As `operations`, in the loader's form."""
    draws = Draws(seed, index, _TOPIC)
    below = draws.below
    tariff = _TARIFFS[below(len(_TARIFFS))]
    # One in eight pays late or not at all: somebody has to be in debt.
    careless = below(8) == 0
    months = month_starts(until, (count + 1) // 2)
    balance = 0
    for place in range(count):
        start, name = months[place // 2]
        if place % 2 == 0:
            amount, kind, channel = tariff, "charge", None
            at, text = start + below(86_400), name
        else:
            kind, channel, amount, text = _second(draws, balance, tariff, careless=careless)
            at = start + 90_000 + below(1_500_000)
        balance += amount
        yield place + 1, f"crowd-{seed}-{index}-{place + 1}", kind, channel, amount, balance, at, text


def _second(draws: Draws, balance: int, tariff: int, *, careless: bool) -> tuple[str, str | None, int, str]:
    """The month's other operation: mostly the customer pays."""
    chance = draws.below(32)
    if chance == 0:
        return "credit", None, -(tariff // 30 * (1 + draws.below(5))), "Перерасчёт за перерыв связи"
    if balance <= 0 or (careless and chance % 3):
        extra = draws.below(len(_EXTRAS))
        return "charge", None, 5_000 + extra * 5_000, _EXTRAS[extra]
    channel = _CHANNELS[draws.below(len(_CHANNELS))]
    if chance < 20:  # noqa: PLR2004 - most people pay what is asked
        return "payment", channel, -balance, "Оплата"
    if chance < 28:  # noqa: PLR2004 - some round it up to a hundred roubles
        return "payment", channel, -(balance + -balance % 10_000), "Оплата"
    return "payment", channel, -max(balance // 2, 1), "Оплата"


@lru_cache(maxsize=64)
def month_starts(until: datetime, count: int) -> list[tuple[int, str]]:
    """Beginning (seconds since 1970) and charge text of the last `count` months, the earliest first.

    A month whose operations would reach beyond `until` is left out.
    """
    start = (until - timedelta(days=20)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found: list[tuple[int, str]] = []
    for _ in range(count):
        found.append((int(start.timestamp()), f"Интернет за {_MONTHS[start.month - 1]} {start.year}"))
        start = (start - timedelta(days=1)).replace(day=1)
    return found[::-1]
