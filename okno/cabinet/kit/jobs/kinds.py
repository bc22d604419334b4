"""What a kind of job is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from okno.cabinet.kit.processes.dispatcher import Connection

Run = Callable[[Connection, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Kind:
    """`run(connection, payload)` works in the transaction that also ends the job. `every`: it recurs."""

    run: Run
    every: timedelta | None = None


def statement(sql: str) -> Run:
    """A job that is one statement; `%(name)s` takes members of the payload."""

    def run(connection: Connection, payload: Mapping[str, Any]) -> None:
        connection.execute(sql.encode(), payload)

    return run
