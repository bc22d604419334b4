"""Files of an instance: whole, secret, and TOML that reads back as it was."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.cli.files import file_write, toml_text


class Person(msgspec.Struct):
    phone: str
    born: str | None = None


class Settings(msgspec.Struct):
    text: str
    count: int = 0
    ratio: float = 0.5
    on: bool = False
    listed: list[str] = []
    named: dict[str, str] = {}
    people: tuple[Person, ...] = ()
    absent: str | None = None


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.dictionaries(st.text("abc.- \"'", min_size=1), st.text('x\\"')),
)
def test_whatever_is_written_reads_back(text: str, named: dict[str, str]) -> None:
    settings = Settings(text, listed=[text, "б"], named=named, people=(Person(text),))
    assert msgspec.toml.decode(toml_text(settings), type=Settings) == settings


def test_what_is_none_is_left_out() -> None:
    assert "absent" not in toml_text(Settings("x"))
    assert msgspec.toml.decode(toml_text(Settings("x", on=True, count=7)), type=Settings) == Settings(
        "x", on=True, count=7
    )


def test_what_toml_has_no_form_for_is_refused() -> None:
    class Odd(msgspec.Struct):
        inner: list[object]

    with pytest.raises(TypeError, match="NoneType"):
        toml_text(Odd([None]))


def test_a_file_is_replaced_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("old")
    file.chmod(0o644)
    (tmp_path / ".secret.new").write_text("of a crash")
    file_write(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]
