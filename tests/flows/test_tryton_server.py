"""A Tryton of our own: built in stages kept as dumps, started and ended, with a past and as few rights as it takes."""

import itertools
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import urllib3
from factories.street import gone_within, processes_naming
from factories.tryton import Office

from okno.cli.servers.account import ServerError
from okno.cli.servers.process import pid_command, ports_free
from okno.cli.servers.tryton import ACCOUNTANT, CABINET, USER, Tryton, client_ensure, install_ensure
from okno.cli.tryton.building import dump_of, laid_out, lived_in, reach, restored, today
from okno.cli.tryton.company import companies_read
from okno.cli.tryton.history import customs_of, month_of, months, opening_of
from okno.cli.tryton.people import Crowd, subscribers
from okno.cli.tryton.rights import ADMIN
from okno.cli.tryton.seed import NoSuchParty, party_of
from okno.cli.tryton.seeding import Seeding
from okno.cli.tryton.stages import database_drop, database_make, kept
from okno.connectors.runtime.port import SystemAway
from okno.connectors.tryton.rpc import Rpc, TrytonRefusal

pytestmark = pytest.mark.timeout(1800)
CROWD = Crowd(12, 2, 9, today().replace(day=1))


class Mortal(Rpc):
    """Dies after Tryton has done the `last`th request and before anybody learns of it."""

    last = 0

    def call(self, method: str, *parameters: object, **context: object) -> object:
        answer = super().call(method, *parameters, **context)
        self.last -= 1
        if self.last == 0:
            raise KeyboardInterrupt
        return answer


@dataclass
class Lived:
    """A server before books that a crowd has lived in, though the seeding died again and again."""

    server: Tryton
    passwords: dict[str, str]
    lives: int
    steps: list[tuple[int, int]]

    def reach(self, login: str) -> Rpc:
        return reach(self.server, login, self.passwords)

    def live(self, rpc: Rpc) -> None:
        Seeding(
            rpc, companies_read(self.reach(ADMIN)), CROWD, lambda done, total: self.steps.append((done, total))
        ).run()


@pytest.fixture(scope="module")
def lived(tryton: Office, short_directory: Path) -> Iterator[Lived]:
    database = database_make(tryton.place, "tryton_lived")
    passwords = restored(database, dump_of(), tryton.tools)
    server = Tryton(short_directory / "lived", install_ensure(), database, ports_free(1)[0], web=client_ensure())
    server.start()
    here = Lived(server, passwords, 0, [])
    mortal = Mortal(server.url, database=database.name, user=ADMIN, password=passwords[ADMIN], timeout_s=600)
    for lives in itertools.count(1):
        # Each life looks at what is there before it goes on, so the later ones need more requests.
        here.lives, mortal.last = lives, 12 * lives
        try:
            here.live(mortal)
        except KeyboardInterrupt:
            continue
        break
    yield here
    server.stop()
    database_drop(tryton.place, "tryton_lived")


@pytest.fixture(scope="module")
def connector(lived: Lived) -> Rpc:
    return lived.reach(USER)


def test_a_stage_is_made_once_and_its_dump_is_nobody_elses(tmp_path: Path) -> None:
    first = kept(laid_out(today()), tmp_path)
    dump = Path(first.dump)
    written = dump.stat()
    assert stat.S_IMODE(written.st_mode) == 0o600
    assert set(first.passwords) == {ADMIN, ACCOUNTANT, USER}
    assert kept(laid_out(today()), tmp_path) == first
    assert dump.stat() == written
    assert laid_out(today() + timedelta(days=366)).mark != laid_out(today()).mark


def test_a_past_is_lived_with_a_worker_beside(tmp_path: Path, tryton: Office) -> None:
    told: list[tuple[int, int]] = []
    crowd = Crowd(6, 2, 9, CROWD.until)
    found = kept(lived_in(crowd, lambda done, total: told.append((done, total))), tmp_path)
    assert told[-1][0] == told[-1][1] > 12
    database = database_make(tryton.place, "tryton_worked")
    restored(database, found, tryton.tools)
    with psycopg.connect(database.dsn) as books:
        assert books.execute("SELECT count(*) FROM ir_queue WHERE finished_at IS NULL").fetchone() == (0,)
        states = books.execute("SELECT state, count(*) FROM account_invoice GROUP BY 1").fetchall()
    database_drop(tryton.place, "tryton_worked")
    assert {state for state, _ in states} == {"posted", "paid"}


