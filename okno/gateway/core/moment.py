"""When something happens: the core is told, it never asks."""

from datetime import datetime

import msgspec


class Moment(msgspec.Struct, frozen=True):
    """`at` is aware UTC and may step; `tick` are seconds of a clock that never goes back, for rates and waits."""

    at: datetime
    tick: float
