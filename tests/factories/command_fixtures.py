"""Fixtures of what stands inside: the book's database, an account in it, and commands that are signed."""

from collections.abc import Iterator

import psycopg
import pytest
from factories.book_street import BookDatabase, customer_with_account
from factories.commands import Sign, signing

from okno.connectors.runtime.store.connections import Connections


@pytest.fixture
def dsn(book_database: BookDatabase) -> str:
    return book_database.dsn("book")


@pytest.fixture
def account(dsn: str) -> str:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return customer_with_account(connection)


@pytest.fixture
def connections(dsn: str) -> Iterator[Connections]:
    found = Connections(dsn, size=4)
    yield found
    found.close()


@pytest.fixture(scope="module")
def sign() -> Sign:
    return signing()
