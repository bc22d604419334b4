"""Brings notices to the shop as the payment system does: again and again by its own timetable, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

from okno.sandbox.payers.here import HereResolver
from okno.sandbox.payers.journal import Journal
from okno.sandbox.payers.records import Notice, Sent
from okno.sandbox.payers.troubles import Mischief

AT_ONCE_MAX = 16


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """Of a payment system: how long it waits for an answer, and when it comes again."""

    timeout_s: float = 10
    pauses_s: tuple[float, ...] = ()
    """Before the second try, the third…"""


class Answer(msgspec.Struct, frozen=True):
    status: int
    """0: none came."""
    body: bytes = b""


class Courier:
    """Notices that a killed twin had not brought yet are brought by the next one."""

    def __init__(
        self,
        journal: Journal,
        mischief: Mischief,
        habits: Habits,
        *,
        pace: float,
        heads: Callable[[Notice], Mapping[str, str]],
        accepts: Callable[[Notice, Answer], bool],
        ca_file: str | None,
    ) -> None:
        self._journal = journal
        self._mischief = mischief
        self._habits = habits
        self._pace = pace
        self._heads = heads
        self._accepts = accepts
        self._ca_file = ca_file
        self._client = AsyncHTTPClient(force_instance=True, max_clients=AT_ONCE_MAX, resolver=HereResolver())
        self._tasks: set[asyncio.Task[None]] = set()
        self._departure = asyncio.Event()
        for notice in _undelivered(journal):
            self._begin(notice)

    @property
    def waiting(self) -> int:
        """Notices on their way, those between two tries included."""
        return len(self._tasks)

    def post(self, notice: Notice) -> None:
        self._journal.write("notice-made", notice=notice)
        self._begin(notice)

    async def settled(self) -> None:
        """Return when no notice is on its way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._client.close()

    def _begin(self, notice: Notice) -> None:
        task = asyncio.get_running_loop().create_task(self._bring(notice))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring(self, notice: Notice) -> None:
        subject = f"{notice.payment}|{notice.event}"
        if self._mischief.hits("lose", subject):
            self._note(notice, 1, Answer(0), trouble="lost")
            return
        trouble: Literal["", "reordered", "delayed"] = ""
        if self._mischief.hits("delay", subject):
            trouble = "delayed"
            await asyncio.sleep(self._mischief.chance("delay", subject) * self._mischief.now.delay_ms_max / 1000)
        if self._mischief.hits("reorder", subject):
            trouble = "reordered"
            await self._overtaken(self._mischief.now.hold_ms / 1000)
        tries = 0
        for pause_s in (0.0, *self._habits.pauses_s):
            await asyncio.sleep(pause_s * self._pace)
            tries += 1
            answer = await self._send(notice)
            if self._note(notice, tries, answer, trouble=trouble):
                break
        if self._mischief.hits("duplicate", subject):
            self._note(notice, tries + 1, await self._send(notice), trouble="duplicate")

    async def _overtaken(self, hold_s: float) -> None:
        """Return when another notice has left, or after `hold_s`."""
        try:
            async with asyncio.timeout(hold_s):
                await self._departure.wait()
        except TimeoutError:
            return

    async def _send(self, notice: Notice) -> Answer:
        request = HTTPRequest(
            notice.url + ("?" + notice.body.decode() if notice.method == "GET" else ""),
            method=notice.method,
            headers={"Content-Type": notice.content_type, "User-Agent": "okno-sandbox", **self._heads(notice)},
            body=notice.body if notice.method == "POST" else None,
            connect_timeout=self._habits.timeout_s,
            request_timeout=self._habits.timeout_s,
            follow_redirects=False,
            ca_certs=self._ca_file,
        )
        try:
            response = await self._client.fetch(request, raise_error=False)
        except (HTTPClientError, OSError):
            return Answer(0)
        finally:
            self._departure.set()
            self._departure = asyncio.Event()
        return Answer(response.code, response.body or b"")

    def _note(
        self,
        notice: Notice,
        nth: int,
        answer: Answer,
        *,
        trouble: Literal["", "lost", "duplicate", "reordered", "delayed"],
    ) -> bool:
        accepted = self._accepts(notice, answer)
        sent = Sent(notice=notice.id, nth=nth, answer=answer.status, accepted=accepted, trouble=trouble)
        self._journal.write("notice-sent", sent=sent)
        return accepted


def _undelivered(journal: Journal) -> list[Notice]:
    made: dict[str, Notice] = {}
    for entry in journal.past:
        if entry.notice is not None:
            made[entry.notice.id] = entry.notice
        if entry.sent is not None and (entry.sent.accepted or entry.sent.trouble == "lost"):
            made.pop(entry.sent.notice, None)
    return [notice for notice in made.values() if not notice.forged]
