"""The processes under gunicorn: portal, desk and counter."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from okno.cabinet.config.instance import ENVIRONMENT

THREADS = 8
WORKER = "okno.cabinet.config.whole.WholeAnswers"


def options(bind: str) -> list[str]:
    """Of gunicorn: one worker with threads; a machine's cores are used by more instances of the process.

    Instances share a listening socket. Each takes as many requests as it has threads and leaves the rest to whoever is
    free; so no more than those die with it, and none waits behind a connection that is only kept open.
    """
    return [
        *("--bind", bind, "--workers", "1", "--worker-class", WORKER, "--threads", str(THREADS)),
        *("--worker-connections", str(THREADS), "--keep-alive", "0"),
        *("--worker-tmp-dir", "/dev/shm", "--no-control-socket"),  # noqa: S108 (a heartbeat file of gunicorn's own)
        *("--limit-request-line", "4094", "--limit-request-field_size", "8190"),
        *("--graceful-timeout", "10", "--timeout", "30", "--forwarded-allow-ips", "127.0.0.1"),
    ]


def become(path: Path, bind: str) -> NoReturn:
    """Become gunicorn with the settings of a file."""
    environment = {**os.environ, ENVIRONMENT: str(path.resolve())}
    arguments = [sys.executable, "-m", "gunicorn", *options(bind), "okno.cabinet.config.wsgi:application"]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 (no shell is wanted)
