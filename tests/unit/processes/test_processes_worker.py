"""Jobs are done once in effect, tried again when they fail, and the house is kept."""

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from factories.read_model import Database, KilledError
from psycopg.rows import dict_row

from okno.cabinet.kit.jobs import housekeeping
from okno.cabinet.kit.jobs.kinds import Kind, statement
from okno.cabinet.kit.jobs.worker import JobDesk, Worker, WorkerSettings
from okno.cabinet.kit.processes.dispatcher import Connection
from okno.protocol.ids import new_id

PATIENCE_S = 20.0
NOTE = "INSERT INTO kit_signal (source, name, detail) VALUES ('job', 'ran', jsonb_build_object('n', %(n)s::int))"


class Jobs:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = WorkerSettings(database.dsn("worker"), attempts_max=3)
        self.now = datetime.now(UTC) + timedelta(seconds=1)

    def put(self, kind: str, payload: str = "{}", **columns: object) -> str:
        job = new_id()
        self.execute("INSERT INTO kit_job (id, kind, payload) VALUES (%s, %s, %s)", job, kind, payload)
        for name, value in columns.items():
            self.execute(f"UPDATE kit_job SET {name} = %s WHERE id = %s", value, job)  # noqa: S608 - a column's name
        return job

    def round(self, kinds: Mapping[str, Kind], *, point: Callable[[str], None] = lambda _name: None) -> None:
        desk = JobDesk(self.settings, kinds, point=point)
        with psycopg.connect(self.settings.dsn) as connection:
            jobs = desk.claim(connection, 10, self.now)
            connection.commit()
            done = []
            for job in jobs:
                try:
                    done.append(desk.work(job))
                except ValueError as error:
                    done.append(desk.broken(job, error))
            desk.mark(connection, done, self.now)

    def row(self, job: str) -> dict[str, Any]:
        (found,) = self.rows("SELECT * FROM kit_job WHERE id = %s", job)
        return found

    def rows(self, sql: str, *parameters: object) -> list[dict[str, Any]]:
        with psycopg.connect(self.database.superuser_dsn(), row_factory=dict_row) as connection:
            return connection.execute(sql.encode(), parameters).fetchall()

    def execute(self, sql: str, *parameters: object) -> None:
        with psycopg.connect(self.database.superuser_dsn()) as connection:
            connection.execute(sql.encode(), parameters)


@pytest.fixture
def jobs(cabinet_database: Database) -> Iterator[Jobs]:
    return Jobs(cabinet_database)


def fails(_connection: Connection, _payload: Mapping[str, Any]) -> None:
    raise ValueError("no\x00way")


KINDS = {"note": Kind(statement(NOTE)), "fails": Kind(fails), "daily": Kind(statement(NOTE), timedelta(days=1))}


def test_a_job_takes_effect_and_ends_in_one_transaction(jobs: Jobs) -> None:
    job = jobs.put("note", '{"n": 7}')
    jobs.round(KINDS)
    assert [one["detail"] for one in jobs.rows("SELECT detail FROM kit_signal")] == [{"n": 7}]
    row = jobs.row(job)
    assert (row["state"], row["attempts"], row["locked_until"]) == ("done", 1, None)
    jobs.round(KINDS)
    assert len(jobs.rows("SELECT * FROM kit_signal")) == 1


@pytest.mark.parametrize("point", ["job-done", "job-ended", "job-committed"])
def test_a_worker_killed_anywhere_does_its_job_once(jobs: Jobs, point: str) -> None:
    job = jobs.put("note", '{"n": 7}')

    def kill(name: str) -> None:
        if name == point:
            raise KilledError(name)

    with pytest.raises(KilledError):
        jobs.round(KINDS, point=kill)
    jobs.round(KINDS)
    assert jobs.row(job)["state"] == ("done" if point == "job-committed" else "running")
    jobs.now += timedelta(seconds=jobs.settings.lease_s)
    jobs.round(KINDS)
    assert jobs.row(job)["state"] == "done"
    assert len(jobs.rows("SELECT * FROM kit_signal")) == 1


def test_a_job_that_fails_is_tried_again_and_given_up(jobs: Jobs) -> None:
    job = jobs.put("fails")
    for wait_s in (5, 10):
        jobs.round(KINDS)
        row = jobs.row(job)
        assert (row["state"], row["run_at"], row["last_error"]) == (
            "queued",
            jobs.now + timedelta(seconds=wait_s),
            "ValueError: noway",
        )
        jobs.now = row["run_at"]
    jobs.round(KINDS)
    assert jobs.row(job)["state"] == "failed"


def test_a_kind_nobody_knows_is_kept_for_who_does(jobs: Jobs) -> None:
    job = jobs.put("unheard-of")
    jobs.round(KINDS)
    assert (jobs.row(job)["state"], jobs.row(job)["last_error"]) == ("queued", "no such kind: unheard-of")


