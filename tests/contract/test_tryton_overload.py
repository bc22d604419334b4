"""Tryton asked for more than it bears: never above its ceiling, an answer or a closed code for everybody."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from factories.book_street import QUICK, BookDatabase, in_loop, rows
from factories.gateway_street import eventually, memory_connect, now
from factories.live_client import Client, live_running
from factories.live_world import Session, World
from factories.tryton import PARTIES, Office
from factories.whole_street import WholeStreet
from factories.wire import SYSTEM

from okno.connectors.bench import Door
from okno.connectors.runtime.grants import grant_issue
from okno.protocol import messages as m
from okno.protocol.errors import ErrorCode

BILLS = "okno.bill.list.v1"
CEILING, HELD_S = 4, 0.03
ASKED_AT_ONCE, WAVES, READS = 48, 2, 100
CODES = {code.value for code in ErrorCode}
IDS = "SELECT id::text FROM mirror.account WHERE reference = ANY(%s) ORDER BY id"
LOADED = "SELECT 1 FROM mirror.progress WHERE NOT walking"


@pytest.fixture
def door(tryton: Office) -> Iterator[Door]:
    with contextlib.closing(Door(("127.0.0.1", tryton.tryton.port))) as found:
        yield found


@dataclass(frozen=True)
class Customer:
    """Somebody with an account of Tryton's that the read model knows, and a session."""

    account: str
    session: Session

    async def shown(self, live: Client) -> datetime:
        """Of when the overview is that he gets now."""
        told = await live.json("/live/v1/overview", self.session)
        assert told["account"]["account"] == self.account
        return datetime.fromisoformat(told["account"]["as_of"])


@dataclass(frozen=True)
class Looks:
    """Customers who ask for their bills; who is refused looks at his overview."""

    street: WholeStreet
    live: Client

    async def look(self, customer: Customer) -> str:
        """`bills`, or the code of the refusal."""
        grant = grant_issue(
            key=self.street.house.connector,
            authid=customer.session.user,
            account=customer.account,
            rights=("view",),
            at=now(),
        )
        auth = {"auth": ("app_user", customer.session.user), "grant": grant.token}
        data = m.BillList(customer.account)
        asked = self.street.pen.message(BILLS, data, at=now(), audience=SYSTEM, **auth)
        answer = await self.street.post(asked)
        if answer.code == 200:
            received = self.street.cabinet_glass.read(answer.body, at=now(), online=True)
            if isinstance(received.data, m.BillPage):
                assert received.data.account == customer.account
                return "bills"
            code = received.envelope.data["code"]
        else:
            code = msgspec.json.decode(answer.body)["code"]
        assert await customer.shown(self.live) <= datetime.now(UTC)
        return str(code)


def customers_of(world: World, accounts: list[str]) -> list[Customer]:
    people = [world.person() for _ in accounts]
    for person, account in zip(people, accounts, strict=True):
        world.account(person, id=account)
    return [Customer(account, world.session(person)) for person, account in zip(people, accounts, strict=True)]


@in_loop
async def test_more_than_it_bears_is_refused_and_the_rest_is_shown_with_its_age(
    tmp_path: Path, connector_database: BookDatabase, cabinet_database: BookDatabase, tryton: Office, door: Door
) -> None:
    dsn = connector_database.dsn("connector")
    adapter = {
        "adapter": "okno.connectors.tryton.system:tryton_system",
        "options": tryton.options(url=f"http://127.0.0.1:{door.port}"),
        "limits": replace(QUICK, ceiling=CEILING),
    }
    with contextlib.closing(World(cabinet_database.superuser_dsn())) as world:
        async with (
            WholeStreet(memory_connect(), tmp_path, dsn, **adapter) as street,
            live_running(cabinet_database.dsn("live")) as live,
        ):
            await eventually(lambda: bool(rows(dsn, LOADED)))
            found = rows(dsn, IDS, ([tryton.account(number) for number in range(PARTIES)],))
            customers = customers_of(world, [row[0] for row in found])
            looks = Looks(street, live)
            door.slow(HELD_S)
            outcomes: Counter[str] = Counter()
            for _ in range(WAVES):
                asking = [looks.look(customers[number % len(customers)]) for number in range(ASKED_AT_ONCE)]
                reading = [customers[number % len(customers)].shown(live) for number in range(READS)]
                answers, ages = await asyncio.gather(asyncio.gather(*asking), asyncio.gather(*reading))
                outcomes.update(answers)
                assert len(ages) == READS
            door.slow(0)
            after = await looks.look(customers[0])

    assert door.most == CEILING
    assert sum(outcomes.values()) == WAVES * ASKED_AT_ONCE
    assert outcomes["bills"] > 0
    assert outcomes["quota-exceeded"] > 0
    assert set(outcomes) - {"bills"} <= CODES
    assert after == "bills"
