"""okno bench overview: answers a second of live's overview, divided by pgbench with the same two SELECTs.

Everything runs in one cluster of its own, interleaved: a round has each contender once, and each round begins with
another one. Every answer is compared with the account of its token.

    python bench/overview/overview.py [--quick] [--json] [--customers N] [--rounds N] [--seconds S] [--keep DIR]
"""

import argparse
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
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
from dataset import PER_ACCOUNT, Dataset, dataset_load, dataset_open, dataset_start, dataset_warm
from limit import pgbench
from product import PROCESSES, cpu_s, live_started, nginx_started

CLIENTS = (4, 8, 16, 32)
CONNECTIONS = 32
QUICK_CUSTOMERS, FULL_CUSTOMERS = 20_000, 600_000
# A busy machine gets fewer rounds, so that --quick still ends within 50 s.
QUICK_LAST_ROUND_S = 42
QUICK_LATE_S = 28
WARM_S = 0.5

Measured = dict[str, Any]


class Bench:
    """One run."""

    def __init__(self, data: Dataset, home: Path, *, seconds: float) -> None:
        self.data = data
        self.home = home
        self.seconds = seconds
        self.postmaster = data.cluster.server.pid if data.cluster.server else 0
        self.rounds: list[dict[str, Measured]] = []

    def product(self, pids: list[int], ports: list[int], way: str) -> Measured:
        """Load on live, directly or through nginx."""
        before = [cpu_s(pid) for pid in (*pids, self.postmaster)]
        done = subprocess.run(
            [
                *(sys.executable, str(Path(__file__).with_name("load.py")), str(CONNECTIONS), str(self.data.customers)),
                *(str(WARM_S), str(self.seconds), str(len(self.rounds) + 7), way),
                *map(str, ports),
            ],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        after = [cpu_s(pid) for pid in (*pids, self.postmaster)]
        told: Measured = json.loads(done.stdout)
        if told["wrong"]:
            raise SystemExit(f"{told['wrong']} wrong answers, one is: {told['example']}")
        # The warm-up is part of these processes' time, so the answers of the timed part stand for their share of it.
        share = told["seconds"] / (told["seconds"] + WARM_S)
        spent = [(late - early) * share / told["answers"] * 1e6 for early, late in zip(before, after, strict=True)]
        return {
            "per_s": told["answers"] / told["seconds"],
            "p50_ms": told["p50_ms"],
            "p99_ms": told["p99_ms"],
            "app_us": sum(spent[:-1]),
            "database_us": spent[-1],
            "client_us": told["cpu_s"] / told["answers"] * 1e6,
        }

    def limit(self, clients: int) -> Measured:
        """Load on PostgreSQL itself."""
        before = cpu_s(self.postmaster)
        told = pgbench(
            self.data, self.home, clients=clients, seconds=self.seconds, seed=len(self.rounds) * 100 + clients
        )
        spent = (cpu_s(self.postmaster) - before) / told["answers"] * 1e6
        return {
            "per_s": told["per_s"],
            "p50_ms": told["p50_ms"],
            "p99_ms": told["p99_ms"],
            "database_us": spent,
            "client_us": told["cpu_s"] / told["answers"] * 1e6,
        }

    def round(self, contenders: dict[str, Callable[[], Measured]]) -> None:
        """Each contender once; the order turns by one each round."""
        names = list(contenders)
        turn = len(self.rounds) % len(names)
        self.rounds.append({name: contenders[name]() for name in (*names[turn:], *names[:turn])})
        told = ", ".join(f"{name} {found['per_s']:.0f}/s" for name, found in self.rounds[-1].items())
        print(f"round {len(self.rounds)}: {told}", file=sys.stderr)

    def median(self, name: str) -> Measured:
        """Median of each figure of a contender, with the range of its answers a second."""
        found = [measured[name] for measured in self.rounds]
        medians = {figure: round(statistics.median(one[figure] for one in found), 2) for figure in found[0]}
        rates = [one["per_s"] for one in found]
        return {**medians, "per_s_range": [round(min(rates)), round(max(rates))]}

    def ratio(self, name: str, limit: str) -> float:
        """Median of the ratios within each round."""
        ratios = [float(one[name]["per_s"] / one[limit]["per_s"]) for one in self.rounds]
        return round(statistics.median(ratios), 3)


def conditions(data: Dataset, bench: Bench, load_before: tuple[float, ...]) -> dict[str, Any]:
    with psycopg.connect(data.superuser_dsn()) as connection:
        server = connection.execute("select version()").fetchone()
        size = connection.execute("select pg_size_pretty(pg_database_size(current_database()))").fetchone()
    return {
        "customers": data.customers,
        "operations": data.customers * PER_ACCOUNT,
        "database": size[0] if size else None,
        "rounds": len(bench.rounds),
        "seconds": bench.seconds,
        "connections": CONNECTIONS,
        "processes_of_live": PROCESSES,
        "load_average": {"before": load_before, "after": os.getloadavg()},
        "cpus": os.cpu_count(),
        "postgresql": server[0] if server else None,
        "python": platform.python_version(),
        "optimised_python": "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""),
        **{name: version(name) for name in ("tornado", "asyncpg", "uvloop", "msgspec")},
    }


def measure(arguments: argparse.Namespace, home: Path, stack: ExitStack, began: float) -> dict[str, Any]:
    load_before = os.getloadavg()
    customers = arguments.customers or (QUICK_CUSTOMERS if arguments.quick else FULL_CUSTOMERS)
    cluster = dataset_start(home / "pg", quick=arguments.quick)
    stack.callback(cluster.stop)
    data = dataset_open(cluster, customers) or dataset_load(cluster, customers)
    dataset_warm(data)
    print(f"{customers} customers loaded in {time.monotonic() - began:.1f} s", file=sys.stderr)
    bench = Bench(data, home, seconds=arguments.seconds or (1.0 if arguments.quick else 10.0))
    ports, pids = stack.enter_context(live_started(data, home))
    contenders: dict[str, Callable[[], Measured]] = {"okno": partial(bench.product, pids, ports, "plain")}
    for clients in CLIENTS:
        contenders[f"pgbench-{clients}"] = partial(bench.limit, clients)
    if not arguments.quick:
        contenders["okno-tornado"] = partial(bench.product, pids, ports, "tornado")
    late = arguments.quick and time.monotonic() - began > QUICK_LATE_S
    if Path("/usr/sbin/nginx").exists() and not late:
        port, pid = stack.enter_context(nginx_started(ports, home, cluster.account))
        contenders["okno-nginx-tls"] = partial(bench.product, [*pids, pid], [port], "tls")
    rounds = arguments.rounds or (3 if arguments.quick else 5)
    for _ in range(rounds):
        start = time.monotonic()
        bench.round(contenders)
        took = time.monotonic() - start
        if arguments.quick and time.monotonic() - began + took > QUICK_LAST_ROUND_S:
            break
    found = {name: bench.median(name) for name in contenders}
    fastest = max((f"pgbench-{clients}" for clients in CLIENTS), key=lambda name: float(found[name]["per_s"]))
    return {
        "bench": "overview",
        "okno": found.pop("okno"),
        "limit": {"name": fastest, **found[fastest]},
        "peers": found,
        "ratios": {
            "pgbench": bench.ratio("okno", fastest),
            "pgbench-32": bench.ratio("okno", "pgbench-32"),
            **(
                {"pgbench-through-nginx-tls": bench.ratio("okno-nginx-tls", fastest)}
                if "okno-nginx-tls" in found
                else {}
            ),
        },
        "conditions": conditions(data, bench, load_before),
    }


def main() -> None:
    began = time.monotonic()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--customers", type=int)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--keep", type=Path, help="home of the cluster; kept, and used again by the next run")
    arguments = parser.parse_args()
    home = arguments.keep or Path(tempfile.mkdtemp(prefix="okno-b-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o711)
    with ExitStack() as stack:
        if arguments.keep is None:
            stack.callback(shutil.rmtree, home)
        result = measure(arguments, home, stack, began)
    print(json.dumps(result) if arguments.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
