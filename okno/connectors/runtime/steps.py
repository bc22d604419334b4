"""Named places between two side effects, where a test may end the process."""

from __future__ import annotations

from collections.abc import Callable

Step = Callable[[str], None]


def no_step(_name: str) -> None:
    """Nothing happens at a step outside of tests."""
