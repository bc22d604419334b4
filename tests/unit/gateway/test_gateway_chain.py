"""The tamper-evident log: a proof, or the first record that is changed, missing or too many."""

import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from okno.gateway.core.verdicts import Entry
from okno.gateway.edge.chain import Chain, Head, files_of, verify

AT = datetime(2026, 11, 22, 16, 54, tzinfo=UTC)


def written(folder: Path, count: int, **limits: int) -> Chain:
    chain = Chain(folder, at=AT, **limits)
    for number in range(count):
        chain.append(Entry("intake", "dispatched", type="okno.test.v1", id=f"message-{number}"), AT)
    return chain


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def test_an_untouched_log_is_proved(tmp_path: Path) -> None:
    chain = written(tmp_path / "log", 10)
    chain.close()
    proof = verify(tmp_path / "log")
    assert proof.ok
    assert (proof.records, proof.first, proof.head, proof.torn_bytes) == (10, 1, chain.head, 0)
    assert verify(tmp_path / "log", checkpoints=[chain.head]).ok


def test_an_empty_log_is_proved(tmp_path: Path) -> None:
    assert verify(tmp_path).ok
    assert verify(tmp_path).records == 0


def test_the_files_are_the_owner_s(tmp_path: Path) -> None:
    written(tmp_path / "log", 1).close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o700
    assert files_of(tmp_path / "log")[0].stat().st_mode & 0o777 == 0o600


def forge(line: bytes, **changes: object) -> bytes:
    """A record with a hash of its own, as an intruder who knows the form would write it."""
    record = json.loads(line)["record"] | changes
    raw = json.dumps(record, separators=(",", ":")).encode()
    return b'{"hash":"%b","record":%b}\n' % (hashlib.sha256(raw).hexdigest().encode(), raw)


