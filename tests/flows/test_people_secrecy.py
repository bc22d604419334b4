"""What an observer sees of questions about people: not whether there is such a customer, and not who it is."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest
from factories.book_street import NUMBER, Book, in_loop, rows, street
from factories.golubeva import BORN, FACTS, STRANGER, WRONG, golubeva, leaks
from factories.overhearing import Overheard, payloads
from factories.people_asking import IDENTIFY, PROFILE, PROVE, REQUISITES, SERVICE, SYNC, Asking
from psycopg import sql

from okno.cli.instance.company import DEMO_PAYEE, DEMO_PURPOSE
from okno.connectors.book.accounts import NewCustomer, account_open, account_status_set, customer_add
from okno.connectors.book.company import company_set
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.couriers.memory import MemoryBroker
from okno.couriers.topology import topology
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.sealing import seal

STORE = "SELECT tablename FROM pg_tables WHERE schemaname = 'store'"


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def accounts(book: Book) -> list[str]:
    company_set(book, DEMO_PAYEE, purpose=DEMO_PURPOSE)
    return golubeva(book)


def store(dsn: str) -> bytes:
    """Every row of the connector's store as text; bytes are in hexadecimal digits there."""
    with psycopg.connect(dsn) as connection:
        tables = [sql.Identifier("store", table) for (table,) in connection.execute(STORE).fetchall()]
        found = [connection.execute(sql.SQL("SELECT t::text FROM {} t").format(table)).fetchall() for table in tables]
    return b"\n".join(row[0].encode() for rows_of in found for row in rows_of)


@in_loop
async def test_somebody_and_nobody_are_answered_alike(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    silent = customer_add(book, NewCustomer("Тихонов Тихон", "K-silent"))
    closed = customer_add(book, NewCustomer("Закрытов Захар", "K-closed", "+79000000008"))
    numbers = {"silent": "40817810000000000010", "closed": "40817810000000000011"}
    account_open(book, number=numbers["silent"], customer=silent)
    account_status_set(book, account_open(book, number=numbers["closed"], customer=closed), "closed")
    asked = {
        "somebody": (NUMBER, "birth-date", BORN),
        "another fact": (NUMBER, "last-bill", FACTS["last-bill"]),
        "a wrong fact": (NUMBER, "birth-date", WRONG["birth-date"]),
        "no fact of that kind": (NUMBER, "paper-code", "AAAA-BBBB"),
        "no date": (NUMBER, "birth-date", "вчера"),
        "nobody": (STRANGER, "birth-date", BORN),
        "no number": ("", "contract", ""),
        "no phone on file": (numbers["silent"], "contract", "K-silent"),
        "a closed account": (numbers["closed"], "contract", "K-closed"),
    }
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        told = {what: await asking.identify(*facts) for what, facts in asked.items()}
        english = await asking.identify(NUMBER, "birth-date", BORN, locale="en")
        proofs = [await asking.prove(one.attempt, one.code, new_id()) for one in told.values()]

    everything = [*told.values(), english]
    assert {what for what, one in told.items() if one.phone} == {"somebody", "another fact"}
    assert len({len(one.answer.raw) for one in everything}) == 1
    assert {frozenset(one.answer.envelope.data) for one in everything} == {frozenset({"attempt", "sealed"})}
    assert [proof.granted for proof in proofs] == [True, True, *[False] * 7]
    shapes = rows(dsn, "SELECT length(number_hash), length(person_hash), length(code_hash) FROM store.attempt")
    assert shapes == [(32, 32, 32)] * len(everything)


@in_loop
async def test_nothing_about_the_person_is_in_clear_on_the_wire_or_in_the_store(
    tmp_path: Path, dsn: str, accounts: list[str]
) -> None:
    wire: list[bytes] = []
    broker = MemoryBroker(topology())
    couriers = [Overheard(broker.courier("inner", user), wire) for user in ("connector.main", "gateway")]
    often = PeopleLimits(attempts_per_account_hour_max=100)
    async with street(tmp_path, dsn, couriers=(couriers[0], couriers[1]), people=often) as here:
        asking = Asking(here.gateway)
        for fact in (FACTS, WRONG):
            for kind, value in fact.items():
                told = await asking.identify(NUMBER, kind, value)
        user = here.gateway.granted(accounts[0], "view", "documents")
        right = await asking.identify(NUMBER, "birth-date", BORN)
        await asking.prove(right.attempt, right.code, new_id())
        profile = await here.gateway.ask(PROFILE, m.ProfileGet(accounts[0]), **user)
        requisites = await here.gateway.ask(REQUISITES, m.RequisitesGet(accounts[0]), **user)
        people = await here.gateway.ask(SYNC, m.SyncPage("main", "customers"), **SERVICE)
        opened = [asking.opened(answer, m.Profile) for answer in (profile, requisites)]
        listed = asking.opened(people, m.SyncCustomers)

    assert told.phone == ""
    assert {NUMBER, opened[0].number, opened[1].number, listed.customers[0].profile.number} == {NUMBER}
    assert len(payloads(wire)) >= 12
    seen = b"\n".join([*wire, *payloads(wire)])
    assert leaks(seen) == []
    assert leaks(store(dsn)) == []
    assert right.code.encode() not in seen
    # The search does find what is there.
    assert {"Голубева in utf-8", "Тополиная in utf-8"} < set(leaks(msgspec.json.encode(opened[0])))


@in_loop
async def test_what_was_sealed_for_another_message_or_says_nothing_is_refused(
    tmp_path: Path, dsn: str, accounts: list[str]
) -> None:
    subject = "reg:1"
    facts = m.IdentifyFacts(NUMBER, "birth-date", BORN)
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        entry = asking.trust.ring.opening_for("connector.main", asking.trust.ring.entries[0].not_before)
        rubbish = seal(b'{"number": "1", "fact": "' + NUMBER.encode() + b'"}', entry, subject=subject, type=IDENTIFY)
        cut = asking.sealed(facts, IDENTIFY, subject)[:-22] + "A" * 22
        answers = [
            await here.gateway.ask(IDENTIFY, m.CustomerIdentify("ru", token), subject=subject, **SERVICE)
            for token in (rubbish, cut)
        ]
        typed = asking.sealed(m.TypedCode("123456"), PROVE, subject)
        proof = await here.gateway.ask(PROVE, m.CustomerProve(new_id(), new_id(), typed), subject=subject, **SERVICE)
        stolen = here.gateway.envelope(IDENTIFY, m.CustomerIdentify("ru", typed), subject=subject, **SERVICE)
        with pytest.raises(ProtocolError) as moved:
            await here.gateway.send(stolen)

    assert [answer.data.code for answer in answers] == ["schema", "refused"]
    assert NUMBER.encode() not in answers[0].raw
    assert proof.data == m.GrantsAnswer(granted=False)
    assert moved.value.code is ErrorCode.SEALED_BINDING
    assert rows(dsn, "SELECT count(*) FROM store.attempt") == [(0,)]
