"""The processes under gunicorn: portal, desk and counter."""

import os
import sys
from pathlib import Path
from typing import NoReturn

from okno.cabinet.config.instance import ENVIRONMENT

THREADS = 8


def become(path: Path, bind: str) -> NoReturn:
    """Become gunicorn: one worker with threads; a machine's cores are used by more instances of the process."""
    options = [
        *("--bind", bind, "--workers", "1", "--worker-class", "gthread", "--threads", str(THREADS)),
        *("--worker-tmp-dir", "/dev/shm", "--no-control-socket"),  # noqa: S108 (a heartbeat file of gunicorn's own)
        *("--limit-request-line", "4094", "--limit-request-field_size", "8190", "--keep-alive", "65"),
        *("--graceful-timeout", "10", "--timeout", "30", "--forwarded-allow-ips", "127.0.0.1"),
    ]
    environment = {**os.environ, ENVIRONMENT: str(path.resolve())}
    arguments = [sys.executable, "-m", "gunicorn", *options, "okno.cabinet.config.wsgi:application"]
    os.execve(sys.executable, arguments, environment)  # noqa: S606 (no shell is wanted)
