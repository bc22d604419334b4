"""Where an error arose, for a log: its type and the way it took, never its text, which may quote a person's data."""

from types import TracebackType

import structlog

log = structlog.get_logger("okno.cabinet.processes")

STEPS_MAX = 12


def report(event: str, error: BaseException, **members: object) -> None:
    log.error(event, exception=told(error), **members)


def told(error: BaseException) -> str:
    """`ValueError at inner:12 < outer:30`, innermost first."""
    return f"{type(error).__name__} at {' < '.join(_places(error.__traceback__)[:STEPS_MAX])}"


def _places(trace: TracebackType | None) -> list[str]:
    found: list[str] = []
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[::-1]
