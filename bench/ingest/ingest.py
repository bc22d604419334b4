"""okno bench ingest: events a second from RabbitMQ into the read model, beside COPY and one ORM transaction per event.

Everything runs in one cluster and one broker of its own, interleaved: a round has each contender once, on a fresh clone
of the same database, and each round begins with another one. After each turn the database is compared with the source.

    python bench/ingest/ingest.py [--quick] [--json] [--accounts N] [--events N] [--rounds N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from events import Connector, Posted, copy_text, told
from model import PER_ACCOUNT, Database, Model, model_start
from product import acknowledged_check, broker_made, cpu_s, drain, fill
from truth import applied_check, copied_check

from okno.cabinet.accounts.tasks.projector import ProjectorSettings
from okno.protocol.ids import new_id

QUICK_ACCOUNTS, FULL_ACCOUNTS = 50_000, 600_000
QUICK_EVENTS, FULL_EVENTS = 30_000, 120_000
QUICK_ROUNDS, FULL_ROUNDS = 3, 5
QUICK_ORM, FULL_ORM = 500, 3_000
# A busy machine gets fewer rounds, so that --quick still ends within 50 s.
QUICK_LAST_ROUND_S = 44
COPY_BYTES = 1 << 16

Measured = dict[str, Any]


class Bench:
    """One run."""

    def __init__(self, model: Model, home: Path, *, events: int, orm: int) -> None:
        self.model = model
        self.home = home
        self.told = told(model.accounts, events)
        self.orm_stream = self.told.stream[:orm]
        self.connector = Connector(home / "keys")
        self.messages = list(self.connector.messages(self.told.stream))
        self.copy_text = copy_text(self.told.rows)
        self.broker = broker_made(home / "mq")
        self.rounds: list[dict[str, Measured]] = []

    def okno(self, database: Database) -> Measured:
        """The product: an event told twice counts once."""
        seconds, spent = drain(database, self.broker, self.connector, self.messages, self.home)
        applied_check(database, self.told.rows)
        return _measured(len(self.told.rows), seconds, spent)

    def copy(self, database: Database) -> Measured:
        """COPY of ready text in one transaction, as the superuser: no row-level security, no account to keep."""
        columns = "account_id, position, epoch, version, key, kind, channel, amount, balance, posted_at, text"
        postgres = self._postgres()
        with psycopg.connect(database.superuser_dsn()) as connection, connection.cursor() as cursor:
            before, own = cpu_s(postgres), time.process_time()
            began = time.perf_counter()
            with cursor.copy(f"COPY accounts_operation ({columns}) FROM STDIN".encode()) as copy:
                for low in range(0, len(self.copy_text), COPY_BYTES):
                    copy.write(self.copy_text[low : low + COPY_BYTES])
            connection.commit()
            seconds = time.perf_counter() - began
            spent = {"app": time.process_time() - own, "database": cpu_s(postgres) - before}
        copied_check(database, self.told.rows)
        return _measured(len(self.told.rows), seconds, spent)

    def orm(self, database: Database) -> Measured:
        """Django's ORM over the first events of the same stream, one message each."""
        bodies = [(new_id(), json.dumps(asdict(row), default=str).encode()) for row in self.orm_stream]
        asyncio.run(fill(self.broker, bodies))
        assert self.broker.server is not None
        parties = {"database": self._postgres(), "broker": self.broker.server.pid}
        before = {name: cpu_s(pid) for name, pid in parties.items()}
        done = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("orm.py")), str(len(bodies))],
            env={
                **os.environ,
                "BENCH_DSN": database.projector_dsn(),
                "BENCH_AMQP": self.broker.url("cabinet.projector", "outer"),
            },
            stdout=subprocess.PIPE,
            check=True,
        )
        found = json.loads(done.stdout)
        spent = {"app": found["app_s"], **{name: cpu_s(pid) - before[name] for name, pid in parties.items()}}
        rows = _once(self.orm_stream)
        applied_check(database, rows)
        acknowledged_check(self.broker)
        return _measured(len(rows), found["seconds"], spent)

    def _postgres(self) -> int:
        server = self.model.cluster.server
        assert server is not None
        return server.pid

    def round(self) -> None:
        """Each contender once; the order turns by one each round."""
        contenders: dict[str, Callable[[Database], Measured]] = {"okno": self.okno, "copy": self.copy, "orm": self.orm}
        names = list(contenders)
        turn = len(self.rounds) % len(names)
        found = {}
        for name in (*names[turn:], *names[:turn]):
            with self.model.clone(f"bench_{name}") as database:
                found[name] = contenders[name](database)
        self.rounds.append(found)
        rates = ", ".join(f"{name} {found[name]['per_s']:.0f}/s" for name in names)
        print(f"round {len(self.rounds)}: {rates}", file=sys.stderr)

    def median(self, name: str) -> Measured:
        """Median of each figure of a contender, with the range of its events a second."""
        found = [measured[name] for measured in self.rounds]
        medians = {figure: round(statistics.median(one[figure] for one in found), 2) for figure in found[0]}
        rates = [one["per_s"] for one in found]
        return {**medians, "per_s_range": [round(min(rates)), round(max(rates))]}

    def ratio(self, other: str) -> float:
        """Median of the ratios within each round."""
        return round(statistics.median(float(one["okno"]["per_s"] / one[other]["per_s"]) for one in self.rounds), 3)


