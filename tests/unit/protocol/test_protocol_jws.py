"""Signatures: exactly the demanded ones. Every way of RFC 7515 to say something else is refused by its own code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import nacl.bindings
import pytest
from factories import wire
from factories.wire import NOW, House

from okno.protocol import jws
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import SigningKey, entry
from okno.protocol.strict import base64url, jose

E = ErrorCode
PAYLOAD = b'{"specversion":"1.0"}'
ORDER_L = 2**252 + 27742317777372353535851937790883648493
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(name="house", scope="module")
def a_house() -> House:
    return House()


def both(house: House) -> bytes:
    return jws.countersign(jws.sign(PAYLOAD, house.cabinet), house.gateway)


def refused(code: ErrorCode, house: House, raw: bytes) -> None:
    with pytest.raises(ProtocolError) as refusal:
        jws.verify(jws.parse(raw), house.ring(), parties=("cabinet", "gateway"), at=NOW)
    assert refusal.value.code is code


def header(raw: str, key: SigningKey) -> dict[str, str]:
    """A signature whose protected header is this text, made by a key that really signs it."""
    protected = base64url.encode(raw.encode())
    value = key.sign(f"{protected}.{base64url.encode(PAYLOAD)}".encode())
    return {"protected": protected, "signature": base64url.encode(value)}


def test_both_signatures_are_demanded_and_named(house: House) -> None:
    signed = jws.parse(both(house))
    assert jws.verify(signed, house.ring(), parties=("cabinet", "gateway"), at=NOW) == (
        "cabinet-2026a",
        "gateway-2026a",
    )
    assert signed.payload == PAYLOAD


HEADERS = {
    "none": ('{"alg":"none","kid":"cabinet-2026a","typ":"okno+jws"}', E.ALGORITHM),
    "eddsa": ('{"alg":"EdDSA","kid":"cabinet-2026a","typ":"okno+jws"}', E.ALGORITHM),
    "hs256": ('{"alg":"HS256","kid":"cabinet-2026a","typ":"okno+jws"}', E.ALGORITHM),
    "es256": ('{"alg":"ES256","kid":"cabinet-2026a","typ":"okno+jws"}', E.ALGORITHM),
    "case": ('{"alg":"ed25519","kid":"cabinet-2026a","typ":"okno+jws"}', E.ALGORITHM),
    "no alg": ('{"kid":"cabinet-2026a","typ":"okno+jws"}', E.ALGORITHM),
    "jwk": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","jwk":{}}', E.HEADER_UNEXPECTED),
    "jku": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","jku":"https://a"}', E.HEADER_UNEXPECTED),
    "x5u": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","x5u":"https://a"}', E.HEADER_UNEXPECTED),
    "x5c": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","x5c":[]}', E.HEADER_UNEXPECTED),
    "crit": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","crit":["exp"]}', E.HEADER_UNEXPECTED),
    "b64": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","b64":false}', E.HEADER_UNEXPECTED),
    "cty": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws","cty":"json"}', E.HEADER_UNEXPECTED),
    "typ": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"JWT"}', E.HEADER_TYPE),
    "grant's typ": ('{"alg":"Ed25519","kid":"cabinet-2026a","typ":"okno-grant+jws"}', E.HEADER_TYPE),
    "no typ": ('{"alg":"Ed25519","kid":"cabinet-2026a"}', E.HEADER_TYPE),
    "no kid": ('{"alg":"Ed25519","typ":"okno+jws"}', E.HEADER_FORM),
    "kid number": ('{"alg":"Ed25519","kid":1,"typ":"okno+jws"}', E.HEADER_FORM),
    "twice": ('{"alg":"none","alg":"Ed25519","kid":"cabinet-2026a","typ":"okno+jws"}', E.DUPLICATE_MEMBER),
    "unknown kid": ('{"alg":"Ed25519","kid":"cabinet-2025z","typ":"okno+jws"}', E.KEY_UNKNOWN),
    "opening kid": ('{"alg":"Ed25519","kid":"cabinet-open-2026a","typ":"okno+jws"}', E.KEY_USE),
    "other's kid": ('{"alg":"Ed25519","kid":"gateway-2026a","typ":"okno+jws"}', E.SIGNATURE_BAD),
    "not json": ("{", E.JSON_SYNTAX),
    "list": ("[]", E.NOT_AN_OBJECT),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_protected_header_says_exactly_what_it_must(house: House, name: str) -> None:
    text, code = HEADERS[name]
    tree = json.loads(both(house))
    tree["signatures"][0] = header(text, house.cabinet)
    refused(code, house, json.dumps(tree).encode())


def swap(tree: dict[str, Any]) -> None:
    tree["signatures"].reverse()


def unprotected(tree: dict[str, Any]) -> None:
    tree["signatures"][1]["header"] = {"kid": "gateway-2026a"}


def third(tree: dict[str, Any]) -> None:
    tree["signatures"].append(tree["signatures"][0])


def exchanged(tree: dict[str, Any]) -> None:
    first, second = tree["signatures"]
    first["signature"], second["signature"] = second["signature"], first["signature"]


def padded(tree: dict[str, Any]) -> None:
    tree["signatures"][0]["signature"] += "=="


def spare_bits(tree: dict[str, Any]) -> None:
    value = tree["signatures"][0]["signature"]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    tree["signatures"][0]["signature"] = value[:-1] + alphabet[alphabet.index(value[-1]) + 1]


def malleable(tree: dict[str, Any]) -> None:
    """S + L satisfies the same equation; RFC 8032 section 5.1.7 wants it refused."""
    raw = base64url.decode(tree["signatures"][0]["signature"])
    larger = int.from_bytes(raw[32:], "little") + ORDER_L
    tree["signatures"][0]["signature"] = base64url.encode(raw[:32] + larger.to_bytes(32, "little"))


def all_zero(tree: dict[str, Any]) -> None:
    tree["signatures"][0]["signature"] = base64url.encode(bytes(64))


def short(tree: dict[str, Any]) -> None:
    tree["signatures"][0]["signature"] = base64url.encode(bytes(63))


def other_payload(tree: dict[str, Any]) -> None:
    tree["payload"] = base64url.encode(b'{"specversion":"1.1"}')


FORMS: dict[str, tuple[Change, ErrorCode]] = {
    "swapped": (swap, E.SIGNER_WRONG),
    "values exchanged": (exchanged, E.SIGNATURE_BAD),
    "unprotected": (unprotected, E.UNPROTECTED_HEADER),
    "three": (third, E.SIGNATURE_EXTRA),
    "twice the first": (lambda tree: tree["signatures"].__setitem__(1, tree["signatures"][0]), E.SIGNER_WRONG),
    "one": (lambda tree: tree["signatures"].pop(), E.SIGNATURE_MISSING),
    "none": (lambda tree: tree["signatures"].clear(), E.SIGNATURE_MISSING),
    "no list": (lambda tree: tree.update(signatures={}), E.JWS_FORM),
    "not an object": (lambda tree: tree["signatures"].__setitem__(0, "x"), E.JWS_FORM),
    "no protected": (lambda tree: tree["signatures"][0].pop("protected"), E.JWS_FORM),
    "protected number": (lambda tree: tree["signatures"][0].update(protected=1), E.JWS_FORM),
    "signature null": (lambda tree: tree["signatures"][0].update(signature=None), E.JWS_FORM),
    "member of a signature": (lambda tree: tree["signatures"][0].update(note=""), E.JWS_FORM),
    "member": (lambda tree: tree.update(note=""), E.JWS_FORM),
    "flattened": (lambda tree: tree.update(tree.pop("signatures")[0]), E.JWS_FORM),
    "payload object": (lambda tree: tree.update(payload={}), E.JWS_FORM),
    "payload padded": (lambda tree: tree.update(payload=tree["payload"] + "="), E.BASE64),
    "payload white space": (lambda tree: tree.update(payload=tree["payload"] + "\n"), E.BASE64),
    "signature padded": (padded, E.BASE64),
    "signature spare bits": (spare_bits, E.BASE64),
    "signature malleable": (malleable, E.SIGNATURE_BAD),
    "signature zero": (all_zero, E.SIGNATURE_BAD),
    "signature short": (short, E.SIGNATURE_BAD),
    "other payload": (other_payload, E.SIGNATURE_BAD),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_signed_message_has_exactly_one_form(house: House, name: str) -> None:
    change, code = FORMS[name]
    tree = json.loads(both(house))
    change(tree)
    refused(code, house, json.dumps(tree).encode())


def test_truncated_bytes_are_refused_wherever_they_end(house: House) -> None:
    raw = both(house)
    for end in range(0, len(raw), 7):
        refused(E.JSON_SYNTAX, house, raw[:end])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"not_before": NOW + timedelta(seconds=1)}, E.KEY_EARLY),
        ({"not_after": NOW}, E.KEY_EXPIRED),
        ({"revoked": NOW}, E.KEY_REVOKED),
        ({"not_after": NOW, "revoked": NOW}, E.KEY_REVOKED),
    ],
)
def test_a_key_counts_only_in_its_time(house: House, changes: dict[str, Any], code: ErrorCode) -> None:
    key = wire.signing("cabinet", "cabinet-2026b")
    times = {"not_before": wire.START, "not_after": wire.END, **changes}
    ring = house.ring(entry(key, **times))
    signed = jws.parse(jws.countersign(jws.sign(PAYLOAD, key), house.gateway))
    with pytest.raises(ProtocolError) as refusal:
        jws.verify(signed, ring, parties=("cabinet", "gateway"), at=NOW)
    assert refusal.value.code is code


def test_two_keys_of_one_party_are_still_one_party(house: House) -> None:
    second = wire.signing("cabinet", "cabinet-2026b")
    ring = house.ring(entry(second, not_before=wire.START, not_after=wire.END))
    signed = jws.parse(jws.countersign(jws.sign(PAYLOAD, house.cabinet), second))
    with pytest.raises(ProtocolError) as refusal:
        jws.verify(signed, ring, parties=("cabinet", "gateway"), at=NOW)
    assert refusal.value.code is E.SIGNER_WRONG


def test_a_third_signature_is_not_added(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        jws.countersign(both(house), house.gateway)
    assert refusal.value.code is E.SIGNATURE_EXTRA


def test_a_signer_too_many_is_refused_although_it_is_good(house: House) -> None:
    with pytest.raises(ProtocolError) as refusal:
        jws.verify(jws.parse(both(house)), house.ring(), parties=("cabinet",), at=NOW)
    assert refusal.value.code is E.SIGNATURE_EXTRA


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d", "e30..", "e30.e30.AA=="])
def test_a_compact_token_has_three_parts(token: str) -> None:
    with pytest.raises(ProtocolError):
        jose.parse_compact(token, typ="okno-grant+jws")


def test_a_point_of_small_order_verifies_nothing(house: House) -> None:
    """With a key of small order one signature fits many messages: such a key is no key."""
    assert not nacl.bindings.crypto_core_ed25519_is_valid_point(bytes([1]) + bytes(31))
    weak = entry(house.cabinet, not_before=wire.START, not_after=wire.END)
    bad = type(weak)(
        kid="weak",
        party="cabinet",
        use="sign",
        public=base64url.encode(bytes([1]) + bytes(31)),
        not_before=wire.START,
        not_after=wire.END,
    )
    with pytest.raises(ProtocolError) as refusal:
        house.ring(bad)
    assert refusal.value.code is E.KEY_WEAK
