"""Mixed arrays of living, unknown, expired, one-factor, ended, repeated hashes: no row crosses to another hash."""

from collections.abc import Iterator
from typing import Any

import msgspec
import psycopg
import pytest
from factories.live_world import Session, World, ago, world_shared
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

PEOPLE = 3
CALLS = {
    "overview_v1": "select * from live.overview_v1(%(hashes)s, %(accounts)s)",
    "operations_v1": (
        "select * from live.operations_v1(%(hashes)s, %(accounts)s, %(numbers)s, null, null, null, null, 'UTC')"
    ),
    "year_v1": "select * from live.year_v1(%(hashes)s, %(accounts)s, 'UTC')",
    "changes_v1": "select * from live.changes_v1(%(hashes)s, %(accounts)s, %(numbers)s)",
    "subscription_v1": "select * from live.subscription_v1(%(hashes)s)",
    "freshness_v1": "select * from live.freshness_v1(%(hashes)s)",
}


class Crowd:
    """People with a living session each and all kinds of dead ones; account number n has an operation of n kopecks."""

    def __init__(self, world: World) -> None:
        self.living: dict[bytes, int] = {}
        self.hashes: list[bytes] = [b"unknown".ljust(32), b""]
        self.accounts: list[str | None] = [None, "01901633-0000-7000-8000-000000000000"]
        self.owned: dict[int, list[str]] = {}
        for person in range(PEOPLE):
            user = world.person()
            sessions: list[Session] = [
                world.session(user, factors=1),
                world.session(user, expires_at=ago(seconds=1)),
                world.session(user, idle_until=ago(seconds=1)),
                world.session(user, ended_at=ago(seconds=1)),
            ]
            alive = world.session(user)
            self.living[alive.hash] = person
            self.hashes += [alive.hash, *(session.hash for session in sessions)]
            self.owned[person] = [world.account(user) for _ in range(person + 1)]
            for account in self.owned[person]:
                world.post(account, 100 + person, notify=False)
            self.accounts += self.owned[person]


@pytest.fixture(scope="module")
def crowd(postgres: Any, cabinet_template: str) -> Iterator[tuple[Crowd, psycopg.Connection[Any]]]:  # noqa: ANN401 (the conftest's own class)
    with world_shared(postgres, cabinet_template) as (world, dsn):
        made = Crowd(world)
        with psycopg.connect(dsn, autocommit=True) as connection:
            yield made, connection


@pytest.mark.parametrize("name", CALLS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_row_is_its_hashes_own(
    crowd: tuple[Crowd, psycopg.Connection[Any]], name: str, data: st.DataObject
) -> None:
    people, live = crowd
    pairs = data.draw(
        st.lists(st.tuples(st.sampled_from(people.hashes), st.sampled_from(people.accounts)), min_size=1, max_size=32)
    )
    hashes = [pair[0] for pair in pairs]
    accounts = [pair[1] for pair in pairs]
    rows = live.execute(
        CALLS[name],  # type: ignore[arg-type]
        {"hashes": hashes, "accounts": accounts, "numbers": [None] * len(pairs)},
    ).fetchall()
    assert sorted(row[0] for row in rows) == list(range(1, len(pairs) + 1))
    for place, token_hash, verdict, body, *_ in rows:
        asked_hash, asked_account = pairs[place - 1]
        assert bytes(token_hash) == asked_hash
        person = people.living.get(asked_hash)
        if person is None:
            assert (verdict, body) == ("no-session", None)
            continue
        owned = people.owned[person]
        by_account = name in {"overview_v1", "operations_v1", "year_v1", "changes_v1"}
        asked_of_nobody = asked_account is None and name != "overview_v1"
        if by_account and (asked_of_nobody or (asked_account is not None and asked_account not in owned)):
            assert (verdict, body) == ("not-found", None)
            continue
        assert verdict == "ok"
        text = bytes(body).decode()
        told = msgspec.json.decode(text)
        foreign = [account for other, theirs in people.owned.items() if other != person for account in theirs]
        assert not any(account in text for account in foreign)
        if name == "overview_v1":
            assert [account["account"] for account in told["accounts"]] == owned
            assert told["account"]["account"] == (asked_account or owned[0])
            assert told["account"]["balance"] == f"1.0{person}"
        elif name == "operations_v1":
            assert [operation["amount"] for operation in told["operations"]] == [f"1.0{person}"]
        elif name == "year_v1":
            assert told["months"][-1]["charged"] == f"1.0{person}"
        elif name == "changes_v1":
            assert (told["account"], told["balance"]) == (asked_account, f"1.0{person}")
        else:
            assert [account["account"] for account in told["accounts"]] == owned
