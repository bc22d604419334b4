"""All figures of a connector at one moment, as text."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from okno.connectors.runtime.metrics.figures import Figures

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[tuple[str, str], ...]


class Depths(msgspec.Struct, frozen=True, kw_only=True):
    """What is held at this moment. Of a system that is not mirrored `walking` is None."""

    places: int
    places_in_use: int
    places_in_use_most: int
    places_waiting: int
    outbox_waiting: int
    outbox_oldest_ms: int
    work_open: int
    system_away: bool
    walking: bool | None
    complete_before: datetime | None


def exposition(figures: Figures, means_s: Mapping[str, float], depths: Depths, now: datetime) -> str:
    lines = [
        *_counted("okno_connector_queries_total", figures.queries),
        *_counted("okno_connector_commands_total", figures.commands),
        *_series("okno_connector_query_seconds_total", "counter", _by_type(figures.query_seconds)),
        *_series("okno_connector_service_seconds", "gauge", _by_type(means_s)),
    ]
    gauges = {
        "okno_connector_ceiling_places": depths.places,
        "okno_connector_ceiling_in_use": depths.places_in_use,
        "okno_connector_ceiling_in_use_most": depths.places_in_use_most,
        "okno_connector_ceiling_waiting": depths.places_waiting,
        "okno_connector_outbox_waiting": depths.outbox_waiting,
        "okno_connector_outbox_oldest_seconds": depths.outbox_oldest_ms / 1000,
        "okno_connector_work_open": depths.work_open,
        "okno_connector_system_away": float(depths.system_away),
    }
    if depths.walking is not None:
        gauges["okno_connector_mirror_walking"] = float(depths.walking)
    if depths.complete_before is not None:
        gauges["okno_connector_watch_lag_seconds"] = max(0.0, (now - depths.complete_before).total_seconds())
    for name, value in gauges.items():
        lines += _series(name, "gauge", {(): value})
    return "\n".join(lines) + "\n"


def _counted(name: str, counts: Mapping[tuple[str, str], int]) -> list[str]:
    values: dict[Labels, float] = {
        (("type", type_), ("outcome", outcome)): count for (type_, outcome), count in sorted(counts.items())
    }
    return _series(name, "counter", values)


def _by_type(values: Mapping[str, float]) -> dict[Labels, float]:
    return {(("type", type_),): value for type_, value in sorted(values.items())}


def _series(name: str, kind: str, values: Mapping[Labels, float]) -> list[str]:
    lines = [f"# TYPE {name} {kind}"]
    for labels, value in values.items():
        inside = ",".join(f'{label}="{text}"' for label, text in labels)
        lines.append(f"{name}{{{inside}}} {value:.12g}" if inside else f"{name} {value:.12g}")
    return lines
