"""A system that says nothing any more: who is looking at its figures is told that they have grown old."""

import asyncio
from datetime import UTC, datetime, timedelta

from okno.live.core.streams import Place, StreamLimits, Streams
from okno.live.edge.pusher import Pusher, Subscription
from okno.live.edge.store.database import FRESHNESS

TOKEN = b"t" * 32
SILENCE_S = 0.05


class Figures:
    """A database whose figures are a look older each time that it is asked for their age."""

    def __init__(self) -> None:
        self.looks = 0

    async def read(self, function: object, _token: bytes, *_more: object) -> tuple[object, ...]:
        if function is FRESHNESS:
            self.looks += 1
            return (1, TOKEN, "ok", b'{"type":"age","look":%d}' % self.looks)
        return (1, TOKEN, "ok", b'{"type":"account","operations":[]}', 0, False)


class Screen:
    """Takes every frame at once."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.aged = asyncio.Event()

    async def write(self, frame: bytes, _cursor: str) -> None:
        self.frames.append(frame)
        if b'"age"' in frame:
            self.aged.set()

    def finish(self) -> None: ...


def opened(pusher: Pusher, screen: Screen) -> int:
    number = pusher.announce(TOKEN, "192.0.2.1")
    until = datetime.now(UTC) + timedelta(hours=1)
    pusher.open(number, screen, Subscription("s", until, [Place("flat", 0, "main")]), {"flat": 0})
    return number


def test_silence_is_told_again_and_again_while_somebody_looks() -> None:
    async def scenario() -> None:
        figures, screen = Figures(), Screen()
        pusher = Pusher(figures, Streams(StreamLimits()), silence_s=SILENCE_S)  # type: ignore[arg-type]  # a stand-in
        number = opened(pusher, screen)
        for look in (1, 2):
            await asyncio.wait_for(screen.aged.wait(), 10)
            screen.aged.clear()
            assert screen.frames[-1] == b'{"type":"age","look":%d}' % look
        pusher.gone(number)
        # The last wait ends with nobody to tell, and is the last.
        await asyncio.sleep(4 * SILENCE_S)
        assert (pusher._silences, figures.looks) == ({}, 2)  # noqa: SLF001 - what is left to wait for
        opened(pusher, screen)
        await asyncio.wait_for(screen.aged.wait(), 10)
        pusher.close()

    asyncio.run(scenario())


def test_a_word_of_the_system_begins_the_wait_anew() -> None:
    async def scenario() -> None:
        figures, screen = Figures(), Screen()
        pusher = Pusher(figures, Streams(StreamLimits()), silence_s=600)  # type: ignore[arg-type]  # a stand-in
        opened(pusher, screen)
        (first,) = pusher._silences.values()  # noqa: SLF001 - the wait itself
        pusher.watermark_hinted("main")
        await asyncio.wait_for(screen.aged.wait(), 10)
        assert first.cancelled()
        assert figures.looks == 1
        pusher.close()
        assert all(wait.cancelled() for wait in pusher._silences.values())  # noqa: SLF001 - the wait itself

    asyncio.run(scenario())
