"""Logs as JSON lines, and nothing personal in them: only named members pass, whatever a caller hands over."""

import logging
import sys
from types import TracebackType

import structlog
from structlog.typing import EventDict, WrappedLogger

ALLOWED = frozenset(
    {
        *("event", "level", "logger", "timestamp", "exception"),
        *("method", "route", "status", "duration_ms", "request_id", "code", "scope"),
        *("alias", "serves", "place", "kind", "count", "version"),
        # Of the background processes: opaque ids and states alone.
        *("process", "row", "message", "state", "reason", "attempts", "queue"),
    }
)
render = structlog.processors.JSONRenderer(ensure_ascii=False)
stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)


def allow_list(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every member without a place on the list."""
    return {name: value for name, value in event.items() if name in ALLOWED}


class JsonFormatter(logging.Formatter):
    """Records of libraries: the template without its arguments, which may hold anything, and where it broke."""

    def format(self, record: logging.LogRecord) -> str:
        # Django's security loggers hand over an error's text as the template: it may quote the request.
        template = record.name if record.name.startswith("django.security") else str(record.msg)
        event: EventDict = {"event": template, "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info and record.exc_info[0] is not None:
            event["exception"] = f"{record.exc_info[0].__name__} at {places(record.exc_info[2])}"
        return str(render(None, "", stamp(None, "", event)))


def places(trace: TracebackType | None) -> str:
    """Where an error passed, innermost first, without its text: that may quote what a person typed."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " < ".join(reversed(found))


def configure() -> None:
    """For a process that serves; once, at its start."""
    structlog.configure(
        processors=[structlog.processors.add_log_level, stamp, allow_list, render],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


STANDARD = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "okno.cabinet.config.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Each refusal is a line of `entry` already.
    "loggers": {"django": {"handlers": [], "level": "ERROR", "propagate": True}},
}
