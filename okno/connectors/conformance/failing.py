"""How a check fails: with words for somebody who has to mend an adapter."""

from __future__ import annotations


class Failed(Exception):  # noqa: N818 - the finding of a check
    """The adapter does not keep a promise; the text says which, with what was seen."""


def expect(kept: object, broken: str) -> None:
    """Raise Failed with the words `broken` unless the promise is kept."""
    if not kept:
        raise Failed(broken)


def expect_equal(seen: object, promised: object, what: str) -> None:
    if seen != promised:
        raise Failed(f"{what}: expected {promised!r}, saw {seen!r}")
