"""The tamper-evident log: JSON lines, each holding the hash of the line before it.

A line is {"hash": h, "record": r} with h = SHA-256 of r's bytes, and r names its number and the hash before. Files are
`verdicts-<number of the first record>.jsonl`. Heads that are kept inside prove that the tail was not rewritten.
"""

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

import msgspec

from okno.gateway.core.verdicts import Entry

log = logging.getLogger(__name__)

GENESIS = "0" * 64
FILE_BYTES_MAX = 16 * 1024 * 1024
FILES_MAX = 128
"""2 GiB at most: a full disk must not stop the traffic."""
RETIRED, TORN, LOST = "retired", "torn", "lost"


class Head(msgspec.Struct, frozen=True):
    """Number and hash of the last record: what a checkpoint carries inside."""

    count: int
    hash: str


class Record(Entry, frozen=True, omit_defaults=True, kw_only=True):
    n: int
    at: datetime
    prev: str


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hash: str
    record: msgspec.Raw


class Broken(msgspec.Struct, frozen=True):
    """Where the proof ends: `n` is the number that the first bad record has, or ought to have."""

    file: str
    line: int
    n: int
    why: str


class Verdict(msgspec.Struct, frozen=True):
    """`first` to `head.count` are proved, up to `broken` if there is one. `torn_bytes` are an unfinished last line."""

    records: int
    first: int
    head: Head
    broken: Broken | None = None
    torn_bytes: int = 0

    @property
    def ok(self) -> bool:
        return self.broken is None


def files_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("verdicts-*.jsonl"))


def _read(line: bytes) -> Record | None:
    """The record, if the line is one and its hash is the record's own."""
    try:
        parsed = msgspec.json.decode(line, type=_Line)
        if hashlib.sha256(parsed.record).hexdigest() != parsed.hash:
            return None
        return msgspec.json.decode(parsed.record, type=Record)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _hash_of(line: bytes) -> str:
    return msgspec.json.decode(line, type=_Line).hash