def test_what_cannot_be_made_says_why(tmp_path: Path, tryton: Office) -> None:
    nowhere = replace(tryton.tryton.database, name="nowhere")
    server = Tryton(tmp_path / "nowhere", install_ensure(), nowhere, ports_free(1)[0])
    with pytest.raises(ServerError, match="no-such-switch"):
        server.admin("--no-such-switch")
    with pytest.raises(ServerError, match="pg_restore"):
        restored(nowhere, dump_of(), tryton.tools)
    assert not server.answers()


def test_killed_it_comes_back_on_its_port_and_stopped_it_is_gone(lived: Lived) -> None:
    apart = lived.server
    assert apart.server is not None
    first = apart.server.pid
    apart.server.process.send_signal(signal.SIGKILL)
    apart.server.process.wait(20)
    assert not apart.answers()
    port = apart.port
    apart.start()
    assert apart.port == port
    assert apart.answers()
    second = apart.server.pid
    apart.stop()
    apart.stop()
    assert (pid_command(first), pid_command(second)) == ([], [])
    apart.start()


def test_a_worker_that_is_stopped_leaves_nobody_behind(lived: Lived, short_directory: Path) -> None:
    home = short_directory / "worked"
    apart = Tryton(home, install_ensure(), lived.server.database, ports_free(1)[0], queue=True)
    apart.work("nobodys")
    # The worker, and whom it has begun for the tasks.
    until = time.monotonic() + 60
    while len(processes_naming(f"{home}/trytond.conf")) < 2:
        assert time.monotonic() < until, apart.log.read_text()
        time.sleep(0.1)
    apart.stop()
    assert gone_within(str(home), 10)


def test_its_web_client_is_served(lived: Lived) -> None:
    page = urllib3.request("GET", f"{lived.server.url}/")
    assert (page.status, b"tryton-sao.js" in page.data) == (200, True)
    for asset in ("dist/tryton-sao.js", "node_modules/jquery/dist/jquery.js", "locale/ru.json"):
        assert urllib3.request("GET", f"{lived.server.url}/{asset}").status == 200, asset


def test_the_past_stands_in_the_books_to_the_kopeck(connector: Rpc, lived: Lived) -> None:
    companies = companies_read(lived.reach(ADMIN))
    people = list(subscribers(CROWD))
    for place, company in enumerate(companies):
        for person, custom in customs_of(people, place):
            had = [month_of(CROWD, person, custom, month) for month in months(CROWD)]
            billed = sum(bill.amount for month in had for bill in month.bills)
            paid = sum(month.payment.amount for month in had if month.payment)
            wanted = opening_of(CROWD, person, custom) + billed - paid
            domain = [
                *(("party.code", "=", person.code), ("company", "=", company.id)),
                *(("account.type.receivable", "=", True), ("move.state", "=", "posted")),
            ]
            lines = connector.search_read("account.move.line", domain, ["debit", "credit"])
            assert sum(line["debit"] - line["credit"] for line in lines) == wanted, person.name
    states = {row["state"] for row in connector.search_read("account.invoice", [], ["state"])}
    assert states == {"posted", "paid"}
    assert {row["state"] for row in connector.search_read("account.payment", [], ["state"])} == {"succeeded"}
    assert {row["state"] for row in connector.search_read("account.statement", [], ["state"])} == {"posted"}


def test_a_past_that_was_cut_short_is_lived_once(lived: Lived) -> None:
    assert lived.lives > 2
    assert lived.steps[-1][0] == lived.steps[-1][1]
    book = lived.reach(ADMIN)
    models = ("party.party", "account.invoice", "account.payment", "account.statement.line", "account.move")
    before = {model: len(book.search_read(model, [], ["id"])) for model in models}
    lived.live(book)
    assert lived.steps[-1][0] == lived.steps[-1][1]
    assert {model: len(book.search_read(model, [], ["id"])) for model in models} == before
    references = [row["reference"] for row in book.search_read("account.payment", [], ["reference"])]
    assert len(references) == len(set(references))


