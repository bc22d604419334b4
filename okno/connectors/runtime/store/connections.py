"""Connections that threads borrow. A broken one is not given out twice."""

from __future__ import annotations

import asyncio
import queue
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg


async def connection_awaited(dsn: str, *, name: str) -> psycopg.AsyncConnection:
    """An autocommit connection to be waited on in a loop. Raises psycopg.OperationalError.

    When it is cancelled its socket is closed at once. psycopg leaves it open for as long as the traceback is held, and
    a stopped task holds it: the server bears such a guest for its `authentication_timeout`, and meanwhile no database
    can be dropped.
    """
    try:
        return await psycopg.AsyncConnection.connect(dsn, autocommit=True, application_name=name)
    except asyncio.CancelledError as cancelled:
        traceback.clear_frames(cancelled.__traceback__)
        raise


class Connections:
    """At most `size` idle connections are kept; who borrows while none is idle gets a new one.

    The number in use is bounded by the number of threads, which is the runtime's ceiling.
    """

    def __init__(self, dsn: str, *, size: int) -> None:
        self.dsn = dsn
        self._idle: queue.LifoQueue[psycopg.Connection] = queue.LifoQueue(size)
        self._closed = False

    @contextmanager
    def borrow(self) -> Iterator[psycopg.Connection]:
        """An autocommit connection: the borrower opens transactions. Raises psycopg.OperationalError."""
        connection = self._take()
        try:
            yield connection
        except psycopg.OperationalError:
            # Whatever cut this one off has cut off those that lie idle, too.
            self._drop_idle()
            raise
        finally:
            self._give_back(connection)

    def close(self) -> None:
        self._closed = True
        self._drop_idle()

    def _drop_idle(self) -> None:
        while (connection := self._pop()) is not None:
            connection.close()

    def _take(self) -> psycopg.Connection:
        while (connection := self._pop()) is not None:
            if not connection.closed:
                return connection
        return psycopg.connect(self.dsn, autocommit=True, application_name="okno connector")

    def _pop(self) -> psycopg.Connection | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _give_back(self, connection: psycopg.Connection) -> None:
        idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        if idle and not self._closed:
            try:
                self._idle.put_nowait(connection)
            except queue.Full:
                connection.close()
        else:
            connection.close()
