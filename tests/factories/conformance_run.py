"""A place for a bench on the suite's own cluster, and a run of the conformance suite in it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from okno.connectors.bench import Bench, Place
from okno.connectors.conformance.checks import CHECKS
from okno.connectors.conformance.suite import Check, Report, run


class Clusters(Protocol):
    """The suite's fixture `postgres`."""

    def create_database(self, kind: str = ..., *, template: str = ...) -> str: ...
    def drop_database(self, name: str) -> None: ...


@contextmanager
def place_of(postgres: Clusters, folder: Path, template: str) -> Iterator[Place]:
    """`template` is the name of a migrated store."""
    made: list[str] = []

    def database(template: str = "template0") -> str:
        made.append(postgres.create_database("connector", template=template))
        password = postgres.passwords["okno_connector"]
        return postgres.cluster.dsn("okno_connector", password, made[-1])

    folder.mkdir()
    yield Place(folder, database, database(template))
    for name in made:
        postgres.drop_database(name)


def conformance(bench: Bench, place: Place, checks: Sequence[Check] = CHECKS) -> Report:
    return asyncio.run(run(bench, place, checks))


def chosen(*names: str) -> list[Check]:
    found = [check for check in CHECKS if check.name in names]
    assert len(found) == len(names)
    return found
