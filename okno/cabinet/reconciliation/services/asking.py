"""A day is compared once more because somebody wants it now. Runs as the desk's role."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from okno.cabinet.kit.statements import notify, rows
from okno.cabinet.reconciliation.services.importing import DESK

LOOK_S = 0.2
ASK = """
    UPDATE reconciliation_day SET run_at = now()
     WHERE day = COALESCE(%s::date, (SELECT max(day) FROM reconciliation_day)) RETURNING day, runs
"""
TOLD = """
    SELECT runs, matched, away, (SELECT count(*) FROM reconciliation_difference
        WHERE day_id = day AND state = 'open') FROM reconciliation_day WHERE day = %s
"""


@dataclass(frozen=True)
class Asked:
    """`runs`: how often it had been compared before."""

    day: date
    runs: int


@dataclass(frozen=True)
class Told:
    day: date
    matched: int
    open: int
    away: str


def day_ask(day: date | None) -> Asked | None:
    """Let the till's process compare it (None: the last one); None when there is no such day."""
    with transaction.atomic(using=DESK):
        found = rows(ASK, [day.isoformat() if day else None], using=DESK)
        notify("okno_till", using=DESK)
    return Asked(*found[0]) if found else None


def day_told(asked: Asked, *, wait_s: float) -> Told | None:
    """What came of it; None when nothing came within `wait_s`."""
    ends = time.monotonic() + wait_s
    while True:
        [(runs, matched, away, still)] = rows(TOLD, [asked.day.isoformat()], using=DESK)
        if runs > asked.runs:
            return Told(asked.day, matched, still, away)
        if time.monotonic() > ends:
            return None
        time.sleep(LOOK_S)
