"""The one place of the gateway that asks what time it is."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from okno.gateway.core.moment import Moment

Clock = Callable[[], Moment]


def system_clock() -> Moment:
    """`tick` is the loop's own clock, so that a deadline can be given to `call_at`."""
    return Moment(datetime.now(UTC), asyncio.get_running_loop().time())
