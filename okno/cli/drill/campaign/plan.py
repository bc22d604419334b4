"""What a campaign does, drawn from a seed: a pure function of it and of what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

import msgspec

from okno.sandbox.payers.troubles import Troubles

OURS = (
    *("till", "counter1", "counter2", "relay", "projector", "connector", "gateway"),
    *("web1", "web2", "live1", "live2", "worker", "sender"),
)
SERVERS = ("postgres", "rabbitmq", "nginx")
TWINS = "payers"
VICTIMS = (*OURS, *SERVERS, TWINS)
"""`gateway` is whichever of the instances is active."""
Choice = Literal["pay", "decline", "leave", "nothing"]
#: Of all payers: those who pay, whose bank refuses, who turn back, who leave the page open.
CHOICES: tuple[tuple[Choice, int], ...] = (("pay", 84), ("decline", 6), ("leave", 5), ("nothing", 5))
#: Above what any payment system has for its least; far below what any has for its most.
MINOR_MIN, MINOR_MAX = 10_000, 5_000_000
#: Every fault at once; calls are away and answers lost less often than notices.
TROUBLES = Troubles(
    duplicate=0.2,
    reorder=0.1,
    delay=0.1,
    lose=0.1,
    forge=0.3,
    away=0.03,
    lose_answer=0.02,
    fail_answer=0.02,
    slow_status=0.1,
)
AWAY_S = 8.0
#: For each so many payers under faults there is one more afterwards, when nothing fails.
CALM_EVERY = 8


@dataclass(frozen=True)
class Payer:
    """`account` is a place in the list of those that can be paid for; `minor` stands once in a plan."""

    provider: str
    account: int
    minor: int
    choice: Choice


@dataclass(frozen=True)
class Fault:
    """When `after` of the payers have begun: a process is killed, or the inside is `away` for `AWAY_S` seconds."""

    kind: Literal["kill", "away"]
    victim: str
    after: int


@dataclass(frozen=True)
class Plan:
    """`calm`: who pays when the faults are over."""

    payers: Sequence[Payer]
    faults: Sequence[Fault]
    seed: int
    calm: Sequence[Payer] = ()

    def troubles(self, _provider: str) -> Troubles:
        """Of one payment system's twin: of all of them the same."""
        return msgspec.structs.replace(TROUBLES, seed=self.seed)


def plan_draw(providers: Sequence[str], accounts: int, *, payments: int, rounds: int, seed: int) -> Plan:
    """Payment systems take turns in an order of each turn's own, so that each gets its share.

    In each round every victim is killed once, and the inside is away once. Afterwards everybody pays.
    """
    random = Random(seed)  # noqa: S311 (it has to be repeatable)
    served = _turns(random, providers, payments)
    amounts = random.sample(range(MINOR_MIN, MINOR_MAX), payments)
    chosen = random.choices([name for name, _ in CHOICES], [share for _, share in CHOICES], k=payments)
    payers = [
        Payer(name, random.randrange(accounts), minor, choice)
        for name, minor, choice in zip(served, amounts, chosen, strict=False)
    ]
    faults = list(_faults(random, payments, rounds))
    count = -(-payments // CALM_EVERY)
    used = set(amounts)
    others = [minor for minor in random.sample(range(MINOR_MIN, MINOR_MAX), payments + count) if minor not in used]
    calm = [
        Payer(name, random.randrange(accounts), minor, "pay")
        for name, minor in zip(_turns(random, providers, count), others, strict=False)
    ]
    return Plan(payers, faults, seed, calm[:count])


def _turns(random: Random, providers: Sequence[str], payments: int) -> list[str]:
    """At least so many."""
    turns = -(-payments // len(providers))
    return [name for _ in range(turns) for name in random.sample(sorted(providers), len(providers))]


def _faults(random: Random, payments: int, rounds: int) -> Iterator[Fault]:
    victims = [victim for _ in range(rounds) for victim in random.sample(("away", *VICTIMS), len(VICTIMS) + 1)]
    for number, victim in enumerate(victims, 1):
        after = payments * number // (len(victims) + 1)
        yield Fault("away", "connector", after) if victim == "away" else Fault("kill", victim, after)
