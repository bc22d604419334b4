"""The three stages of the demo's Tryton: installed, laid out, lived in. Each is a dump; the next begins from it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from okno.cli.instance.customers import password_draw
from okno.cli.servers.account import ServerError
from okno.cli.servers.process import ports_free
from okno.cli.servers.tryton import ACCOUNTANT, REQUIREMENTS, USER, Database, Tryton, install_ensure
from okno.cli.tryton import company, history, people, rights, seeding, settling
from okno.cli.tryton.company import ZONE, companies_lay, companies_read
from okno.cli.tryton.people import Crowd
from okno.cli.tryton.rights import ADMIN, users_ready
from okno.cli.tryton.seeding import PRINTS, Progress, Seeding
from okno.cli.tryton.stages import Kept, Passwords, Stage, kept, mark_of, postgres_major, restore
from okno.connectors.tryton.rpc import Rpc

MODULES = (
    *("party", "account", "account_invoice", "account_payment", "account_payment_clearing"),
    *("account_statement", "bank"),
)
LANGUAGE = "ru"
EMAIL = "admin@example.com"
TIMEOUT_S = 600
TASKS, TASKS_WAIT_S, LOOK_S = "default", 600, 0.2


def installed() -> Stage:
    """Modules and their Russian, in one run of Tryton's own tool."""
    return Stage("installed", mark_of(REQUIREMENTS, *MODULES, LANGUAGE, str(postgres_major())), _install)


def laid_out(today: date) -> Stage:
    """Companies, accounts, users; fiscal years from the one before this to the one after it."""
    before, years = installed(), range(today.year - 1, today.year + 2)
    mark = mark_of(before.mark, str(years), *map(_code, (company, rights)))
    return Stage("laid-out", mark, partial(_lay_out, years=years), before)


def lived_in(crowd: Crowd, progress: Progress) -> Stage:
    """Subscribers and their past."""
    before = laid_out(crowd.until)
    mark = mark_of(before.mark, repr(crowd), *map(_code, (people, history, seeding, settling)))
    return Stage("lived-in", mark, partial(_live_in, crowd=crowd, progress=progress), before)


def dump_of(crowd: Crowd | None = None, progress: Progress = lambda _done, _total: None) -> Kept:
    """The dump with a crowd in it, or with books alone: minutes at the first asking. Raises ServerError."""
    return kept(lived_in(crowd, progress) if crowd else laid_out(today()))


def restored(database: Database, found: Kept, tools: Path) -> Passwords:
    """Fill an empty database from a dump, about 2 s; `tools` holds pg_restore. Raises ServerError."""
    restore(database, found.dump, tools)
    return found.passwords


def today() -> date:
    """As the companies reckon it."""
    return datetime.now(ZoneInfo(ZONE)).date()


def reach(tryton: Tryton, login: str, passwords: Passwords) -> Rpc:
    """A running Tryton as one of its users."""
    return Rpc(tryton.url, database=tryton.database.name, user=login, password=passwords[login], timeout_s=TIMEOUT_S)


def _install(database: Database, home: Path, passwords: Passwords) -> None:
    passwords[ADMIN] = password_draw()
    tryton = Tryton(home, install_ensure(), database, ports_free(1)[0])
    modules = ("-u", "ir", "res", *MODULES, "--activate-dependencies")
    tryton.admin(*modules, "-l", LANGUAGE, "--email", EMAIL, password=passwords[ADMIN])


def _lay_out(database: Database, home: Path, passwords: Passwords, *, years: range) -> None:
    passwords[ACCOUNTANT] = password_draw()
    passwords[USER] = secrets.token_urlsafe(24)
    with _running(database, home, passwords) as rpc:
        companies_lay(rpc, years)
        users_ready(rpc, passwords)


def _live_in(database: Database, home: Path, passwords: Passwords, *, crowd: Crowd, progress: Progress) -> None:
    with _running(database, home, passwords, queue=True) as rpc:
        Seeding(rpc, companies_read(rpc), crowd, progress).run()
        _tasks_end(database)


@contextmanager
def _running(database: Database, home: Path, passwords: Passwords, *, queue: bool = False) -> Iterator[Rpc]:
    """A server before the database, and a worker if there is a queue; reached as its administrator."""
    tryton = Tryton(home, install_ensure(), database, ports_free(1)[0], queue=queue)
    try:
        tryton.start()
        if queue:
            tryton.work(TASKS)
        rpc = reach(tryton, ADMIN, passwords)
        yield rpc
        rpc.close()
    finally:
        tryton.stop()


def _tasks_end(database: Database) -> None:
    """Wait for the worker and forget the prints: no call of Tryton's shows its queue. Raises ServerError."""
    until = time.monotonic() + TASKS_WAIT_S
    waiting = "SELECT count(*) FROM ir_queue WHERE name = %s AND finished_at IS NULL"
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        while connection.execute(waiting, [TASKS]).fetchone() != (0,):
            if time.monotonic() > until:
                raise ServerError(f"Tryton's worker has not finished after {TASKS_WAIT_S} s")
            time.sleep(LOOK_S)
        connection.execute("DELETE FROM ir_queue WHERE name = %s", [PRINTS])


def _code(module: object) -> Path:
    return Path(str(getattr(module, "__file__", "")))
