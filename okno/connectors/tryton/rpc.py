"""Tryton's JSON-RPC (8.x): one call at a time per connection, connections kept; its words mapped to ours.

Decimals and dates travel as `{"__class__": …}`; the context is the last parameter of every call; a fault comes as
HTTP 200 with `error`, a lost session as 401.
"""

from __future__ import annotations

import base64
import itertools
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from okno.connectors.runtime.port import SystemAway, Trouble

UNAUTHORIZED, OK, TOO_MANY, UNAVAILABLE = 401, 200, 429, 503
PAGE_TIMEOUT_S = 2.0
# Tryton bears five wrong ones in five minutes.
LOGIN_AGAIN_S = 75.0
# Of a fault's own words.
FAULT_CHARS_MAX = 200
ANSWER_BYTES_MAX = 64 * 1024 * 1024

Context = Mapping[str, Any]


class TrytonRefusal(Exception):  # noqa: N818 - what Tryton says no to, in its own words
    """An error of Tryton: `name` is its kind (UserError, AccessError, …), the text what it tells its user."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"{name}: {text}")
        self.name = name
        self.text = text


class Rpc:
    """One user's way to one database; may be used by several threads, `connections_max` at once.

    Raises SystemAway when nobody answers in time or the server is in trouble, TrytonRefusal for what it refuses. What
    fails inside of Tryton is trouble and no refusal: nobody has judged what was asked.
    """

    def __init__(
        self,
        url: str,
        *,
        database: str,
        user: str,
        password: str,
        language: str = "ru",
        timeout_s: float = 20.0,
        connections_max: int = 4,
    ) -> None:
        self._url = url
        self._path = f"{url.rstrip('/')}/{database}/rpc/"
        self.user = user
        self._password = password
        self._language = language
        self._pool = urllib3.PoolManager(
            maxsize=connections_max,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=3.0, read=timeout_s),
        )
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()
        self._session: str | None = None
        self._context: dict[str, Any] = {}
        self._user_id = 0
        self._again_at = 0.0

    def call(self, method: str, *parameters: Any, **context: Any) -> Any:  # noqa: ANN401 - the answer is Tryton's
        """`method` is `model.NAME.METHOD` or `wizard.NAME.METHOD`; members of the context may be set by name."""
        session = self._session or self._log_in(None)
        body = [*parameters, {**self._context, **context}]
        try:
            return self._ask(method, body, session)
        except _SessionLostError:
            return self._ask(method, body, self._log_in(session))

    def model(self, name: str, method: str, *parameters: Any, **context: Any) -> Any:  # noqa: ANN401
        return self.call(f"model.{name}.{method}", *parameters, **context)

    def search_read(
        self,
        name: str,
        domain: Sequence[Any],
        fields: Sequence[str],
        *,
        offset: int = 0,
        limit: int | None = None,
        order: Sequence[tuple[str, str]] | None = None,
        **context: Any,  # noqa: ANN401
    ) -> list[dict[str, Any]]:
        """Rows of a model; related members are asked for as `member.field` and come as `member.`: {field}.

        Who may not read has lost a right that he had: that passes once a person gives it back.
        """
        listed = [list(one) for one in order] if order is not None else None
        try:
            found = self.model(name, "search_read", list(domain), offset, limit, listed, list(fields), **context)
        except TrytonRefusal as refusal:
            raise SystemAway(f"Tryton lets {self.user} not read {name}: {refusal.text}", Trouble.RIGHTS) from refusal
        return cast("list[dict[str, Any]]", found)

    def close(self) -> None:
        self._pool.clear()

    @property
    def user_id(self) -> int:
        """Tryton's id of the user, known after a login."""
        if self._session is None:
            self._log_in(None)
        return self._user_id

    def _log_in(self, lost: str | None) -> str:
        """A session, shared by all threads: who comes second takes the one that the first has got."""
        with self._guard:
            if self._session is not None and self._session != lost:
                return self._session
            told = self._let_in()
            user, session = told[0], told[1]
            self._user_id = int(user)
            token = base64.b64encode(f"{self.user}:{user}:{session}".encode()).decode()
            self._enter(token)
            return token

    def _let_in(self) -> Sequence[Any]:
        """Tryton's answer to a login. Raises SystemAway.

        A refused one is not repeated for a while: after some of them Tryton takes the right password no more either.
        """
        refused = SystemAway(f"Tryton refuses the login of {self.user}", Trouble.LOGIN)
        if time.monotonic() < self._again_at:
            raise refused
        told: Sequence[Any] | None = None
        try:
            told = self._ask("common.db.login", [self.user, {"password": self._password}, self._language], None)
        except SystemAway as away:
            if away.trouble is not Trouble.LIMITED:
                raise
        except (_SessionLostError, TrytonRefusal):
            told = None
        if not told:
            self._again_at = time.monotonic() + LOGIN_AGAIN_S
            raise refused
        return told

    def renew(self) -> None:
        """Read the user's preferences again: the companies that he may see have changed."""
        self._enter(self._session or self._log_in(None))

    def _enter(self, session: str) -> None:
        preferences = self._ask("model.res.user.get_preferences", [True, {}], session)
        self._context = {**preferences, "language": self._language}
        self._session = session

    def _ask(self, method: str, parameters: Sequence[Any], session: str | None) -> Any:  # noqa: ANN401
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip"}
        if session is not None:
            headers["Authorization"] = f"Session {session}"
        body = json.dumps({"id": next(self._numbers), "method": method, "params": parameters}, default=_encoded)
        try:
            response = self._pool.request(
                *("POST", self._path), body=body.encode(), headers=headers, redirect=False, preload_content=False
            )
            data = response.read(ANSWER_BYTES_MAX + 1)
            if len(data) > ANSWER_BYTES_MAX:
                response.close()
            response.release_conn()
        except ReadTimeoutError as error:
            raise self._silent() from error
        except (HTTPError, OSError) as error:
            raise SystemAway(f"Tryton does not answer: {type(error).__name__}") from error
        if response.status == UNAUTHORIZED:
            raise _SessionLostError
        if response.status != OK:
            trouble = _STATUSES.get(response.status, Trouble.FAILING)
            raise SystemAway(f"Tryton answers with status {response.status}", trouble)
        if len(data) > ANSWER_BYTES_MAX:
            raise SystemAway("Tryton's answer is longer than any that is asked for", Trouble.FAILING)
        return _answer(data)

    def _silent(self) -> SystemAway:
        """A server that has lost its database takes a call and keeps silent; pages of its web client it still has."""
        try:
            self._pool.request("HEAD", self._url, timeout=PAGE_TIMEOUT_S, redirect=False)
        except (HTTPError, OSError):
            return SystemAway("Tryton does not answer in time")
        return SystemAway("Tryton's server answers, its database does not in time", Trouble.DATABASE)


