"""Decides what to do with the changes of one account: apply, hold or ask. Sans-IO: the clock is passed in.

The rule (protocol: guarantees, event): changes apply in the order of the account's version [epoch, n]. What is not
later than the known version is stale. The next one applies. An early one is held; while something is missing the
account has a gap, and when the gap has lasted `HOLD` one snapshot is asked for. A higher epoch is a gap that no event
can close, so its snapshot is asked for at once; likewise for an account nobody has told us about.

`Waiting` lives in memory and may be lost: the caller keeps the beginning of a gap with the account and begins with
`recovered` for such an account after a restart. What was held and acknowledged is then brought by the snapshot.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from okno.cabinet.accounts.tasks.changes import Change, Page, State, Step, Version

HOLD = timedelta(seconds=2)
#: A snapshot that was asked for and has not come is asked for again, should its outbox row have ended without effect.
ASK_AGAIN = timedelta(seconds=30)
#: Held changes of one account; more are dropped, since the snapshot brings them anyway.
HELD_MAX = 200

BEFORE_ALL = Version(0, 0)


class Waiting(msgspec.Struct, frozen=True):
    """An account's gap: since when something is missing, what came too early, when to ask."""

    since: datetime
    ask_at: datetime
    held: Mapping[Version, Step] = msgspec.field(default_factory=dict)
    #: The latest version heard of.
    top: Version = BEFORE_ALL
    #: Changes were seen and forgotten, or a part of a snapshot skipped changes of state: only a complete snapshot that
    #: was asked for at this moment or later, and is not behind what is known, closes the gap.
    lost_at: datetime | None = None
    #: No event can close it: a new epoch, an unknown account, the rest of a snapshot.
    hopeless: bool = False


class Verdict(msgspec.Struct, frozen=True):
    """`apply` in this order; `waiting` is None when nothing is missing; `ask` for one snapshot now."""

    apply: tuple[Change, ...]
    waiting: Waiting | None
    ask: bool


def recovered(gap_since: datetime, now: datetime) -> Waiting:
    """The gap of an account whose `Waiting` ended with an earlier process."""
    return Waiting(since=gap_since, ask_at=now, lost_at=now, hopeless=True)


def decide(known: Version | None, waiting: Waiting | None, arrived: Sequence[Change], now: datetime) -> Verdict:
    """`known`: the account's applied version, None when there is no such account; all changes are of that account."""
    if waiting is None and known is not None and (steps := _in_order(known, arrived)) is not None:
        return Verdict(steps, None, ask=False)
    # Snapshots first: they may make held events stale.
    pages = sorted((change for change in arrived if isinstance(change, Page)), key=lambda page: page.reach)
    applied: list[Change] = []
    reached, lost_at = known, waiting.lost_at if waiting is not None else None
    for page in pages:
        closes = lost_at is not None and not page.more and page.asked_at >= lost_at
        if reached is None or page.reach > reached or (closes and page.reach == reached):
            applied.append(page)
            reached = page.reach
            lost_at = now if page.more else None if closes else lost_at
    rest_missing = any(page.more for page in applied if isinstance(page, Page) and page.reach == reached)
    held = dict(waiting.held) if waiting is not None else {}
    held |= {change.version: change for change in arrived if isinstance(change, Step)}
    while (step := _next(reached, held)) is not None:
        applied.append(step)
        reached = step.version
    left = {version: step for version, step in sorted(held.items()) if reached is None or version > reached}
    gap = _gap(reached, waiting, left, pages, now, lost_at=lost_at, rest_missing=rest_missing)
    if gap is None or gap.ask_at > now:
        return Verdict(tuple(applied), gap, ask=False)
    return Verdict(tuple(applied), replace(gap, ask_at=now + ASK_AGAIN), ask=True)


def _in_order(known: Version, arrived: Sequence[Change]) -> tuple[Step, ...] | None:
    """What applies when nothing is missing and nothing came early, which is nearly always; None when it is not so."""
    epoch, n = known
    steps: list[Step] = []
    for change in arrived:
        if isinstance(change, Page) or change.version > (epoch, n + 1):
            return None
        if change.version == (epoch, n + 1):
            steps.append(change)
            n += 1
    return tuple(steps)


def _next(reached: Version | None, held: dict[Version, Step]) -> Step | None:
    if reached is not None:
        return held.pop(Version(reached.epoch, reached.n + 1), None)
    # An account begins with its first event, and only its state says what the account is.
    for version in sorted(held):
        if version.n == 1 and isinstance(held[version].content, State):
            return held.pop(version)
    return None


def _gap(
    reached: Version | None,
    waiting: Waiting | None,
    left: dict[Version, Step],
    pages: Sequence[Page],
    now: datetime,
    *,
    lost_at: datetime | None,
    rest_missing: bool,
) -> Waiting | None:
    old = waiting or Waiting(since=now, ask_at=now + HOLD)
    top = max([old.top, *left, *(page.version for page in pages)])
    if lost_at is None and not (left if reached is None else top > reached):
        return None
    if len(left) > HELD_MAX:
        left, lost_at = {}, now
    hopeless = reached is None or rest_missing or top.epoch > reached.epoch
    return Waiting(
        since=old.since,
        ask_at=_ask_at(
            old, now, page_came=bool(pages), rest_missing=rest_missing, grew_hopeless=hopeless > old.hopeless
        ),
        held=left,
        top=top,
        lost_at=lost_at,
        hopeless=hopeless,
    )


def _ask_at(old: Waiting, now: datetime, *, page_came: bool, rest_missing: bool, grew_hopeless: bool) -> datetime:
    if rest_missing or grew_hopeless:
        return now
    if page_came:
        # An answer that did not close the gap frees the next question, but not in a busy loop.
        return now + HOLD
    return old.ask_at