def test_what_recurs_has_one_next_run_even_when_it_fails(jobs: Jobs) -> None:
    jobs.put("daily", '{"n": 1}')
    jobs.round(KINDS)
    waiting = jobs.rows("SELECT run_at FROM kit_job WHERE state = 'queued'")
    assert len(waiting) == 1
    assert waiting[0]["run_at"] > jobs.now + timedelta(hours=23)
    jobs.execute("DELETE FROM kit_job")
    jobs.put("daily", "{}", attempts=2)
    kinds = {"daily": Kind(fails, timedelta(days=1))}
    jobs.round(kinds)
    states = [row["state"] for row in jobs.rows("SELECT state FROM kit_job ORDER BY run_at")]
    assert states == ["failed", "queued"]


def test_the_process_wakes_at_the_bell_and_schedules_what_recurs_once(jobs: Jobs) -> None:
    ran = threading.Semaphore(0)

    def run(_connection: Connection, _payload: Mapping[str, Any]) -> None:
        ran.release()

    kinds = {"wanted": Kind(run), "hourly": Kind(run, timedelta(hours=1))}
    workers = [Worker(jobs.settings, kinds) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert ran.acquire(timeout=PATIENCE_S)
    jobs.put("wanted")
    jobs.execute("SELECT pg_notify('okno_job', '')")
    assert ran.acquire(timeout=PATIENCE_S)
    for worker in workers:
        worker.stop()
    assert not ran.acquire(blocking=False)
    states = jobs.rows("SELECT kind, state FROM kit_job ORDER BY kind, state")
    assert [(row["kind"], row["state"]) for row in states] == [
        ("hourly", "done"),
        ("hourly", "queued"),
        ("wanted", "done"),
    ]


def people(jobs: Jobs) -> str:
    user = new_id()
    jobs.execute(
        "INSERT INTO identity_user (id, login, password, phone_sealed, phone_mask) VALUES (%s, 'l', 'p', '', '')", user
    )
    return user


def test_housekeeping_ends_what_is_over_and_spares_what_is_not(jobs: Jobs) -> None:
    user = people(jobs)
    for token, end in ((b"old", "-2 days"), (b"new", "1 hour")):
        jobs.execute(
            "INSERT INTO identity_session (token_hash, id, user_id, factors, expires_at, idle_until)"
            " VALUES (%s, %s, %s, 2, now() + %s::interval, now() + '1 hour')",
            *(token, new_id(), user, end),
        )
        jobs.execute(
            "INSERT INTO identity_challenge (id, user_id, session_id, purpose, code_mac, sent_at, expires_at)"
            " VALUES (%s, %s, %s, 'signin', '', now(), now() + %s::interval)",
            *(new_id(), user, new_id(), end),
        )
        jobs.execute("INSERT INTO kit_bucket VALUES ('s', %s, 1, now() + 2 * %s::interval)", token.decode(), end)
    for state, days in (("done", 31), ("done", 29), ("failed", 31)):
        jobs.execute(
            "INSERT INTO kit_outbox (id, type, kind, system, subject, data, authtype, idempotency_key, state, outcome,"
            " finished_at) VALUES (%s, 't', 'command', 'main', '', 'x', 'service', %s, %s, '{}',"
            " now() - %s * interval '1 day')",
            *(new_id(), new_id(), state, days),
        )
    jobs.execute(
        "INSERT INTO notices_message (id, purpose, channel, to_sealed, body_sealed, state, created_at, expires_at)"
        " SELECT gen_random_uuid(), 'p', 'sms', '', '', s, now() - interval '31 days', now()"
        " FROM unnest(ARRAY['sent', 'failed', 'queued']) s"
    )
    # No sender has run: nobody has noted that their time is over.
    jobs.execute(
        "INSERT INTO notices_message (id, purpose, channel, to_sealed, body_sealed, state, created_at, expires_at)"
        " SELECT gen_random_uuid(), 'late', 'sms', '', '', s, now() - interval '31 days', now() - interval '31 days'"
        " FROM unnest(ARRAY['queued', 'sending']) s"
    )
    old = jobs.put("note", state="done", run_at=datetime.now(UTC) - timedelta(days=8))
    with psycopg.connect(jobs.database.dsn("live"), autocommit=True) as listener:
        listener.execute("LISTEN okno_session")
        for kind in housekeeping.KINDS:
            jobs.put(kind)
        jobs.round(housekeeping.KINDS)
        assert [notify.payload for notify in listener.notifies(timeout=PATIENCE_S, stop_after=1)] == [b"old".hex()]
    assert [bytes(row["token_hash"]) for row in jobs.rows("SELECT token_hash FROM identity_session")] == [b"new"]
    assert len(jobs.rows("SELECT * FROM identity_challenge")) == 1
    assert [row["key"] for row in jobs.rows("SELECT key FROM kit_bucket")] == ["new"]
    kept = jobs.rows("SELECT data, outcome FROM kit_outbox ORDER BY seq")
    assert [(bytes(row["data"]), row["outcome"]) for row in kept] == [(b"", None), (b"x", {}), (b"x", {})]
    assert [row["state"] for row in jobs.rows("SELECT state FROM notices_message")] == ["queued"]
    assert jobs.rows("SELECT * FROM kit_job WHERE id = %s", old) == []
    assert jobs.rows("SELECT * FROM kit_job WHERE state = 'running' OR last_error IS NOT NULL") == []
