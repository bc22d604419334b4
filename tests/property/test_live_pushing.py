"""Any interleaving of posts, hints, reads, slow writes, lost hints: a client has every operation once, in order."""

from collections import deque

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from okno.live.core.streams import AGE, CHECK, Action, Change, Close, Place, Read, Retry, Send, StreamLimits, Streams

ACCOUNTS = ("flat", "shop")
PAGE = 3
TOKEN = b"t" * 32


class Pushing(RuleBasedStateMachine):
    """A database of positions, a client that follows its frames, and a world that is late with everything."""

    @initialize(after=st.integers(0, 4), posted=st.integers(0, 6))
    def begin(self, after: int, posted: int) -> None:
        self.streams = Streams(StreamLimits(frames_unsent_max=2, reads_in_flight_max=2))
        self.position = dict.fromkeys(ACCOUNTS, posted)
        self.state = dict.fromkeys(ACCOUNTS, 0)
        self.has = {account: min(after, posted) for account in ACCOUNTS}
        self.shown = dict.fromkeys(ACCOUNTS, -1)
        self.unread: deque[Read] = deque()
        self.unsent = 0
        self.retries = 0
        self.closed = False
        self.hints: list[str] = []
        self.number = self.streams.announce(TOKEN, "192.0.2.1")
        places = [Place(account, posted, "main") for account in ACCOUNTS]
        self.act(self.streams.open(self.number, places, dict(self.has)))

    def act(self, actions: list[Action]) -> None:
        for action in actions:
            if isinstance(action, Read):
                assert action.token_hash == TOKEN
                self.unread.append(action)
            elif isinstance(action, Send):
                assert not self.closed
                self.unsent += 1
                self.follow(action.frame.decode())
            elif isinstance(action, Close):
                self.closed = True
            else:
                assert isinstance(action, Retry)
                self.retries += 1

    def follow(self, frame: str) -> None:
        if frame.startswith(("{", "age")):
            return
        account, first, reached, state = frame.split(" ")
        # What the frame begins with is exactly what the client lacks.
        assert int(first) == self.has[account]
        assert int(reached) >= self.has[account]
        assert (int(reached), int(state)) != (self.has[account], self.shown[account]), "the same frame twice"
        assert int(state) >= self.shown[account], "an older state after a newer one"
        self.has[account], self.shown[account] = int(reached), int(state)

    @rule(account=st.sampled_from(ACCOUNTS), count=st.integers(1, 5), told=st.booleans())
    def post(self, account: str, count: int, told: bool) -> None:  # noqa: FBT001 (drawn by hypothesis)
        self.position[account] += count
        self.state[account] += 1
        if told:
            self.act(self.streams.hinted([account]))
        else:
            self.hints.append(account)

    @rule()
    def hint_late(self) -> None:
        self.act(self.streams.hinted(self.hints))
        self.hints.clear()

    @rule()
    def resync(self) -> None:
        self.act(self.streams.resync())
        self.hints.clear()

    @rule()
    def watermark(self) -> None:
        self.act(self.streams.watermark("main"))

    @rule(which=st.integers(0, 5))
    def answer(self, which: int) -> None:
        """The database answers some read; the snapshot is of this moment."""
        if not self.unread:
            return
        self.unread.rotate(which)
        read = self.unread.popleft()
        if read.what == CHECK:
            self.act(self.streams.checked(read.stream, "ok"))
        elif read.what == AGE:
            self.act(self.streams.aged(read.stream, "ok", b"age %d" % sum(self.state.values())))
        else:
            now = self.position[read.what]
            reached = min(read.after + PAGE, now)
            frame = f"{read.what} {read.after} {reached} {self.state[read.what]}"
            change = Change(frame.encode(), f"{reached} {self.state[read.what]}".encode(), reached, more=reached < now)
            self.act(self.streams.changed(read.stream, read.what, "ok", change))

    @rule()
    def fail(self) -> None:
        if self.unread:
            read = self.unread.popleft()
            self.act(self.streams.failed(read.stream, read.what))

    @rule()
    def retry(self) -> None:
        if self.retries:
            self.retries -= 1
            self.act(self.streams.retry())

    @rule()
    def flush(self) -> None:
        if self.unsent:
            self.unsent -= 1
            self.act(self.streams.flushed(self.number))

    @invariant()
    def bounds_hold(self) -> None:
        assert self.streams.reading == len(self.unread) <= 2
        # Reads that were under way when the buffer filled may still add one frame each.
        assert self.unsent <= 2 + 2

    def teardown(self) -> None:
        """When the world comes to rest, the client has everything."""
        if not hasattr(self, "streams"):
            return
        self.hint_late()
        while self.unread or self.unsent or self.retries:
            self.answer(0)
            self.flush()
            self.retry()
        assert self.has == self.position
        assert not self.closed


TestPushing = Pushing.TestCase
TestPushing.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
