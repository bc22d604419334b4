"""Lists as the projector hands them to a statement: what PostgreSQL reads is what was written."""

import sys
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

import psycopg
import pytest
from factories.read_model import Database

from okno.cabinet.accounts.tasks.arrays import array, arrays

LETTERS = [chr(code) for code in range(1, 0x3000)]
BEYOND = [chr(code) for code in range(0x3000, sys.maxunicode, 997)]
CHARACTERS = [one for one in LETTERS + BEYOND if unicodedata.category(one) != "Cs"]
TRAPS = [
    "",
    "NULL",
    "null",
    "{}",
    "{",
    '"',
    '""',
    "\\",
    "\\\\",
    '\\"',
    '"\\',
    "a,b",
    " a ",
    "\\u0041",
    "\\n",
    "''",
    "%s",
]


@pytest.fixture
def connection(cabinet_database: Database) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    with psycopg.connect(cabinet_database.dsn("projector")) as found:
        yield found


def read(connection: "psycopg.Connection[tuple[object, ...]]", values: Sequence[object], type_: str) -> object:
    row = connection.execute(f"SELECT %s::{type_}[]".encode(), [array(values)]).fetchone()
    return row[0] if row is not None else None


@pytest.mark.parametrize(
    "texts",
    [
        [one for one in CHARACTERS if one >= " "],
        CHARACTERS,
        *([f"a{one}b", None] for one in TRAPS + LETTERS[:33]),
        TRAPS,
        [],
    ],
    ids=lambda texts: repr(texts)[:24],
)
def test_texts_come_back(connection: "psycopg.Connection[tuple[object, ...]]", texts: list[str | None]) -> None:
    assert read(connection, texts, "text") == texts


def test_numbers_instants_and_days_come_back(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    for values, type_ in (
        ([0, -1, 10**18 - 1, 1 - 10**18, None], "bigint"),
        ([datetime(2026, 11, 22, 9, 30, 0, 123456, UTC), None, datetime.min.replace(tzinfo=UTC)], "timestamptz"),
        ([date(2026, 2, 28), None], "date"),
    ):
        assert read(connection, values, type_) == values


def test_rows_become_columns() -> None:
    assert arrays([("a", 1), ("b", None)], 2) == ['{"a","b"}', "{1,null}"]
    assert arrays([], 2) == ["{}", "{}"]


def test_a_text_that_no_database_holds_is_left_to_the_driver(
    connection: "psycopg.Connection[tuple[object, ...]]",
) -> None:
    with pytest.raises(psycopg.DataError):
        read(connection, ["a\0b"], "text")