def _measured(events: int, seconds: float, spent: dict[str, float]) -> Measured:
    """Events a second, and the CPU of each party in µs per event."""
    return {"per_s": events / seconds, **{f"{name}_us": used / events * 1e6 for name, used in spent.items()}}


def _once(stream: list[Posted]) -> list[Posted]:
    return list({(row.account, row.version): row for row in stream}.values())


def conditions(bench: Bench, load_before: tuple[float, ...]) -> dict[str, Any]:
    model = bench.model
    with psycopg.connect(model.cluster.superuser_dsn()) as connection:
        server = connection.execute("SELECT version()").fetchone()
        size = connection.execute("SELECT pg_size_pretty(pg_database_size('okno_cabinet'))").fetchone()
    return {
        "accounts": model.accounts,
        "operations_before": model.accounts * PER_ACCOUNT,
        "database": size[0] if size else None,
        "events": len(bench.told.rows),
        "told_twice": len(bench.told.stream) - len(bench.told.rows),
        "messages": len(bench.messages),
        "message_bytes": statistics.median(len(body) for _, body in bench.messages),
        "batch_messages_max": ProjectorSettings("", "", "").batch_messages_max,
        "events_of_orm": len(bench.orm_stream),
        "rounds": len(bench.rounds),
        "load_average": {"before": load_before, "after": os.getloadavg()},
        "cpus": os.cpu_count(),
        "postgresql": server[0] if server else None,
        "python": platform.python_version(),
        "optimised_python": "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""),
        **{name: version(name) for name in ("psycopg", "aio-pika", "msgspec", "PyNaCl", "Django")},
    }


def measure(arguments: argparse.Namespace, home: Path, stack: ExitStack, began: float) -> dict[str, Any]:
    load_before = os.getloadavg()
    quick = arguments.quick
    accounts = arguments.accounts or (QUICK_ACCOUNTS if quick else FULL_ACCOUNTS)
    model = model_start(home / "pg", accounts=accounts)
    stack.callback(model.cluster.stop)
    events = arguments.events or (QUICK_EVENTS if quick else FULL_EVENTS)
    bench = Bench(model, home, events=events, orm=QUICK_ORM if quick else FULL_ORM)
    bench.broker.start()
    stack.callback(bench.broker.stop)
    print(f"{accounts} accounts and {events} events in {time.monotonic() - began:.1f} s", file=sys.stderr)
    for _ in range(arguments.rounds or (QUICK_ROUNDS if quick else FULL_ROUNDS)):
        start = time.monotonic()
        bench.round()
        took = time.monotonic() - start
        if quick and time.monotonic() - began + took > QUICK_LAST_ROUND_S:
            break
    return {
        "bench": "ingest",
        "okno": bench.median("okno"),
        "limit": {"name": "copy", **bench.median("copy")},
        "peers": {"orm": bench.median("orm")},
        "ratios": {"copy": bench.ratio("copy"), "orm": bench.ratio("orm")},
        "conditions": conditions(bench, load_before),
    }


def main() -> None:
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int)
    parser.add_argument("--events", type=int)
    parser.add_argument("--rounds", type=int)
    arguments = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="okno-i-"))
    home.chmod(0o711)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home)
        result = measure(arguments, home, stack, began)
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
