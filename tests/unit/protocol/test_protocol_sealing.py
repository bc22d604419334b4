"""The sealed part: only its reader opens it, only in the message it was made for."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from factories import wire
from factories.wire import NOW, SYSTEM, House
from joserfc import jwe
from joserfc.jwk import OctKey, OKPKey

from okno.protocol import jws, sealing
from okno.protocol import messages as m
from okno.protocol.envelope import encode
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import entry
from okno.protocol.strict import base64url

E = ErrorCode
SUBJECT = f"acct:{wire.ACCOUNT}"
TYPE = "okno.customer.contact.change.v1"
PLAIN = b'{"value":"+79000000001"}'


@pytest.fixture(name="house", scope="module")
def a_house() -> House:
    return House()


@pytest.fixture(name="token", scope="module")
def a_token(house: House) -> str:
    return sealing.seal(PLAIN, house.ring().opening_for("connector", NOW), subject=SUBJECT, type=TYPE)


def refused(code: ErrorCode, token: str, house: House, *, subject: str | None = SUBJECT, type_: str = TYPE) -> None:
    with pytest.raises(ProtocolError) as refusal:
        sealing.open_sealed(token, house.connector_open, subject=subject, type=type_)
    assert refusal.value.code is code


def test_the_reader_opens_it(house: House, token: str) -> None:
    assert sealing.open_sealed(token, house.connector_open, subject=SUBJECT, type=TYPE) == PLAIN
    assert sealing.check_shell(token).kid == "connector-open-2026a"


def test_sealing_twice_gives_two_texts(house: House, token: str) -> None:
    again = sealing.seal(PLAIN, house.ring().opening_for("connector", NOW), subject=SUBJECT, type=TYPE)
    assert again != token
    assert len(again) == len(token)


@pytest.mark.parametrize(("size", "blocks"), [(0, 1), (255, 1), (256, 2), (511, 2), (512, 3)])
def test_the_length_tells_blocks_of_256_bytes_only(house: House, size: int, blocks: int) -> None:
    plain = b"\x80" * size
    token = sealing.seal(plain, house.ring().opening_for("sender", NOW), subject=None, type=TYPE)
    assert len(base64url.decode(token.split(".")[3])) == 256 * blocks
    assert sealing.open_sealed(token, house.sender_open, subject=None, type=TYPE) == plain


def test_it_cannot_be_moved(house: House, token: str) -> None:
    refused(E.SEALED_BINDING, token, house, subject=f"acct:{wire.OTHER_ACCOUNT}")
    refused(E.SEALED_BINDING, token, house, subject=None)
    refused(E.SEALED_BINDING, token, house, type_="okno.feedback.submitted.v1")


def test_another_reader_cannot_open_it(house: House, token: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        sealing.open_sealed(token, house.sender_open, subject=SUBJECT, type=TYPE)
    assert refusal.value.code is E.SEALED_KEY
    pretender = wire.opening("connector", "connector-open-2026a")
    pretender.private = wire.seed("somebody else")
    with pytest.raises(ProtocolError) as refusal:
        sealing.open_sealed(token, pretender, subject=SUBJECT, type=TYPE)
    assert refusal.value.code is E.SEALED_BROKEN


def test_every_part_is_authenticated(house: House, token: str) -> None:
    parts = token.split(".")
    for index in (2, 3, 4):
        raw = bytearray(base64url.decode(parts[index]))
        raw[0] ^= 1
        changed = [*parts[:index], base64url.encode(bytes(raw)), *parts[index + 1 :]]
        refused(E.SEALED_BROKEN, ".".join(changed), house)


def headed(token: str, **changes: object) -> str:
    """The token with members of its header changed; None takes one away."""
    parts = token.split(".")
    header = {**json.loads(base64url.decode(parts[0])), **changes}
    text = json.dumps({name: value for name, value in header.items() if value is not None})
    return ".".join([base64url.encode(text.encode()), *parts[1:]])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"alg": "dir"}, E.SEALED_FORM),
        ({"alg": "ECDH-ES+A256KW"}, E.SEALED_FORM),
        ({"enc": "A128GCM"}, E.SEALED_FORM),
        ({"zip": "DEF"}, E.SEALED_FORM),
        ({"crit": ["exp"]}, E.SEALED_FORM),
        ({"jku": "https://a"}, E.SEALED_FORM),
        ({"apu": "AA"}, E.SEALED_FORM),
        ({"typ": "JWT"}, E.SEALED_FORM),
        ({"kid": None}, E.SEALED_FORM),
        ({"sub": None}, E.SEALED_FORM),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": "AA"}}, E.SEALED_FORM),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": "AA", "d": "AA"}}, E.SEALED_FORM),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": "AA"}}, E.SEALED_BROKEN),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": base64url.encode(bytes(32))}}, E.SEALED_BROKEN),
        ({"epk": {"kty": "OKP", "crv": "X25519", "x": "!"}}, E.SEALED_BROKEN),
        ({"kid": "sender-open-2026a"}, E.SEALED_KEY),
        ({"sub": ""}, E.SEALED_BINDING),
    ],
)
def test_its_header_has_one_form(house: House, token: str, changes: dict[str, Any], code: ErrorCode) -> None:
    refused(code, headed(token, **changes), house)


@pytest.mark.parametrize(
    ("index", "part", "code"),
    [
        (1, "AA", E.SEALED_FORM),
        (2, "AA", E.SEALED_FORM),
        (3, "", E.SEALED_FORM),
        (3, "AA", E.SEALED_FORM),
        (4, "AA", E.SEALED_FORM),
        (3, "AA==", E.BASE64),
        (0, "e30=", E.BASE64),
        (0, "e30", E.SEALED_FORM),
    ],
)
def test_its_parts_have_one_form(house: House, token: str, index: int, part: str, code: ErrorCode) -> None:
    parts = token.split(".")
    parts[index] = part
    refused(code, ".".join(parts), house)


@pytest.mark.parametrize("token", ["", "....", "a.b.c.d", "a.b.c.d.e.f"])
def test_it_has_five_parts(house: House, token: str) -> None:
    with pytest.raises(ProtocolError):
        sealing.open_sealed(token, house.connector_open, subject=None, type=TYPE)


def test_too_much_is_neither_sealed_nor_opened(house: House) -> None:
    ring_entry = house.ring().opening_for("connector", NOW)
    with pytest.raises(ProtocolError) as refusal:
        sealing.seal(bytes(sealing.PLAIN_BYTES_MAX + 1), ring_entry, subject=None, type=TYPE)
    assert refusal.value.code is E.TOO_LARGE
    largest = sealing.seal(bytes(sealing.PLAIN_BYTES_MAX), ring_entry, subject=None, type=TYPE)
    assert len(sealing.open_sealed(largest, house.connector_open, subject=None, type=TYPE)) == sealing.PLAIN_BYTES_MAX
    refused(E.TOO_LARGE, "A" * (sealing.TOKEN_CHARS_MAX + 1), house)


def test_nothing_is_sealed_to_a_signing_key(house: House) -> None:
    signing = next(item for item in house.entries() if item.use == "sign")
    with pytest.raises(ProtocolError) as refusal:
        sealing.seal(PLAIN, signing, subject=None, type=TYPE)
    assert refusal.value.code is E.KEY_USE


@pytest.mark.parametrize("padded", [bytes(256), b"x" * 256, b"\x80" + b"\x01" * 255])
def test_a_plaintext_without_its_mark_is_broken(house: House, padded: bytes) -> None:
    header = {
        "alg": "ECDH-ES",
        "enc": "A256GCM",
        "typ": "okno+jwe",
        "kid": "connector-open-2026a",
        "sub": SUBJECT,
        "msg": TYPE,
    }
    public = OKPKey.import_key({"kty": "OKP", "crv": "X25519", "x": base64url.encode(house.connector_open.public)})
    registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"], strict_check_header=False)
    refused(E.SEALED_BROKEN, jwe.encrypt_compact(header, padded, public, registry=registry), house)


def test_another_librarys_direct_encryption_is_refused(house: House) -> None:
    key = OctKey.import_key(bytes(32))
    token = jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, bytes(256), key)
    refused(E.SEALED_FORM, token, house)


def contact_change(house: House, sealed: str) -> bytes:
    data = m.ContactChange(wire.ACCOUNT, "phone", sealed)
    envelope = house.pen(wire.CABINET).message(
        TYPE,
        data,
        at=NOW,
        audience=SYSTEM,
        idempotencykey="change-1",
        auth=("app_user", wire.USER),
        grant=house.grant(rights=("manage",)),
    )
    return jws.countersign(jws.sign(encode(envelope), house.cabinet), house.gateway)


def test_the_shell_is_checked_on_the_way(house: House, token: str) -> None:
    received = house.glass(SYSTEM).read(contact_change(house, token), at=NOW, online=False)
    assert isinstance(received.data, m.ContactChange)
    opened = sealing.open_sealed(
        received.data.sealed, house.connector_open, subject=received.envelope.subject, type=received.envelope.type
    )
    assert msgspec.json.decode(opened, type=m.ContactValue) == m.ContactValue("+79000000001")
    elsewhere = sealing.seal(
        PLAIN, house.ring().opening_for("connector", NOW), subject=f"acct:{wire.OTHER_ACCOUNT}", type=TYPE
    )
    for sealed, code in ((elsewhere, E.SEALED_BINDING), (headed(token, zip="DEF"), E.SEALED_FORM), ("x", E.SCHEMA)):
        with pytest.raises(ProtocolError) as refusal:
            house.glass(SYSTEM).read(contact_change(house, sealed), at=NOW, online=False)
        assert refusal.value.code is code


def test_a_part_that_is_sealed_to_another_than_the_row_says_is_refused(house: House) -> None:
    stranger = entry(wire.opening("connector", "stranger-open"), not_before=wire.START, not_after=wire.END)
    cabinet = house.ring().opening_for("cabinet", NOW)
    for reader, code in ((cabinet, E.SEALED_KEY), (stranger, E.KEY_UNKNOWN)):
        sealed = sealing.seal(PLAIN, reader, subject=SUBJECT, type=TYPE)
        with pytest.raises(ProtocolError) as refusal:
            house.glass(SYSTEM).read(contact_change(house, sealed), at=NOW, online=False)
        assert refusal.value.code is code
