"""Small values with rules of their own: money, ids, labels, parties, grants, errors."""

from __future__ import annotations

import json
from datetime import date, timedelta

import msgspec
import pytest
from factories import wire
from factories.wire import NOW, House

from okno.protocol import grants
from okno.protocol.errors import ErrorCode, Problem, ProtocolError
from okno.protocol.ids import is_id, new_id
from okno.protocol.keys import SigningKey
from okno.protocol.labels import Labels, day_key
from okno.protocol.messages import Amount
from okno.protocol.money import MINOR_MAX, Money, exponent_of
from okno.protocol.parties import Party, speaks_for, split_party, split_urn
from okno.protocol.strict import jose

E = ErrorCode
KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("text", "currency", "minor", "decimal"),
    [
        ("1234.50", "RUB", 123450, "1234.50"),
        ("0", "RUB", 0, "0.00"),
        ("-0.01", "RUB", -1, "-0.01"),
        ("7", "RUB", 700, "7.00"),
        ("7.5", "RUB", 750, "7.50"),
        ("1500", "JPY", 1500, "1500"),
        ("-1500", "KRW", -1500, "-1500"),
        ("0.001", "KWD", 1, "0.001"),
        ("9999999999999999.99", "RUB", MINOR_MAX, "9999999999999999.99"),
    ],
)
def test_money_is_read_and_written(text: str, currency: str, minor: int, decimal: str) -> None:
    money = Money.parse(text, currency)
    assert money == Money(minor, currency)
    assert money.decimal == decimal


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "RUB"),
        ("+1", "RUB"),
        ("01", "RUB"),
        ("-0", "RUB"),
        ("-0.00", "RUB"),
        ("1.", "RUB"),
        (".5", "RUB"),
        ("1,5", "RUB"),
        ("1 000", "RUB"),
        ("1e3", "RUB"),
        ("1E3", "RUB"),
        ("0x10", "RUB"),
        ("NaN", "RUB"),
        ("Infinity", "RUB"),
        ("1_000", "RUB"),
        ("１", "RUB"),
        ("١", "RUB"),
        (" 1", "RUB"),
        ("1\n", "RUB"),
        ("−1", "RUB"),
        ("1.234", "RUB"),
        ("1.0", "JPY"),
        ("1.0000", "KWD"),
        ("10000000000000000.00", "RUB"),
        ("1" * 21, "RUB"),
        ("1" * 5000, "RUB"),
        ("1", "RUR"),
        ("1", "rub"),
        ("1", ""),
    ],
)
def test_money_of_any_other_spelling_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        Money.parse(text, currency)
    assert refusal.value.code is E.MONEY


def test_money_of_one_currency_adds_up() -> None:
    assert Money(5, "RUB") + Money(7, "RUB") - Money(2, "RUB") == Money(10, "RUB")
    assert -Money(5, "RUB") == Money(-5, "RUB")
    with pytest.raises(ProtocolError):
        Money(5, "RUB") + Money(5, "EUR")
    with pytest.raises(ProtocolError):
        Money(5, "RUB") - Money(5, "EUR")


def test_an_amount_on_the_wire_is_money() -> None:
    assert Amount.of(Money(-1230, "RUB")) == Amount("-12.30", "RUB")
    assert Amount("12.30", "RUB").money == Money(1230, "RUB")
    assert {exponent_of(code) for code in ("RUB", "JPY", "TND")} == {0, 2, 3}


def test_ids_are_ordered_by_time_and_have_one_spelling() -> None:
    first, second = new_id(), new_id()
    assert is_id(first)
    assert first[14] == "7"
    assert first < second
    assert not any(is_id(text) for text in (first.upper(), f"{first}\n", first.replace("-", ""), ""))


LABELS = Labels(day_key(KEY, date(2026, 11, 22)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LABELS.address("::ffff:192.0.2.7"), LABELS.address("192.0.2.7")),
        (LABELS.address("2001:db8:0:0::1"), LABELS.address("2001:DB8::1")),
        (LABELS.network("192.0.2.7"), LABELS.network("192.0.2.250")),
        (LABELS.network("2001:db8:0:1::1"), LABELS.network("2001:db8:0:1:ffff::9")),
        (LABELS.account("ЛС 12-34"), LABELS.account("лс１２34")),
        (LABELS.phone("8 (900) 000-00-01"), LABELS.phone("+79000000001")),
        (LABELS.device("d1"), Labels(day_key(KEY, date(2026, 11, 22))).device("d1")),
    ],
)
def test_the_same_thing_has_the_same_label(one: str, other: str) -> None:
    assert one == other
    assert len(one) == 22


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LABELS.network("192.0.2.7"), LABELS.network("192.0.3.7")),
        (LABELS.network("2001:db8:0:1::1"), LABELS.network("2001:db8:0:2::1")),
        (LABELS.address("192.0.2.7"), LABELS.network("192.0.2.7")),
        (LABELS.account("79000000001"), LABELS.phone("79000000001")),
        (LABELS.phone("+79000000001"), LABELS.phone("+89000000001x0")),
        (LABELS.account("1"), Labels(day_key(KEY, date(2026, 11, 23))).account("1")),
        (LABELS.account("1"), Labels(day_key(KEY[::-1], date(2026, 11, 22))).account("1")),
    ],
)
def test_another_thing_or_day_or_key_has_another_label(one: str, other: str) -> None:
    assert one != other


