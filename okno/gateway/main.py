"""Wires one gateway instance: keys, limits, the core, the HTTP hop and the two brokers."""

import ssl
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from okno.couriers.port import Courier
from okno.gateway.core.gate import Gate
from okno.gateway.core.limits import Limits, limits_from_toml
from okno.gateway.edge import http
from okno.gateway.edge.beats import Beats
from okno.gateway.edge.chain import Chain
from okno.gateway.edge.clock import Clock, system_clock
from okno.gateway.edge.inward import Inward
from okno.gateway.edge.journal import Journal
from okno.gateway.edge.leadership import Leadership
from okno.gateway.edge.posting import Posting
from okno.protocol.keys import SigningKey, keyring_from_signed_list
from okno.protocol.strict import base64url

LIMITS = Path(__file__).with_name("limits.toml")
ROOT_BYTES = 32


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`gateway.toml` of an instance. Paths are absolute.

    The two URLs are of the broker's virtual hosts, None when the couriers are in memory. With the three `tls_` files
    only a caller with a certificate of that CA gets in.
    """

    name: str
    listen_port: int
    keylist: str
    root_public: str
    signing_key: str
    log_dir: str
    listen_host: str = "127.0.0.1"
    systems: tuple[str, ...] = ("main",)
    limits: str | None = None
    outer_url: str | None = None
    inner_url: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    tls_callers_ca: str | None = None


def settings_read(path: Path) -> GatewaySettings:
    """Read `gateway.toml`. Raises OSError, or msgspec.ValidationError naming the member that is wrong."""
    return msgspec.toml.decode(path.read_bytes(), type=GatewaySettings)


class Gateway:
    """A running instance. `port` is where it listens; `is_active` says whether it is the one that works."""

    def __init__(self, settings: GatewaySettings, *, outer: Courier, inner: Courier, clock: Clock) -> None:
        at = datetime.now(UTC)
        root = _root_public(Path(settings.root_public))
        self._couriers = {"outer": outer, "inner": inner}
        self._clock = clock
        self._gate = Gate(
            name=settings.name,
            keyring=keyring_from_signed_list(Path(settings.keylist).read_bytes(), root, at),
            key=SigningKey.load(Path(settings.signing_key).read_bytes()),
            limits=_limits(settings.limits),
            systems=settings.systems,
        )
        self._journal = Journal(Chain(Path(settings.log_dir), at=at), clock)
        self._posting = Posting(gate=self._gate, couriers=self._couriers, journal=self._journal, clock=clock)
        self._inward = Inward(
            name=settings.name,
            gate=self._gate,
            couriers=self._couriers,
            journal=self._journal,
            posting=self._posting,
            clock=clock,
        )
        application = http.application(gate=self._gate, posting=self._posting, journal=self._journal, clock=clock)
        self._server: HTTPServer = http.server(application, _tls(settings))
        sockets = bind_sockets(settings.listen_port, settings.listen_host)
        self.port: int = sockets[0].getsockname()[1]
        self._server.add_sockets(sockets)
        self._beats = Beats(gate=self._gate, couriers=self._couriers, journal=self._journal, clock=clock)
        self._leadership = Leadership(inner, won=self._on_won, lost=self._on_lost, ended=self._inward.stop)

    @property
    def is_active(self) -> bool:
        return self._gate.is_active

    def _on_won(self) -> None:
        self._journal.record(self._gate.activate(self._clock()))
        self._inward.start()

    def _on_lost(self) -> None:
        if not self._gate.is_active:
            return
        entry, abandoned = self._gate.deactivate()
        self._journal.record(entry)
        for ticket, refused in abandoned:
            self._journal.record(refused.entry)
            self._posting.settle(ticket, refused)

    async def stop(self) -> None:
        """No new message, the place given up, what came from inside handed back, the log on the disk."""
        self._server.stop()
        self._on_lost()
        await self._inward.stop()
        await self._leadership.stop()
        await self._beats.stop()
        await self._server.close_all_connections()
        await self._journal.close()


async def start(settings: GatewaySettings, *, outer: Courier, inner: Courier, clock: Clock = system_clock) -> Gateway:
    """Start one instance; it stands by until the inner broker makes it the active one. The couriers stay the caller's.

    Raises OSError, LimitsError, ProtocolError when a file is missing or not what it must be.
    """
    return Gateway(settings, outer=outer, inner=inner, clock=clock)


def _limits(path: str | None) -> Limits:
    return limits_from_toml((Path(path) if path else LIMITS).read_bytes())


def _root_public(path: Path) -> bytes:
    """32 raw bytes, or their base64url as text."""
    raw = path.read_bytes()
    return raw if len(raw) == ROOT_BYTES else base64url.decode(raw.decode("ascii").strip())


def _tls(settings: GatewaySettings) -> ssl.SSLContext | None:
    if settings.tls_certificate is None or settings.tls_key is None or settings.tls_callers_ca is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=settings.tls_callers_ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return context
