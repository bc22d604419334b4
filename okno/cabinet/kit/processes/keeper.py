"""A named thread that is started again after a fault, until it is told to stop."""

import threading
import time
from collections.abc import Callable

import structlog

from okno.cabinet.kit.processes.faults import report

log = structlog.get_logger("okno.cabinet.processes")


class Keeper:
    """Runs `body` in a thread of its own; a fault is logged and `body` starts anew after a growing pause.

    `body` returns when `stopping` is set. A fault ends no process: in the embedded stack all processes share one, and
    in the full stack a database that restarts must not need a supervisor's help.
    """

    PAUSE_MAX_S = 15.0
    #: A body that lived so long was healthy: the next fault begins with the short pause again.
    HEALTHY_S = 60.0

    def __init__(self, name: str, body: Callable[[], None], *, pause_s: float = 0.5) -> None:
        self.name = name
        self.stopping = threading.Event()
        self._body = body
        self._pause_s = pause_s
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
        self._thread.start()

    def stop(self, *, timeout_s: float = 30.0) -> None:
        """Ask the body to end and wait for it; the caller wakes the body if it waits on something else."""
        self.stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            if self._thread.is_alive():
                log.error("process-does-not-stop", process=self.name, waited_s=timeout_s)

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _run(self) -> None:
        pause_s = self._pause_s
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                self._body()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is logged and the body starts anew
                report("process-fault", error, process=self.name, pause_s=pause_s)
            if time.monotonic() - begun > self.HEALTHY_S:
                pause_s = self._pause_s
            # A body that returned unasked has lost what it served: it too comes back after the pause.
            self.stopping.wait(pause_s)
            pause_s = min(pause_s * 2, self.PAUSE_MAX_S)