def test_of_a_password_sixteen_bits_leave() -> None:
    label = LABELS.password("correct horse")
    assert len(label) == 4
    assert int(label, 16) < 2**16
    assert label != LABELS.password("Correct horse")


def test_labels_need_a_real_key_and_a_real_address() -> None:
    with pytest.raises(ProtocolError):
        Labels(b"short")
    with pytest.raises(ProtocolError):
        day_key(b"short", date(2026, 11, 22))
    with pytest.raises(ProtocolError) as refusal:
        LABELS.address("192.0.2.7.example")
    assert refusal.value.code is E.SCHEMA


@pytest.mark.parametrize(
    "urn", ["urn:okno:all:1", "urn:okno:cabinet", "urn:okno:cabinet:", "urn:okno:cabinet:A", "cabinet", ""]
)
def test_a_source_has_one_spelling(urn: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        split_urn(urn)
    assert refusal.value.code is E.SOURCE_WRONG


def test_parties_and_their_sources() -> None:
    assert split_urn("urn:okno:all") == (Party.ALL, "")
    assert split_party("gateway.gw1") == (Party.GATEWAY, "gw1")
    assert speaks_for("gateway", "urn:okno:gateway:gw2")
    assert not speaks_for("gateway.gw1", "urn:okno:gateway:gw2")
    assert not speaks_for("connector", "urn:okno:gateway:gw2")
    with pytest.raises(ProtocolError):
        split_party("all")


@pytest.fixture(name="house", scope="module")
def a_house() -> House:
    return House()


def allowed(house: House, token: str) -> grants.Grant:
    return grants.check(
        token, house.ring(), at=NOW, authid=wire.USER, subject=f"acct:{wire.ACCOUNT}", right="pay", system="main"
    )


def test_a_grant_opens_what_it_names(house: House) -> None:
    assert allowed(house, house.grant()).rights == ("view", "pay")
    assert grants.read(house.grant(), house.ring(), at=NOW).authid == wire.USER


def test_only_a_connector_grants(house: House) -> None:
    grant = grants.read(house.grant(), house.ring(), at=NOW)
    for key, code in (
        (house.cabinet, E.SIGNER_WRONG),
        (house.gateway, E.SIGNER_WRONG),
        (SigningKey.generate("connector"), E.KEY_UNKNOWN),
        (wire.signing("connector", "connector-2026a"), None),
        (SigningKey("connector-2026a", "connector", bytes(32)), E.SIGNATURE_BAD),
    ):
        token = grants.issue(grant, key)
        if code is None:
            assert allowed(house, token) == grant
        else:
            with pytest.raises(ProtocolError) as refusal:
                allowed(house, token)
            assert refusal.value.code is code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"rights": []}, E.GRANT_FORM),
        ({"rights": ["all"]}, E.GRANT_FORM),
        ({"note": ""}, E.GRANT_FORM),
        ({"expires": "2026-12-01T00:00:00"}, E.GRANT_FORM),
        ({"authid": "x" * 5000}, E.GRANT_FORM),
    ],
)
def test_a_grant_has_one_form(house: House, changes: dict[str, object], code: ErrorCode) -> None:
    grant = grants.read(house.grant(), house.ring(), at=NOW)
    payload = json.dumps({**msgspec.to_builtins(grant), **changes}, ensure_ascii=False).encode()
    with pytest.raises(ProtocolError) as refusal:
        allowed(house, jose.sign_compact(payload, house.connector, typ="okno-grant+jws"))
    assert refusal.value.code is code


def test_a_clock_that_is_a_little_behind_does_not_refuse_a_fresh_grant(house: House) -> None:
    assert allowed(house, house.grant(expires=NOW + timedelta(days=30, seconds=30)))


def test_every_security_refusal_looks_alike_from_outside() -> None:
    shown = {
        ProtocolError(code, "kid of the gateway").problem().to_json()
        for code in (E.SIGNATURE_BAD, E.SIGNER_WRONG, E.KEY_UNKNOWN, E.REPLAYED, E.SUBJECT_NOT_GRANTED, E.ALGORITHM)
    }
    assert len(shown) == 1
    assert json.loads(shown.pop()) == {
        "type": "urn:okno:problem:refused",
        "title": "The message was refused",
        "status": 403,
        "code": "refused",
        "origin": "gateway",
        "retry": "never",
    }


def test_other_refusals_say_what_can_be_done() -> None:
    error = ProtocolError(E.STALE, "40 s")
    assert str(error) == "stale: 40 s"
    assert str(ProtocolError(E.STALE)) == "stale"
    problem = error.problem(origin="connector", instance="urn:uuid:1")
    assert (problem.code, problem.retry, problem.detail, problem.origin) == ("stale", "same-key", "40 s", "connector")
    limited = Problem.of(E.QUOTA_EXCEEDED, violated_policies=("acct",))
    assert json.loads(limited.to_json())["violated-policies"] == ["acct"]
    assert msgspec.json.decode(limited.to_json(), type=Problem) == limited
    assert json.loads(Problem.of(E.BUNDLE_MEMBER, index=0).to_json())["index"] == 0


def test_codes_are_told_apart_and_each_has_a_title() -> None:
    assert len({code.title for code in ErrorCode}) == len(ErrorCode)
    assert all(code.urn == f"urn:okno:problem:{code.value}" for code in ErrorCode)
    assert {code.public for code in ErrorCode if code.status == 403} == {E.REFUSED, E.STALE, E.EARLY}