class _SessionLostError(Exception):
    """The session is over, or was never there."""


def _answer(data: bytes) -> Any:  # noqa: ANN401
    try:
        told = json.loads(data, object_hook=_decoded)
    except ValueError as error:
        raise SystemAway("Tryton answers with something that is no JSON") from error
    if isinstance(told, dict) and told.get("error"):
        raise _refusal(told["error"])
    return told["result"] if isinstance(told, dict) and "result" in told else told


def _refusal(error: Sequence[Any]) -> Exception:
    """[name, details, …]; what speaks of the moment and not of the question is trouble that passes."""
    name = str(error[0])
    if name.startswith(("401", "403")):
        return _SessionLostError()
    details = error[1] if len(error) > 1 else ""
    if name in _REFUSALS:
        parts = details if isinstance(details, list) and details else [details]
        # What follows the sentence describes Tryton's own form; a warning has a name before it.
        return TrytonRefusal(name, str(parts[min(_REFUSALS[name], len(parts) - 1)]))
    trouble = Trouble.DATABASE if "OperationalError" in name else _PASSING.get(name, Trouble.FAILING)
    return SystemAway(f"Tryton: {name[:FAULT_CHARS_MAX]}", trouble)


# Where the sentence stands that Tryton tells its user.
_REFUSALS = {"UserError": 0, "UserWarning": 1, "LoginException": 1}
_STATUSES = {TOO_MANY: Trouble.LIMITED, UNAVAILABLE: Trouble.DATABASE}
_PASSING = {"RateLimitException": Trouble.LIMITED}


def _encoded(value: object) -> dict[str, Any]:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(at, name) for name in names}}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"cannot send {type(value).__name__}")


def _decoded(value: dict[str, Any]) -> Any:  # noqa: ANN401
    kind = value.get("__class__")
    if kind is None:
        return value
    rest = {name: part for name, part in value.items() if name != "__class__"}
    return _CODED[kind](rest) if kind in _CODED else rest


_CODED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "Decimal": lambda rest: Decimal(rest["decimal"]),
    "date": lambda rest: date(**rest),
    "datetime": lambda rest: datetime(**rest, tzinfo=UTC),
    "timedelta": lambda rest: timedelta(seconds=rest["seconds"]),
    "bytes": lambda rest: base64.b64decode(rest["base64"]),
}
