"""Twins of payment systems on ports of their own, in a loop and thread of their own, and a shop that takes notices."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from okno.sandbox.payers import journal
from okno.sandbox.payers.main import Payer
from okno.sandbox.payers.records import Entry, Kind
from okno.sandbox.payers.twin import Twin, TwinSettings

CONTROL = "control-token"
DEADLINE_S = 30.0


@dataclass(frozen=True)
class Arrived:
    """A notice as the shop's own server got it."""

    method: str
    path: str
    headers: dict[str, str]
    query: str
    body: bytes


class _Shop(RequestHandler):
    def initialize(self, house: "House") -> None:
        self._house = house

    def _take(self) -> None:
        headers = {name.lower(): value for name, value in self.request.headers.get_all()}
        arrived = Arrived(self.request.method or "", self.request.path, headers, self.request.query, self.request.body)
        self._house.taken.append(arrived)
        status, body = self._house.answers(arrived)
        self.set_status(status)
        self.finish(body)

    get = post = put = _take


@dataclass
class Loop:
    """A thread that runs one loop; `call` runs there and returns what came of it."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def call(self, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it returns
        async def run() -> Any:  # noqa: ANN401 - likewise
            done = work()
            return await done if asyncio.iscoroutine(done) else done

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(DEADLINE_S)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class House:
    """One twin and the shop's server. `taken` are the notices that arrived; `answers` decides what each gets."""

    def __init__(self, folder: Path, make: Callable[[Any], Twin], settings: Callable[..., TwinSettings]) -> None:
        self.path = folder / "payer.jsonl"
        self.taken: list[Arrived] = []
        self.answers: Callable[[Arrived], tuple[int, bytes]] = lambda _: (200, b"OK")
        self.running = Loop()
        self._make = make
        self._settings = settings
        self.shop_port: int = self.running.call(self._open_shop)
        self.http = urllib3.PoolManager(retries=False, timeout=10)
        self.payer: Payer
        self.open()

    def open(self) -> None:
        """Start the twin, anew after `close`: on the journal that is there."""
        self.payer = self.running.call(self._open)

    def close(self) -> None:
        self.running.call(self.payer.stop)

    def stop(self) -> None:
        self.close()
        self.running.call(self._shop.stop)
        self.running.call(self._shop.close_all_connections)
        self.running.stop()
        self.http.clear()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.payer.port}"

    def control(self, method: str, path: str, content: object = None, *, status: int = 200) -> Any:  # noqa: ANN401
        body = None if content is None else json.dumps(content)
        headers = {"Authorization": f"Bearer {CONTROL}"}
        answer = self.http.request(method, f"{self.url}/-/{path}", body=body, headers=headers)
        assert answer.status == status, (answer.status, answer.data)
        return json.loads(answer.data) if answer.status == 200 else None

    def trouble(self, **troubles: object) -> None:
        self.control("PUT", "troubles", troubles, status=204)

    def press(self, page_url: str, choice: str) -> str:
        """A button of the payer's page; returns where it sends the browser."""
        answer = self.http.request("POST", page_url, fields={"choice": choice}, encode_multipart=False, redirect=False)
        assert answer.status == 303, (answer.status, answer.data)
        return answer.headers["Location"]

    def journal(self, *kinds: Kind) -> list[Entry]:
        return [entry for entry in journal.read(self.path) if not kinds or entry.kind in kinds]

    def settled(self) -> list[Arrived]:
        """What has arrived when no notice is on its way any more."""
        self.running.call(self.payer.twin.courier.settled)
        return list(self.taken)

    async def _open(self) -> Payer:
        shop = f"http://127.0.0.1:{self.shop_port}/notices"
        return Payer(
            self._settings(journal=str(self.path), control_token=CONTROL, notice_url=shop, listen_port=0), self._make
        )

    def _open_shop(self) -> int:
        self._shop = HTTPServer(Application([(r"/.*", _Shop, {"house": self})]))
        sockets = bind_sockets(0, "127.0.0.1")
        self._shop.add_sockets(sockets)
        port: int = sockets[0].getsockname()[1]
        return port
