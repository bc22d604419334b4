"""Keys and their list: what the root signs, what a holder takes, when a key counts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from factories import wire
from factories.wire import NOW, House

from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import (
    KeyEntry,
    OpeningKey,
    SigningKey,
    entry,
    expiry_warnings,
    keyring_from_signed_list,
    sign_key_list,
)
from okno.protocol.keys.listing import TYP
from okno.protocol.strict import base64url, jose

E = ErrorCode
DAY = timedelta(days=1)


@pytest.fixture(name="house", scope="module")
def a_house() -> House:
    return House()


def in_list(party: str, kid: str, **times: datetime) -> KeyEntry:
    return entry(wire.signing(party, kid), **{"not_before": wire.START, "not_after": wire.END, **times})


def test_the_list_of_the_root_becomes_a_ring(house: House) -> None:
    ring = house.ring()
    assert ring.number == 1
    assert ring.verify_key("connector-2026a", "connector", NOW).party == "connector.main"
    assert ring.verify_key("connector-2026a", "connector.main", NOW).kid == "connector-2026a"
    assert ring.opening_for("sender", NOW).kid == "sender-open-2026a"


@pytest.mark.parametrize("party", ["cabinet", "gateway", "connector.second"])
def test_a_kid_is_only_a_hint(house: House, party: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        house.ring().verify_key("connector-2026a", party, NOW)
    assert refusal.value.code is E.SIGNER_WRONG


def test_a_list_by_anybody_else_is_refused(house: House) -> None:
    raw = sign_key_list(house.list(), house.connector)
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(raw, house.root.public, NOW)
    assert refusal.value.code is E.SIGNATURE_BAD


def test_a_message_of_the_root_is_no_list_and_a_list_no_message(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(jose.sign(msgspec.json.encode(house.list()), house.root), house.root.public, NOW)
    assert refusal.value.code is E.HEADER_TYPE
    with pytest.raises(ProtocolError):
        jose.parse(sign_key_list(house.list(), house.root))


def test_a_list_has_one_signature(house: House) -> None:
    tree = json.loads(sign_key_list(house.list(), house.root))
    tree["signatures"] *= 2
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(json.dumps(tree).encode(), house.root.public, NOW)
    assert refusal.value.code is E.SIGNATURE_EXTRA


def test_a_pinned_root_that_is_no_key_is_refused(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(sign_key_list(house.list(), house.root), bytes(32), NOW)
    assert refusal.value.code is E.KEY_WEAK


def test_a_holder_never_goes_back(house: House) -> None:
    held = keyring_from_signed_list(sign_key_list(house.list(number=7), house.root), house.root.public, NOW)
    for number, taken in ((6, False), (7, True), (8, True)):
        raw = sign_key_list(house.list(number=number), house.root)
        if taken:
            assert keyring_from_signed_list(raw, house.root.public, NOW, held=held).number == number
        else:
            with pytest.raises(ProtocolError) as refusal:
                keyring_from_signed_list(raw, house.root.public, NOW, held=held)
            assert refusal.value.code is E.KEY_LIST_OLD


def test_one_number_means_one_list(house: House) -> None:
    held = house.ring()
    other = sign_key_list(house.list(in_list("cabinet", "cabinet-2026b")), house.root)
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(other, house.root.public, NOW, held=held)
    assert refusal.value.code is E.KEY_LIST_OLD


def test_a_list_from_the_future_is_refused(house: House) -> None:
    raw = sign_key_list(msgspec.structs.replace(house.list(), issued=NOW + DAY), house.root)
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(raw, house.root.public, NOW)
    assert refusal.value.code is E.EARLY


def test_two_keys_of_a_party_may_be_valid_at_once_and_no_third(house: House) -> None:
    second = in_list("cabinet", "cabinet-2026b", not_before=NOW)
    third = in_list("cabinet", "cabinet-2026c", not_before=NOW + DAY)
    assert house.ring(second).find("cabinet-2026b", NOW).party == "cabinet"
    with pytest.raises(ProtocolError) as refusal:
        sign_key_list(house.list(second, third), house.root)
    assert refusal.value.code is E.KEY_LIST_CROWDED
    revoked = in_list("cabinet", "cabinet-2026b", not_before=NOW, revoked=NOW + DAY)
    assert house.ring(revoked, third).find("cabinet-2026c", NOW + DAY).kid == "cabinet-2026c"


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (in_list("cabinet", "gateway-2026a"), E.KEY_LIST_FORM),
        (in_list("root", "root-2"), E.KEY_LIST_FORM),
        (in_list("cabinet", "cabinet-2026b", not_after=wire.START), E.KEY_LIST_FORM),
        (msgspec.structs.replace(in_list("cabinet", "cabinet-2026b"), party="anybody"), E.KEY_FORM),
        (msgspec.structs.replace(in_list("cabinet", "x"), public=base64url.encode(bytes(32))), E.KEY_WEAK),
        (msgspec.structs.replace(in_list("sender", "x"), use="open", public=base64url.encode(bytes(32))), E.KEY_WEAK),
        (msgspec.structs.replace(in_list("sender", "x"), use="open", public="AA"), E.KEY_WEAK),
        (msgspec.structs.replace(in_list("cabinet", "x"), public="="), E.BASE64),
    ],
)
def test_a_bad_list_is_neither_signed_nor_taken(house: House, extra: KeyEntry, code: ErrorCode) -> None:
    keys = house.list(extra)
    with pytest.raises(ProtocolError) as refusal:
        sign_key_list(keys, house.root)
    assert refusal.value.code is code
    with pytest.raises(ProtocolError):
        keyring_from_signed_list(jose.sign(msgspec.json.encode(keys), house.root, typ=TYP), house.root.public, NOW)


@pytest.mark.parametrize("changes", [{"number": 0}, {"number": "1"}, {"note": 1}, {"issued": "2026-01-01T00:00:00"}])
def test_the_payload_of_a_list_is_closed(house: House, changes: dict[str, Any]) -> None:
    tree = {**msgspec.to_builtins(house.list()), **changes}
    raw = jose.sign(json.dumps(tree).encode(), house.root, typ=TYP)
    with pytest.raises(ProtocolError) as refusal:
        keyring_from_signed_list(raw, house.root.public, NOW)
    assert refusal.value.code is E.KEY_LIST_FORM


def test_what_is_sealed_goes_to_the_newest_valid_key(house: House) -> None:
    newer = entry(OpeningKey.generate("sender", "sender-open-2026b"), not_before=NOW, not_after=wire.END)
    ring = house.ring(newer)
    assert ring.opening_for("sender", NOW - DAY).kid == "sender-open-2026a"
    assert ring.opening_for("sender", NOW).kid == "sender-open-2026b"
    assert ring.opening_for("connector.main", NOW).kid == "connector-open-2026a"
    with pytest.raises(ProtocolError) as refusal:
        ring.opening_for("sender", wire.END)
    assert refusal.value.code is E.KEY_UNKNOWN


def test_a_named_party_is_preferred_to_its_role(house: House) -> None:
    own = entry(OpeningKey.generate("connector.main", "main-open"), not_before=wire.START, not_after=wire.END)
    assert house.ring(own).opening_for("connector.main", NOW).kid == "main-open"
    assert house.ring(own).opening_for("connector.second", NOW).kid == "connector-open-2026a"


@pytest.mark.parametrize("kind", [SigningKey, OpeningKey])
def test_a_key_file_comes_back(kind: type[SigningKey | OpeningKey]) -> None:
    key = kind.generate("connector.main")
    again = kind.load(key.dump())
    assert (again.kid, again.party, again.public) == (key.kid, key.party, key.public)
    assert key.dump().decode().count(base64url.encode(key.public)) == 1
    assert repr(key) == f"{kind.__name__}(kid={key.kid!r}, party='connector.main')"
    assert kind.generate("connector.main").public != key.public


@pytest.mark.parametrize("kind", [SigningKey, OpeningKey])
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kty": "EC"}, E.KEY_FORM),
        ({"crv": "Ed448"}, E.KEY_FORM),
        ({"d": "AA"}, E.KEY_FORM),
        ({"x": base64url.encode(bytes(32))}, E.KEY_FORM),
        ({"party": "nobody"}, E.KEY_FORM),
        ({"note": ""}, E.KEY_FORM),
        ({"d": "!"}, E.BASE64),
    ],
)
def test_a_key_file_has_one_form(kind: type[SigningKey | OpeningKey], changes: dict[str, str], code: ErrorCode) -> None:
    tree = {**json.loads(kind.generate("cabinet").dump()), **changes}
    with pytest.raises(ProtocolError) as refusal:
        kind.load(json.dumps(tree).encode())
    assert refusal.value.code is code


def test_a_signing_key_opens_nothing_and_the_reverse(house: House) -> None:
    with pytest.raises(ProtocolError):
        OpeningKey.load(house.cabinet.dump())
    with pytest.raises(ProtocolError):
        SigningKey.load(house.sender_open.dump())


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (31 * DAY, None),
        (30 * DAY, 30),
        (15 * DAY, 30),
        (14 * DAY, 14),
        (8 * DAY, 14),
        (7 * DAY, 7),
        (2 * DAY, 7),
        (DAY, 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (-DAY, 0),
    ],
)
def test_an_end_is_announced_in_steps(left: timedelta, days: int | None) -> None:
    item = in_list("cabinet", "cabinet-2026b", not_after=NOW + left)
    warnings = expiry_warnings((item,), NOW)
    assert [warning.days for warning in warnings] == ([] if days is None else [days])


def test_warnings_come_soonest_first_and_a_revoked_key_is_no_surprise() -> None:
    items = (
        in_list("cabinet", "b", not_after=NOW + 9 * DAY),
        in_list("cabinet", "a", not_after=NOW + 2 * DAY),
        in_list("cabinet", "c", not_after=NOW + DAY, revoked=NOW - DAY),
    )
    assert [warning.kid for warning in expiry_warnings(items, NOW)] == ["a", "b"]
