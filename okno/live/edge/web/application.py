"""The paths of live."""

from dataclasses import dataclass

from tornado.web import Application

from okno.live.edge.pusher import Pusher
from okno.live.edge.store.listener import Listener
from okno.live.edge.store.reader import Reader
from okno.live.edge.web.handler import Reading, Unknown
from okno.live.edge.web.health import Alive, Figures, Ready
from okno.live.edge.web.reads import READS
from okno.live.edge.web.streaming import Events, PushDesk, Stream

MESSAGE_BYTES_MAX = 256
PING_S = 20


@dataclass(frozen=True)
class Parts:
    """What the paths are joined to."""

    reader: Reader
    pusher: Pusher
    listener: Listener
    origins: frozenset[str]


def application(desk: PushDesk, listener: Listener) -> Application:
    """Tornado's application with absolute paths."""
    with_desk = {"desk": desk}
    return Application(
        [
            *((path, Reading, with_desk) for path in READS),
            (r"/live/v1/stream", Stream, with_desk),
            (r"/live/v1/events", Events, with_desk),
            (r"/-/live", Alive),
            (r"/-/ready", Ready, {"listener": listener}),
            (r"/-/metrics", Figures, {"reader": desk.reader, "pusher": desk.pusher, "listener": listener}),
        ],
        default_handler_class=Unknown,
        log_function=lambda _handler: None,
        websocket_max_message_size=MESSAGE_BYTES_MAX,
        websocket_ping_interval=PING_S,
        websocket_ping_timeout=PING_S / 2,
    )
