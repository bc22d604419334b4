"""Tryton on the bench of the conformance suite: a real one, worked in by its bookkeeper, reached by a lane."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from okno.cli.files import file_write
from okno.cli.servers.postgres import binaries_known
from okno.cli.servers.process import ports_free
from okno.cli.servers.tryton import CABINET, USER, Database, Tryton, install_ensure
from okno.cli.tryton.building import dump_of, reach, restored
from okno.cli.tryton.company import Company, companies_read
from okno.cli.tryton.rights import ADMIN
from okno.cli.tryton.seed import invoice_post, payments_post
from okno.connectors.bench import Lane, Opened, Person, Place, Reach
from okno.connectors.book.bench import NAME
from okno.connectors.tryton.companies import decimal_of
from okno.connectors.tryton.references import place_of

CURRENCY = "RUB"
PAYEE = {
    "name": "Bench",
    "account": "40702810600000000001",
    "bank": "Bank of the bench",
    "bic": "040200999",
    "correspondent_account": "30101810500000000999",
    "inn": "0000123450",
    "kpp": "000001001",
}


class TrytonBench:
    """Fulfils Bench."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def start(self, place: Place) -> Reach:
        home = place.folder / "tryton"
        members = conninfo_to_dict(place.database())
        database = Database(*(str(members[name]) for name in ("host", "user", "password", "dbname")))
        passwords = restored(database, dump_of(), binaries_known()[0].directory)
        self._tryton = Tryton(home, install_ensure(), database, ports_free(1)[0])
        self._tryton.start()
        secret = home / "okno.password"
        file_write(secret, passwords[USER].encode())
        self._book = reach(self._tryton, ADMIN, passwords)
        self._company: Company = companies_read(self._book)[0]
        self._lane = Lane(("127.0.0.1", self._tryton.port))
        assert not isinstance(self._lane.address, str)  # no unix socket was asked for
        host, port = self._lane.address
        options: dict[str, Any] = {
            "url": f"http://{host}:{port}",
            "database": database.name,
            "user": USER,
            "payment_journal": CABINET,
            "password_file": str(secret),
            "timeout_s": 3.0,
            "payees": {str(self._company.id): PAYEE},
        }
        return Reach("okno.connectors.tryton.system:tryton_system", options)

    def open_account(self) -> Opened:
        number = next(self._numbers)
        code, contract, phone = f"55{number:06d}", f"K-{number:06d}", f"+7900{number:07d}"
        values = {
            "name": NAME,
            "code": code,
            "addresses": [["create", [{"city": "Светлый"}]]],
            "contact_mechanisms": [["create", [{"type": "mobile", "value": phone}]]],
            "identifiers": [["create", [{"code": contract}]]],
        }
        (party,) = self._book.model("party.party", "create", [values])
        account = f"c{self._company.id}.p{party}.{CURRENCY}"
        return Opened(account, code, CURRENCY, Person("contract", contract, phone))

    def charge(self, account: str, amount: int, text: str) -> None:
        party = place_of(account).party
        invoice_post(self._book, self._company, party, decimal_of(amount, CURRENCY), text or "Услуги")

    def payment(self, account: str, amount: int) -> None:
        party = place_of(account).party
        today = datetime.now(UTC).date()
        payments_post(self._book, self._company, [(party, decimal_of(amount, CURRENCY))], today)

    def slow(self, seconds: float) -> None:
        self._lane.slow(seconds)

    def away(self, *, away: bool) -> None:
        self._lane.cut(cut=away)

    def stop(self) -> None:
        self._lane.close()
        self._book.close()
        self._tryton.stop()
