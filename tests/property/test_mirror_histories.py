"""Whatever happens in a foreign system and wherever the connector dies: what is told sums up, in order, once."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from factories.book_street import BookDatabase
from factories.foreign_books import ForeignBooks, entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okno.connectors.runtime.mirror.keeping import Mirror
from okno.connectors.runtime.store.connections import Connections

AMOUNTS = st.integers(min_value=-50_000, max_value=50_000).filter(bool)
PLACE = st.integers(min_value=0, max_value=9)
ACCOUNT = st.integers(min_value=0, max_value=2)
STEPS = ("mirror.read", "mirror.walked", "mirror.walked.committed", "mirror.followed", "mirror.followed.committed")
ACTS = st.one_of(
    st.tuples(st.just("post"), ACCOUNT, AMOUNTS),
    st.tuples(st.just("post back"), ACCOUNT, AMOUNTS, PLACE),
    st.tuples(st.just("remove"), ACCOUNT, PLACE),
    st.tuples(st.just("bring back"), ACCOUNT, AMOUNTS),
    st.tuples(st.just("alter"), ACCOUNT, PLACE, AMOUNTS),
    st.tuples(st.just("status"), ACCOUNT, st.sampled_from(["active", "blocked", "closed"])),
)
# Things happen, then the connector looks: to the end, or until it dies at the n-th time it passes a step.
ROUNDS = st.tuples(
    st.lists(ACTS, min_size=2, max_size=6),
    st.tuples(st.sampled_from(STEPS), st.integers(min_value=1, max_value=4)),
)
ANEW = """
UPDATE mirror.progress SET cursor = NULL, complete_before = NULL, walking = true, walked_after = NULL, loaded_at = NULL
"""
NUMBERS = itertools.count(1)


class Killed(BaseException):
    """The process ends here; what is not committed is gone."""


@pytest.fixture
def connections(connector_database: BookDatabase) -> Iterator[Connections]:
    connections = Connections(connector_database.dsn("connector"), size=2)
    yield connections
    connections.close()


def dying(deadly: str, times: int) -> Callable[[str], None]:
    passed = itertools.count(1)

    def step(name: str) -> None:
        if name == deadly and next(passed) == times:
            raise Killed

    return step


def catch_up(mirror: Mirror) -> None:
    """What the watch does, without its pauses: batches of one account, any may be applied without the others."""
    if mirror.progress().cursor is None:
        mirror.begin()
    while mirror.progress().walking:
        mirror.walk(1)
    more = True
    while more:
        changes = mirror.changes(mirror.progress().cursor)
        touched = list(dict.fromkeys(changes.accounts))
        for first in range(max(len(touched), 1)):
            done = changes if first + 1 >= len(touched) else None
            mirror.follow(touched[first : first + 1], done)
        more = changes.more


def happen(books: ForeignBooks, names: list[str], lost: dict[str, str], act: tuple[object, ...]) -> None:
    name = names[act[1]]
    entries = books.accounts[name].entries
    match act:
        case ("post", _, amount):
            books.post(name, amount)
        case ("post back", _, amount, place):
            books.post(name, amount, at=place)
        case ("remove", _, place) if entries:
            lost[name] = entries[place % len(entries)].key
            books.remove(name, lost[name])
        case ("bring back", _, amount) if name in lost:
            books.post(name, amount, key=lost.pop(name))
        case ("alter", _, place, amount) if entries:
            books.alter(name, entries[place % len(entries)].key, amount=amount)
        case ("status", _, status):
            books.change(name, status=status)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(ROUNDS, min_size=1, max_size=6), loaded=st.booleans())
def test_what_is_told_sums_up_in_order_and_once(
    connections: Connections, rounds: list[tuple[Any, Any]], *, loaded: bool
) -> None:
    books, lost = ForeignBooks(), {}
    example = next(NUMBERS)
    names = [books.open(f"{example:06d}-{n}", *(entry(f"S{n}{m}", 100 * m + 1) for m in range(n))) for n in range(3)]
    with connections.borrow() as connection:
        connection.execute(ANEW)
    if loaded:
        catch_up(Mirror(books, connections=connections))
    for acts, death in rounds:
        for act in acts:
            happen(books, names, lost, act)
        try:
            catch_up(Mirror(books, connections=connections, step=dying(*death)))
        except Killed:
            continue
    catch_up(Mirror(books, connections=connections))

    with connections.borrow() as connection:
        for name in names:
            check_account(connection, books, name)


def check_account(connection: psycopg.Connection, books: ForeignBooks, name: str) -> None:
    id_, balance, status, last = connection.execute(
        "SELECT a.id, a.balance, a.status, v.n FROM mirror.account a JOIN store.version v ON v.account = a.id"
        " WHERE a.reference = %s",
        (name,),
    ).fetchone()
    ledger = books.accounts[name]
    assert (balance, status) == (ledger.balance, ledger.status)

    kept = connection.execute(
        "SELECT n, key, source, amount, balance FROM mirror.entry WHERE account = %s ORDER BY n", (id_,)
    ).fetchall()
    running = 0
    for _, _, _, amount, after in kept:
        running += amount
        assert after == running
    assert running == ledger.balance
    sums: dict[str, int] = {}
    for _, _, source, amount, _ in kept:
        sums[source] = sums.get(source, 0) + amount
    assert {key: total for key, total in sums.items() if total} == {item.key: item.amount for item in ledger.entries}
    assert len({key for _, key, *_ in kept}) == len(kept)

    # Told once each, in order; what came before the first was the first load, and nothing is missing after it.
    sent = connection.execute(
        "SELECT n, type, data FROM store.outbox WHERE account = %s AND n IS NOT NULL ORDER BY seq", (id_,)
    ).fetchall()
    versions = [n for n, _, _ in sent]
    assert versions == list(range(last - len(sent) + 1, last + 1))
    posted = {n: json.loads(data)["operation"]["key"] for n, type_, data in sent if type_.endswith("posted.v1")}
    silent = {n: key for n, key, *_ in kept if n not in posted}
    assert posted | silent == {n: key for n, key, *_ in kept}
    assert all(n < min(versions, default=last + 1) for n in silent)