class Chain:
    """The writer. One per folder; an append is in the page cache when it returns, on the disk after a `sync_later`."""

    def __init__(
        self, folder: Path, *, at: datetime, file_bytes_max: int = FILE_BYTES_MAX, files_max: int = FILES_MAX
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._file_bytes_max = file_bytes_max
        self._files_max = files_max
        self._lost = 0
        self.head, torn = _recover(folder)
        files = files_of(folder)
        self._file = self._open(files[-1] if files else self._name(self.head.count + 1))
        if torn:
            self.append(Entry("gateway", TORN, detail=f"{len(torn)} bytes", payload=_digest(torn)), at)

    def append(self, entry: Entry, at: datetime) -> None:
        """Never raises for a full disk: the traffic must not stop for its log.

        What could not be written is counted, and the count is written as soon as anything can be.
        """
        if self._lost and self._write(Entry("gateway", LOST, detail=f"{self._lost} records"), at):
            self._lost = 0
        if self._write(entry, at):
            self._rotate(at)
        else:
            self._lost += 1

    @property
    def lost(self) -> int:
        return self._lost

    def sync_later(self) -> Callable[[], None]:
        """What a thread has to do to force all that is written so far to the disk, whatever is rotated meanwhile."""
        held = os.dup(self._file)

        def sync() -> None:
            try:
                os.fsync(held)
            finally:
                os.close(held)

        return sync

    def close(self) -> None:
        os.fsync(self._file)
        os.close(self._file)

    def _write(self, entry: Entry, at: datetime) -> bool:
        record = Record(**msgspec.structs.asdict(entry), n=self.head.count + 1, at=at, prev=self.head.hash)
        raw = msgspec.json.encode(record)
        digest = hashlib.sha256(raw).hexdigest()
        line = b'{"hash":"%b","record":%b}\n' % (digest.encode(), raw)
        end = os.lseek(self._file, 0, os.SEEK_END)
        try:
            if os.write(self._file, line) == len(line):
                self.head = Head(record.n, digest)
                return True
        except OSError:
            log.exception("the verdict log cannot be written")
        os.ftruncate(self._file, end)
        return False

    def _rotate(self, at: datetime) -> None:
        if os.lseek(self._file, 0, os.SEEK_END) < self._file_bytes_max:
            return
        self.close()
        self._file = self._open(self._name(self.head.count + 1))
        files = files_of(self._folder)
        if len(files) <= self._files_max:
            return
        oldest, following = files[0], files[1]
        last = _last_line(oldest)
        # Said before it is done: a proof that begins here knows that the missing part was not cut off by somebody.
        self._write(Entry("gateway", RETIRED, id=str(_first_number(following) - 1), payload=_hash_of(last)), at)
        oldest.unlink()

    def _name(self, number: int) -> Path:
        return self._folder / f"verdicts-{number:012d}.jsonl"

    def _open(self, path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _digest(torn: bytes) -> str:
    return hashlib.sha256(torn).hexdigest()


def _first_number(path: Path) -> int:
    return int(path.stem.partition("-")[2])


def _last_line(path: Path) -> bytes:
    return path.read_bytes().rstrip(b"\n").rpartition(b"\n")[2]


def _recover(folder: Path) -> tuple[Head, bytes]:
    """The head to go on from, and the unfinished line that a crash left, now cut off.

    A complete line that is wrong is left where it is: `verify` shall name it.
    """
    files = files_of(folder)
    torn = b""
    if files:
        raw = files[-1].read_bytes()
        torn = raw[raw.rfind(b"\n") + 1 :]
        if torn:
            os.truncate(files[-1], len(raw) - len(torn))
    for path in reversed(files):
        for line in reversed(path.read_bytes().splitlines()):
            record = _read(line)
            if record is not None:
                return Head(record.n, _hash_of(line)), torn
    return Head(0, GENESIS), torn


def _lines(folder: Path) -> Iterator[tuple[Path, int, bytes]]:
    for path in files_of(folder):
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                yield path, number, line


def verify(folder: Path, *, checkpoints: Sequence[Head] = ()) -> Verdict:
    """Prove the log, or name the first record that is changed, missing or too many.

    `checkpoints` are heads that were kept inside: with them a log that was rewritten to its end is found out too.
    """
    kept = {head.count: head.hash for head in checkpoints}
    retired: dict[int, str] = {}
    records, first, start = 0, 1, GENESIS
    head = Head(0, GENESIS)
    torn = 0
    for path, number, line in _lines(folder):
        if not line.endswith(b"\n"):
            torn = len(line)
            break
        record = _read(line)
        if records == 0 and record is not None:
            first, start = record.n, record.prev
            head = Head(first - 1, start)
        why = _fault(record, head, kept, line)
        if record is None or why:
            return Verdict(records, first, head, Broken(path.name, number, head.count + 1, why))
        if record.verdict == RETIRED:
            retired[int(record.id)] = record.payload
        head = Head(record.n, _hash_of(line))
        records += 1
    broken = None
    if first > 1 and retired.get(first - 1) != start:
        broken = Broken("", 0, 1, f"the records before {first} are gone and nobody retired them")
    elif ahead := [count for count in kept if count > head.count]:
        broken = Broken("", 0, head.count + 1, f"cut off: a head of {max(ahead)} records is kept inside")
    return Verdict(records, first, head, broken, torn)


def _fault(record: Record | None, head: Head, kept: dict[int, str], line: bytes) -> str:
    if record is None:
        return "changed: the hash is not the record's"
    if record.n != head.count + 1:
        return f"number {record.n} stands here: a record is missing or too many"
    if record.prev != head.hash:
        return "does not follow the record before it"
    if kept.get(record.n, _hash_of(line)) != _hash_of(line):
        return "another head is kept inside: the log was rewritten"
    return ""
