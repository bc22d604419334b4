"""Readers of bank statements: what is written is read; a changed file is refused, or its money is the same."""

from datetime import date, timedelta

import pytest
from factories.statements import written_1c, written_camt, written_mt940
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.reconciliation.core.statements.model import Line, Statement, StatementError, keys_of
from okno.cabinet.reconciliation.core.statements.reading import format_of, read

OURS = "40702810600000000001"
LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюяАБВГДЕЖЗ0123456789 .,№-abcXYZ"
# MT940 keeps neither the payer's INN nor blanks at the seams of its subfields, so words have none at their ends.
WORDS = st.text(LETTERS.replace("№", ""), max_size=60).map(str.strip)
FIRST = date(2026, 11, 20)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    lines = tuple(
        Line(
            at=0,
            day=FIRST + timedelta(days=draw(st.integers(0, 5))),
            direction=draw(st.sampled_from(["in", "out"])),
            minor=draw(st.integers(1, 10**11)),
            payer=draw(WORDS),
            payer_account="40817810000000000017",
            purpose=draw(WORDS),
            reference=str(draw(st.integers(1, 10**6))),
        )
        for _ in range(draw(st.integers(0, 6)))
    )
    opening = draw(st.integers(-(10**11), 10**12))
    turnover = sum(line.minor if line.direction == "in" else -line.minor for line in lines)
    return Statement(
        account=OURS,
        currency="RUB",
        since=FIRST,
        until=FIRST + timedelta(days=5),
        opening=opening,
        closing=opening + turnover,
        lines=lines,
    )


def essence(statement: Statement) -> tuple[object, ...]:
    """Everything but the place in the file, and the side that an outgoing line calls its payer."""
    lines = [
        (line.day, line.direction, line.minor, line.payer, line.purpose, line.reference) for line in statement.lines
    ]
    return (statement.account, statement.currency, statement.until, statement.opening, statement.closing, lines)


WRITERS = {"1c": written_1c, "mt940": written_mt940, "camt.053": written_camt}


@pytest.mark.parametrize("kind", sorted(WRITERS))
@given(told=statements())
def test_what_is_written_is_read(kind: str, told: Statement) -> None:
    format_, found = read(WRITERS[kind]([told]))
    assert format_ == kind
    assert [essence(one) for one in found] == [essence(told)]
    assert len(set(keys_of(found[0]))) == len(told.lines)


@given(told=statements(), encoding=st.sampled_from(["cp1251", "cp866", "utf-8"]), end=st.sampled_from(["\r\n", "\n"]))
def test_a_file_of_1c_is_the_same_in_each_of_its_encodings(told: Statement, encoding: str, end: str) -> None:
    # cp866 has no №, and the words of this test have none either.
    assert [essence(one) for one in read(written_1c([told], encoding=encoding, end=end))[1]] == [essence(told)]


@pytest.mark.parametrize("kind", sorted(WRITERS))
@given(told=statements(), where=st.integers(0, 10**6), byte=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_leaves_the_balance(kind: str, told: Statement, where: int, byte: int) -> None:
    content = bytearray(WRITERS[kind]([told]))
    content[where % len(content)] = byte
    try:
        _, found = read(bytes(content))
    except StatementError:
        return
    for one in found:
        assert one.opening + one.received - one.spent == one.closing


@pytest.mark.parametrize("kind", sorted(WRITERS))
@given(told=statements(), where=st.integers(0, 10**6))
def test_a_file_cut_short_is_refused(kind: str, told: Statement, where: int) -> None:
    content = WRITERS[kind]([told]).rstrip().removesuffix(b"-").rstrip()
    cut = content[: where % (len(content) - 4)] if kind == "mt940" else content[: where % len(content)]
    try:
        _, found = read(cut)
    except StatementError:
        return
    # A cut within the last balance's decimals could still add up, and only then.
    assert kind == "mt940"
    assert found[-1].opening + found[-1].received - found[-1].spent == found[-1].closing


@given(content=st.binary(max_size=400))
def test_any_bytes_are_refused_with_a_code(content: bytes) -> None:
    for head in (b"", b"1CClientBankExchange\r\n", b"<?xml version='1.0'?>", b":20:A\r\n"):
        with pytest.raises(StatementError) as refused:
            read(head + content)
        assert refused.value.code.replace("-", "").isalpha()


def test_lines_alike_are_two_and_the_same_line_of_another_file_is_one() -> None:
    line = Line(at=1, day=FIRST, direction="in", minor=100, purpose="x", reference="1")
    day = Statement(account=OURS, currency="RUB", since=FIRST, until=FIRST, opening=0, closing=200, lines=(line, line))
    week = Statement(
        account=OURS,
        currency="RUB",
        since=FIRST - timedelta(days=6),
        until=FIRST,
        opening=0,
        closing=100,
        lines=(line,),
    )
    assert len(set(keys_of(day))) == 2
    assert keys_of(week) == keys_of(day)[:1]
    assert format_of(written_1c([day], encoding="utf-8")) == "1c"
