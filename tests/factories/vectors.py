"""The conformance vectors of OKNO/1 (PR-05): made from fixed keys, compared with the committed files byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import msgspec
from factories import wire
from factories.wire import CABINET, GATEWAY, NOW, SYSTEM, House

from okno.protocol import jws
from okno.protocol import messages as m
from okno.protocol.envelope import encode
from okno.protocol.errors import ErrorCode, Problem
from okno.protocol.keys import sign_key_list
from okno.protocol.labels import Labels, day_key
from okno.protocol.strict import base64url

Vector = dict[str, Any]


def keys(house: House) -> Vector:
    """Every key with its private half: known to all the world, of use in tests alone."""
    private = {key.kid: json.loads(key.dump()) for key in vars(house).values()}
    return {"now": _text(NOW), "root_public": base64url.encode(house.root.public), "private": private}


def messages(house: House) -> Vector:
    """name -> receiver, the bytes that were signed, and the signed message at each stage of its way."""
    request = house.glass(SYSTEM).read(house.countersigned(wire.query(house)), at=NOW, online=True)
    broken = house.glass(GATEWAY).read_sender(house.pen(SYSTEM).write(wire.bundle(house)), at=NOW, online=False)
    page = m.OperationsPage(wire.ACCOUNT, "main", NOW, ())
    beat = m.Heartbeat("relay", NOW, breakers={"main": "closed"})
    envelopes = {
        "event": wire.event(house),
        "bundle": wire.bundle(house),
        "command": wire.command(house),
        "query with a grant": wire.query(house),
        "reply": wire.fixed(house.pen(SYSTEM).reply(request, page, at=NOW), 5),
        "problem of a bundle": wire.fixed(
            house.pen(GATEWAY).problem(broken, Problem.of(ErrorCode.BUNDLE_MEMBER, index=1), at=NOW), 6
        ),
        "heartbeat": wire.fixed(
            house.pen(CABINET).message("okno.link.heartbeat.v1", beat, at=NOW, audience="urn:okno:all"), 7
        ),
    }
    vectors = {}
    for name, envelope in envelopes.items():
        sent = house.pen(envelope.source).write(envelope)
        ends = GATEWAY in (envelope.source, envelope.audience) or envelope.kind == "heartbeat"
        vectors[name] = {
            "receiver": SYSTEM if envelope.kind == "heartbeat" else envelope.audience,
            "payload": encode(envelope).decode(),
            "payload_hash": jws.request_hash(sent),
            "sent": sent.decode(),
            "arrived": (sent if ends else jws.countersign(sent, house.gateway)).decode(),
        }
    return vectors


def tokens(house: House) -> Vector:
    """The grant and the key list; the sealed part is randomised and therefore kept in a file of its own."""
    return {"grant": house.grant(), "key_list": sign_key_list(house.list(), house.root).decode()}


def labels() -> Vector:
    """Under the master key 00 01 … 1f on 2026-11-22."""
    maker = Labels(day_key(bytes(range(32)), date(2026, 11, 22)))
    typed = {
        "address": ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1"],
        "network": ["192.0.2.7", "2001:db8::1"],
        "account": ["ЛС 12-34", "лс1234"],
        "phone": ["8 (900) 000-00-01", "+79000000001"],
        "device": ["d1"],
        "password": ["correct horse"],
    }
    return {kind: {text: getattr(maker, kind)(text) for text in texts} for kind, texts in typed.items()}


def refusals(house: House) -> Vector:
    """name -> code, receiver, and a message that must be refused with it (base64url of the bytes), read at `now`."""
    vectors: Vector = {}

    def add(name: str, code: ErrorCode, raw: bytes, receiver: str = CABINET) -> None:
        vectors[name] = {"code": code.value, "receiver": receiver, "online": False, "raw": base64url.encode(raw)}

    good = house.countersigned(wire.event(house))
    add("truncated", ErrorCode.JSON_SYNTAX, good[:-1])
    add("a byte more", ErrorCode.JSON_SYNTAX, good + b"}")
    add("not UTF-8", ErrorCode.NOT_UTF8, good.replace(b'"payload"', b'"payl\xffad"'))
    add("padded base64url", ErrorCode.BASE64, good.replace(b'","signatures"', b'=","signatures"'))
    add("duplicate member of the JWS", ErrorCode.DUPLICATE_MEMBER, b'{"payload":"",' + good[1:])
    for name, change, code in _FORMS:
        tree = json.loads(good)
        change(tree)
        add(name, code, json.dumps(tree, separators=(",", ":")).encode())
    add("the sender's signature alone", ErrorCode.SIGNATURE_MISSING, house.pen(SYSTEM).write(wire.event(house)))
    add("the gateway's signature alone", ErrorCode.SOURCE_WRONG, jws.sign(encode(wire.event(house)), house.gateway))
    add("for somebody else", ErrorCode.AUDIENCE_WRONG, good, "urn:okno:cabinet:2")
    for name, changes, code in _ENVELOPES:
        envelope = msgspec.structs.replace(wire.event(house), **changes)
        add(name, code, _signed(house, encode(envelope)))
    for name, old, new, code in _PAYLOADS:
        payload = encode(wire.event(house)).decode()
        assert old in payload
        add(name, code, _signed(house, payload.replace(old, new, 1).encode()))
    return vectors


def _signed(house: House, payload: bytes) -> bytes:
    return jws.countersign(jws.sign(payload, house.connector), house.gateway)


def _text(at: Any) -> str:  # noqa: ANN401  a time
    return str(msgspec.to_builtins(at))


def _header(**members: object) -> Callable[[Vector], None]:
    """Puts another protected header in the first signature (which then does not match: the header is judged first)."""

    def change(tree: Vector) -> None:
        header = {"alg": "Ed25519", "kid": "connector-2026a", "typ": "okno+jws", **members}
        tree["signatures"][0]["protected"] = base64url.encode(json.dumps(header).encode())

    return change


def _edit(edit: Callable[[list[Vector]], object]) -> Callable[[Vector], None]:
    return lambda tree: edit(tree["signatures"]) and None


_FORMS: tuple[tuple[str, Callable[[Vector], None], ErrorCode], ...] = (
    ("alg none", _header(alg="none"), ErrorCode.ALGORITHM),
    ("alg EdDSA", _header(alg="EdDSA"), ErrorCode.ALGORITHM),
    ("alg HS256", _header(alg="HS256"), ErrorCode.ALGORITHM),
    ("jwk", _header(jwk={}), ErrorCode.HEADER_UNEXPECTED),
    ("jku", _header(jku="https://example.org"), ErrorCode.HEADER_UNEXPECTED),
    ("x5u", _header(x5u="https://example.org"), ErrorCode.HEADER_UNEXPECTED),
    ("x5c", _header(x5c=[]), ErrorCode.HEADER_UNEXPECTED),
    ("crit", _header(crit=["exp"]), ErrorCode.HEADER_UNEXPECTED),
    ("b64", _header(b64=False), ErrorCode.HEADER_UNEXPECTED),
    ("another typ", _header(typ="JWT"), ErrorCode.HEADER_TYPE),
    ("unknown kid", _header(kid="connector-2025z"), ErrorCode.KEY_UNKNOWN),
    ("kid of an opening key", _header(kid="sender-open-2026a"), ErrorCode.KEY_USE),
    ("kid of another party", _header(kid="cabinet-2026a"), ErrorCode.SIGNATURE_BAD),
    ("unprotected header", _edit(lambda pair: pair[0].update(header={})), ErrorCode.UNPROTECTED_HEADER),
    ("swapped", _edit(lambda pair: pair.reverse()), ErrorCode.SOURCE_WRONG),
    ("three signatures", _edit(lambda pair: pair.append(pair[0])), ErrorCode.SIGNATURE_EXTRA),
    ("no signature", _edit(lambda pair: pair.clear()), ErrorCode.SIGNATURE_MISSING),
    ("twice by one key", _edit(lambda pair: pair.__setitem__(1, pair[0])), ErrorCode.SIGNER_WRONG),
    ("flattened", lambda tree: tree.update(tree.pop("signatures")[0]), ErrorCode.JWS_FORM),
    ("another payload", lambda tree: tree.update(payload="e30"), ErrorCode.SIGNATURE_BAD),
)
_ENVELOPES: tuple[tuple[str, Vector, ErrorCode], ...] = (
    ("unknown operation", {"type": "okno.unheard.of.v1"}, ErrorCode.UNKNOWN_OPERATION),
    ("another version", {"type": "okno.operation.posted.v2"}, ErrorCode.UNKNOWN_OPERATION),
    ("another kind", {"kind": "query"}, ErrorCode.KIND_WRONG),
    ("another way", {"audience": GATEWAY}, ErrorCode.DIRECTION_WRONG),
    ("source of another party", {"source": "urn:okno:system:second"}, ErrorCode.SOURCE_WRONG),
    ("another subject", {"subject": f"acct:{wire.OTHER_ACCOUNT}"}, ErrorCode.SUBJECT_WRONG),
    ("an unknown label", {"labels": {"note": "x"}}, ErrorCode.LABEL_UNKNOWN),
    ("a hash without a request", {"requesthash": jws.payload_hash(b"")}, ErrorCode.ENVELOPE),
    ("a caller for an event", {"authtype": "service"}, ErrorCode.AUTHTYPE),
    ("expired", {"expirytime": NOW}, ErrorCode.EXPIRED),
    ("a life too long", {"expirytime": NOW + timedelta(days=8)}, ErrorCode.EXPIRY_TOO_LONG),
    ("from the future", {"time": NOW + timedelta(days=6), "expirytime": NOW + timedelta(days=9)}, ErrorCode.EARLY),
)
_PAYLOADS: tuple[tuple[str, str, str, ErrorCode], ...] = (
    ("duplicate member", '{"specversion"', '{"kind":"query","specversion"', ErrorCode.DUPLICATE_MEMBER),
    ("duplicate member deep inside", '"key":"J-7"', '"key":"J-8","key":"J-7"', ErrorCode.DUPLICATE_MEMBER),
    ("unknown member", '{"specversion"', '{"note":"","specversion"', ErrorCode.ENVELOPE),
    ("unknown member of the data", '"key":"J-7"', '"key":"J-7","note":""', ErrorCode.SCHEMA),
    ("null in the envelope", '{"specversion"', '{"labels":null,"specversion"', ErrorCode.ENVELOPE),
    ("a float for an amount", '"1234.50"', "1234.50", ErrorCode.NUMBER_FRACTION),
    ("an exponent", "[1,7]", "[1,7e0]", ErrorCode.NUMBER_FRACTION),
    ("NaN", "[1,7]", "[1,NaN]", ErrorCode.NUMBER_CONSTANT),
    ("a huge integer", "[1,7]", "[1,9007199254740992]", ErrorCode.NUMBER_RANGE),
    ("a version that is text", "[1,7]", '[1,"7"]', ErrorCode.SCHEMA),
    ("a negative version", "[1,7]", "[1,-7]", ErrorCode.SCHEMA),
    ("decimals that the currency has not", '"1234.50"', '"1234.500"', ErrorCode.MONEY),
    ("data of another system", '"system":"main"', '"system":"second"', ErrorCode.SOURCE_WRONG),
    ("minus zero", '"1234.50"', '"-0.00"', ErrorCode.MONEY),
    ("full-width digits", '"1234.50"', '"１234.50"', ErrorCode.SCHEMA),
    ("a lone surrogate", "Электроэнергия", "\\ud800", ErrorCode.BAD_TEXT),
    ("NUL", "Электроэнергия", "\\u0000", ErrorCode.BAD_TEXT),
    ("a line feed in a line", "Электроэнергия", "\\n", ErrorCode.SCHEMA),
    ("a time without a zone", "00.123000Z", "00.123000", ErrorCode.TIME_FORM),
    ("a time of another zone", "00.123000Z", "00.123000+03:00", ErrorCode.TIME_FORM),
    ("too deep", '"Электроэнергия"', "[" * 16 + "]" * 16, ErrorCode.TOO_DEEP),
)
