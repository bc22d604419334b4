"""nginx from the templates: each host goes to its own process and nothing forged passes."""

import http.client
import os
import re
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from okno.cabinet.kit.http import patience
from okno.cli.servers.account import ServerError, account_for_servers, private_directory
from okno.cli.servers.doors import answers, door_open
from okno.cli.servers.nginx import TEMPLATES, Nginx, render
from okno.cli.servers.process import port_accepts, ports_free

BODIES: list[bytes] = []
DIED: list[str] = []
NAMES = ("WEB", "DESK", "COUNTER", "LIVE", "SMSC")


class Echo(BaseHTTPRequestHandler):
    """Answers with its own name and what nginx told it about the peer."""

    protocol_version = "HTTP/1.1"
    timeout = 1

    def do_GET(self) -> None:
        """Die twice over each address that says so."""
        self.close_connection = self.path.endswith("dies") and DIED.count(self.path) < 2
        if self.close_connection:
            DIED.append(self.path)
            return
        said = f"{self.server.server_port} {self.headers['Host']} {self.headers['X-Forwarded-For']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def do_POST(self) -> None:
        """Die over each body when it comes for the first time, over some the second time too."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        BODIES.append(body)
        self.close_connection = BODIES.count(body) <= (2 if body.endswith(b"twice") else 1)
        if not self.close_connection:
            self.do_GET()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def street(short_directory: Path) -> Iterator[tuple[Nginx, dict[str, int]]]:
    account = account_for_servers()
    assets = private_directory(short_directory / "assets-root", account) / "assets"
    assets.mkdir()
    assets.parent.chmod(0o755)
    (assets / "app-1.js").write_text("export {}")
    servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), Echo) for name in NAMES}
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers.values()]
    for thread in threads:
        thread.start()
    ports = {name: server.server_port for name, server in servers.items()}
    hosts = {f"{name}_HOST": f"{name.lower()}.demo.localhost" for name in ("PORTAL", "DESK", "PHONE", "PAY")}
    limits = {"API_RATE": "100", "API_BURST": "100", "SIGN_IN_RATE": "1", "SIGN_IN_BURST": "2", "STREAMS_MAX": "4"}
    others = {"MIME_TYPES": "/etc/nginx/mime.types", "WORKERS": "1", "CONNECTIONS_MAX": "256"}
    nginx = Nginx(
        short_directory / "ng",
        account,
        ports_free(1)[0],
        {
            **{f"{name}_PORT": str(port) for name, port in ports.items()},
            **hosts,
            **limits,
            **others,
            "ASSETS_ROOT": str(assets.parent),
        },
    )
    nginx.start()
    yield nginx, ports
    nginx.stop()
    for server, thread in zip(servers.values(), threads, strict=True):
        server.shutdown()
        server.server_close()
        thread.join()
    shutil.rmtree(nginx.home)


def get(
    nginx: Nginx, host: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", nginx.port, timeout=10)
    connection.request("GET" if body is None else "POST", path, body=body, headers={"Host": host, **headers})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, answer.headers


@pytest.mark.parametrize(
    ("host", "path", "names"),
    [
        ("portal.demo.localhost", "/", {"WEB"}),
        ("portal.demo.localhost", "/api/session", {"WEB"}),
        ("portal.demo.localhost", "/api/registration", {"WEB"}),
        ("portal.demo.localhost", "/api/registration/code", {"WEB"}),
        ("portal.demo.localhost", "/live/v1/overview", {"LIVE"}),
        ("portal.demo.localhost", "/live/v1/events", {"LIVE"}),
        ("desk.demo.localhost", "/", {"DESK"}),
        ("pay.demo.localhost", "/notices/yookassa", {"COUNTER"}),
        ("pay.demo.localhost", "/agents/terminal", {"COUNTER"}),
        ("phone.demo.localhost", "/", {"SMSC"}),
    ],
)
def test_each_address_reaches_its_own_process(
    street: tuple[Nginx, dict[str, int]], host: str, path: str, names: set[str]
) -> None:
    nginx, ports = street
    status, text, _ = get(nginx, host, path, **{"X-Forwarded-For": "203.0.113.9"})
    port, seen_host, peer = text.split()
    assert status == 200
    assert int(port) in {ports[name] for name in names}
    assert seen_host == host
    assert peer == "127.0.0.1"


@pytest.mark.parametrize(
    ("host", "path", "status", "times"),
    [
        ("pay.demo.localhost", "/notices/yookassa", 200, 2),
        ("pay.demo.localhost", "/notices/twice", 200, 3),
        ("pay.demo.localhost", "/agents/terminal", 502, 1),
        ("portal.demo.localhost", "/api/payments", 502, 1),
    ],
)
def test_what_a_dying_process_held_goes_to_its_successor_where_it_may_come_twice(
    street: tuple[Nginx, dict[str, int]], host: str, path: str, status: int, times: int
) -> None:
    body = f"held at {path}".encode()
    assert get(street[0], host, path, body)[0] == status
    assert BODIES.count(body) == times


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("portal.demo.localhost", "/api/session?dies"),
        ("portal.demo.localhost", "/live/v1/overview?dies"),
        ("desk.demo.localhost", "/?dies"),
        ("pay.demo.localhost", "/agents/terminal?dies"),
    ],
)
def test_who_only_reads_does_not_notice_that_a_process_died(
    street: tuple[Nginx, dict[str, int]], host: str, path: str
) -> None:
    assert get(street[0], host, path)[0] == 200
    assert DIED.count(path) == 2


def test_who_has_waited_for_the_database_does_not_begin_to_wait_anew() -> None:
    """A bound of nginx below that of the processes: what came back late is not tried at another."""
    again_s = re.search(r"^proxy_next_upstream_timeout (\d+)s;$", (TEMPLATES / "okno.conf").read_text(), re.MULTILINE)
    assert again_s is not None
    assert 0 < int(again_s[1]) < patience.WAIT_S


def test_it_is_killed_and_its_successor_takes_what_waits_at_the_door(
    street: tuple[Nginx, dict[str, int]], short_directory: Path
) -> None:
    first, _ = street
    (port,) = ports_free(1)
    with door_open(port) as door:
        nginx = Nginx(short_directory / "ng-door", first.account, port, first.values, door)
        nginx.configure()
        host = "portal.demo.localhost"
        server = nginx.launch()
        server.wait_ready(lambda: answers(port, host), timeout_s=30)
        os.killpg(server.pid, signal.SIGKILL)
        server.process.wait()
        with socket.create_connection(("127.0.0.1", port), timeout=30) as queued:
            queued.sendall(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            nginx.launch()
            assert queued.recv(64).startswith(b"HTTP/1.1 200")
        nginx.stop()
    assert not port_accepts(port)
    shutil.rmtree(nginx.home)


@pytest.mark.parametrize(
    ("host", "path"),
    [("pay.demo.localhost", "/"), ("portal.demo.localhost", "/-/live"), ("desk.demo.localhost", "/-/x")],
)
def test_what_is_not_for_the_street_is_not_found(street: tuple[Nginx, dict[str, int]], host: str, path: str) -> None:
    assert get(street[0], host, path)[0] == 404


def test_an_unknown_host_is_cut(street: tuple[Nginx, dict[str, int]]) -> None:
    with pytest.raises(ConnectionResetError):
        get(street[0], "evil.example", "/")


def test_assets_never_change_and_leave_no_way_out(street: tuple[Nginx, dict[str, int]]) -> None:
    status, text, headers = get(street[0], "portal.demo.localhost", "/assets/app-1.js")
    assert (status, text) == (200, "export {}")
    assert "immutable" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert get(street[0], "portal.demo.localhost", "/assets/%2e%2e/%2e%2e/etc/passwd")[0] != 200


def test_sign_in_is_limited_before_it_costs_anything(street: tuple[Nginx, dict[str, int]]) -> None:
    statuses = [get(street[0], "portal.demo.localhost", "/api/session/password")[0] for _ in range(8)]
    assert statuses[0] == 200
    assert statuses[-1] == 429


def test_it_stops_and_frees_its_port(street: tuple[Nginx, dict[str, int]]) -> None:
    nginx, _ = street
    nginx.stop()
    assert not port_accepts(nginx.port)
    nginx.start()
    assert port_accepts(nginx.port)


def test_a_value_nobody_gave_is_an_error() -> None:
    with pytest.raises(ServerError, match="@NAME@"):
        render("listen @NAME@;", {})
