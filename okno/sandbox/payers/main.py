"""Starts twins: each on a port of its own, or as an application inside the embedded front."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from okno.sandbox.payers import page, wire
from okno.sandbox.payers.registry import TWINS, AnySettings
from okno.sandbox.payers.twin import Twin, TwinSettings


class PayersSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of a process: as many twins as its file names, `system` saying which."""

    twins: tuple[AnySettings, ...]


class Payer:
    """One running twin. `twin` takes orders in process: `twin.mischief.set(…)`, `twin.till`."""

    def __init__(self, settings: TwinSettings, make: Callable[[Any], Twin]) -> None:
        self.twin = make(settings)
        self.application = Application(
            [*self.twin.handlers(), *wire.handlers(self.twin), *page.handlers(self.twin)],
        )
        self.port: int | None = None
        self._server: HTTPServer | None = None
        if settings.listen_port is not None:
            self._server = HTTPServer(self.application, max_body_size=wire.BODY_BYTES_MAX)
            sockets = bind_sockets(settings.listen_port, "127.0.0.1")
            self._server.add_sockets(sockets)
            self.port = sockets[0].getsockname()[1]
            self.twin.public_url = self.twin.public_url or f"http://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
        await self.twin.stop()


class Payers:
    """Several in one process, by their names."""

    def __init__(self, payers: Sequence[Payer]) -> None:
        self.by_name = {payer.twin.name: payer for payer in payers}

    async def stop(self) -> None:
        for payer in self.by_name.values():
            await payer.stop()


async def start(settings: PayersSettings) -> Payers:
    """Return when all of them take calls."""
    assert len({type(one) for one in settings.twins}) == len(settings.twins), "one shop at each system"
    return Payers([Payer(one, TWINS[type(one)]) for one in settings.twins])
