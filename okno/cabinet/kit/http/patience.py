"""A database that crashed is back within seconds: a request waits for it, and is answered late instead of badly."""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock

import psycopg.errors
import structlog
from django.db import OperationalError, connections
from django.http import HttpResponseBase

from okno.cabinet.kit.http.entry import DESK, PORTAL, Handler, KnownRequest
from okno.cabinet.kit.problems import Refusal, problem_response

log = structlog.get_logger("okno.web")

WAIT_S = 6.0
PAUSE_S = 0.1
FORGET_S = 60.0
RETRY_AFTER_S = 2

#: Zone -> (its connection, where its pages that read the database begin). The counter waits with the notice in hand.
NEEDS = {PORTAL: ("default", "/api/"), DESK: ("desk", "/")}
PROBES = "/-/"
#: The database gave up waiting, or made one of two give way. Nothing is broken and nothing was changed.
CROWDED = (
    *(psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled),
    *(psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure),
)
SAFE = frozenset({"GET", "HEAD"})
TRIES = 2


class Outage:
    """How long the database has been away, for all threads: who comes late to a long outage is told at once.

    One that no thread of this process has met for `FORGET_S` may have ended meanwhile, while another process had the
    requests: the next one is a new one.
    """

    def __init__(self, wait_s: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.wait_s = wait_s
        self._clock = clock
        self._since: float | None = None
        self._met = 0.0
        self._lock = Lock()

    def is_over_within(self, alias: str) -> bool:
        """Wait for a connection of this thread that answers; False: none within `wait_s` of the outage."""
        while True:
            try:
                # The first cursor of a request asks whether the connection still lives, and connects if not.
                connections[alias].cursor().close()
            except OperationalError:
                connections[alias].close()
                if not self.is_young():
                    return False
                time.sleep(PAUSE_S)
            else:
                with self._lock:
                    self._since = None
                return True

    def is_young(self) -> bool:
        """Whether the outage that a thread has just met is still worth waiting for."""
        now = self._clock()
        with self._lock:
            if self._since is None or now - self._met > FORGET_S:
                self._since = now
            self._met = now
            return now - self._since < self.wait_s


class PatienceMiddleware:
    """Waits for the database before a request is worked on, and asks again what only reads and lost it on the way.

    What changes something is never done twice here: its sender has a key and may repeat it. Without a database the
    answer is 503, that is "come again", not 500.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.outage = Outage(WAIT_S)

    def __call__(self, request: KnownRequest) -> HttpResponseBase:
        alias, begin = NEEDS.get(request.zone, ("", ""))
        if not alias or not request.path.startswith(begin) or request.path.startswith(PROBES):
            return self.get_response(request)
        for _ in range(TRIES if request.method in SAFE else 1):
            if not self.outage.is_over_within(alias):
                break
            response = self.get_response(request)
            if response.status_code != HTTPStatus.INTERNAL_SERVER_ERROR or not lost(alias):
                return response
        return away(request)


def lost(alias: str) -> bool:
    """The connection broke under this request; it is closed then."""
    connection = connections[alias]
    if connection.errors_occurred:
        connection.close_if_unusable_or_obsolete()
    return connection.connection is None


def is_crowded(error: Exception) -> bool:
    """Whether the database is there and somebody else was in the way."""
    return isinstance(error.__cause__, CROWDED)


def away(request: KnownRequest) -> HttpResponseBase:
    log.warning("database-away", zone=request.zone, request_id=request.request_id)
    return problem_response(request, Refusal.UNAVAILABLE, retry_after_s=RETRY_AFTER_S)
