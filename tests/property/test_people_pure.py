"""What needs no database: messages of one size, hashes that only their key makes, facts as people type them."""

import re
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from okno.connectors.book.people.facts import Known, fits, number_of
from okno.connectors.runtime.people.codes import MESSAGE_BYTES, Hashes, code_message, code_new, is_phone
from okno.connectors.runtime.people.limits import PeopleLimits
from okno.connectors.runtime.people.payable import asked_for, bounds
from okno.connectors.runtime.people.profiles import LINE_CHARS_MAX, profile_data
from okno.connectors.runtime.port import AccountState, Due, Profile
from okno.protocol.checkdigits import account_right, correspondent_right, inn_right, static_link_fault
from okno.protocol.keys import OpeningKey
from okno.protocol.messages import CodeMessage
from okno.protocol.messages import Profile as WireProfile
from okno.protocol.sealing import BLOCK_BYTES
from okno.protocol.strict import patterns

PHONES = st.one_of(st.just(""), st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
LOCALES = st.sampled_from(["ru", "en"])
KNOWN = Known(date(1980, 5, 31), "К-15/2026", 123_450, 50_000, "RUB")
DIGITS = st.text("0123456789", min_size=20, max_size=20)
SEPARATORS = st.sampled_from(["", " ", "-", " – ", "\u00a0", "  "])
BIC, ACCOUNT, CORRESPONDENT, INN = "040200999", "40702810600000000001", "30101810500000000999", "0000123450"


@given(PHONES, st.text(max_size=200), LOCALES)
def test_a_message_has_one_size_whatever_is_in_it(phone: str, number: str, locale: str) -> None:
    code = code_new()
    raw = code_message(phone, code, number=number, locale=locale)
    assert len(raw) == MESSAGE_BYTES
    assert (MESSAGE_BYTES + 1) % BLOCK_BYTES == 0
    message = msgspec.json.decode(raw, type=CodeMessage)
    assert message.phone == phone
    assert message.text.count(code) >= 1
    assert re.match(patterns.PLAIN_LINE, message.text)


def test_codes_are_six_digits_and_leading_zeros_stay() -> None:
    codes = {code_new() for _ in range(300)}
    assert {len(code) for code in codes} == {6}
    assert all(code.isdigit() for code in codes)
    assert len(codes) > 250


@given(st.text(max_size=40), st.text(max_size=40), SEPARATORS)
def test_hashes_tell_nothing_without_their_key_and_forgive_separators(one: str, other: str, between: str) -> None:
    hashes, foreign = (Hashes(OpeningKey.generate("connector.main")) for _ in range(2))
    assert hashes.number(one) != foreign.number(one)
    assert hashes.number(one) != hashes.person(one)
    assert hashes.code("a", "123456") == hashes.code("a", f"123{between}456") != hashes.code("b", "123456")
    assert (hashes.person(one) == hashes.person(other)) == (one == other)
    assert hashes.number(f"{one}{between}{other}") == hashes.number(f"{one}{other}")


@pytest.mark.parametrize(
    ("text", "right"),
    [("+79000000001", True), ("+49301234567", True), ("89000000001", False), ("", False), ("+7900000000100000", False)],
)
def test_a_code_goes_to_a_number_in_international_form(text: str, right: bool) -> None:  # noqa: FBT001 - a table
    assert is_phone(text) is right


@given(DIGITS, SEPARATORS, st.integers(0, 20))
def test_a_number_is_read_however_it_is_grouped(digits: str, between: str, place: int) -> None:
    assert number_of(f" {digits[:place]}{between}{digits[place:]} ") == digits


@given(st.text(max_size=30))
def test_whatever_else_is_typed_is_no_number(text: str) -> None:
    number = number_of(text)
    assert number == "" or re.fullmatch(r"[0-9]{20}", number)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("birth-date", "1980-05-31"),
        ("birth-date", " 1980-05-31 "),
        ("contract", "К-15/2026"),
        ("contract", "к 15/2026"),
        ("last-bill", "1234.50"),
        ("last-bill", "1 234,5"),
        ("last-payment", "500"),
        ("last-payment", "500.00"),
    ],
)
def test_a_right_fact_fits(fact: str, said: str) -> None:
    assert fits(KNOWN, fact, said)
    assert not fits(Known(), fact, said)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ("birth-date", "1980-05-30"),
        ("birth-date", "31.05.1980"),
        ("birth-date", ""),
        ("contract", "К-16/2026"),
        ("contract", ""),
        ("last-bill", "1234.51"),
        ("last-bill", "-1234.50"),
        ("last-bill", "1234.505"),
        ("last-payment", "много"),
        ("paper-code", "1234.50"),
        ("", ""),
    ],
)
def test_a_wrong_fact_fits_nobody(fact: str, said: str) -> None:
    assert not fits(KNOWN, fact, said)
    assert not fits(Known(), fact, said)


