"""Connections of live: a few for the reads, all as role okno_live, which may call the functions of schema `live`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from okno.live.core.batches import AwayError, Batch, Row, Statement, UnavailableError

OVERVIEW = Statement("overview_v1")
OPERATIONS = Statement("operations_v1", keys_max=8)
YEAR = Statement("year_v1", keys_max=8)
CHANGES = Statement("changes_v1")
SUBSCRIPTION = Statement("subscription_v1")
FRESHNESS = Statement("freshness_v1", keys_max=64)
SIGNAL = Statement("signal_v1", reads=False)

# One text per statement whatever the number of keys, so each connection prepares it once.
CALLS = {
    OVERVIEW: "select * from live.overview_v1($1, $2)",
    OPERATIONS: "select * from live.operations_v1($1, $2, $3, $4, $5, $6, $7, $8)",
    YEAR: "select * from live.year_v1($1, $2, $3)",
    CHANGES: "select * from live.changes_v1($1, $2, $3)",
    SUBSCRIPTION: "select * from live.subscription_v1($1)",
    FRESHNESS: "select * from live.freshness_v1($1)",
    SIGNAL: "select * from live.signal_v1($1, $2, $3)",
}
ZONED = frozenset({OPERATIONS, YEAR})

CONNECT_TIMEOUT_S = 5
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)
# What a server says that goes down or comes up; the connection ends a moment later, and till then the driver can do
# nothing with it (its internal error). A cancelled statement, which is of the same class, ends nothing.
LEAVING = (asyncpg.OperatorInterventionError, asyncpg.PostgresConnectionError, asyncpg.InternalClientError)


@dataclass(frozen=True)
class Access:
    """How to reach the database. `zone`: the company's calendar, an IANA name."""

    dsn: str
    statement_timeout_ms: int
    zone: str

    async def connect(self, name: str) -> asyncpg.Connection:
        """A connection of our own, named for pg_stat_activity."""
        return await asyncpg.connect(
            self.dsn,
            timeout=CONNECT_TIMEOUT_S,
            # The server gives up first; the client's own limit is for a server that no longer answers at all.
            command_timeout=self.statement_timeout_ms / 1000 + CONNECT_TIMEOUT_S,
            server_settings={
                "application_name": name,
                "statement_timeout": str(self.statement_timeout_ms),
                "jit": "off",
                "timezone": "UTC",
            },
        )


class Line:
    """One connection with its prepared statements; it connects at need."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._connection: asyncpg.Connection | None = None
        self._prepared: dict[Statement, PreparedStatement] = {}

    async def run(self, batch: Batch[object]) -> Sequence[Row]:
        """The rows of one call. Raises UnavailableError, AwayError among them."""
        try:
            connection = await self._connected()
            prepared = self._prepared.get(batch.statement)
            if prepared is None:
                prepared = self._prepared[batch.statement] = await connection.prepare(CALLS[batch.statement])
            columns: list[object] = list(batch.columns())
            if batch.statement in ZONED:
                columns.append(self._access.zone)
            rows: Sequence[Row] = await prepared.fetch(*columns)
        except LOST as error:
            if self._is_away(error):
                self._drop()
                raise AwayError(str(error)) from error
            raise UnavailableError(str(error)) from error
        return rows

    async def answers(self) -> bool:
        """Whether the database answers on this connection, or on a new one."""
        try:
            connection = await self._connected()
            await connection.execute("select 1")
        except LOST:
            self._drop()
            return False
        return True

    async def _connected(self) -> asyncpg.Connection:
        if self._connection is None or self._connection.is_closed():
            self._drop()
            self._connection = await self._access.connect("okno-live")
        return self._connection

    def _is_away(self, error: BaseException) -> bool:
        if self._connection is None or self._connection.is_closed():
            return True
        return isinstance(error, LEAVING) and not isinstance(error, asyncpg.QueryCanceledError)

    def _drop(self) -> None:
        """Forget the connection, whatever state it is in."""
        connection, self._connection = self._connection, None
        self._prepared.clear()
        if connection is not None:
            connection.terminate()

    async def close(self) -> None:
        """Close in good order, or at once when the server no longer answers."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.is_closed():
            try:
                await connection.close(timeout=1)
            except LOST:
                connection.terminate()


class Lines:
    """As many connections as statements may be in flight: a batch that was given a slot finds a free one."""

    def __init__(self, access: Access, count: int) -> None:
        self._free = [Line(access) for _ in range(count)]
        self._all = tuple(self._free)

    async def run(self, batch: Batch[object]) -> Sequence[Row]:
        """The rows of one call. Raises UnavailableError, AwayError among them."""
        line = self._free.pop()
        try:
            return await line.run(batch)
        finally:
            self._free.append(line)

    async def answers(self) -> bool:
        """Whether the database answers on every connection that is free. Nothing may be run meanwhile."""
        for line in tuple(self._free):
            if not await line.answers():
                return False
        return True

    async def close(self) -> None:
        """Close all."""
        await asyncio.gather(*(line.close() for line in self._all))
