"""A real Tryton for tests: built once per machine, restored once per run, cloned for each test that changes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from okno.cli.files import file_write
from okno.cli.servers.process import ports_free
from okno.cli.servers.tryton import CABINET, USER, Tryton, install_ensure
from okno.cli.tryton.building import dump_of, reach, restored
from okno.cli.tryton.company import Company, companies_read
from okno.cli.tryton.rights import ADMIN
from okno.cli.tryton.seed import Party, parties_make, year_make
from okno.cli.tryton.stages import Place, database_drop, database_make
from okno.connectors.runtime.system import System
from okno.connectors.tryton.rpc import Rpc
from okno.connectors.tryton.system import tryton_system

SEED = 7
PARTIES = 6
MONTHS = [date(2026, 9, 1), date(2026, 10, 1)]


@dataclass
class Office:
    """A running Tryton: `book` is its bookkeeper, the file holds the password of the connector's user."""

    tryton: Tryton
    book: Rpc
    password_file: Path
    companies: list[Company]
    parties: list[Party]
    passwords: dict[str, str]
    place: Place
    tools: Path

    def options(self, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - options of the adapter
        given = {
            "url": self.tryton.url,
            "database": self.tryton.database.name,
            "user": USER,
            "payment_journal": CABINET,
            "password_file": str(self.password_file),
        }
        return given | changes

    def system(self, **changes: Any) -> System:  # noqa: ANN401
        return tryton_system("main", self.options(**changes))

    def account(self, number: int = 0) -> str:
        """The reference of a party's account at the first company."""
        return f"c{self.companies[0].id}.p{self.parties[number].id}.RUB"


def office_running(place: Place, tools: Path, home: Path, name: str) -> Iterator[Office]:
    """With six customers and two months of theirs at the first company, posted by the bookkeeper."""
    database = database_make(place, name)
    passwords = restored(database, dump_of(), tools)
    tryton = Tryton(home / "run", install_ensure(), database, ports_free(1)[0])
    tryton.start()
    file_write(home / "okno.password", passwords[USER].encode())
    book = reach(tryton, ADMIN, passwords)
    companies = companies_read(book)
    parties = parties_make(book, SEED, range(PARTIES))
    year_make(book, companies[0], parties, MONTHS)
    yield Office(tryton, book, home / "okno.password", companies, parties, passwords, place, tools)
    book.close()
    tryton.stop()
    database_drop(place, name)