@given(st.text(max_size=30), st.sampled_from(["birth-date", "contract", "last-bill", "last-payment", "paper-code"]))
def test_nothing_fits_who_has_no_facts(said: str, fact: str) -> None:
    assert not fits(Known(), fact, said)


def test_right_requisites_are_right() -> None:
    assert inn_right(INN)
    assert inn_right("7707083893")
    assert inn_right("500100732259")
    assert account_right(ACCOUNT, BIC)
    assert correspondent_right(CORRESPONDENT, BIC)
    # A settlement cash centre keeps accounts itself: the region stands where a bank's own digits do.
    keys = [key for key in range(10) if account_right(f"40102810{key}00000000001", "040212001")]
    assert keys == [key for key in range(10) if account_right(f"40102810{key}00000000001", "040200012")]


@given(st.integers(0, 19), st.integers(1, 9))
def test_one_wrong_digit_of_an_account_is_always_seen(place: int, by: int) -> None:
    wrong = _with_digit(ACCOUNT, place, by)
    assert not account_right(wrong, BIC)
    assert not correspondent_right(_with_digit(CORRESPONDENT, place, by), BIC)


@given(st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_check_digit_of_a_tax_number_is_seen(place: int, by: int) -> None:
    for inn, first in (("7707083893", 9), ("500100732259", 10)):
        if first <= place < len(inn):
            assert not inn_right(_with_digit(inn, place, by))
    for length in (0, 9, 11, 13):
        assert not inn_right("0" * length)
    assert not inn_right("０" * 10)


def _with_digit(text: str, place: int, by: int) -> str:
    return f"{text[:place]}{(int(text[place]) + by) % 10}{text[place + 1 :]}"


@given(st.lists(st.text(max_size=500), min_size=5, max_size=5))
def test_a_profile_is_always_made_of_lines(fields: list[str]) -> None:
    found = profile_data(Profile(*fields))
    assert msgspec.json.decode(msgspec.json.encode(found), type=WireProfile) == found
    assert all(len(line) <= LINE_CHARS_MAX and line == line.strip() for line in msgspec.structs.astuple(found))


@given(st.integers(-(10**12), 10**12), st.one_of(st.none(), st.integers(1, 10**9)))
def test_what_is_asked_for_is_the_bills_or_the_debt_and_never_below_nothing(balance: int, due: int | None) -> None:
    state = AccountState("a", "RUB", "0001", "active", balance, Due(due, date(2026, 12, 10)) if due else None)
    assert asked_for(state) == (due or max(balance, 0))


@pytest.mark.parametrize(("currency", "unit"), [("RUB", 100), ("JPY", 1), ("KWD", 1000)])
def test_bounds_are_whole_units_of_the_currency(currency: str, unit: int) -> None:
    assert bounds(PeopleLimits(pay_least_units=2, pay_most_units=300), currency) == (2 * unit, 300 * unit)


LINK = "https://qr.nspk.ru/AS100001ORTF4GAF80KPJ53K186D9A3G?type=01&bank=100000000007&crc=0C8A"


def test_a_static_link_of_a_bank_is_right_and_a_wrong_sign_anywhere_is_found() -> None:
    assert static_link_fault(LINK) is None
    for place in range(len(LINK)):
        for sign in "07AZ":
            changed = LINK[:place] + sign + LINK[place + 1 :]
            assert (static_link_fault(changed) is None) == (changed == LINK)


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("", "not of the form"),
        (LINK.replace("https", "http"), "not of the form"),
        (LINK.replace("qr.nspk.ru", "qr.nspk.ru.example"), "not of the form"),
        (LINK + "\n", "not of the form"),
        (LINK.lower(), "not of the form"),
        (LINK.replace("0C8A", "0c8a"), "not of the form"),
        (LINK.replace("0C8A", "0C8B"), "checksum"),
        (LINK.replace("type=01", "type=02"), "type 02"),
        # A public example of a dynamic one, whose checksum is right.
        (
            "https://qr.nspk.ru/AD10006269TNA0JH9378574UQ65OM04Q?type=02&bank=100000000015&sum=1000&cur=RUB&crc=AA34",
            "type 02",
        ),
        (LINK.replace("&crc", "&sum=100&cur=RUB&crc"), "names an amount"),
    ],
)
def test_a_link_that_is_not_for_paper_says_what_is_wrong(link: str, why: str) -> None:
    assert why in (static_link_fault(link) or "")
