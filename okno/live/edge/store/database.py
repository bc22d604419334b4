"""Connections of live: a few for the reads, all as role okno_live, which may call the functions of schema `live`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg
from asyncpg.prepared_stmt import PreparedStatement

from okno.live.core.batches import Batch, Row, Statement, UnavailableError

OVERVIEW = Statement("overview_v1")
OPERATIONS = Statement("operations_v1", keys_max=8)
YEAR = Statement("year_v1", keys_max=8)
CHANGES = Statement("changes_v1")
SUBSCRIPTION = Statement("subscription_v1")
FRESHNESS = Statement("freshness_v1", keys_max=64)
SIGNAL = Statement("signal_v1")

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
BACKOFF_S = 0.5
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


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
    """One connection with its prepared statements; it connects at need, after a failure not before BACKOFF_S."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._connection: asyncpg.Connection | None = None
        self._prepared: dict[Statement, PreparedStatement] = {}
        self._blocked_until = 0.0

    async def run(self, batch: Batch[object]) -> Sequence[Row]:
        """The rows of one call. Raises UnavailableError."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._blocked_until:
            raise UnavailableError("the database was just away")
        try:
            prepared = self._prepared.get(batch.statement)
            if prepared is None or self._connection is None or self._connection.is_closed():
                prepared = await self._prepare(batch.statement)
            columns: list[object] = list(batch.columns())
            if batch.statement in ZONED:
                columns.append(self._access.zone)
            rows: Sequence[Row] = await prepared.fetch(*columns)
        except LOST as error:
            if self._connection is None or self._connection.is_closed():
                self._blocked_until = loop.time() + BACKOFF_S
            raise UnavailableError(str(error)) from error
        return rows

    async def _prepare(self, statement: Statement) -> PreparedStatement:
        if self._connection is None or self._connection.is_closed():
            self._prepared.clear()
            self._connection = await self._access.connect("okno-live")
        prepared = await self._connection.prepare(CALLS[statement])
        self._prepared[statement] = prepared
        return prepared

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
        """The rows of one call. Raises UnavailableError."""
        line = self._free.pop()
        try:
            return await line.run(batch)
        finally:
            self._free.append(line)

    async def close(self) -> None:
        """Close all."""
        await asyncio.gather(*(line.close() for line in self._all))
