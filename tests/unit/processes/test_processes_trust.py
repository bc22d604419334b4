"""A process follows the key list's file, and never to a list that is not the root's."""

import os
from pathlib import Path

import pytest
from factories.wire import NOW, House

from okno.cabinet.kit.processes.trust import Trust, opening_key, signing_key
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.keys import SigningKey, sign_key_list
from okno.protocol.strict import base64url


def put(path: Path, content: bytes, stamp: int) -> None:
    path.write_bytes(content)
    os.utime(path, (stamp, stamp))


def test_a_newer_list_is_taken_and_a_false_one_is_not(tmp_path: Path) -> None:
    house = House()
    keylist, root = tmp_path / "keylist.jws", tmp_path / "root.pub"
    root.write_text(base64url.encode(house.root.public) + "\n")
    put(keylist, sign_key_list(house.list(), house.root), 1)
    trust = Trust(str(keylist), str(root))
    first = trust.ring(NOW)
    assert trust.ring(NOW) is first
    put(keylist, sign_key_list(house.list(number=2), house.root), 2)
    second = trust.ring(NOW)
    assert second.number == 2
    put(keylist, sign_key_list(house.list(number=3), SigningKey.generate("root")), 3)
    assert trust.ring(NOW) is second
    put(keylist, sign_key_list(house.list(), house.root), 4)
    assert trust.ring(NOW) is second


def test_without_a_good_list_nothing_begins(tmp_path: Path) -> None:
    house = House()
    (tmp_path / "root.pub").write_bytes(house.root.public)
    put(tmp_path / "keylist.jws", sign_key_list(house.list(), SigningKey.generate("root")), 1)
    trust = Trust(str(tmp_path / "keylist.jws"), str(tmp_path / "root.pub"))
    for _ in range(2):
        with pytest.raises(ProtocolError) as refusal:
            trust.ring(NOW)
        assert refusal.value.code is ErrorCode.SIGNATURE_BAD


def test_private_keys_are_read_from_their_files(tmp_path: Path) -> None:
    house = House()
    (tmp_path / "sign").write_bytes(house.cabinet.dump())
    (tmp_path / "open").write_bytes(house.sender_open.dump())
    assert signing_key(str(tmp_path / "sign")).public == house.cabinet.public
    assert opening_key(str(tmp_path / "open")).kid == house.sender_open.kid