def test_the_connector_reads_what_it_needs(connector: Rpc) -> None:
    for model, fields in {
        "party.party": ["name", "code", "active"],
        "party.contact_mechanism": ["value"],
        "party.identifier": ["code"],
        "account.invoice": ["number", "amount_to_pay", "lines_to_pay"],
        "account.move.line": ["debit", "credit", "move.number", "move.origin", "reconciliation"],
        "account.payment": ["reference", "state"],
        "account.period": ["start_date"],
    }.items():
        assert connector.search_read(model, [], fields, limit=3), model
    assert connector.search_read("account.invoice", [("company", "=", 2)], ["number"])


def test_the_connector_sees_no_users_and_changes_nobody(connector: Rpc) -> None:
    (own,) = connector.search_read("res.user", [], ["login", "password_hash"])
    assert (own["login"], own["password_hash"]) == (USER, None)
    party = connector.search_read("party.party", [], ["name"], limit=1)[0]
    payment = connector.search_read("account.payment", [("journal.name", "!=", CABINET)], ["reference"], limit=1)[0]
    (invoice,) = connector.search_read("account.invoice", [], ["id"], limit=1)
    refused = {
        "model.res.user.read": ([1], ["login"]),
        "model.res.user.write": ([own["id"]], {"groups": [["add", [1]]]}),
        "model.party.party.write": ([party["id"]], {"name": "Somebody else"}),
        "model.party.party.create": ([{"name": "Somebody new"}],),
        "model.party.party.delete": ([party["id"]],),
        "model.account.invoice.write": ([invoice["id"]], {"description": "Something else"}),
        "model.account.payment.write": ([payment["id"]], {"reference": "something else"}),
        "model.ir.model.access.create": ([{"model": "res.user", "perm_write": True}],),
    }
    for method, parameters in refused.items():
        with pytest.raises(TrytonRefusal):
            connector.call(method, *parameters)
    assert connector.search_read("party.party", [("id", "=", party["id"])], ["name"]) == [party]
    assert connector.search_read("account.payment", [("id", "=", payment["id"])], ["reference"]) == [payment]
    assert connector.search_read("res.user.application", [], ["key"]) == []


def test_a_session_that_ended_is_opened_again(connector: Rpc, lived: Lived) -> None:
    before = connector.search_read("party.party", [], ["code"], limit=1)
    with psycopg.connect(lived.server.database.dsn) as books:
        books.execute("DELETE FROM ir_session")
    assert connector.search_read("party.party", [], ["code"], limit=1) == before
    fresh = lived.reach(USER)
    assert fresh.user_id == connector.user_id


def test_values_come_as_they_are(connector: Rpc, lived: Lived) -> None:
    invoice = connector.search_read("account.invoice", [], ["total_amount", "invoice_date", "create_date"], limit=1)[0]
    assert isinstance(invoice["total_amount"], Decimal)
    assert invoice["invoice_date"].day in {1, 5}
    assert timedelta() < datetime.now(UTC) - invoice["create_date"] < timedelta(days=1)
    # Long answers come packed, whether that was asked for or not.
    assert len(connector.search_read("ir.message", [], ["text"], limit=300)) == 300
    book = lived.reach(ADMIN)
    with pytest.raises(NoSuchParty):
        party_of(book, "no such code")
    with pytest.raises(TrytonRefusal) as refused:
        book.model("currency.currency", "create", [{"code": "RUB"}])
    assert refused.value.name == "UserError"
    assert refused.value.text


def test_a_server_that_is_not_there_is_away(lived: Lived) -> None:
    gone = Rpc(
        f"http://127.0.0.1:{ports_free(1)[0]}",
        database=lived.server.database.name,
        user=USER,
        password=lived.passwords[USER],
        timeout_s=2,
    )
    with pytest.raises(SystemAway):
        gone.search_read("party.party", [], ["code"])
    other = Rpc(lived.server.url, database="nowhere", user=USER, password=lived.passwords[USER], timeout_s=1)
    with pytest.raises(SystemAway):
        other.search_read("party.party", [], ["code"])
