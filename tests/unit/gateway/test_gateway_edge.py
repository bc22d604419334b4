"""The edge without a street: HTTP faults, headers, settings, files that are not what they must be."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID
from factories.gateway_street import Street, eventually, memory_connect, now, on_street
from factories.wire import GATEWAY, NOW, House

from okno.couriers.port import Courier, CourierDown
from okno.gateway.core.limits import LimitsError
from okno.gateway.core.verdicts import Entry, ended
from okno.gateway.edge import beats, inward, journal
from okno.gateway.edge.chain import Chain, verify
from okno.gateway.edge.clock import system_clock
from okno.gateway.edge.journal import OTHER, SIGNALS_MAX, Journal
from okno.gateway.edge.posting import rate_headers
from okno.gateway.main import LIMITS, GatewaySettings, settings_read, start
from okno.protocol import messages as m
from okno.protocol.errors import ProtocolError
from okno.protocol.strict import base64url

SIGNAL = "okno.security.signal.v1"


def walk_in_memory(walk: Callable[[Street], Awaitable[None]]) -> None:
    on_street(memory_connect(), walk)


def test_what_is_no_message_gets_a_problem_of_the_same_form() -> None:
    async def walk(street: Street) -> None:
        raw = street.pen.write(street.query())
        answers = {
            404: await street.get("/elsewhere"),
            405: await street.get("/v1/messages"),
            415: await street.post_raw(raw, content_type="application/json"),
            413: await street.post_raw(b" " * (1024 * 1024 + 1)),
            400: await street.post_raw(b"rubbish"),
        }
        for status, answer in answers.items():
            assert answer.code == status
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert json.loads(answer.body)["status"] == status
            assert "Server" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"
        assert street.connector.queries == []

    walk_in_memory(walk)


def test_a_fault_of_ours_says_nothing_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:

    def fail(*_: object) -> None:
        raise RuntimeError("the reason")

    async def walk(street: Street) -> None:
        monkeypatch.setattr(street.gateways[0]._gate, "post", fail)  # noqa: SLF001 - a planted fault
        answer = await street.post(street.query())
        assert answer.code == 500
        assert json.loads(answer.body)["code"] == "internal"
        assert b"reason" not in answer.body

    walk_in_memory(walk)


def test_who_watches_the_process() -> None:
    async def walk(street: Street) -> None:
        await street.post(street.query())
        assert (await street.get("/-/live")).body == b"live\n"
        assert (await street.get("/-/ready")).body == b"active\n"
        metrics = await street.get("/-/metrics")
        assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        text = metrics.body.decode()
        assert 'okno_gateway_verdicts_total{hop="intake",verdict="dispatched",code=""} 1' in text
        assert 'okno_gateway_breaker_state{system="main"} 0' in text
        assert 'okno_gateway_heartbeat_age_seconds{party="urn:okno:system:main"}' in text

    walk_in_memory(walk)


def test_no_limits_no_headers() -> None:
    assert rate_headers(()) == {}


def test_a_gateway_says_where_its_log_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "CHECKPOINT_S", 0.05)

    async def walk(street: Street) -> None:
        await eventually(lambda: any(isinstance(one.data, m.LogCheckpoint) for one in street.connector.commands))
        told = next(one for one in street.connector.commands if isinstance(one.data, m.LogCheckpoint))
        assert told.envelope.source == GATEWAY
        assert told.data.gateway == "gw1"  # type: ignore[attr-defined]
        assert told.data.head == street_head(street, told.data.count)  # type: ignore[attr-defined]

    walk_in_memory(walk)


def street_head(street: Street, count: int) -> str:
    line = (street.folder / "log-gw1" / "verdicts-000000000001.jsonl").read_text().splitlines()[count - 1]
    return str(json.loads(line)["hash"])


class Silent:
    """A courier to a broker that is away."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier

    async def publish(self, *_: object, **__: object) -> None:
        raise CourierDown("away")

    def __getattr__(self, name: str) -> object:
        return getattr(self._courier, name)


def test_a_heartbeat_that_is_not_taken_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beats, "BEAT_S", 0.01)
    connect = memory_connect()

    async def silent(user: str, vhost: str) -> Courier:
        courier = await connect(user, vhost)
        return Silent(courier) if (user, vhost) == ("gateway", "outer") else courier  # type: ignore[return-value]

    async def walk(street: Street) -> None:
        await eventually(lambda: len(street.connector.heartbeats) > 3)
        assert street.gateways[0].is_active

    on_street(connect, walk)
    on_street(silent, walk)


def test_a_reply_that_cannot_be_settled_is_answered_all_the_same() -> None:
    class Gone:
        queue = "q.reply.gw1"
        asked = 0

        async def ack(self) -> None:
            self.asked += 1
            raise CourierDown("gone")

    delivery = Gone()
    asyncio.run(inward._done(delivery))  # type: ignore[arg-type]  # noqa: SLF001 - its connection is lost
    assert delivery.asked == 1


