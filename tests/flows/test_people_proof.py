"""Identification and proof on the real store and book: whom a code proves, how long, how often it may be tried."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from factories.book_street import NUMBER, Book, Trust, in_loop, rows, street
from factories.golubeva import BORN, PHONE, SECOND, golubeva
from factories.people_asking import Asking

from okno.connectors.book.accounts import NewCustomer, account_open, account_status_set, customer_add
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.store.attempts import attempts_prune
from okno.protocol.ids import new_id
from okno.protocol.messages import GrantsAnswer

REFUSED = GrantsAnswer(granted=False)
EARLIER = "UPDATE store.attempt SET begun_at = begun_at - make_interval(secs => %s)"


@pytest.fixture
def book(dsn: str) -> Iterator[Book]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def accounts(book: Book) -> list[str]:
    return golubeva(book)


def other_than(code: str, by: int = 1) -> str:
    return f"{(int(code) + by) % 1_000_000:06}"


@in_loop
async def test_whoever_fits_gets_a_code_and_with_it_all_accounts(tmp_path: Path, dsn: str, accounts: list[str]) -> None:
    user = new_id()
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        told = await asking.identify(NUMBER, "birth-date", BORN)
        wrong = await asking.prove(told.attempt, other_than(told.code), user)
        granted = await asking.prove(told.attempt, told.code, user)
        foreign = await asking.prove(new_id(), told.code, user)

    assert (told.phone, told.text.count(told.code)) == (PHONE, 1)
    assert (wrong, foreign) == (REFUSED, REFUSED)
    assert [(one.account, one.system) for one in granted.grants] == [(account, "main") for account in accounts]
    held = [asking.held(one, user) for one in granted.grants]
    assert {one.rights for one in held} == {("view", "pay", "documents", "manage")}
    assert rows(dsn, "SELECT tries, proved_by::text FROM store.attempt") == [(2, user)]


@in_loop
async def test_the_account_that_was_typed_comes_first_and_a_closed_one_not_at_all(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        told = await asking.identify(f"  {SECOND[:5]} {SECOND[5:]}", "birth-date", BORN, locale="en")
        both = await asking.prove(told.attempt, told.code, new_id())
        account_status_set(book, accounts[1], "closed")
        closed = await asking.identify(SECOND, "birth-date", BORN)
        again = await asking.identify(NUMBER, "birth-date", BORN)
        one = await asking.prove(again.attempt, again.code, new_id())

    assert told.text.startswith(f"{told.code} is your code")
    assert [grant.account for grant in both.grants] == accounts[::-1]
    assert (closed.phone, again.phone) == ("", PHONE)
    assert [grant.account for grant in one.grants] == accounts[:1]


@in_loop
async def test_a_code_proves_one_user_alone_and_him_again_if_the_answer_was_lost(
    tmp_path: Path, dsn: str, accounts: list[str]
) -> None:
    first, second = new_id(), new_id()
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        told = await asking.identify(NUMBER, "birth-date", BORN)
        at_once = await asyncio.gather(*(asking.prove(told.attempt, told.code, user) for user in (first, second)))
        winner, loser = (first, second) if at_once[0].granted else (second, first)
        again = await asking.prove(told.attempt, told.code, winner)
        late = await asking.prove(told.attempt, told.code, loser)

    assert sorted(answer.granted for answer in at_once) == [False, True]
    assert [grant.account for grant in again.grants] == accounts
    assert late == REFUSED
    assert rows(dsn, "SELECT proved_by::text FROM store.attempt") == [(winner,)]


@in_loop
async def test_tries_are_counted_over_restarts_and_the_right_code_comes_too_late(
    tmp_path: Path, dsn: str, accounts: list[str]
) -> None:
    trust, user = Trust(), new_id()
    async with street(tmp_path, dsn, trust=trust) as here:
        asking = Asking(here.gateway)
        told, spare = [await asking.identify(NUMBER, "birth-date", BORN) for _ in range(2)]
        wrong = [await asking.prove(told.attempt, other_than(told.code, by), user) for by in (1, 2, 3)]
    async with street(tmp_path, dsn, trust=trust) as here:
        asking = Asking(here.gateway)
        wrong += [await asking.prove(told.attempt, other_than(told.code, by), user) for by in (4, 5)]
        late = await asking.prove(told.attempt, told.code, user)
        right = await asking.prove(spare.attempt, spare.code, user)

    assert wrong == [REFUSED] * 5
    assert late == REFUSED
    assert right.granted
    assert rows(dsn, "SELECT tries FROM store.attempt ORDER BY id") == [(5,), (1,)]


@in_loop
async def test_a_code_lives_ten_minutes(tmp_path: Path, dsn: str, book: Book, accounts: list[str]) -> None:
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        old = await asking.identify(NUMBER, "birth-date", BORN)
        book.execute(EARLIER, (301,))
        young = await asking.identify(NUMBER, "birth-date", BORN)
        book.execute(EARLIER, (300,))
        late = await asking.prove(old.attempt, old.code, new_id())
        right = await asking.prove(young.attempt, young.code, new_id())

    assert late == REFUSED
    assert right.granted


@in_loop
async def test_too_many_attempts_for_one_number_end_in_a_blank_and_in_nothing_else(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    async with street(tmp_path, dsn) as here:
        asking = Asking(here.gateway)
        spelt = [NUMBER, f" {NUMBER}", f"{NUMBER[:4]} {NUMBER[4:]}", f"{NUMBER[:10]}-{NUMBER[10:]}", NUMBER]
        told = [await asking.identify(number, "birth-date", BORN) for number in spelt]
        over = await asking.identify(NUMBER, "birth-date", BORN)
        refused = await asking.prove(over.attempt, over.code, new_id())
        other = await asking.identify(SECOND, "birth-date", BORN)
        book.execute(EARLIER, (3_600,))
        later = await asking.identify(NUMBER, "birth-date", BORN)

    assert [one.phone for one in told] == [PHONE] * 5
    assert (over.phone, len(over.answer.raw)) == ("", len(told[0].answer.raw))
    assert refused == REFUSED
    assert (other.phone, later.phone) == (PHONE, PHONE)


@in_loop
async def test_wrong_codes_count_for_the_person_whatever_was_typed(
    tmp_path: Path, dsn: str, book: Book, accounts: list[str]
) -> None:
    other = customer_add(book, NewCustomer("Орлов Пётр", "K-9", "+79000000009"))
    account_open(book, number="40817810000000000009", customer=other)
    few = PeopleLimits(failures_per_person_day_max=3)
    async with street(tmp_path, dsn, people=few) as here:
        asking = Asking(here.gateway)
        told = [await asking.identify(number, "birth-date", BORN) for number in (NUMBER, SECOND, NUMBER)]
        right = await asking.prove(told[0].attempt, told[0].code, new_id())
        wrong = [await asking.prove(told[1].attempt, other_than(told[1].code, by), new_id()) for by in (1, 2, 3)]
        late = await asking.prove(told[2].attempt, told[2].code, new_id())
        neighbour = await asking.identify("40817810000000000009", "contract", "k-9")
        his = await asking.prove(neighbour.attempt, neighbour.code, new_id())
        book.execute(EARLIER, (86_400,))
        fresh = await asking.identify(NUMBER, "birth-date", BORN)
        again = await asking.prove(fresh.attempt, fresh.code, new_id())

    assert (right.granted, his.granted, again.granted) == (True, True, True)
    assert [*wrong, late] == [REFUSED] * 4


def test_attempts_are_forgotten_when_no_limit_looks_at_them(book: Book) -> None:
    insert = (
        "INSERT INTO store.attempt (id, begun_at, number_hash, person_hash, code_hash, accounts)"
        " VALUES (%s, now() - %s::interval, '', '', '', '{}')"
    )
    for age in ("1 day", "3 days"):
        book.execute(insert, (new_id(), age))
    before = book.execute("SELECT now() - interval '2 days'").fetchone()
    assert before is not None
    assert attempts_prune(book, before[0]) == 1
    assert attempts_prune(book, before[0]) == 0
