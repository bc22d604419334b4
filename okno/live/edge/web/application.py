"""The paths of live."""

from dataclasses import dataclass

from tornado.web import Application

from okno.live.edge.pusher import Pusher
from okno.live.edge.store.listener import Listener
from okno.live.edge.store.reader import Reader
from okno.live.edge.store.signals import Signals
from okno.live.edge.web.handler import Unknown
from okno.live.edge.web.health import Alive, Figures, Ready
from okno.live.edge.web.reads import Operations, Overview, Year
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


def application(parts: Parts, signals: Signals) -> Application:
    """Tornado's application with absolute paths."""
    desk = {"desk": PushDesk(parts.reader, signals, parts.origins, parts.pusher)}
    return Application(
        [
            (r"/live/v1/overview", Overview, desk),
            (r"/live/v1/operations", Operations, desk),
            (r"/live/v1/year", Year, desk),
            (r"/live/v1/stream", Stream, desk),
            (r"/live/v1/events", Events, desk),
            (r"/-/live", Alive),
            (r"/-/ready", Ready, {"listener": parts.listener}),
            (
                r"/-/metrics",
                Figures,
                {"reader": parts.reader, "pusher": parts.pusher, "listener": parts.listener},
            ),
        ],
        default_handler_class=Unknown,
        log_function=lambda _handler: None,
        websocket_max_message_size=MESSAGE_BYTES_MAX,
        websocket_ping_interval=PING_S,
        websocket_ping_timeout=PING_S / 2,
    )
