"""What holds for every message: it comes back as it was, and no byte of it can change."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from factories import wire
from factories.wire import CABINET, NOW, House
from hypothesis import example, given
from hypothesis import strategies as st

from okno.protocol import messages as m
from okno.protocol import sealing
from okno.protocol.envelope import Envelope, decode, encode
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.labels import Labels, day_key
from okno.protocol.money import MINOR_MAX, Money
from okno.protocol.money.currencies import EXPONENTS
from okno.protocol.strict import base64url, jsontext

HOUSE = House()
GLASS = HOUSE.glass(CABINET)
PASSING = HOUSE.glass(wire.GATEWAY)
SIGNED = HOUSE.countersigned(wire.event(HOUSE))
SEALED = sealing.seal(b"{}", HOUSE.ring().opening_for("sender", NOW), subject=None, type="okno.x.v1")

MINORS = st.integers(-MINOR_MAX, MINOR_MAX)
MONEY = st.builds(Money, MINORS, st.sampled_from(sorted(EXPONENTS)))
TIMES = st.datetimes(datetime(2026, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  bounds are naive
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200)
SAFE = st.integers(-jsontext.INTEGER_MAX, jsontext.INTEGER_MAX)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
TREES = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | SAFE | TEXTS,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


@given(MONEY)
def test_money_comes_back(money: Money) -> None:
    assert Money.parse(money.decimal, money.currency) == money
    assert m.Amount.of(money).money == money


@given(
    st.text(max_size=30) | st.from_regex(r"-?[0-9]{0,22}\.?[0-9]{0,5}", fullmatch=True),
    st.sampled_from(["RUB", "JPY", "TND"]),
)
def test_what_money_takes_it_writes_back_as_the_same_number(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency)
    except ProtocolError:
        return
    assert text.isascii()
    assert Decimal(text) == Decimal(money.decimal)
    assert Money.parse(money.decimal, currency) == money


@given(
    MONEY.map(lambda money: money.decimal) | st.from_regex(r"-?[0-9]{0,19}\.?[0-9]{0,4}", fullmatch=True),
    st.sampled_from(["RUB", "JPY", "TND", "RUR"]),
)
@example("-0.00", "RUB")
@example("9999999999999999.99", "RUB")
@example("10000000000000000.00", "RUB")
def test_the_wire_takes_an_amount_in_its_one_spelling_alone(text: str, currency: str) -> None:
    try:
        money = Money.parse(text, currency)
    except ProtocolError:
        money = None
    if money is not None and money.decimal == text:
        assert m.Amount(text, currency).money == money
    else:
        with pytest.raises(ProtocolError) as refusal:
            m.Amount(text, currency)
        assert refusal.value.code is ErrorCode.MONEY


@given(st.binary(max_size=600))
def test_base64url_comes_back(raw: bytes) -> None:
    assert base64url.decode(base64url.encode(raw)) == raw


@given(st.text("ABCDwxyz0189-_=+/ \n", max_size=12))
def test_what_base64url_takes_is_the_one_spelling(text: str) -> None:
    try:
        raw = base64url.decode(text)
    except ProtocolError:
        return
    assert base64url.encode(raw) == text


@given(TREES, st.booleans())
def test_every_json_tree_is_read_as_it_was_written(tree: dict[str, object], ascii_only: bool) -> None:  # noqa: FBT001
    assert jsontext.parse(json.dumps(tree, ensure_ascii=ascii_only).encode()) == tree


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_bytes_are_either_read_or_refused(raw: bytes) -> None:
    try:
        tree = jsontext.parse(raw)
    except ProtocolError:
        return
    assert json.loads(raw) == tree


@given(st.lists(st.text('[]{}",\\:a', max_size=8), min_size=1, max_size=24))
def test_depth_is_counted_whatever_stands_in_the_texts(texts: list[str]) -> None:
    tree: object = texts
    for number, text in enumerate(texts):
        tree = [tree, [], text] if number % 2 else {text: tree}
    raw = json.dumps({"a": tree}).encode()
    if len(texts) + 2 <= jsontext.DEPTH_MAX:
        assert jsontext.parse(raw) == {"a": tree}
    else:
        with pytest.raises(ProtocolError) as refusal:
            jsontext.parse(raw)
        assert refusal.value.code is ErrorCode.TOO_DEEP


@given(MONEY, MINORS, LINES, TIMES, st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)))
def test_an_event_comes_back(amount: Money, after: int, text: str, at: datetime, version: tuple[int, int]) -> None:
    balance = Money(after, amount.currency)
    operation = m.AccountOperation(
        key="J-1", kind="charge", amount=m.Amount.of(amount), balance=m.Amount.of(balance), posted_at=at, text=text
    )
    data = m.OperationPosted(wire.ACCOUNT, "main", version, at, operation)
    envelope = HOUSE.pen(wire.SYSTEM).message("okno.operation.posted.v1", data, at=NOW, audience=CABINET)
    received = PASSING.read_sender(HOUSE.pen(wire.SYSTEM).write(envelope), at=NOW + timedelta(days=6), online=False)
    assert received.data == data
    assert received.envelope == envelope


@given(TREES, TIMES, TIMES)
def test_an_envelope_comes_back(data: dict[str, object], time: datetime, expiry: datetime) -> None:
    envelope: Envelope = msgspec.structs.replace(wire.event(HOUSE), data=data, time=time, expirytime=expiry)
    assert decode(encode(envelope)) == envelope
    assert encode(decode(encode(envelope))) == encode(envelope)


@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
@example(0, 1)
@example(len(SIGNED) - 1, 0x80)
def test_no_byte_of_a_signed_message_can_change(position: int, mask: int) -> None:
    raw = bytearray(SIGNED)
    raw[position] ^= mask
    with pytest.raises(ProtocolError):
        GLASS.read(bytes(raw), at=NOW, online=False)


def test_no_bit_of_a_signed_message_can_change() -> None:
    """Each position once, so that none is left to chance."""
    for position in range(len(SIGNED)):
        raw = bytearray(SIGNED)
        raw[position] ^= 1 << (position % 7)
        with pytest.raises(ProtocolError):
            GLASS.read(bytes(raw), at=NOW, online=False)


@given(st.integers(0, len(SIGNED)), st.integers(0, len(SIGNED)))
def test_no_part_of_a_signed_message_can_be_cut_out(one: int, other: int) -> None:
    first, last = sorted((one, other))
    raw = SIGNED[:first] + SIGNED[last:]
    if first != last:
        with pytest.raises(ProtocolError):
            GLASS.read(raw, at=NOW, online=False)
    else:
        assert GLASS.read(raw, at=NOW, online=False).raw == SIGNED


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 127))
def test_no_character_of_a_sealed_part_can_change(position: int, mask: int) -> None:
    raw = bytearray(SEALED.encode())
    raw[position] ^= mask
    with pytest.raises(ProtocolError):
        sealing.open_sealed(raw.decode("latin-1"), HOUSE.sender_open, subject=None, type="okno.x.v1")


@given(st.binary(max_size=2000))
def test_what_is_sealed_is_opened(plain: bytes) -> None:
    token = sealing.seal(plain, HOUSE.ring().opening_for("sender", NOW), subject="acct:1", type="okno.x.v1")
    assert sealing.open_sealed(token, HOUSE.sender_open, subject="acct:1", type="okno.x.v1") == plain


@given(st.binary(min_size=32, max_size=64), st.dates(date(2026, 1, 1)), st.text(), st.ip_addresses())
def test_labels_are_stable_and_never_fail(master: bytes, day: date, typed: str, address: object) -> None:
    one, other = (Labels(day_key(master, day)) for _ in range(2))
    for kind in ("account", "phone", "device", "password"):
        assert getattr(one, kind)(typed) == getattr(other, kind)(typed)
    assert one.network(str(address)) == other.network(str(address))
    assert one.address(str(address)) != one.network(str(address))
