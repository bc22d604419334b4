"""Subscriptions: which stream is told what, from which position. No clock, no socket.

Hints say that something may have changed; what has changed is read with the stream's own session, so no frame runs
ahead of the database and each push checks the session anew. One read per stream and account is under way at a time:
hints that come meanwhile ask for one more, however many they are. Positions per stream are kept here, so a frame is
never sent twice nor out of order.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from okno.live.core.batches import Verdict

Reason = Literal["session-ended", "too-slow", "shutdown"]
StreamId = int
K = TypeVar("K")

# Beside the accounts of a stream (by UUID text) two more things are read for it.
CHECK = "check"
AGE = "age"


class TooManyStreamsError(Exception):
    """The session or the address holds as many streams as one may."""


@dataclass(frozen=True)
class StreamLimits:
    """Bounds of one process, and of each session, address and stream in it."""

    per_session_max: int = 8
    per_address_max: int = 200
    frames_unsent_max: int = 4
    reads_in_flight_max: int = 256


@dataclass(frozen=True, slots=True)
class Place:
    """Where an account is now."""

    account: str
    position: int
    system: str


@dataclass(frozen=True, slots=True)
class Send:
    """Write a frame. `cursor` names what the stream has after it: `account:position,…`."""

    stream: StreamId
    frame: bytes
    cursor: str


@dataclass(frozen=True, slots=True)
class Close:
    """Write the last frame and close."""

    stream: StreamId
    frame: bytes


@dataclass(frozen=True, slots=True)
class Read:
    """Ask the database, and tell the answer by `changed`, `checked` or `aged`, its failure by `failed`.

    `what`: an account (its changes after `after`), CHECK (the session) or AGE.
    """

    stream: StreamId
    token_hash: bytes
    what: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class Retry:
    """Call `retry` in a while: reads have failed."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is new of an account: the frame, that part of it without operations, where it reaches, is there more."""

    frame: bytes
    state: bytes
    reached: int
    more: bool


Action = Send | Close | Read | Retry


@dataclass(slots=True)
class _Errand:
    """One thing that is read for a stream. `last`: fingerprint of the state sent last."""

    position: int = 0
    last: int | None = None
    queued: bool = False
    reading: bool = False
    again: bool = False


@dataclass(slots=True)
class _Stream:
    token_hash: bytes
    address: str
    errands: dict[str, _Errand] = field(default_factory=lambda: {CHECK: _Errand(), AGE: _Errand()})
    systems: frozenset[str] = frozenset()
    unsent: int = 0
    parked: set[str] = field(default_factory=set)
    accounts: tuple[str, ...] = ()

    def cursor(self) -> str:
        return ",".join(f"{account}:{self.errands[account].position}" for account in self.accounts)


