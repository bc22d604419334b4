"""A notice that comes while the database is away is answered once it is back, and stands there once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import psycopg
import pytest
from factories.paying import Shop, shop_open
from factories.portal import Database
from psycopg import sql

from okno.cabinet.payments.services import counter

KEPT = "SELECT state, times FROM payments_notice"
END = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s AND usename = 'okno_till'"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@contextmanager
def away(database: Database) -> Iterator[Callable[[], None]]:
    """For the till's role: its connections are cut and no new one is taken, until what this gives is called."""
    with psycopg.connect(database.postgres.superuser_dsn(), autocommit=True) as connection:
        rule = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        name = sql.Identifier(database.name)
        connection.execute(rule.format(name, sql.Literal(0)))
        connection.execute(END, [database.name])
        back = rule.format(name, sql.Literal(-1))
        yield lambda: connection.execute(back) and None
        connection.execute(back)


def test_the_counter_waits_for_a_database_that_comes_back(shop: Shop) -> None:
    shop.press(shop.begun())
    (arrived,) = shop.house.settled()
    assert shop.notice(arrived).status_code == 200
    with away(shop.database) as back:
        returning = Timer(0.5, back)
        returning.start()
        answer = shop.notice(arrived)
        returning.join()
    assert answer.status_code == 200
    assert shop.rows(KEPT) == [("applied", 2)]


def test_a_database_that_stays_away_makes_it_come_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counter, "DATABASE_WAIT_S", 0.2)
    shop.press(shop.begun())
    (arrived,) = shop.house.settled()
    with away(shop.database):
        assert shop.notice(arrived).status_code == 503
    assert shop.rows(KEPT) == []
    assert shop.notice(arrived).status_code == 200
    assert shop.rows(KEPT) == [("applied", 1)]
