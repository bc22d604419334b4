"""The first load of a foreign accounting: the connector reads all of it, then the cabinet takes all of it over."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import psycopg

from okno.cabinet.accounts.tasks.syncing.runs import questions_again, run_begin
from okno.cli.servers.account import ServerError

LOADED_TIMEOUT_S = 900
LOOK_S = 0.2
SYSTEM = "main"
_READ = "SELECT loaded_at IS NOT NULL FROM mirror.progress"
_STATE = "SELECT state, code FROM accounts_sync WHERE id = %s"


def everything_load(connector: str, projector: str, given_up: threading.Event) -> bool:
    """False when it was given up. DSNs of the connector's store and of the cabinet. Raises ServerError."""
    with psycopg.connect(connector, autocommit=True) as store:
        if not _await(lambda: store.execute(_READ).fetchone() == (True,), "the connector has not read it", given_up):
            return False
    with psycopg.connect(projector, autocommit=True) as cabinet:
        with cabinet.transaction():
            run = run_begin(cabinet, SYSTEM, "load", datetime.now(UTC))

        def taken() -> bool:
            with cabinet.transaction():
                questions_again(cabinet, run, datetime.now(UTC))
            state, code = cabinet.execute(_STATE, [run]).fetchone() or ("gone", None)
            if state not in {"running", "done"}:
                raise ServerError(f"the accounting was not loaded: {code or state}")
            return bool(state == "done")

        return _await(taken, "the cabinet has not taken it over", given_up)


def _await(there: Callable[[], bool], missing: str, given_up: threading.Event) -> bool:
    for _ in range(int(LOADED_TIMEOUT_S / LOOK_S)):
        if there():
            return True
        if given_up.wait(LOOK_S):
            return False
    raise ServerError(f"after {LOADED_TIMEOUT_S} s {missing}")