def test_the_log_is_forced_to_the_disk_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SYNC_PAUSE_S", 0.0)
    forced: list[bool] = []

    def sync_later(_: Chain) -> Callable[[], None]:
        def sync() -> None:
            forced.append(True)
            if len(forced) == 2:
                raise OSError(5, "Input/output error")

        return sync

    monkeypatch.setattr(Chain, "sync_later", sync_later)

    async def scenario() -> None:
        kept = Journal(Chain(tmp_path, at=now()), system_clock)
        for expected in (1, 2, 3):
            kept.record(Entry("gateway", "active"))
            kept.record(Entry("gateway", "active"))
            await eventually(lambda wanted=expected: len(forced) == wanted)  # type: ignore[misc]
        kept.record(Entry("gateway", "standby"))
        await kept.close()
        assert kept.lost == 0

    asyncio.run(scenario())
    assert verify(tmp_path).records == 7


def start_with(street: Street, **changes: object) -> Awaitable[object]:
    inner, outer = street.links["gw1"]
    return start(street.settings("gw9", **changes), outer=outer, inner=inner)


def test_a_gateway_does_not_start_with_wrong_files() -> None:
    async def walk(street: Street) -> None:
        wrong = street.folder / "wrong"
        wrong.write_bytes(b"\x01" * 32)
        with pytest.raises(ProtocolError):
            await start_with(street, root_public=str(wrong))
        with pytest.raises(ProtocolError):
            await start_with(street, signing_key=str(wrong))
        with pytest.raises(LimitsError):
            await start_with(street, limits=str(wrong))
        with pytest.raises(FileNotFoundError):
            await start_with(street, keylist=str(street.folder / "nowhere"))

    walk_in_memory(walk)


def test_the_root_may_be_pinned_as_text_and_the_limits_be_one_s_own() -> None:
    async def walk(street: Street) -> None:
        text = street.folder / "root.txt"
        text.write_text(base64url.encode(street.house.root.public) + "\n")
        own = street.folder / "limits.toml"
        own.write_bytes(LIMITS.read_bytes().replace(b"dry_run = false", b"dry_run = true"))
        gateway = await street.gateway("gw2", root_public=str(text), limits=str(own))
        assert gateway.port > 0
        assert not gateway.is_active

    walk_in_memory(walk)


def test_settings_are_read_closed(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    lines = ['name = "gw1"', "listen_port = 0", *(f'{name} = "/{name}"' for name in ("keylist", "root_public"))]
    lines += ['signing_key = "/key"', 'log_dir = "/log"', 'systems = ["main", "second"]']
    path.write_text("\n".join(lines))
    settings = settings_read(path)
    assert isinstance(settings, GatewaySettings)
    assert settings.systems == ("main", "second")
    path.write_text("\n".join([*lines, "surprise = 1"]))
    with pytest.raises(msgspec.ValidationError):
        settings_read(path)


def certificate(folder: Path, name: str) -> None:
    """`name`.key and a self-signed `name`.crt for 127.0.0.1."""
    key = Ed25519PrivateKey.generate()
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(days=1))
        .not_valid_after(now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, form, plain))
    (folder / f"{name}.crt").write_bytes(made.public_bytes(pem))


def test_with_tls_only_a_known_caller_gets_in() -> None:
    async def walk(street: Street) -> None:
        folder = street.folder
        for name in ("gateway", "relay", "stranger"):
            certificate(folder, name)
        gateway = await street.gateway(
            "gw2",
            tls_certificate=str(folder / "gateway.crt"),
            tls_key=str(folder / "gateway.key"),
            tls_callers_ca=str(folder / "relay.crt"),
        )

        async def ask(caller: str | None) -> bytes:
            context = ssl.create_default_context(cafile=str(folder / "gateway.crt"))
            if caller is not None:
                context.load_cert_chain(str(folder / f"{caller}.crt"), str(folder / f"{caller}.key"))
            reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port, ssl=context)
            writer.write(b"GET /-/live HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n")
            try:
                return await asyncio.wait_for(reader.read(), timedelta(seconds=10).total_seconds())
            finally:
                writer.transport.abort()

        assert (await ask("relay")).startswith(b"HTTP/1.1 200")
        for unknown in ("stranger", None):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await ask(unknown)

    walk_in_memory(walk)


def test_signals_are_counted_by_name_and_names_without_end_under_one(tmp_path: Path) -> None:
    async def scenario() -> dict[tuple[str, str], int]:
        house, source = House(), "urn:okno:system:main"
        kept = Journal(Chain(tmp_path, at=now()), system_clock)
        pen, glass = house.pen(source), house.glass(GATEWAY)
        for name in [*(f"made_up{number}" for number in range(SIGNALS_MAX + 5)), "made_up0"]:
            told = pen.message(SIGNAL, m.SecuritySignal(name, "connector", NOW), at=NOW, audience=GATEWAY)
            kept.ended(ended("event", glass.read(pen.write(told), at=NOW, online=True)))
        await kept.close()
        return kept.signals

    signals = asyncio.run(scenario())
    assert len(signals) == SIGNALS_MAX + 1
    assert signals["urn:okno:system:main", "made_up0"] == 2
    assert signals["urn:okno:system:main", OTHER] == 5
    assert verify(tmp_path).records == SIGNALS_MAX + 6
