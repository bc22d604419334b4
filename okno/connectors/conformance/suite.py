"""Runs the checks one after another on one bench, and reports what was kept, broken, and not offered."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from okno.connectors.bench import Bench, Place
from okno.connectors.conformance.failing import Failed
from okno.connectors.conformance.stage import Stage

Outcome = Literal["passed", "failed", "not offered"]


@dataclass(frozen=True)
class Check:
    """One promise. It runs when the connector offers every operation of `needs`."""

    name: str
    sentence: str
    needs: frozenset[str]
    run: Callable[[Stage], Awaitable[None]]


class Finding(msgspec.Struct, frozen=True):
    """`detail`: what is broken, or which operations are not offered."""

    check: str
    sentence: str
    outcome: Outcome
    detail: str = ""


class Report(msgspec.Struct, frozen=True):
    """Of a whole run. `offered` are the operations that the connector says it understands."""

    findings: Sequence[Finding]
    offered: Sequence[str]

    @property
    def passed(self) -> bool:
        return not any(finding.outcome == "failed" for finding in self.findings)


async def run(
    bench: Bench, place: Place, checks: Iterable[Check], *, told: Callable[[Finding], None] = lambda _finding: None
) -> Report:
    """Put the system up, run the checks, take it down. `told` hears of each finding at once.

    Whatever a check raises beside Failed is a finding too: the suite goes on.
    """
    stage = Stage(bench, place)
    findings: list[Finding] = []
    try:
        await stage.begin()
        for check in checks:
            findings.append(await _finding(stage, check))
            told(findings[-1])
    finally:
        await stage.end()
    return Report(findings, sorted(stage.offered))


async def _finding(stage: Stage, check: Check) -> Finding:
    missing = sorted(check.needs - stage.offered)
    if missing:
        return Finding(check.name, check.sentence, "not offered", ", ".join(missing))
    try:
        await check.run(stage)
    except Failed as failed:
        return Finding(check.name, check.sentence, "failed", str(failed))
    except Exception as error:  # noqa: BLE001 (an adapter or a bench may raise anything, and the other checks still tell something)
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename}:{place.lineno}"
        return Finding(check.name, check.sentence, "failed", f"{error!r} at {where}")
    return Finding(check.name, check.sentence, "passed")
