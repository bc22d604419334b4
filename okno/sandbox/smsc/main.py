"""Starts the centre: on a port of its own, or as an application inside the embedded front."""

from pathlib import Path

import msgspec
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from okno.sandbox.smsc import phone, wire
from okno.sandbox.smsc.centre import Centre
from okno.sandbox.smsc.post import PostOffice

BODY_BYTES_MAX = 64 * 1024


class SmscSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    token: str
    """Bearer token that the carrier's customer shows."""
    journal: str
    """Path of the journal; its folder exists."""
    listen_port: int | None = None
    """On 127.0.0.1; none when the application is served by the embedded front."""
    mail_port: int | None = None
    """Where letters are taken, on 127.0.0.1 without encryption; none when there is no post office."""
    people: tuple[phone.Person, ...] = ()


class Smsc:
    def __init__(self, settings: SmscSettings) -> None:
        self.centre = Centre(Path(settings.journal))
        given = {"centre": self.centre, "token": settings.token}
        self.application = Application(
            [
                (r"/v1/messages", wire.MessagesHandler, given),
                (r"/v1/messages/([0-9A-Za-z_.~-]{1,64})", wire.ReportHandler, given),
                (r"/-/faults", wire.FaultsHandler, given),
                *phone.handlers(self.centre, settings.people),
            ],
        )
        self.post = PostOffice(self.centre)
        self.mail_port: int | None = None
        self.port: int | None = None
        self._server: HTTPServer | None = None
        if settings.listen_port is not None:
            self._server = HTTPServer(self.application, max_body_size=BODY_BYTES_MAX)
            sockets = bind_sockets(settings.listen_port, "127.0.0.1")
            self._server.add_sockets(sockets)
            self.port = sockets[0].getsockname()[1]

    async def stop(self) -> None:
        await self.post.close()
        if self._server is not None:
            self._server.stop()
            await self._server.close_all_connections()
        self.centre.close()


async def start(settings: SmscSettings) -> Smsc:
    """Return when the twin takes messages."""
    twin = Smsc(settings)
    if settings.mail_port is not None:
        twin.mail_port = await twin.post.open(settings.mail_port)
    return twin
