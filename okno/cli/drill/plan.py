"""What a drill does, drawn from a seed: the same number, the same operations, payments and kills in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

VICTIMS = ("tryton", "postgres", "rabbitmq", "gateway", "connector", "projector")
"""`gateway` is whichever of the instances is active."""
CREDITS = 0.15
MINOR_MIN, MINOR_MAX = 100, 500_000

T = TypeVar("T")


@dataclass(frozen=True)
class Move(Generic[T]):
    """An amount in minor units on an account: of an operation + is owed by the customer, of a payment it is > 0."""

    account: T
    minor: int


@dataclass(frozen=True)
class Kill:
    """`victim` is killed when `after` of all operations and payments are under way."""

    victim: str
    after: int


@dataclass(frozen=True)
class Plan(Generic[T]):
    operations: Sequence[Move[T]]
    payments: Sequence[Move[T]]
    kills: Sequence[Kill]


def plan_draw(accounts: Sequence[T], *, operations: int, payments: int, rounds: int, seed: int) -> Plan[T]:
    """In each round every victim is killed once, in an order of its own; kills are spread over the whole flow."""
    random = Random(seed)  # noqa: S311 (it has to be repeatable)
    return Plan(
        [Move(random.choice(accounts), _operation(random)) for _ in range(operations)],
        [Move(random.choice(accounts), _amount(random)) for _ in range(payments)],
        list(_kills(random, operations + payments, rounds)),
    )


def _amount(random: Random) -> int:
    return random.randint(MINOR_MIN, MINOR_MAX)


def _operation(random: Random) -> int:
    """Mostly an invoice, sometimes a credit note."""
    return _amount(random) * (-1 if random.random() < CREDITS else 1)


def _kills(random: Random, steps: int, rounds: int) -> Iterator[Kill]:
    victims = [victim for _ in range(rounds) for victim in random.sample(VICTIMS, len(VICTIMS))]
    for number, victim in enumerate(victims, 1):
        yield Kill(victim, steps * number // (len(victims) + 1))