PLANTED = {
    "a changed verdict": (lambda lines: [*lines[:4], lines[4].replace(b"dispatched", b"refused"), *lines[5:]], 5),
    "a changed verdict with a new hash": (lambda lines: [*lines[:4], forge(lines[4], verdict="x"), *lines[5:]], 6),
    "a changed hash": (lambda lines: [*lines[:4], lines[4].replace(b'{"hash":"', b'{"hash":"0'), *lines[5:]], 5),
    "a deletion": (lambda lines: [*lines[:4], *lines[5:]], 5),
    "an insertion": (lambda lines: [*lines[:4], forge(lines[4], id="planted"), *lines[4:]], 6),
    "a copy": (lambda lines: [*lines[:5], *lines[4:]], 6),
    "an exchange": (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 5),
    "rubbish": (lambda lines: [*lines[:4], b"\xff\x00 rubbish\n", *lines[5:]], 5),
    "another JSON": (lambda lines: [*lines[:4], b'{"some":"thing"}\n', *lines[5:]], 5),
    "an empty line": (lambda lines: [*lines[:4], b"\n", *lines[4:]], 5),
    "rubbish in front": (lambda lines: [b"rubbish\n", *lines[1:]], 1),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_named(tmp_path: Path, name: str) -> None:
    plant, number = PLANTED[name]
    written(tmp_path, 10).close()
    path = files_of(tmp_path)[0]
    path.write_bytes(b"".join(plant(lines_of(path))))
    proof = verify(tmp_path)
    assert not proof.ok
    assert proof.broken is not None
    assert (proof.broken.file, proof.broken.n) == (path.name, number)
    assert proof.broken.why
    assert proof.head.count == number - 1


def test_a_cut_tail_is_found_by_what_is_kept_inside(tmp_path: Path) -> None:
    chain = written(tmp_path, 10)
    chain.close()
    path = files_of(tmp_path)[0]
    path.write_bytes(b"".join(lines_of(path)[:7]))
    assert verify(tmp_path).ok
    proof = verify(tmp_path, checkpoints=[chain.head])
    assert proof.broken is not None
    assert proof.broken.n == 8


def test_a_log_rewritten_to_its_end_is_found_by_what_is_kept_inside(tmp_path: Path) -> None:
    kept = Head(5, written(tmp_path / "honest", 5).head.hash)
    other = Chain(tmp_path / "rewritten", at=AT)
    for number in range(8):
        other.append(Entry("intake", "refused", id=f"message-{number}"), AT)
    other.close()
    assert verify(tmp_path / "rewritten").ok
    proof = verify(tmp_path / "rewritten", checkpoints=[kept])
    assert proof.broken is not None
    assert proof.broken.n == 5


def test_a_line_that_a_crash_left_unfinished_is_cut_off_and_noted(tmp_path: Path) -> None:
    written(tmp_path, 3).close()
    path = files_of(tmp_path)[0]
    whole = path.read_bytes()
    torn = b'{"hash":"0123","reco'
    path.write_bytes(whole + torn)
    assert verify(tmp_path).torn_bytes == len(torn)
    again = Chain(tmp_path, at=AT)
    again.append(Entry("intake", "dispatched"), AT)
    again.close()
    records = [json.loads(line)["record"] for line in lines_of(path)]
    assert (records[3]["verdict"], records[3]["detail"]) == ("torn", "20 bytes")
    assert records[3]["payload"] == hashlib.sha256(torn).hexdigest()
    assert verify(tmp_path).ok
    assert verify(tmp_path).records == 5


def test_a_log_goes_on_where_it_ended(tmp_path: Path) -> None:
    first = written(tmp_path, 3)
    first.close()
    second = written(tmp_path, 3)
    second.close()
    assert second.head.count == 6
    assert verify(tmp_path).ok


def test_damage_before_the_end_is_left_for_the_proof(tmp_path: Path) -> None:
    written(tmp_path, 5).close()
    path = files_of(tmp_path)[0]
    lines = lines_of(path)
    path.write_bytes(b"".join([*lines[:4], b"\0" * 30 + b"\n"]))
    written(tmp_path, 2).close()
    proof = verify(tmp_path)
    assert proof.broken is not None
    assert proof.broken.n == 5


def test_a_log_whose_only_line_is_torn_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "verdicts-000000000001.jsonl"
    path.write_bytes(b'{"hash"')
    written(tmp_path, 1).close()
    assert verify(tmp_path).ok
    assert verify(tmp_path).records == 2


def test_files_are_rotated_and_the_oldest_retired_with_a_word(tmp_path: Path) -> None:
    chain = written(tmp_path, 60, file_bytes_max=2000, files_max=3)
    chain.close()
    files = files_of(tmp_path)
    assert len(files) == 3
    assert all(path.stat().st_size < 3000 for path in files)
    proof = verify(tmp_path)
    assert proof.ok
    assert proof.first > 1
    assert proof.head == chain.head


def test_a_first_file_that_nobody_retired_is_missed(tmp_path: Path) -> None:
    written(tmp_path, 30, file_bytes_max=2000, files_max=99).close()
    files_of(tmp_path)[0].unlink()
    proof = verify(tmp_path)
    assert proof.broken is not None
    assert "nobody retired" in proof.broken.why


def test_a_full_disk_stops_nothing_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = written(tmp_path, 2)
    real_write = os.write
    half = True

    def full(file: int, raw: bytes) -> int:
        nonlocal half
        half = not half
        if half:
            raise OSError(28, "No space left on device")
        return real_write(file, raw[:7])

    with monkeypatch.context() as patched:
        patched.setattr("okno.gateway.edge.chain.os.write", full)
        for _ in range(3):
            chain.append(Entry("intake", "dispatched"), AT)
    assert chain.lost == 3
    chain.append(Entry("intake", "dispatched"), AT)
    assert chain.lost == 0
    chain.close()
    records = [json.loads(line)["record"] for line in lines_of(files_of(tmp_path)[0])]
    assert [record["verdict"] for record in records[2:]] == ["lost", "dispatched"]
    assert records[2]["detail"] == "3 records"
    assert verify(tmp_path).ok


def test_what_is_forced_to_the_disk_survives_a_rotation_meanwhile(tmp_path: Path) -> None:
    chain = written(tmp_path, 1, file_bytes_max=300, files_max=9)
    sync = chain.sync_later()
    chain.append(Entry("intake", "dispatched"), AT)
    chain.append(Entry("intake", "dispatched"), AT)
    sync()
    chain.close()
    assert len(files_of(tmp_path)) > 1
    assert verify(tmp_path).ok
