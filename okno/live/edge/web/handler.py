"""What all HTTP handlers of live share: the session, the query, the headers, refusals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tornado.web import HTTPError, RequestHandler

from okno.live.core.batches import ReadError, Row, Statement
from okno.live.edge.store.reader import Reader
from okno.live.edge.store.signals import Signals
from okno.live.edge.web.problems import CONTENT_TYPE, Problem, RefusalError, language_of, problem_body
from okno.live.edge.web.session import token_hash

ACCOUNT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "okno",
}
STATUSES = {404: Problem.NOT_FOUND, 405: Problem.BAD_METHOD, 400: Problem.BAD_REQUEST, 403: Problem.FOREIGN_ORIGIN}


@dataclass(frozen=True)
class Desk:
    """What handlers work with."""

    reader: Reader
    signals: Signals
    origins: frozenset[str]


class Refusing(RequestHandler):
    """Answers every refusal by a problem, the unexpected one too."""

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def compute_etag(self) -> None:
        """No ETag: it would cost a hash of each answer, and answers are not stored anywhere."""

    def write_error(self, status_code: int, **details: Any) -> None:  # noqa: ANN401 (Tornado's own signature)
        error = details.get("exc_info", (None, None, None))[1]
        problem = error.problem if isinstance(error, RefusalError) else STATUSES.get(status_code, Problem.FAILED)
        self.refuse(problem)

    def refuse(self, problem: Problem) -> None:
        """End the request with a problem."""
        self.set_status(problem.status)
        self.set_header("Content-Type", CONTENT_TYPE)
        if problem.retry == "after":
            self.set_header("Retry-After", str(ReadError.retry_after_s))
        language = language_of(self.request.headers.get("Accept-Language", ""))
        self.set_header("Content-Language", language)
        self.finish(problem_body(problem, language, self.request.path))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:  # noqa: ANN401 (Tornado's own signature)
        if not isinstance(value, RefusalError | HTTPError):
            super().log_exception(typ, value, tb)

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:  # noqa: ANN401 (Tornado's own signature)
        error = kwargs.get("exc_info", (None, None, None))[1]
        super().send_error(error.problem.status if isinstance(error, RefusalError) else status_code, **kwargs)


class Unknown(Refusing):
    """Any path that is none of ours."""

    def prepare(self) -> None:
        raise RefusalError(Problem.NOT_FOUND)


class Asking(Refusing):
    """A handler that reads for a session."""

    allowed: frozenset[str] = frozenset()
    desk: Desk

    def initialize(self, desk: Desk) -> None:
        self.desk = desk

    def query(self) -> Mapping[str, str]:
        """The query's members, each known and given once; else a problem."""
        given = self.request.query_arguments
        try:
            members = {name: values[0].decode() for name, values in given.items()}
        except UnicodeDecodeError:
            raise RefusalError(Problem.BAD_REQUEST) from None
        if not members.keys() <= self.allowed or any(len(values) != 1 for values in given.values()):
            raise RefusalError(Problem.BAD_REQUEST)
        return members

    def token_hash(self) -> bytes:
        """The hash of the session's token. Without a cookie of the right form nothing is asked."""
        found = token_hash(self.request.headers.get("Cookie"))
        if found is None:
            raise RefusalError(Problem.NO_SESSION)
        return found

    async def ask(self, statement: Statement, token: bytes, *arguments: object) -> Row:
        """The row of this session; else a problem, and for a thing that is not the session's a signal."""
        try:
            row = await self.desk.reader.read(statement, token, *arguments)
        except ReadError:
            raise RefusalError(Problem.BUSY) from None
        if row[2] == "no-session":
            raise RefusalError(Problem.NO_SESSION)
        if row[2] == "not-found":
            self.desk.signals.write(token, "authz_fail", what=statement.name, account=str(arguments[0]))
            raise RefusalError(Problem.NOT_FOUND)
        return row


def account_of(members: Mapping[str, str], *, needed: bool = True) -> str | None:
    """The account named in a query. One of another form cannot exist: the answer is that of an unknown one."""
    account = members.get("account")
    if account is None and not needed:
        return None
    if account is None:
        raise RefusalError(Problem.BAD_REQUEST)
    if ACCOUNT.fullmatch(account) is None:
        raise RefusalError(Problem.NOT_FOUND)
    return account
