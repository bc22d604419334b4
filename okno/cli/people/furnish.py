"""The first start's last step: the demo's customers move in, and the street has carried all of it to the read model."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.instance.layout import Instance, Secrets
from okno.cli.people.loading import everything_load
from okno.cli.servers.account import ServerError
from okno.cli.servers.postgres import Cluster
from okno.cli.servers.roles import DATABASES

ARRIVALS = "okno.cli.people.arrivals"
FURNISHED = "furnished"
RENEW_BEFORE = timedelta(days=14)
ARRIVED_TIMEOUT_S = 90
LOOK_S = 0.1
TOLD = "SELECT account::text, n FROM store.version WHERE account = ANY(%s::uuid[])"
SEEN = "SELECT id::text, version FROM accounts_account WHERE id = ANY(%s::uuid[])"

Dsn = Callable[[str], str]
"""database -> connection string of a superuser."""


def furnish(instance: Instance, cluster: Cluster, settings: Path, given_up: threading.Event) -> Secrets:
    """The customers move in; returns once the street has carried what they did. Raises ServerError."""
    fresh = cluster.mark(FURNISHED) is None
    inside = "connector" if instance.secrets().tryton else "book"
    if inside == "connector" and fresh:
        projector = cluster.dsn("okno_projector", instance.secrets().roles["okno_projector"], DATABASES["cabinet"])
        if not everything_load(cluster.superuser_dsn(DATABASES[inside]), projector, given_up):
            return instance.secrets()
    if fresh or grants_end_soon(instance.secrets(), datetime.now(UTC)):
        customers_move_in(instance, settings, fresh=fresh)
    secrets = instance.secrets()
    accounts = [account for customer in secrets.customers for account in customer.accounts]
    if arrival_await(cluster.superuser_dsn, accounts, inside=inside, given_up=given_up):
        cluster.mark_set(FURNISHED, "yes")
    return secrets


def grants_end_soon(secrets: Secrets, at: datetime) -> bool:
    """Whether somebody's access must be renewed before the demo shows an empty page."""
    return any(
        customer.granted_until is None or customer.granted_until - at < RENEW_BEFORE
        for customer in secrets.customers
        if customer.has_user
    )


def customers_move_in(instance: Instance, settings: Path, *, fresh: bool) -> None:
    """Run the arrivals in a child with the cabinet's settings file. Raises ServerError with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", ARRIVALS, str(instance.directory), instance.name, *(["fresh"] if fresh else [])],
        env={**os.environ, ENVIRONMENT: str(settings)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ServerError(f"the demo's customers could not move in:\n{done.stderr}")


def arrival_await(
    dsn: Dsn,
    accounts: list[str],
    *,
    inside: str = "book",
    timeout_s: float = ARRIVED_TIMEOUT_S,
    given_up: threading.Event | None = None,
) -> bool:
    """True when the read model has every version that the inside has told, False when it was given up.

    Raises ServerError naming who is missing.
    """
    given_up = given_up or threading.Event()
    until = time.monotonic() + timeout_s
    with psycopg.connect(dsn(DATABASES[inside])) as store:
        told: dict[str, int] = dict(store.execute(TOLD, [accounts]).fetchall())
    with psycopg.connect(dsn(DATABASES["cabinet"]), autocommit=True) as cabinet:
        while True:
            seen: dict[str, int] = dict(cabinet.execute(SEEN, [accounts]).fetchall())
            missing = [account for account in accounts if seen.get(account, -1) < told.get(account, 0)]
            if not missing:
                return True
            if time.monotonic() > until:
                raise ServerError(f"after {timeout_s:.0f} s the cabinet has not heard of {', '.join(missing)}")
            if given_up.wait(LOOK_S):
                return False
