"""What all HTTP handlers of live share: the session, the query, the headers, refusals."""

from typing import Any, cast

from tornado.web import HTTPError, RequestHandler

from okno.live.core.batches import ReadError
from okno.live.edge.web.desk import Desk, asked, refusal_of, session_of
from okno.live.edge.web.problems import CONTENT_TYPE, Problem, RefusalError, language_of, problem_body

HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "okno",
}
STATUSES = {404: Problem.NOT_FOUND, 405: Problem.BAD_METHOD, 400: Problem.BAD_REQUEST, 403: Problem.FOREIGN_ORIGIN}


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
    """A handler that serves a session."""

    desk: Desk

    def initialize(self, desk: Desk) -> None:
        self.desk = desk

    def token_hash(self) -> bytes:
        """The hash of the session's token; else a problem."""
        return session_of(self.request.headers.get("Cookie"))


class Reading(Asking):
    """Any of READS, the way that also serves behind a front of Tornado's own."""

    async def get(self) -> None:
        token = self.token_hash()
        ask = asked(self.request.path, self.request.query)
        try:
            row = await self.desk.reader.read(ask.statement, token, *ask.arguments)
        except ReadError:
            raise RefusalError(Problem.BUSY) from None
        problem = refusal_of(self.desk, row, token, ask)
        if problem is not None:
            raise RefusalError(problem)
        self.finish(cast(bytes, row[3]))
