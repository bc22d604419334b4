"""The worker: runs due jobs, each in a transaction of its own, and tries again later what failed.

A job's effect and its end commit together, so a job is done once in effect whatever dies in between; a job whose worker
died is taken up when its lease ends. Waits on LISTEN okno_job.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import psycopg
import structlog

from okno.cabinet.kit.jobs import housekeeping
from okno.cabinet.kit.jobs.kinds import Kind
from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Dispatcher, Point, pass_by, utc_now
from okno.protocol.ids import new_id

log = structlog.get_logger("okno.cabinet.worker")

ERROR_LENGTH_MAX = 500


class WorkerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dsn: str
    """As role okno_worker."""
    slots: int = 2
    lease_s: float = 300.0
    attempts_max: int = 10
    backoff_s_min: float = 5.0
    backoff_s_max: float = 3600.0
    keylist: str | None = None
    root_public: str | None = None
    opening_key: str | None = None
    documents_key: str | None = None
    """With these four it prints slips of whole districts; the key is base64 of 32 bytes, the desk's as well."""
    source: str = "urn:okno:cabinet:1"


@dataclass(frozen=True)
class Job:
    id: str
    kind: str
    payload: Mapping[str, Any]
    attempts: int


@dataclass(frozen=True)
class Ended:
    """`error` is None for a job that ended itself with its effect."""

    job: Job
    error: str | None


class JobDesk:
    """See `okno.cabinet.kit.processes.dispatcher.Desk`."""

    def __init__(self, settings: WorkerSettings, kinds: Mapping[str, Kind], *, point: Point = pass_by) -> None:
        self._settings = settings
        self._kinds = kinds
        self._point = point

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[Job]:
        rows = connection.execute(
            """
            UPDATE kit_job SET state = 'running', attempts = attempts + 1, locked_until = %(lease)s
             WHERE id IN (SELECT id FROM kit_job
                           WHERE state IN ('queued', 'running') AND run_at <= %(now)s
                             AND COALESCE(locked_until, '-infinity') <= %(now)s
                           ORDER BY run_at LIMIT %(slots)s FOR UPDATE SKIP LOCKED)
            RETURNING id::text, kind, payload, attempts
            """,
            {"now": now, "lease": now + timedelta(seconds=self._settings.lease_s), "slots": slots},
        ).fetchall()
        return [Job(*row) for row in rows]

    def due(self, connection: Connection) -> datetime | None:
        row = connection.execute(
            "SELECT min(GREATEST(run_at, COALESCE(locked_until, run_at))) FROM kit_job"
            " WHERE state IN ('queued', 'running')"
        ).fetchone()
        return row[0] if row is not None else None

    def work(self, job: Job) -> Ended:
        kind = self._kinds.get(job.kind)
        if kind is None:
            return Ended(job, f"no such kind: {job.kind}")
        with psycopg.connect(self._settings.dsn) as connection:
            kind.run(connection, job.payload)
            self._point("job-done")
            connection.execute(
                "UPDATE kit_job SET state = 'done', locked_until = NULL, last_error = NULL WHERE id = %s", [job.id]
            )
            if kind.every is not None:
                schedule(connection, job.kind, kind.every)
            self._point("job-ended")
        self._point("job-committed")
        return Ended(job, None)

    def broken(self, job: Job, error: Exception) -> Ended:
        return Ended(job, f"{type(error).__name__}: {error}"[:ERROR_LENGTH_MAX].replace("\x00", ""))

    def mark(self, connection: Connection, done: Sequence[Ended], now: datetime) -> None:
        for ended in done:
            if ended.error is None:
                continue
            wait_s = self._settings.backoff_s_min * 2 ** (ended.job.attempts - 1)
            over = ended.job.attempts >= self._settings.attempts_max
            log.warning("job-failed", job=ended.job.id, kind=ended.job.kind, attempts=ended.job.attempts, over=over)
            connection.execute(
                "UPDATE kit_job SET state = %s, run_at = %s, locked_until = NULL, last_error = %s"
                " WHERE id = %s AND state = 'running'",
                [
                    "failed" if over else "queued",
                    now + timedelta(seconds=min(wait_s, self._settings.backoff_s_max)),
                    ended.error,
                    ended.job.id,
                ],
            )
            kind = self._kinds.get(ended.job.kind)
            if over and kind is not None and kind.every is not None:
                # What recurs goes on next time; the failed row stays for people to see.
                schedule(connection, ended.job.kind, kind.every)


def schedule(connection: Connection, kind: str, every: timedelta) -> None:
    """The next run of a recurring kind, unless one waits already."""
    connection.execute(
        """
        INSERT INTO kit_job (id, kind, run_at) SELECT %(id)s, %(kind)s, clock_timestamp() + %(every)s
         WHERE NOT EXISTS (SELECT FROM kit_job WHERE kind = %(kind)s AND state IN ('queued', 'running'))
        """,
        {"id": new_id(), "kind": kind, "every": every},
    )


class Worker:
    """The process. `kinds` is the registry that the caller wires; by default the housekeeping of the foundations."""

    def __init__(
        self,
        settings: WorkerSettings,
        kinds: Mapping[str, Kind] = housekeeping.KINDS,
        *,
        clock: Clock = utc_now,
        point: Callable[[str], None] = pass_by,
    ) -> None:
        self._dsn = settings.dsn
        self._kinds = kinds
        self._dispatcher = Dispatcher(
            "worker", settings.dsn, JobDesk(settings, kinds, point=point), slots=settings.slots, clock=clock
        )
        self._bell = Bell("worker-bell", settings.dsn, ["okno_job"], self._ring)
        self._has_begun = False

    def start(self) -> None:
        self._bell.start()
        self._dispatcher.start()

    def stop(self) -> None:
        self._bell.stop()
        self._dispatcher.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        if not self._has_begun:
            self._begin()
        self._dispatcher.ring()

    def _begin(self) -> None:
        """Each recurring kind has one run waiting, from the first start on."""
        with psycopg.connect(self._dsn) as connection:
            # Two workers starting together would both find nothing waiting.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('okno_worker_schedule'))")
            for name, kind in self._kinds.items():
                if kind.every is not None:
                    schedule(connection, name, timedelta(0))
        self._has_begun = True
