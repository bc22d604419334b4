"""Bounds of a statement's file: fields, amounts, days, how much of everything; what is beyond them is refused."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from factories.statements import written_1c, written_camt, written_mt940

from okno.cabinet.reconciliation.core.statements import camt, kl
from okno.cabinet.reconciliation.core.statements.bounds import AHEAD_MAX, CHARS_MAX, bounded, dated
from okno.cabinet.reconciliation.core.statements.model import Line, Statement, StatementError
from okno.cabinet.reconciliation.core.statements.reading import FILE_BYTES_MAX, read
from okno.protocol.money.amount import MINOR_MAX

DAY = date(2026, 11, 26)
LINE = Line(at=7, day=DAY, direction="in", minor=100, purpose="Оплата", reference="1")


def statement(line: Line = LINE, **changes: object) -> Statement:
    made = Statement(
        account="40702810600000000001",
        currency="RUB",
        since=line.day,
        until=line.day,
        opening=0,
        closing=line.minor,
        lines=(line,),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def refused(content: bytes) -> str:
    with pytest.raises(StatementError) as error:
        read(content)
    return error.value.code


def wallet(**changes: object) -> bytes:
    operation = {
        "operation_id": "1",
        "status": "success",
        "datetime": "2026-11-26T10:00:00Z",
        "direction": "in",
        "amount": 10.5,
        **changes,
    }
    return json.dumps({"operations": [operation]}).encode()


@pytest.mark.parametrize("name", sorted(CHARS_MAX))
def test_a_field_has_its_length(name: str) -> None:
    longest = "я" * CHARS_MAX[name]
    bounded([statement(replace(LINE, **{name: longest}))])  # type: ignore[arg-type]
    for text, code in ((longest + "я", "too-long"), ("a\x00b", "bad-encoding")):
        with pytest.raises(StatementError) as error:
            bounded([statement(replace(LINE, **{name: text}))])  # type: ignore[arg-type]
        assert (error.value.code, error.value.line) == (code, 7)


def test_an_account_a_period_and_a_sum_have_their_bounds() -> None:
    for changes, code in (
        ({"account": "4" * 65}, "too-long"),
        ({"since": DAY + timedelta(days=1)}, "bad-date"),
        ({"since": date(1999, 12, 31)}, "bad-date"),
        ({"closing": MINOR_MAX + 1}, "bad-amount"),
        ({"opening": -MINOR_MAX - 1}, "bad-amount"),
    ):
        with pytest.raises(StatementError) as error:
            bounded([statement(**changes)])
        assert error.value.code == code


def test_a_day_that_is_far_ahead_is_refused() -> None:
    dated([statement()], DAY - AHEAD_MAX)
    for wrong in (statement(), statement(lines=())):
        with pytest.raises(StatementError, match="bad-date"):
            dated([wrong], DAY - AHEAD_MAX - timedelta(days=1))


@pytest.mark.parametrize("written", [written_1c, written_camt, written_mt940])
def test_what_each_format_writes_is_held_to_them(written: object) -> None:
    good = written([statement(replace(LINE, purpose="Оплата"))])  # type: ignore[operator]
    assert len(read(good)[1]) == 1
    assert refused(written([statement(replace(LINE, purpose="я" * 2_001))])) == "too-long"  # type: ignore[operator]


@pytest.mark.parametrize(
    "amount",
    ["1e9", "1E+3", "0.001", "10.505", "1e999999999", "-1", "0", "NaN", "null", "[]", '"1,5"', '"１"', "1" * 30],
)
def test_an_amount_of_a_wallet_is_a_plain_decimal(amount: str) -> None:
    assert refused(wallet().replace(b"10.5", amount.encode())) == ("bad-line" if amount == "NaN" else "bad-amount")


@pytest.mark.parametrize(("amount", "minor"), [("10.5", 1_050), ("10.500", 1_050), ('"10.50"', 1_050), ("10", 1_000)])
def test_a_wallet_spells_an_amount_as_it_likes(amount: str, minor: int) -> None:
    [one] = read(wallet().replace(b"10.5", amount.encode()))[1]
    assert [line.minor for line in one.lines] == [minor]


def test_a_wallet_cannot_hold_what_no_row_can() -> None:
    assert refused(wallet(title="a\x00b")) == "bad-encoding"
    assert refused(wallet(title="\ud800")) == "bad-line"
    most = json.loads(wallet(amount=0))["operations"][0]
    many = [{**most, "operation_id": str(n), "amount": "9999999999999999.99"} for n in range(2)]
    assert refused(json.dumps({"operations": many}).encode()) == "bad-amount"


def test_how_much_there_is_of_anything_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(b":20:" + b"x" * FILE_BYTES_MAX) == "too-large"
    more = b":20:1\r\n:25:1\r\n:86:x\r\n" + b"y" * 3_000 + b"\r\n" + b"y" * 3_000 + b"\r\nz"
    assert refused(more) == "too-long"
    monkeypatch.setattr(kl, "SECTIONS_MAX", 0)
    assert refused(written_1c([statement()])) == "too-large"
    monkeypatch.setattr(camt, "ELEMENTS_MAX", 10)
    assert refused(written_camt([statement()])) == "too-large"
