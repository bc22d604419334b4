"""Servers die in a campaign: whoever works in it asks again until they are back, as a payer reloads a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from okno.cli.drill.billing import DrillError

AGAIN_S = 0.25
BACK_S_MAX = 120.0

T = TypeVar("T")


def patiently(
    ask: Callable[[], T], away: type[Exception] | tuple[type[Exception], ...], *, patience_s: float = BACK_S_MAX
) -> T:
    """What `ask` gives, once it raises none of `away`. Raises DrillError after `patience_s`."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return ask()
        except away as error:
            if time.monotonic() > until:
                raise DrillError(f"nobody answers after {patience_s:.0f} s: {error}") from error
            time.sleep(AGAIN_S)
