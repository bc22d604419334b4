"""The committed vectors are what the code makes today, and what it reads: a change on the wire shows here first.

`OKNO_REWRITE_GOLDEN=1 pytest tests/golden/protocol` writes them anew; the difference is then read in the commit.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from factories import vectors, wire
from factories.wire import NOW, House

from okno.protocol import grants, jws, sealing
from okno.protocol.envelope import decode, encode
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import OpeningKey, SigningKey, keyring_from_signed_list
from okno.protocol.pen import Glass
from okno.protocol.strict import base64url

FOLDER = Path(__file__).parent
HOUSE = House()
MADE: dict[str, dict[str, Any]] = {
    "keys": vectors.keys(HOUSE),
    "messages": vectors.messages(HOUSE),
    "tokens": vectors.tokens(HOUSE),
    "labels": vectors.labels(),
    "refusals": vectors.refusals(HOUSE),
}
SEALED = {"subject": f"acct:{wire.ACCOUNT}", "type": "okno.customer.contact.change.v1", "plain": '{"value":"x"}'}


def committed(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return tree


def rewrite() -> None:
    for name, tree in MADE.items():
        text = json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    token = sealing.seal(
        SEALED["plain"].encode(),
        HOUSE.ring().opening_for("connector", NOW),
        subject=SEALED["subject"],
        type=SEALED["type"],
    )
    (FOLDER / "sealed.json").write_text(json.dumps({**SEALED, "token": token}, indent=2) + "\n", encoding="utf-8")


if os.environ.get("OKNO_REWRITE_GOLDEN"):
    rewrite()


@pytest.fixture(name="glasses", scope="module")
def a_glass_for_each_receiver() -> dict[str, Glass]:
    """Glasses that know nothing but the committed files."""
    root = base64url.decode(committed("keys")["root_public"])
    at = datetime.fromisoformat(committed("keys")["now"])
    ring = keyring_from_signed_list(committed("tokens")["key_list"].encode(), root, at)
    receivers = {vector["receiver"] for name in ("messages", "refusals") for vector in committed(name).values()}
    return {receiver: Glass(ring, receiver=receiver) for receiver in receivers}


@pytest.mark.parametrize("name", MADE)
def test_the_code_makes_what_is_committed(name: str) -> None:
    assert MADE[name] == committed(name)


@pytest.mark.parametrize("name", MADE["messages"])
def test_a_committed_message_is_read_and_made_again_byte_for_byte(name: str, glasses: dict[str, Glass]) -> None:
    vector = committed("messages")[name]
    received = glasses[vector["receiver"]].read(vector["arrived"].encode(), at=NOW, online=True)
    assert received.payload_hash == vector["payload_hash"]
    assert encode(received.envelope).decode() == vector["payload"]
    assert encode(decode(vector["payload"].encode())).decode() == vector["payload"]
    private = committed("keys")["private"]
    keys = [SigningKey.load(json.dumps(private[kid]).encode()) for kid in received.kids]
    raw = jws.sign(vector["payload"].encode(), keys[0])
    assert raw.decode() == vector["sent"]
    for key in keys[1:]:
        raw = jws.countersign(raw, key)
    assert raw.decode() == vector["arrived"]


def test_a_committed_reply_answers_the_committed_query() -> None:
    queried, replied = (committed("messages")[name] for name in ("query with a grant", "reply"))
    assert json.loads(replied["payload"])["requesthash"] == queried["payload_hash"]


def test_the_committed_grant_is_read_and_issued_again(glasses: dict[str, Glass]) -> None:
    token = committed("tokens")["grant"]
    grant = grants.check(
        token,
        next(iter(glasses.values())).keyring,
        at=NOW,
        authid=wire.USER,
        subject=f"acct:{wire.ACCOUNT}",
        right="view",
        system="main",
    )
    assert grants.issue(grant, HOUSE.connector) == token


def test_the_committed_sealed_part_opens() -> None:
    vector = committed("sealed")
    key = OpeningKey.load(json.dumps(committed("keys")["private"]["connector-open-2026a"]).encode())
    plain = sealing.open_sealed(vector["token"], key, subject=vector["subject"], type=vector["type"])
    assert plain.decode() == vector["plain"]


@pytest.mark.parametrize("name", MADE["refusals"])
def test_a_committed_refusal_is_refused_by_its_own_code(name: str, glasses: dict[str, Glass]) -> None:
    vector = committed("refusals")[name]
    with pytest.raises(ProtocolError) as refusal:
        glasses[vector["receiver"]].read(base64url.decode(vector["raw"]), at=NOW, online=vector["online"])
    assert refusal.value.code is ErrorCode(vector["code"])


def test_the_message_that_the_refusals_are_made_from_is_good(glasses: dict[str, Glass]) -> None:
    """Otherwise every refusal could have another reason."""
    good = HOUSE.countersigned(wire.event(HOUSE))
    assert msgspec.to_builtins(glasses[wire.CABINET].read(good, at=NOW, online=True).data)["account"] == wire.ACCOUNT
