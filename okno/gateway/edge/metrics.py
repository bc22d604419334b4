"""The gateway's own small exposition in the text format of Prometheus."""

from collections.abc import Mapping

from okno.gateway.core.gate import Gate
from okno.gateway.core.moment import Moment
from okno.gateway.edge.journal import Journal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_STATES = ("closed", "half-open", "open")


Labels = tuple[tuple[str, str], ...]


def _series(name: str, kind: str, values: Mapping[Labels, float]) -> list[str]:
    lines = [f"# TYPE {name} {kind}"]
    for labels, value in values.items():
        inside = ",".join(f'{label}="{text}"' for label, text in labels)
        lines.append(f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}")
    return lines


def exposition(gate: Gate, journal: Journal, now: Moment) -> str:
    """All figures at this moment. Labels are names of our own, and those that a signed party gave to its signals."""
    verdicts: dict[Labels, float] = {
        (("hop", hop), ("verdict", verdict), ("code", code)): float(count)
        for (hop, verdict, code), count in sorted(journal.counts.items())
    }
    signals: dict[Labels, float] = {
        (("source", source), ("signal", name)): float(count)
        for (source, name), count in sorted(journal.signals.items())
    }
    gauges = {
        "okno_gateway_active": float(gate.is_active),
        "okno_gateway_queries_waiting": float(len(gate.pending)),
        "okno_gateway_seen_entries": float(len(gate.intake.seen)),
        "okno_gateway_rate_buckets": float(len(gate.intake.rates)),
        "okno_gateway_log_records": float(journal.head.count),
        "okno_gateway_log_records_lost": float(journal.lost),
    }
    lines = _series("okno_gateway_verdicts_total", "counter", verdicts)
    lines += _series("okno_gateway_signals_total", "counter", signals)
    for name, value in gauges.items():
        lines += _series(name, "gauge", {(): value})
    lines += _series(
        "okno_gateway_under_way",
        "gauge",
        {(("system", system),): float(gate.intake.ceilings.under_way(system)) for system in gate.systems},
    )
    lines += _series(
        "okno_gateway_breaker_state",
        "gauge",
        {
            (("system", system),): float(_STATES.index(gate.intake.breakers[system].state(now.tick)))
            for system in gate.systems
        },
    )
    lines += _series(
        "okno_gateway_system_away",
        "gauge",
        {
            (("system", system),): float(gate.heard.is_away(f"urn:okno:system:{system}", system))
            for system in gate.systems
        },
    )
    present = gate.heard.present(now.tick)
    lines += _series(
        "okno_gateway_heartbeat_age_seconds",
        "gauge",
        {(("party", party),): now.tick - heard.tick for party, heard in present.items()},
    )
    lines += _series(
        "okno_gateway_clock_skew_seconds",
        "gauge",
        {(("party", party),): heard.skew_s for party, heard in present.items()},
    )
    return "\n".join(lines) + "\n"
