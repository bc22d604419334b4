"""What the mirror decides without a database: forms of the wire, differences, pauses."""

import re
from datetime import UTC, date, datetime

import msgspec
import pytest
from factories.foreign_books import BEGAN, entry

from okno.connectors.runtime.mirror.differences import Told, differences
from okno.connectors.runtime.mirror.fitting import KEY_CHARS_MAX, Unfit, fit, fix_key, number_tail, told_key, told_line
from okno.connectors.runtime.mirror.pace import Pace
from okno.connectors.runtime.port import Due, Ledger
from okno.protocol.strict import patterns

LEDGER = Ledger("C1", "00000001", "RUB", "active", 0, None, ())
AT, DAY = datetime(2026, 11, 22, 12, tzinfo=UTC), date(2026, 11, 22)


def ledger(*entries: object, **members: object) -> Ledger:
    total = sum(item.amount for item in entries)
    return msgspec.structs.replace(LEDGER, **{"entries": entries, "balance": total, **members})


@pytest.mark.parametrize(
    "key", ["Счёт 15/2026", "a b", "k" * (KEY_CHARS_MAX + 1), "A:fix:1", "x-" + "0" * 40, "new\nline", "\ud800"]
)
def test_a_key_that_the_wire_cannot_hold_is_told_by_its_hash(key: str) -> None:
    told = told_key(key)
    assert told != key
    assert told == told_key(key)
    assert re.fullmatch(patterns.OPAQUE, fix_key(told, 999_999))
    assert told_key(told) != told


@pytest.mark.parametrize("key", ["1", "account.move.line:15", "k" * KEY_CHARS_MAX, "A:fix:", "x-0"])
def test_a_key_that_the_wire_can_hold_stays(key: str) -> None:
    assert told_key(key) == key


def test_a_text_becomes_one_line_of_bounded_length() -> None:
    assert told_line(" Интернет\r\n\tза ноябрь\x00") == "Интернет за ноябрь"
    assert told_line("x" * 200) == "x" * 200
    assert told_line("x" * 201) == "x" * 199 + "…"
    assert told_line("\ud800") == "?"
    assert (number_tail("1234567"), number_tail("12"), number_tail("")) == ("4567", "12", "-")


@pytest.mark.parametrize(
    ("kind", "amount", "told"),
    [
        ("charge", 5, "charge"),
        ("charge", -5, "correction"),
        ("payment", -5, "payment"),
        ("payment", 5, "correction"),
        ("credit", -5, "credit"),
        ("refund", -5, "correction"),
        ("correction", -5, "correction"),
        ("correction", 5, "correction"),
        ("gift", 5, "correction"),
    ],
)
def test_a_kind_that_contradicts_its_amount_is_told_as_a_correction(kind: str, amount: int, told: str) -> None:
    fitted = fit(ledger(entry("A", amount, kind)))
    assert fitted.ledger.entries[0].kind == told
    assert list(fitted.odd) == ([] if told == kind else ["A"])


def test_a_ledger_is_told_in_forms_of_the_wire() -> None:
    fitted = fit(
        ledger(
            entry("A", 100, text="a\nb", channel="Bank Нет", document="Счёт\t1", reverses="no key"),
            entry("B", 0),
            entry("C", -30, "payment", channel="card"),
            number=" 77\n",
            balance=71,
        )
    )
    first, second = fitted.ledger.entries
    assert (first.text, first.channel, first.document, first.reverses) == ("a b", None, "Счёт 1", told_key("no key"))
    assert (second.key, second.channel, fitted.ledger.number) == ("C", "card", "77")
    assert (fitted.total, fitted.ledger.balance) == (70, 71)


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (ledger(currency="XXX"), "no currency"),
        (ledger(status="new"), "the status"),
        (ledger(account=""), "reference"),
        (ledger(due=Due(10**18, DAY)), "due"),
        (ledger(entry("", 1)), "the key ''"),
        (ledger(entry("a\x00", 1)), "the key"),
        (ledger(entry("A", 1), entry("A", 2)), "two entries"),
        (ledger(entry("A", 10**18)), "larger"),
        (ledger(entry("A", 1, posted_at=BEGAN.replace(tzinfo=None))), "no zone"),
    ],
)
def test_what_cannot_be_told_truly_is_not_told(spoiled: Ledger, why: str) -> None:
    with pytest.raises(Unfit, match=re.escape(why)):
        fit(spoiled)


def test_differences_put_right_first_and_then_tell_what_is_new() -> None:
    told = {
        "A": Told("A", 100, 1, "card", "text", "doc"),
        "B": Told("B", 50, 1, None, "", ""),
        "C": Told("C", 0, 2, None, "", ""),
        "D": Told("D", 7, 1, None, "", ""),
    }
    fresh = differences(told, [entry("N", 5), entry("B", 80), entry("C", 30), entry("D", 7)], at=AT, day=DAY)

    assert [(item.key, item.source, item.amount, item.reverses) for item in fresh] == [
        ("A:fix:1", "A", -100, "A"),
        ("B:fix:1", "B", 30, "B"),
        ("C:fix:2", "C", 30, "C"),
        ("N", "N", 5, None),
    ]
    gone = fresh[0]
    assert (gone.kind, gone.channel, gone.text, gone.document, gone.posted_at, gone.day) == (
        *("correction", "card", "text", "doc", AT, DAY),
    )


def test_a_slow_system_is_looked_at_less_often() -> None:
    pace = Pace(pause_s=1.0, share_percent=25, pause_max_s=8.0)
    assert pace.succeeded(0.0) == 1.0
    pace.took(10.0, 10.1)
    assert pace.rest_s(10.1) == pytest.approx(0.3)
    assert pace.succeeded(10.1) == 1.0
    pace.took(20.0, 22.0)
    assert pace.succeeded(22.0) == pytest.approx(6.0)
    assert pace.rest_s(40.0) == 0.0


def test_a_system_that_is_away_is_tried_again_ever_less_often_up_to_a_bound() -> None:
    pace = Pace(pause_s=1.0, share_percent=50, pause_max_s=3.0)
    assert not pace.failing
    assert [pace.failed() for _ in range(5)] == [0.5, 1.0, 2.0, 3.0, 3.0]
    assert pace.failing
    pace.succeeded(0.0)
    assert not pace.failing
    assert pace.failed() == 0.5
