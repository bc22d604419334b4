"""What all processes do alike: read their settings, log, serve until a signal, leave in good order."""

import asyncio
import signal
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec
import structlog
import uvloop

ENDS = (signal.SIGTERM, signal.SIGINT)

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """A settings file cannot be used; the text names the file and the member."""


class Threaded(Protocol):
    """A process that works in threads of its own."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Several:
    """Some that share a process: started in their order, stopped in the opposite one."""

    def __init__(self, *each: Threaded) -> None:
        self._each = each

    def start(self) -> None:
        for one in self._each:
            one.start()

    def stop(self) -> None:
        for one in reversed(self._each):
            one.stop()


class Stoppable(Protocol):
    """A process that works in the loop."""

    async def stop(self) -> None: ...


def settings_of(path: Path, kind: type[S]) -> S:
    """The settings of a TOML file. Raises SettingsError."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def needed(url: str | None, name: str) -> str:
    """An address that only the embedded street can do without."""
    if url is None:
        raise SettingsError(f"{name} is needed by a process of its own")
    return url


def logs_configure() -> None:
    """JSON lines on stderr, so that stdout stays free for answers."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def serve_threads(process: Threaded) -> None:
    """Start, wait for a signal, stop."""
    asked = threading.Event()
    for number in ENDS:
        signal.signal(number, lambda *_: asked.set())
    process.start()
    asked.wait()
    process.stop()


async def serve_loop(started: Stoppable) -> None:
    """Wait for a signal, stop."""
    asked = asyncio.Event()
    for number in ENDS:
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
    await started.stop()


def loop_run(work: Coroutine[Any, Any, None]) -> None:
    """Run in uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
