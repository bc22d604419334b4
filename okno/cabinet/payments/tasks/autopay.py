"""The till's clock of auto-payment: looks at what is due and writes it down. It calls nobody, so it has no errands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from okno.cabinet.kit.processes.dispatcher import Connection, Point, pass_by
from okno.cabinet.payments.services.autopaying.turns import DUE, Turns

AT_ONCE = 50


class AutopayDesk:
    """See `okno.cabinet.kit.processes.dispatcher.Desk`: all is done in `claim`, within its transaction."""

    def __init__(self, turns: Turns, *, point: Point = pass_by) -> None:
        self._turns = turns
        self._point = point

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[None]:  # noqa: ARG002 - as the port
        self._turns.look(connection, now, AT_ONCE)
        self._point("looked")
        self._turns.act(connection, now, AT_ONCE)
        self._point("acted")
        return ()

    def due(self, connection: Connection) -> datetime | None:
        row = connection.execute(DUE).fetchone()
        return row[0] if row is not None else None

    def work(self, job: None) -> None:
        """There is none."""

    def broken(self, job: None, error: Exception) -> None:
        """Likewise."""

    def mark(self, connection: Connection, done: Sequence[None], now: datetime) -> None:
        """Likewise."""
