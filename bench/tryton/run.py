"""okno bench tryton: a Tryton that is offered three times what it can do, through the gateway, at a ceiling of four.

Each process runs on its own, RabbitMQ and PostgreSQL included. A round finds the best goodput of bills asked for
through the gateway (closed loops of as many callers as the ceiling, and of more), what the same calls reach on Tryton
alone (the limit), and then offers three times the best at random moments. In flight are the requests that a door before
Tryton counts. Whoever is refused is shown the read model with its age; all along 200 customers a second open their
overview.

    python bench/tryton/run.py [--quick] [--json] [--rounds N] [--seconds S]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import uvloop
from customers import Looks, Tally, closed_loop, open_loop
from people import customers_made
from stack import Stack, stack_started

from okno.cli.instance.settings import TRYTON_CEILING
from okno.connectors.runtime.system import System
from okno.connectors.tryton.system import tryton_system

CUSTOMERS = 200
READS_PER_S = 200
OFFERED_TIMES = 3
CALLERS = (TRYTON_CEILING, 2 * TRYTON_CEILING, 4 * TRYTON_CEILING)
BILLS_LIMIT = 24
SEED = 7
FULL = {"parties": 200, "months": 12, "rounds": 5, "seconds": 12.0}
# The books of the test of the demo: their dump stands in the cache already.
QUICK = {"parties": 8, "months": 2, "rounds": 1, "seconds": 4.0}

Measured = dict[str, Any]


class Bench:
    """One run on a stack that stands."""

    def __init__(self, stack: Stack, *, seconds: float) -> None:
        self.stack = stack
        self.seconds = seconds
        self.chance = random.Random(SEED)
        self.looks = Looks(stack, customers_made(stack, CUSTOMERS), SEED)
        self.system: System = tryton_system("main", stack.options)
        with psycopg.connect(stack.superuser_dsn("connector")) as connection:
            self.references = [row[0] for row in connection.execute("SELECT reference FROM mirror.account ORDER BY 1")]
        self.reads = Tally()
        self.rounds: list[Measured] = []

    async def round(self) -> None:
        """Each phase once; the order of the first ones turns, the overload follows the best it is measured by."""
        bests = {f"best-{callers}": callers for callers in CALLERS}
        names = ["bare", *bests]
        turn = len(self.rounds) % len(names)
        found: Measured = {}
        for name in (*names[turn:], *names[:turn]):
            if name == "bare":
                found[name] = await self.bare()
            else:
                tally = await closed_loop(self.looks.look, bests[name], self.seconds)
                found[name] = {**told(tally), "per_s": tally.per_s(self.seconds)}
        best = max(found[name]["per_s"] for name in bests)
        door = self.stack.door
        door.most, before = 0, door.requests
        offered = OFFERED_TIMES * best
        tally = await open_loop(self.looks.look, offered, self.seconds, self.chance)
        found["overload"] = {
            **told(tally),
            "per_s": tally.per_s(self.seconds),
            "offered_per_s": offered,
            "in_flight_most": door.most,
            "requests": door.requests - before,
        }
        self.rounds.append(found)
        spoken = ", ".join(f"{name} {found[name]['per_s']:.1f}/s" for name in (*names, "overload"))
        print(f"round {len(self.rounds)}: {spoken}", file=sys.stderr)

    async def bare(self) -> Measured:
        """The same question put to Tryton itself, past gateway and connector, by as many threads as its ceiling."""
        bills = self.system.bills
        assert bills is not None  # Tryton has bills
        tally = Tally()
        until = time.perf_counter() + self.seconds

        def caller(chance: random.Random) -> None:
            while (began := time.perf_counter()) < until:
                bills.bills(chance.choice(self.references), before=None, limit=BILLS_LIMIT)
                tally.answer(began)

        seeds = [random.Random(self.chance.random()) for _ in range(TRYTON_CEILING)]
        await asyncio.gather(*(asyncio.to_thread(caller, seed) for seed in seeds))
        return {**told(tally), "per_s": tally.per_s(self.seconds)}

    async def measure(self, rounds: int) -> float:
        """All rounds, with the readers beside them; returns how long they read."""
        began = time.perf_counter()
        done = asyncio.Event()
        reading = asyncio.ensure_future(self.read(done))
        for _ in range(rounds):
            await self.round()
        done.set()
        await reading
        self.looks.close()
        return time.perf_counter() - began

    async def read(self, done: asyncio.Event) -> None:
        while not done.is_set():
            tally = await open_loop(self.looks.read, READS_PER_S, 1.0, self.chance)
            self.reads.answered += tally.answered
            self.reads.errors += tally.errors


def spread(took: list[float]) -> Measured:
    """Milliseconds."""
    ranks = sorted(took)
    return {f"p{rank}_ms": round(ranks[len(ranks) * rank // 100] * 1000, 1) for rank in (50, 99)} if ranks else {}


def told(tally: Tally) -> Measured:
    return {
        **spread(tally.answered),
        "answered": len(tally.answered),
        "refused": dict(tally.refused),
        "shown_with_age": len(tally.ages),
        "age_s_most": round(max(tally.ages), 1) if tally.ages else None,
        "errors": tally.errors,
    }


def result(bench: Bench, seconds: float, load: tuple[float, ...], conditions: Measured) -> Measured:
    rounds = bench.rounds
    overloads = [one["overload"] for one in rounds]
    refused: Counter[str] = sum((Counter(one["refused"]) for one in overloads), Counter())
    bests = [f"best-{callers}" for callers in CALLERS]
    medians = {
        name: round(statistics.median(one[name]["per_s"] for one in rounds), 2) for name in ("bare", *bests, "overload")
    }
    best = max(bests, key=lambda name: medians[name])
    return {
        "bench": "tryton",
        "okno": {
            "goodput_per_s": medians["overload"],
            "best_per_s": medians[best],
            "offered_per_s": round(statistics.median(one["offered_per_s"] for one in overloads), 2),
            "in_flight_most": max(one["in_flight_most"] for one in overloads),
            "answered": sum(one["answered"] for one in overloads),
            "refused": dict(refused),
            "shown_with_age": sum(one["shown_with_age"] for one in overloads),
            "age_s_most": max((one["age_s_most"] or 0.0) for one in overloads),
            "errors": [error for one in rounds for phase in one.values() for error in phase["errors"]],
            "p99_ms": round(statistics.median(one["p99_ms"] for one in overloads), 1),
            "readers": {
                "per_s": round(len(bench.reads.answered) / seconds, 1),
                "answered": len(bench.reads.answered),
                "errors": len(bench.reads.errors),
                "examples": bench.reads.errors[:3],
                **spread(bench.reads.answered),
            },
        },
        "limit": {"name": "tryton", "per_s": medians["bare"]},
        "peers": {name: {"per_s": medians[name]} for name in bests},
        "ratios": {
            "best": ratio(rounds, best),
            "tryton": ratio(rounds, "bare"),
        },
        "conditions": {
            **conditions,
            "ceiling": TRYTON_CEILING,
            "offered_times": OFFERED_TIMES,
            "question": "okno.bill.list.v1, its rate opened so that ceilings alone refuse",
            "readers_per_s": READS_PER_S,
            "customers": CUSTOMERS,
            "accounts": len(bench.references),
            "stack": "one process each, RabbitMQ, PostgreSQL, one machine",
            "processors": os.cpu_count(),
            "load_before": [round(value, 2) for value in load],
            "load_after": [round(value, 2) for value in os.getloadavg()],
            "python": platform.python_version(),
        },
    }


def ratio(rounds: list[Measured], name: str) -> float:
    """Goodput of the overload divided by another's: the median of the ratios within the rounds."""
    return round(statistics.median(float(one["overload"]["per_s"] / one[name]["per_s"]) for one in rounds), 3)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=float)
    arguments = parser.parse_args()
    size: Measured = dict(QUICK if arguments.quick else FULL)
    size |= {name: value for name in ("rounds", "seconds") if (value := getattr(arguments, name)) is not None}
    load = os.getloadavg()
    with tempfile.TemporaryDirectory(prefix="okno-bench-") as home:
        folder = Path(home) / "tryton"
        with stack_started(folder, parties=size["parties"], months=size["months"]) as stack:
            size["sync"] = stack.sync()
            bench = Bench(stack, seconds=size["seconds"])
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                seconds = runner.run(bench.measure(size["rounds"]))
    said = result(bench, seconds, load, size)
    print(json.dumps(said) if arguments.json else json.dumps(said, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
