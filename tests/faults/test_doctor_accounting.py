"""The doctor asks the accounting as its connector does: one line for what is wrong, none for what is well."""

from pathlib import Path

import msgspec
import pytest
from factories.foreign_books import ForeignBooks, foreign

from okno.cli.files import file_write, toml_text
from okno.cli.instance.accounting import SLOW_S, accounting_troubles
from okno.connectors.main import ConnectorSettings
from okno.connectors.runtime.port import SystemAway, Trouble

SETTINGS = ConnectorSettings(dsn="", keylist="", root_public="", signing_key="", opening_key="")


@pytest.fixture
def books() -> ForeignBooks:
    return ForeignBooks()


def said(folder: Path, settings: dict[str, object]) -> list[str]:
    (folder / "etc").mkdir(exist_ok=True)
    written = toml_text(msgspec.structs.replace(SETTINGS, **settings))
    file_write(folder / "etc" / "connector.toml", written.encode())
    return list(accounting_troubles(folder))


def test_what_answers_and_what_is_our_own_is_well(tmp_path: Path, books: ForeignBooks) -> None:
    assert list(accounting_troubles(tmp_path)) == []
    assert said(tmp_path, {"adapter": "book"}) == []
    assert said(tmp_path, foreign(books)) == []
    assert books.calls == ["first", "first"]


@pytest.mark.parametrize("trouble", Trouble)
def test_each_trouble_has_a_step(tmp_path: Path, books: ForeignBooks, trouble: Trouble) -> None:
    books.broken = SystemAway("nobody answers", trouble)
    (line,) = said(tmp_path, foreign(books))
    assert line.startswith("The accounting main is away (nobody answers): ")
    assert line.endswith("customers see the last figures with their age, payments wait in the outbox.")
    assert "{file}" not in line


def test_an_adapter_that_fails_is_told_in_one_line(tmp_path: Path, books: ForeignBooks) -> None:
    books.broken = KeyError("no such column")
    (line,) = said(tmp_path, foreign(books))
    assert line.startswith(
        "The accounting main cannot be asked, its adapter fails (KeyError('no such column')): look into"
    )


def test_a_slow_one_is_named(tmp_path: Path, books: ForeignBooks) -> None:
    books.slow_s = SLOW_S + 0.1
    (line,) = said(tmp_path, foreign(books))
    assert line.startswith("The accounting main is slow (2.")


def test_an_adapter_that_is_not_there_is_named(tmp_path: Path) -> None:
    (line,) = said(tmp_path, {"adapter": "nowhere.at_all:factory"})
    assert "correct adapter and options in" in line
