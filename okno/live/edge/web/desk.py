"""What both edges do with a session's request: find the session, judge the row, tell of what is not the session's."""

from dataclasses import dataclass

from okno.live.core.batches import Row
from okno.live.edge.store.reader import Reader
from okno.live.edge.store.signals import Signals
from okno.live.edge.web.problems import Problem, RefusalError
from okno.live.edge.web.reads import READS, Ask, members_of
from okno.live.edge.web.session import token_hash


@dataclass(frozen=True)
class Desk:
    """What requests are served with."""

    reader: Reader
    signals: Signals
    origins: frozenset[str]


def session_of(cookie_header: str | None) -> bytes:
    """The hash of the session's token. Without a cookie of the right form nothing is asked."""
    found = token_hash(cookie_header)
    if found is None:
        raise RefusalError(Problem.NO_SESSION)
    return found


def asked(path: str, query: str) -> Ask:
    """What a request for one of READS asks; else a problem."""
    read = READS[path]
    return read.ask(members_of(query, read.allowed))


def refusal_of(desk: Desk, row: Row, token: bytes, ask: Ask) -> Problem | None:
    """Why a row is no answer; None when it is one. Asking for what is not the session's is a signal."""
    verdict = row[2]
    if verdict == "ok":
        return None
    if verdict == "not-found":
        desk.signals.write(token, "authz_fail", what=ask.statement.name, account=str(ask.arguments[0]))
        return Problem.NOT_FOUND
    return Problem.NO_SESSION
