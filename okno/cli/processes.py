"""The processes of an installation: each reads one settings file, serves until SIGTERM, and leaves in good order."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, Protocol, TypeVar

import msgspec
import structlog
import uvloop

from okno.cabinet.accounts.tasks.projector import Projector, ProjectorSettings
from okno.cabinet.config.instance import ENVIRONMENT
from okno.cabinet.kit.jobs.worker import Worker, WorkerSettings
from okno.cabinet.kit.outbox.relay import Relay, RelaySettings
from okno.cabinet.notices.tasks.sender import Sender, SenderSettings
from okno.connectors import main as connector
from okno.couriers.amqp import connect
from okno.couriers.threads import ThreadCourier
from okno.gateway import main as gateway
from okno.live import main as live
from okno.sandbox.smsc import main as smsc

ENDS = (signal.SIGTERM, signal.SIGINT)
WEB_THREADS = 8
WEB_BODY_BYTES_MAX = 64 * 1024

S = TypeVar("S", bound=msgspec.Struct)


class SettingsError(Exception):
    """A settings file cannot be used; the text names the file and the member."""


class Threaded(Protocol):
    """A process that works in threads of its own."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


class Stoppable(Protocol):
    """A process that works in the loop."""

    async def stop(self) -> None: ...


def settings_read(path: Path, kind: type[S]) -> S:
    """The settings of a TOML file. Raises SettingsError."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


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


def _serve_threads(process: Threaded) -> None:
    asked = threading.Event()
    for number in ENDS:
        signal.signal(number, lambda *_: asked.set())
    process.start()
    asked.wait()
    process.stop()


async def _serve_loop(started: Stoppable) -> None:
    asked = asyncio.Event()
    for number in ENDS:
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await asked.wait()
    await started.stop()


def _needed(url: str | None, name: str) -> str:
    if url is None:
        raise SettingsError(f"{name} is needed by a process of its own")
    return url


async def _gateway(path: Path) -> None:
    settings = settings_read(path, gateway.GatewaySettings)
    outer = await connect(_needed(settings.outer_url, "outer_url"), name=f"gateway {settings.name}")
    inner = await connect(_needed(settings.inner_url, "inner_url"), name=f"gateway {settings.name}")
    await _serve_loop(await gateway.start(settings, outer=outer, inner=inner))
    await outer.close()
    await inner.close()


async def _connector(path: Path) -> None:
    settings = settings_read(path, connector.ConnectorSettings)
    courier = await connect(_needed(settings.inner_url, "inner_url"), name=f"connector {settings.system}")
    await _serve_loop(await connector.start(settings, courier=courier))
    await courier.close()


async def _live(path: Path) -> None:
    await _serve_loop(await live.start(settings_read(path, live.LiveSettings)))


async def _smsc(path: Path) -> None:
    await _serve_loop(await smsc.start(settings_read(path, smsc.SmscSettings)))


def _relay(path: Path) -> None:
    _serve_threads(Relay(settings_read(path, RelaySettings)))


def _projector(path: Path) -> None:
    settings = settings_read(path, ProjectorSettings)
    courier = ThreadCourier.dial(_needed(settings.outer_url, "outer_url"), name="projector")
    _serve_threads(Projector(settings, courier))
    courier.close()


def _worker(path: Path) -> None:
    _serve_threads(Worker(settings_read(path, WorkerSettings)))


def _sender(path: Path) -> None:
    _serve_threads(Sender(settings_read(path, SenderSettings)))


def _looped(main: Callable[[Path], Awaitable[None]]) -> Callable[[Path], None]:
    async def whole(path: Path) -> None:
        await main(path)

    def run(path: Path) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(whole(path))

    return run


PROCESSES: dict[str, Callable[[Path], None]] = {
    "gateway": _looped(_gateway),
    "connector": _looped(_connector),
    "live": _looped(_live),
    "smsc": _looped(_smsc),
    "relay": _relay,
    "projector": _projector,
    "worker": _worker,
    "sender": _sender,
}
WSGI = ("web", "desk")


def process_run(name: str, path: Path) -> None:
    """Serve as `name` until SIGTERM. Raises SettingsError, CourierError, OSError: its starter starts it again."""
    logs_configure()
    PROCESSES[name](path)


def wsgi_run(path: Path, bind: str) -> NoReturn:
    """Become gunicorn: one worker with threads; a machine's cores are used by more instances of the process."""
    options = [
        *("--bind", bind, "--workers", "1", "--worker-class", "gthread", "--threads", str(WEB_THREADS)),
        *("--worker-tmp-dir", "/dev/shm", "--no-control-socket"),  # noqa: S108 (a heartbeat file of gunicorn's own)
        *("--limit-request-line", "4094", "--limit-request-field_size", "8190", "--keep-alive", "65"),
        *("--graceful-timeout", "10", "--timeout", "30", "--forwarded-allow-ips", "127.0.0.1"),
    ]
    environment = {**os.environ, ENVIRONMENT: str(path.resolve())}
    arguments = [sys.executable, "-m", "gunicorn", *options, "okno.cabinet.config.wsgi:application"]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 (no shell is wanted)
