"""The regulars of a campaign: customers of their own, so that nobody else's limits and figures are touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psycopg

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.drill.billing import DrillError
from okno.cli.instance.customers import password_draw
from okno.protocol.ids import new_id

REGULARS_MIN, REGULARS_MAX = 8, 40
PAYERS_EACH = 25
ARRIVED_S_MAX = 90.0
LOOK_S = 0.2
DIGITS = 10**7
NUMBER_DIGITS = 20
ARRIVED = "SELECT count(*) FROM accounts_account WHERE id = ANY(%s::uuid[])"


class Regular(msgspec.Struct, frozen=True, kw_only=True):
    """`place` counts from 1; `address` is a network of his own on this machine: limits are counted by network."""

    place: int
    name: str
    login: str
    password: str
    phone: str
    customer: str
    account: str
    number: str

    @property
    def address(self) -> str:
        return f"127.{self.place}.0.1"


def regulars_for(payments: int) -> int:
    """How many a campaign of this size has: enough for its bounds, few enough to leave the machine to the payers."""
    return min(REGULARS_MAX, max(REGULARS_MIN, payments // PAYERS_EACH))


def regulars_draw(count: int) -> list[Regular]:
    """Nobody that stands there already: another run on the same instance has others."""
    run = int(new_id().replace("-", "")[-16:], 16)
    return [
        Regular(
            place=place,
            name=f"Завсегдатай {place}",
            login=f"regular-{run:x}-{place}",
            password=password_draw(),
            phone=f"+7901{(run + place) % DIGITS:07d}",
            customer=new_id(),
            account=new_id(),
            number=f"7{run % 10**17:017d}{place:02d}".rjust(NUMBER_DIGITS, "7"),
        )
        for place in range(1, count + 1)
    ]


def regulars_settle(
    directory: Path, regulars: Sequence[Regular], cabinet: str, *, timeout_s: float = ARRIVED_S_MAX
) -> None:
    """Into the book and the cabinet, by a child with the portal's settings; `cabinet` is its owner's DSN.

    Returns once the street has brought every account to the read model. Raises DrillError.
    """
    done = subprocess.run(
        [sys.executable, "-m", "okno.cli.drill.levels.settling", str(directory)],
        env={**os.environ, ENVIRONMENT: str(directory / "etc" / "web.toml")},
        input=msgspec.json.encode(regulars),
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise DrillError(f"the regulars of the campaign could not settle in:\n{done.stderr.decode()}")
    accounts = [regular.account for regular in regulars]
    until = time.monotonic() + timeout_s
    with psycopg.connect(cabinet, autocommit=True) as connection:
        while connection.execute(ARRIVED, [accounts]).fetchone() != (len(accounts),):
            if time.monotonic() > until:
                raise DrillError(f"after {timeout_s:.0f} s the cabinet has not heard of the regulars' accounts")
            time.sleep(LOOK_S)
