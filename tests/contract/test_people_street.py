"""Questions about people through the real gateway to the real book, on the couriers in memory and on RabbitMQ."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from factories.book_street import NUMBER, QUICK, BookDatabase, in_loop, now, rows
from factories.gateway_street import Connect, amqp_connect, code_of, eventually, memory_connect, purge
from factories.golubeva import BORN, FACTS, NAME, SECOND, STRANGER, WRONG, golubeva, leaks
from factories.overhearing import payloads
from factories.people_asking import (
    IDENTIFY,
    PAYABLE,
    PROFILE,
    PROVE,
    RECONCILE,
    RENEW,
    REQUISITES,
    SERVICE,
    SYNC,
    Asking,
)
from factories.whole_street import WholeStreet
from factories.wire import SYSTEM

from okno.cli.instance.company import DEMO_PAYEE, DEMO_PURPOSE
from okno.cli.servers.rabbitmq import Broker
from okno.connectors.book.company import company_set
from okno.connectors.runtime.outbound.signals import SIGNAL
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.protocol import messages as m
from okno.protocol.ids import new_id


@pytest.fixture(params=["memory", "rabbitmq"])
def connect(request: pytest.FixtureRequest) -> Connect:
    if request.param == "memory":
        return memory_connect()
    broker: Broker = request.getfixturevalue("rabbitmq")
    asyncio.run(purge(broker.url))
    return amqp_connect(broker.url)


@pytest.fixture
def dsn(book_database: BookDatabase) -> str:
    return book_database.dsn("book")


@pytest.fixture
def accounts(dsn: str) -> Iterator[list[str]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        company_set(connection, DEMO_PAYEE, purpose=DEMO_PURPOSE)
        yield golubeva(connection)


@in_loop
async def test_a_stranger_becomes_a_user_and_a_wrong_fact_nobody(
    tmp_path: Path, connect: Connect, dsn: str, accounts: list[str]
) -> None:
    user = new_id()
    async with WholeStreet(connect, tmp_path, dsn) as street:
        asking = Asking(street)
        told = [await asking.identify(NUMBER, kind, value) for kind, value in FACTS.items()]
        nobody = [
            await asking.identify(SECOND, "birth-date", WRONG["birth-date"]),
            await asking.identify(STRANGER, "birth-date", BORN),
        ]
        proof = await asking.prove(told[0].attempt, told[0].code, user)
        refused = [await asking.prove(one.attempt, one.code, user) for one in nobody]
        held = asking.held(proof.grants[0], user)
        member = {"auth": ("app_user", user), "grant": proof.grants[0].token}
        renewed = (await street.ask(RENEW, m.GrantRenew(accounts[0]), **member)).data
        foreign = await street.post(
            street.pen.message(RENEW, m.GrantRenew(accounts[1]), at=now(), audience=SYSTEM, **member)
        )

    assert len({len(one.answer.raw) for one in (*told, *nobody)}) == 1
    assert [grant.account for grant in proof.grants] == accounts
    assert [answer.granted for answer in refused] == [False, False]
    assert (held.authid, renewed.granted) == (user, True)
    assert (foreign.code, code_of(foreign)) == (403, "refused")
    log = json.dumps(street.log(), ensure_ascii=False).encode()
    assert IDENTIFY.encode() in log
    assert PROVE.encode() in log
    assert leaks(log) == []


@in_loop
async def test_every_other_question_about_people_passes_the_gate(
    tmp_path: Path, connect: Connect, dsn: str, accounts: list[str]
) -> None:
    # As the company reckons it: a bill of this evening may be of tomorrow there.
    today = now().astimezone(ZoneInfo("Europe/Moscow")).date()
    async with WholeStreet(connect, tmp_path, dsn) as street:
        asking, user = Asking(street), street.granted(accounts[0], "view", "documents")
        number = asking.sealed(m.TypedAccount(SECOND), PAYABLE, None)
        profile = await street.ask(PROFILE, m.ProfileGet(accounts[0]), **user)
        requisites = await street.ask(REQUISITES, m.RequisitesGet(accounts[0]), **user)
        payable = await street.ask(PAYABLE, m.PaymentPayable(accounts[0]), **SERVICE)
        typed = await street.ask(PAYABLE, m.PaymentPayable(sealed=number), **SERVICE)
        act = await street.ask(RECONCILE, m.ReconciliationGet(accounts[0], m.Period(today, today)), **user)
        pages = {
            what: await street.ask(SYNC, m.SyncPage("main", what), **SERVICE)
            for what in ("customers", "accounts", "operations", "postings")
        }

    assert asking.opened(profile, m.Profile).name == NAME
    assert (requisites.data.inn, asking.opened(requisites, m.Profile).number) == (DEMO_PAYEE.inn, NUMBER)
    assert [(one.data.payable, one.data.account) for one in (payable, typed)] == [
        (True, account) for account in accounts
    ]
    assert act.data.contracts[0].closing == payable.data.amount
    assert {what: answer.data.count for what, answer in pages.items()} == {
        "customers": 2,
        "accounts": 2,
        "operations": 4,
        "postings": 0,
    }
    listed = asking.opened(pages["customers"], m.SyncCustomers).customers
    assert sorted(row.account for row in listed) == sorted(accounts)
    answers = [profile, requisites, payable, typed, act, *pages.values()]
    assert leaks(b"\n".join(payloads([one.raw for one in answers]))) == []
    assert rows(dsn, "SELECT count(*) FROM store.bad") == [(0,)]


@in_loop
async def test_a_period_that_is_too_large_is_told_through_the_gate(
    tmp_path: Path, connect: Connect, dsn: str, accounts: list[str]
) -> None:
    today = now().astimezone(ZoneInfo("Europe/Moscow")).date()
    year = m.Period(today - timedelta(days=300), today)
    async with WholeStreet(connect, tmp_path, dsn, limits=replace(QUICK, document_lines_max=1)) as street:
        user = street.granted(accounts[0], "documents")
        act = await street.ask(RECONCILE, m.ReconciliationGet(accounts[0], year), **user)
        before = m.Period(today - timedelta(days=2), today - timedelta(days=2))
        empty = await street.ask(RECONCILE, m.ReconciliationGet(accounts[0], before), **user)

    # The connector's own word, so that the cabinet believes it and asks no more.
    assert (act.data.code, act.data.retry, act.envelope.source) == ("period-too-large", "never", SYSTEM)
    assert isinstance(empty.data, m.Reconciliation)


@in_loop
async def test_whoever_guesses_a_fact_is_told_to_the_watch_and_learns_nothing(
    tmp_path: Path, connect: Connect, dsn: str, accounts: list[str]
) -> None:
    limits = PeopleLimits(attempts_per_account_hour_max=2)
    counted = 'okno_gateway_signals_total{source="urn:okno:system:main",signal="excess_rate_limit_exceeded"}'
    async with WholeStreet(connect, tmp_path, dsn, people=limits) as street:
        asking = Asking(street)
        guesses = [await asking.identify(NUMBER, "last-bill", f"{rubles}.00") for rubles in (100, 200, 300, 400)]
        other = await asking.identify(SECOND, "birth-date", BORN)
        await eventually(lambda: len([one for one in street.log() if one.get("type") == SIGNAL]) == 2)
        told = (await street.get("/-/metrics")).body.decode().splitlines()
        signals = [one for one in street.log() if one.get("type") == SIGNAL]

    assert len({len(one.answer.raw) for one in (*guesses, other)}) == 1
    assert f"{counted} 2" in told
    assert [(one["verdict"], one["detail"], one["source"]) for one in signals] == [
        ("ended", "excess_rate_limit_exceeded", SYSTEM)
    ] * 2
    assert leaks(json.dumps(signals, ensure_ascii=False).encode()) == []