class Streams:
    """All streams of one process."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._streams: dict[StreamId, _Stream] = {}
        self._of_account: dict[str, set[StreamId]] = {}
        self._of_system: dict[str, set[StreamId]] = {}
        self._of_hash: dict[bytes, set[StreamId]] = {}
        self._of_address: dict[str, set[StreamId]] = {}
        self._due: deque[tuple[StreamId, str]] = deque()
        self._failed: set[tuple[StreamId, str]] = set()
        self._number = 0
        self.reading = 0

    def __len__(self) -> int:
        return len(self._streams)

    def announce(self, token_hash: bytes, address: str) -> StreamId:
        """Take a place for a stream before its session is read. Raises TooManyStreamsError."""
        if len(self._of_hash.get(token_hash, ())) >= self._limits.per_session_max:
            raise TooManyStreamsError("streams of this session")
        if len(self._of_address.get(address, ())) >= self._limits.per_address_max:
            raise TooManyStreamsError("streams of this address")
        self._number += 1
        self._streams[self._number] = _Stream(token_hash, address)
        self._of_hash.setdefault(token_hash, set()).add(self._number)
        self._of_address.setdefault(address, set()).add(self._number)
        return self._number

    def open(self, number: StreamId, places: Sequence[Place], after: Mapping[str, int]) -> list[Action]:
        """Begin: `places` are the session's accounts, `after` what the client has. Foreign accounts in it are ignored.

        Each account is read once at the start: that tells the client what it missed, and what changed between the
        reading of `places` and this moment, when no hint could have reached the stream.
        """
        stream = self._streams.get(number)
        if stream is None:
            return []
        stream.accounts = tuple(place.account for place in places)
        stream.systems = frozenset(place.system for place in places)
        for place in places:
            stream.errands[place.account] = _Errand(position=after.get(place.account, place.position))
            self._of_account.setdefault(place.account, set()).add(number)
        for system in stream.systems:
            self._of_system.setdefault(system, set()).add(number)
        listed = ",".join(f'{{"account":"{place.account}","position":{place.position}}}' for place in places)
        actions: list[Action] = [self._send(number, stream, f'{{"type":"hello","accounts":[{listed}]}}'.encode())]
        for account in stream.accounts:
            self._want(number, stream, account)
        return [*actions, *self._reads()]

    def gone(self, number: StreamId) -> list[Action]:
        """The client has closed, or the session was refused. What is still being read for it comes to nothing."""
        stream = self._streams.pop(number, None)
        if stream is None:
            return []
        _leave(self._of_hash, stream.token_hash, number)
        _leave(self._of_address, stream.address, number)
        for account in stream.accounts:
            _leave(self._of_account, account, number)
        for system in stream.systems:
            _leave(self._of_system, system, number)
        return self._reads()

    def hinted(self, accounts: Iterable[str]) -> list[Action]:
        """Something may have changed on these accounts."""
        for account in accounts:
            self._want_all(self._of_account.get(account, ()), account)
        return self._reads()

    def watermark(self, system: str) -> list[Action]:
        """A system has told how far it got: figures are younger now."""
        self._want_all(self._of_system.get(system, ()), AGE)
        return self._reads()

    def hears(self, system: str) -> bool:
        """Whether a stream holds an account of the system."""
        return system in self._of_system

    def session_hinted(self, token_hash: bytes) -> list[Action]:
        """A session may have ended. Anybody may send such a hint, so it is looked up."""
        self._want_all(self._of_hash.get(token_hash, ()), CHECK)
        return self._reads()

    def due(self, number: StreamId) -> list[Action]:
        """The moment has come when the session ends unless somebody has touched it."""
        self._want_all((number,), CHECK)
        return self._reads()

    def resync(self) -> list[Action]:
        """Hints may have been lost: every account of every stream is read anew."""
        for number, stream in self._streams.items():
            for what in (CHECK, *stream.accounts):
                self._want(number, stream, what)
        return self._reads()

    def changed(self, number: StreamId, account: str, verdict: Verdict, change: Change) -> list[Action]:
        """The answer of a Read of an account. What the change says counts only with the verdict `ok`."""
        stream = self._answered(number, account)
        if stream is None:
            return self._reads()
        if verdict == "no-session":
            return self._bye(number, "session-ended")
        if verdict == "not-found":
            # The right to view has ended: the stream goes on with its other accounts.
            stream.accounts = tuple(other for other in stream.accounts if other != account)
            del stream.errands[account]
            _leave(self._of_account, account, number)
            return self._reads()
        errand = stream.errands[account]
        fingerprint = hash(change.state)
        sent: list[Action] = []
        if change.reached != errand.position or fingerprint != errand.last:
            errand.position, errand.last = change.reached, fingerprint
            sent.append(self._send(number, stream, change.frame))
        if change.more:
            self._want(number, stream, account)
        return [*sent, *self._reads()]

    def checked(self, number: StreamId, verdict: Verdict) -> list[Action]:
        """The answer of a Read of CHECK."""
        stream = self._answered(number, CHECK)
        if stream is not None and verdict != "ok":
            return self._bye(number, "session-ended")
        return self._reads()

    def aged(self, number: StreamId, verdict: Verdict, frame: bytes) -> list[Action]:
        """The answer of a Read of AGE."""
        stream = self._answered(number, AGE)
        if stream is None:
            return self._reads()
        if verdict != "ok":
            return self._bye(number, "session-ended")
        errand = stream.errands[AGE]
        fingerprint = hash(frame)
        if fingerprint == errand.last:
            return self._reads()
        errand.last = fingerprint
        return [self._send(number, stream, frame), *self._reads()]

    def failed(self, number: StreamId, what: str) -> list[Action]:
        """A Read has failed: it is asked again at the next `retry`."""
        stream = self._answered(number, what)
        if stream is None:
            return self._reads()
        first = not self._failed
        self._failed.add((number, what))
        return [*([Retry()] if first else []), *self._reads()]

    def retry(self) -> list[Action]:
        """Ask anew what has failed."""
        failed, self._failed = self._failed, set()
        for number, what in failed:
            self._want_all((number,), what)
        return self._reads()

    def flushed(self, number: StreamId) -> list[Action]:
        """A frame has left for the client: what waited for room may be read."""
        stream = self._streams.get(number)
        if stream is None:
            return []
        stream.unsent -= 1
        parked, stream.parked = stream.parked, set()
        for what in parked:
            self._want(number, stream, what)
        return self._reads()

    def stalled(self, number: StreamId) -> list[Action]:
        """A frame did not leave in time: the client is too slow and better comes again."""
        return self._bye(number, "too-slow") if number in self._streams else []

    def shutdown(self) -> list[Action]:
        """Say good-bye to all."""
        return [action for number in tuple(self._streams) for action in self._bye(number, "shutdown")]

    def _bye(self, number: StreamId, reason: Reason) -> list[Action]:
        return [Close(number, f'{{"type":"bye","reason":"{reason}"}}'.encode()), *self.gone(number)]

    def _send(self, number: StreamId, stream: _Stream, frame: bytes) -> Send:
        stream.unsent += 1
        return Send(number, frame, stream.cursor())

    def _answered(self, number: StreamId, what: str) -> _Stream | None:
        """Book the end of a read; the stream, unless it has gone meanwhile."""
        self.reading -= 1
        stream = self._streams.get(number)
        if stream is None:
            return None
        errand = stream.errands[what]
        errand.reading = False
        if errand.again:
            errand.again = False
            self._want(number, stream, what)
        return stream

    def _want_all(self, numbers: Iterable[StreamId], what: str) -> None:
        for number in numbers:
            stream = self._streams.get(number)
            if stream is not None and what in stream.errands:
                self._want(number, stream, what)

    def _want(self, number: StreamId, stream: _Stream, what: str) -> None:
        errand = stream.errands[what]
        if errand.reading:
            errand.again = True
        elif not errand.queued:
            errand.queued = True
            self._due.append((number, what))

    def _reads(self) -> list[Action]:
        """Reads that may begin now. A stream with a full buffer waits: its next frame will hold all it missed."""
        begun: list[Action] = []
        while self._due and self.reading < self._limits.reads_in_flight_max:
            number, what = self._due.popleft()
            stream = self._streams.get(number)
            errand = stream.errands.get(what) if stream is not None else None
            if stream is None or errand is None:
                continue
            errand.queued = False
            if what != CHECK and stream.unsent >= self._limits.frames_unsent_max:
                stream.parked.add(what)
                continue
            errand.reading = True
            self.reading += 1
            begun.append(Read(number, stream.token_hash, what, errand.position))
        return begun


def _leave(index: dict[K, set[StreamId]], key: K, number: StreamId) -> None:
    members = index.get(key)
    if members is not None:
        members.discard(number)
        if not members:
            del index[key]
