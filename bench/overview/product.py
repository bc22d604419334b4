"""Two processes of live as shipped, on ports of their own; and nginx with TLS before them, its connections kept."""

import datetime as dt
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dataset import Dataset

from okno.cli.servers.account import Account, private_directory
from okno.cli.servers.process import Server, port_accepts, ports_free, server_start

PROCESSES = 2
READY_S = 20

NGINX = """\
daemon off; worker_processes {workers}; pid {home}/nginx.pid; error_log {home}/error.log warn;
events {{ worker_connections 512; }}
http {{
    access_log {home}/access.log combined buffer=16k flush=1s;
    client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/f;
    uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    keepalive_requests 1000000;
    upstream live {{ {upstreams} keepalive 32; keepalive_requests 1000000; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {home}/tls.crt; ssl_certificate_key {home}/tls.key; ssl_protocols TLSv1.3;
        location /live/ {{
            proxy_pass http://live; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""


@contextmanager
def live_started(data: Dataset, home: Path) -> Iterator[tuple[list[int], list[int]]]:
    """Ports and pids of the processes of live."""
    servers: list[Server] = []
    ports = ports_free(PROCESSES)
    try:
        for port in ports:
            config = home / f"live-{port}.toml"
            config.write_text(
                f'dsn = "{data.live_dsn()}"\npublic_origins = ["https://bench.localhost"]\nlisten_port = {port}\n'
            )
            config.chmod(0o600)
            server = server_start(
                f"live {port}",
                [sys.executable, "-m", "okno.live.main", str(config)],
                account=None,
                home=home,
                log=home / f"live-{port}.log",
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            )
            servers.append(server)
        for server, port in zip(servers, ports, strict=True):
            server.wait_ready(partial(port_accepts, port), timeout_s=READY_S)
        yield ports, [server.pid for server in servers]
    finally:
        for server in servers:
            server.stop()


@contextmanager
def nginx_started(upstreams: list[int], home: Path, account: Account) -> Iterator[tuple[int, int]]:
    """Port and pid of an nginx with TLS before live."""
    folder = private_directory(home / "nginx", account)
    port = ports_free(1)[0]
    _certificate(folder)
    (folder / "nginx.conf").write_text(
        NGINX.format(
            home=folder,
            workers=os.cpu_count(),
            port=port,
            upstreams=" ".join(f"server 127.0.0.1:{upstream};" for upstream in upstreams),
        )
    )
    for file in folder.iterdir():
        if account.drops:
            os.chown(file, account.uid, account.gid)
    server = server_start(
        "nginx",
        ["/usr/sbin/nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"],
        account=account,
        home=folder,
        log=folder / "start.log",
        env={"PATH": "/usr/sbin:/usr/bin:/bin", "LANG": "C.UTF-8"},
        stop_signal=signal.SIGQUIT,
    )
    try:
        server.wait_ready(lambda: port_accepts(port), timeout_s=READY_S)
        yield port, server.pid
    finally:
        server.stop()


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench.localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def cpu_s(pid: int) -> float:
    """CPU seconds of a process tree, children that have ended included."""
    ticks = os.sysconf("SC_CLK_TCK")
    total = 0
    pending = [pid]
    while pending:
        current = pending.pop()
        try:
            fields = Path(f"/proc/{current}/stat").read_text().rsplit(")", 1)[1].split()
            pending += map(int, Path(f"/proc/{current}/task/{current}/children").read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(map(int, fields[11:15]))
    return total / ticks
