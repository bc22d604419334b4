"""What takes fetched replies from the outbox to where they belong, one in a transaction.

The relay leaves replies byte for byte; here they are verified with this process's own keys.
"""

import queue
from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

import psycopg
import structlog

from okno.cabinet.accounts.tasks import rows
from okno.cabinet.accounts.tasks.applying import UNFIT
from okno.cabinet.accounts.tasks.projector import ProjectorSettings
from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Point, pass_by, utc_now
from okno.cabinet.kit.processes.keeper import Keeper
from okno.cabinet.kit.processes.trust import Trust
from okno.protocol.errors import ProtocolError
from okno.protocol.pen import Received

log = structlog.get_logger("okno.cabinet.taking")

SWEEP_S = 20.0


class ReplyTaker(ABC):
    """Lives beside the projector, with its role and settings, so that a long batch there holds up nobody here."""

    name: ClassVar[str]
    types: ClassVar[Sequence[str]]
    priorities: ClassVar[Sequence[int]]

    def __init__(self, settings: ProjectorSettings, *, clock: Clock = utc_now, point: Point = pass_by) -> None:
        self._settings = settings
        self._clock = clock
        self._point = point
        self._trust = Trust(settings.keylist, settings.root_public)
        self._rung: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._bell = Bell(f"{self.name}-bell", settings.dsn, ["okno_reply"], self._ring)
        self._keeper = Keeper(self.name, self._serve)

    @abstractmethod
    def take(self, connection: Connection, fetched: rows.Fetched, received: Received, now: datetime) -> str | None:
        """Write what a verified reply means; returns None, or the code by which its row fails. Raises one of UNFIT."""

    def start(self) -> None:
        self._keeper.start()
        self._bell.start()

    def stop(self) -> None:
        self._keeper.stopping.set()
        self._rung.put(None)
        self._bell.stop()
        self._keeper.stop()

    def turn(self, connection: Connection) -> bool:
        """Take the oldest fetched reply in one transaction; False when there is none."""
        try:
            with connection.transaction():
                fetched = rows.replies_lock(connection, 1, types=self.types, priorities=self.priorities)
                for one in fetched:
                    now = self._clock()
                    received = one.read(self._trust.ring(one.received_at), self._settings.source)
                    rows.replies_end(connection, [(one.row, self.take(connection, one, received, now))], now)
                    self._point("before-commit")
        except UNFIT as error:
            code = error.code.value if isinstance(error, ProtocolError) else type(error).__name__
            log.warning("reply-refused", row=fetched[0].row, code=code)
            with connection.transaction():
                rows.replies_end(connection, [(fetched[0].row, code)], self._clock())
        return bool(fetched)

    def _ring(self, _channel: str, _payload: str) -> None:
        self._rung.put(None)

    def _serve(self) -> None:
        with psycopg.connect(self._settings.dsn) as connection:
            while not self._keeper.stopping.is_set():
                while self.turn(connection):
                    pass
                try:
                    self._rung.get(timeout=SWEEP_S)
                except queue.Empty:
                    continue
