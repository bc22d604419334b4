"""Payments of an instance as `okno doctor` looks at them: do the portal's pages let the browser go where it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from okno.cabinet.payments.services.alarm import UNHEARD_WINDOW, rises, silences
from okno.cabinet.payments.services.registry import ProvidersError, pages_mistakes, providers_of
from okno.cabinet.payments.services.telling import spans
from okno.cabinet.reconciliation.tasks.overdue import payouts_late
from okno.cli.instance.reach import ReachError, reach_of

CONNECT_S = 3


def paying_troubles(directory: Path) -> Iterator[str]:
    """A line for each page of a form too few or too many, and for ways that nobody serves."""
    etc = directory / "etc"
    portal = next((file for name in ("web", "cabinet") if (file := etc / f"{name}.toml").is_file()), None)
    till = next((file for name in ("till", "cabinet") if (file := etc / f"{name}.toml").is_file()), None)
    if portal is None or till is None:
        return
    shown, known = _read(portal), _read(till).get("providers", {})
    try:
        providers = providers_of(known)
    except ProvidersError as error:
        yield f"{till}: {error}."
        return
    yield from (f"{portal}: {mistake}." for mistake in pages_mistakes(shown.get("form_pages", ()), providers))
    for method in shown.get("methods", ()):
        for name in (method["provider"], *method.get("also", ())):
            if name not in providers:
                yield f"{portal}: methods.{method['id']} names {name}, which is not on in {till}."


def refusal_troubles(directory: Path) -> Iterator[str]:
    """A line for each payment system whose notices are refused or do not come; none while the database is away."""
    try:
        with psycopg.connect(reach_of(directory).cabinet, connect_timeout=CONNECT_S) as connection:
            found, silent = rises(connection, datetime.now(UTC)), silences(connection, datetime.now(UTC))
    except (ReachError, psycopg.Error):
        return
    for rise in found:
        yield (
            f"{rise.provider}: {rise.refused} of {rise.refused + rise.taken} notices of the last"
            f" {spans(rise.window)[1]} were refused: it may have changed its key or how it signs; see"
            f" docs/how-to/refused-notices.md."
        )
    for silence in silent:
        yield (
            f"{silence.provider}: {silence.unheard} of {silence.payments} payments of the last"
            f" {spans(UNHEARD_WINDOW)[1]} were found by asking alone: check the address of"
            f" notices in its office and the way to it; see docs/how-to/refused-notices.md."
        )


def payout_troubles(directory: Path) -> Iterator[str]:
    """A line for each payment system whose money is late; none while the database is away."""
    try:
        with psycopg.connect(reach_of(directory).cabinet, connect_timeout=CONNECT_S) as connection:
            found = payouts_late(connection)
    except (ReachError, psycopg.Error):
        return
    for late in found:
        yield (
            f"{late.provider}: {late.money.decimal} {late.money.currency} of {late.days} business days, the first"
            f" {late.first}, has not come to the bank in its term: bring the bank's statement, or ask {late.provider};"
            f" see docs/how-to/reconcile.md."
        )


def _read(file: Path) -> dict[str, Any]:
    return msgspec.toml.decode(file.read_bytes(), type=dict[str, Any])
