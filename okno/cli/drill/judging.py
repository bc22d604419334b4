"""The judgement after a drill: what was done, against what stands in the books and in the read model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from okno.cli.drill.counting import Lines
from okno.cli.drill.killing import Killed

SHOWN_MAX = 10


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What is left when all is quiet. Sums are of minor units, by account; `twice` counts operations of the cabinet."""

    invoices: Counter[str]
    payments: Counter[str]
    told: Lines
    seen: Lines
    twice: int
    balances: Mapping[str, int]
    waiting: int
    untaken: int
    depths: Mapping[str, int]
    verify: Mapping[str, Any]
    """What `okno sync verify --json` said."""


class Report(msgspec.Struct, kw_only=True):
    """`problems` is empty when books and read model agree to the kopeck and nothing is doubled or left behind."""

    seed: int
    operations: int
    payments: int
    accounts: int
    seconds: float
    settled_s: float
    """After the last operation, until everything had arrived."""
    kills: list[Killed]
    depths: Mapping[str, int]
    deepest: Mapping[str, int]
    """The most that was seen waiting in each queue while it went on."""
    verify: Mapping[str, Any]
    problems: list[str]


def problems_of(invoices: Sequence[str], payments: Sequence[str], counts: Counts) -> Iterator[str]:
    """Everything that is not as it has to be, each in one line."""
    yield from _once("operation", invoices, counts.invoices)
    yield from _once("payment", payments, counts.payments)
    if counts.twice:
        yield f"{counts.twice} operations stand twice in the read model"
    yield from _accounts(counts)
    for what, count in (("commands wait in the outbox", counts.waiting), ("messages were not taken", counts.untaken)):
        if count:
            yield f"{count} {what}"
    yield from (f"{depth} messages are left in {queue}" for queue, depth in counts.depths.items() if depth)
    found = counts.verify["differences"]
    yield from (f"sync verify: {one['account']} {one['kind']} {one['key'] or ''}" for one in found[:SHOWN_MAX])


def _once(what: str, wanted: Sequence[str], posted: Counter[str]) -> Iterator[str]:
    for number, text in ((0, "is not in Tryton"), (2, "is in Tryton more than once")):
        keys = [key for key in wanted if min(posted[key], 2) == number]
        yield from (f"{what} {key} {text}" for key in keys[:SHOWN_MAX])


def _accounts(counts: Counts) -> Iterator[str]:
    for account in sorted(counts.told.keys() | counts.seen.keys()):
        told, seen = counts.told.get(account, {}), counts.seen.get(account, {})
        if told != seen:
            missing, foreign = len(told.keys() - seen.keys()), len(seen.keys() - told.keys())
            other = sum(told[key] != seen[key] for key in told.keys() & seen.keys())
            yield f"account {account}: operations {missing} missing, {foreign} too many, {other} of another amount"
        if sum(told.values()) != counts.balances.get(account, 0):
            yield f"account {account}: the books say {sum(told.values())}, the cabinet {counts.balances.get(account)}"


def lines_of(report: Report) -> Iterator[str]:
    """For people."""
    for one in report.kills:
        name = one.victim if one.victim == one.process else f"{one.victim} ({one.process})"
        yield f"{one.at_s:>7.1f} s  after {one.after:>5}  {name} killed, back after {one.back_s:.1f} s"
    yield (
        f"{report.operations} operations and {report.payments} payments on {report.accounts} accounts in"
        f" {report.seconds:.0f} s, everything there {report.settled_s:.0f} s later"
    )
    deepest = ", ".join(f"{queue} {depth}" for queue, depth in report.deepest.items() if depth)
    yield f"most messages waiting: {deepest or 'none'}"
    yield (
        f"sync verify: {report.verify['accounts']} accounts with {report.verify['operations']} operations,"
        f" {len(report.verify['differences'])} differences"
    )
    yield from report.problems
    found = len(report.problems)
    yield f"{found} problems" if found else "Books and cabinet agree to the kopeck, and nothing stands twice."
