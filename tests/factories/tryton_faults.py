"""A full street on a Tryton that can be made slow and cut off, and what is asked of it from beside the product."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import urllib3
from factories.street import Demo
from psycopg.conninfo import make_conninfo

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.drill.killing import active_gateway
from okno.cli.drill.queues import depths
from okno.cli.files import file_write, toml_text
from okno.cli.instance.layout import Secrets
from okno.cli.instance.reach import reach_of
from okno.cli.servers.tryton import DATABASE
from okno.cli.tryton.rights import ADMIN
from okno.connectors.bench.lane import Lane
from okno.connectors.main import settings_read
from okno.connectors.tryton.rpc import Rpc
from okno.protocol.ids import new_id

PATIENCE_S = 240
OUTBOX = "SELECT state, count(*) FROM kit_outbox WHERE idempotency_key = ANY(%s) GROUP BY state"
SEEN = "SELECT key, amount FROM accounts_operation WHERE account_id = %s ORDER BY position"


def until(seen: Callable[[], Any], what: str) -> Any:  # noqa: ANN401 (what was seen)
    deadline = time.monotonic() + PATIENCE_S
    while not (found := seen()):
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.2)
    return found


@dataclass
class Inside:
    """The street's Tryton, behind a lane that its connector and the doctor go by."""

    demo: Demo
    lane: Lane
    admin: Rpc

    def passwords(self) -> dict[str, str]:
        file = self.demo.directory / "etc" / "secrets.json"
        return msgspec.json.decode(file.read_bytes(), type=Secrets).tryton

    def captured(self, account: str, amounts: list[str]) -> list[str]:
        """Payments that the cabinet has captured now, by its own service; their ids."""
        payments = [new_id() for _ in amounts]
        lines = [
            msgspec.json.encode({"payment": payment, "account": account, "amount": amount, "currency": "RUB"})
            for payment, amount in zip(payments, amounts, strict=True)
        ]
        done = subprocess.run(
            [sys.executable, "-m", "okno.cli.drill.paying"],
            env={**os.environ, ENVIRONMENT: str(self.demo.directory / "etc" / "web.toml")},
            input=b"\n".join(lines),
            capture_output=True,
            check=False,
        )
        assert done.stdout.split() == [str(number).encode() for number in range(1, len(payments) + 1)], done.stderr
        return payments

    def standing(self, payments: list[str]) -> list[str]:
        """The reference of every payment of Tryton's that names one of these and has come to its end."""
        domain = [("reference", "in", payments), ("state", "=", "succeeded"), ("clearing_move.state", "=", "posted")]
        rows = self.admin.search_read("account.payment", domain, ["reference"])
        return sorted(row["reference"] for row in rows)

    def outbox(self, payments: list[str]) -> dict[str, int]:
        with psycopg.connect(reach_of(self.demo.directory).projector) as cabinet:
            return dict(cabinet.execute(OUTBOX, [payments]).fetchall())

    def operations(self, account: str) -> list[tuple[str, int]]:
        with psycopg.connect(reach_of(self.demo.directory).projector) as cabinet:
            return cabinet.execute(SEEN, [account]).fetchall()

    def in_broker(self) -> int:
        """Messages that wait in the broker. In a thread: a browser's own loop may run in this one."""
        with ThreadPoolExecutor(1) as thread:
            return sum(thread.submit(depths, self.demo.directory).result().values())

    def metric(self, name: str) -> float:
        """A figure of the active gateway about the system; -1 while nobody tells it."""
        state = self.demo.state()
        port = state.ports[active_gateway(state)]
        text = urllib3.request("GET", f"http://127.0.0.1:{port}/-/metrics").data.decode()
        found = [line.split()[-1] for line in text.splitlines() if line.startswith(f'{name}{{system="main"}}')]
        return float(found[0]) if found else -1

    def doctor(self) -> list[str]:
        said = self.demo.okno("doctor", "--stack", "full", "--dir", str(self.demo.directory), "--json")
        problems: list[str] = msgspec.json.decode(said.stdout)["problems"]
        assert said.returncode == bool(problems)
        return problems

    @contextmanager
    def database_gone(self) -> Iterator[None]:
        """Nobody is in Tryton's database, nor can come in."""
        password = (self.demo.directory / "pg" / "superuser.password").read_text().strip()
        dsn = make_conninfo(reach_of(self.demo.directory).book, user="okno", password=password, dbname="postgres")
        with psycopg.connect(dsn, autocommit=True) as root:
            root.execute(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS false")
            root.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [DATABASE])
            try:
                yield
            finally:
                root.execute(f"ALTER DATABASE {DATABASE} ALLOW_CONNECTIONS true")


def rerouted(demo: Demo, url: str) -> str:
    """The connector starts again with another address of its Tryton; returns the one that it had."""
    file = Path(demo.said["connector"])
    settings = settings_read(file)
    before: str = settings.options["url"]
    file_write(file, toml_text(msgspec.structs.replace(settings, options={**settings.options, "url": url})).encode())
    pid = demo.state().pids["connector"]
    os.kill(pid, signal.SIGTERM)
    until(lambda: demo.state().pids.get("connector", pid) != pid, "the connector started again")
    return before


@contextmanager
def inside_of(demo: Demo) -> Iterator[Inside]:
    port = demo.state().ports["tryton"]
    lane = Lane(("127.0.0.1", port))
    assert not isinstance(lane.address, str)  # no unix socket was asked for
    host, way = lane.address
    direct = rerouted(demo, f"http://{host}:{way}")
    inside = Inside(demo, lane, None)  # type: ignore[arg-type]  # its password is known by itself
    inside.admin = Rpc(direct, database=DATABASE, user=ADMIN, password=inside.passwords()[ADMIN], timeout_s=120)
    yield inside
    inside.admin.close()
    rerouted(demo, direct)
    lane.close()
