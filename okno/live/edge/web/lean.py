"""The lean way for READS: GET requests of the plainest form, parsed and answered without a web framework.

Tornado's own way costs several times what the read itself costs (ADR 0004 has the figures). A connection begins here;
at the first request that is not a plain GET of one of READS (another path or method, a body, an upgrade, a header that
may frame the message, anything not well-formed) it is handed over with its bytes to Tornado, which answers that request
and all that follow. So nothing is judged here that Tornado would judge otherwise; the contract tests run on both.
"""

import asyncio
import os
import re
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import cast

from okno.live.core.batches import ReadError, Row
from okno.live.edge.store.reader import Ticket
from okno.live.edge.web.desk import Desk, asked, refusal_of, session_of
from okno.live.edge.web.problems import CONTENT_TYPE, Problem, RefusalError, language_of, problem_body
from okno.live.edge.web.reads import READS, Ask

HEAD_END = b"\r\n\r\n"
HEAD_BYTES_MAX = 16 * 1024
# A request line of visible ASCII without `#` and `%`, then well-formed header fields, none folded.
PLAIN = re.compile(
    rb"GET (?P<path>/live/v1/[a-z]+)(?:\?(?P<query>[!$&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]*))? HTTP/1\.1"
    rb"(?P<fields>(?:\r\n[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*)+)"
)
# Whatever may change where a message ends or what the connection becomes is not for this way.
FRAMING = re.compile(
    rb"(?i)\r\n(?:(?:content-length|transfer-encoding|te|trailer|upgrade|expect|proxy-connection):"
    rb"|connection:(?![ \t]*keep-alive[ \t]*(?:\r|$)))"
)
HOST = re.compile(rb"(?i)\r\nhost:[ \t]*[^\r \t]")
COOKIE = re.compile(rb"(?i)\r\ncookie:[ \t]*([^\r]*)")
LANGUAGE = re.compile(rb"(?i)\r\naccept-language:[ \t]*([^\r]*)")
PATHS = {path.encode(): path for path in READS}
SECURITY = (
    b"\r\nServer: okno\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff"
    b"\r\nCross-Origin-Resource-Policy: same-origin"
)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json" + SECURITY

HandOver = Callable[[socket.socket, bytes, tuple[str, int]], None]


class Connection(asyncio.Protocol):
    """One connection of a client, or of nginx with the requests of many. One request at a time, in their order."""

    # fmt: off
    __slots__ = (
        "_ask", "_desk", "_fields", "_full", "_gone", "_hand_over", "_path", "_paused", "_peers", "_rest", "_ticket",
        "_token", "_transport", "seen_at",
    )
    # fmt: on

    def __init__(self, desk: Desk, hand_over: HandOver, peers: "set[Connection]") -> None:
        self._desk = desk
        self._hand_over = hand_over
        self._peers = peers
        self._rest = b""
        self._fields = b""
        self._ticket: Ticket | None = None
        self._full = False
        self._gone = False
        self._paused = False
        self.seen_at = 0.0

    @property
    def busy(self) -> bool:
        """Whether an answer is owed."""
        return self._ticket is not None

    def close(self) -> None:
        """Close when what is written has left."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transport is no subclass of asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)
        self._peers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._peers.discard(self)
        if self._ticket is not None:
            self._ticket.gone = True

    def pause_writing(self) -> None:
        """The client does not take its answer: no more is begun for it."""
        self._full = True

    def resume_writing(self) -> None:
        self._full = False
        self._go_on()

    def data_received(self, data: bytes) -> None:
        self._rest = self._rest + data if self._rest else data
        self._go_on()

    def _go_on(self) -> None:
        """Take requests as long as the way is free; a read that is asked closes it until its row has come.

        While it is closed little is kept; the rest waits with the client.
        """
        while self._rest and self._ticket is None and not self._full:
            if not self._take():
                break
        closed = self._ticket is not None or self._full
        if closed and not self._paused and len(self._rest) > HEAD_BYTES_MAX:
            self._paused = True
            self._transport.pause_reading()
        elif self._paused and not closed and not self._gone:
            self._paused = False
            self._transport.resume_reading()

    def _take(self) -> bool:
        """Begin the first request of what has come; False when it is not complete or not for this way."""
        data = self._rest
        end = data.find(HEAD_END)
        if end < 0 and len(data) <= HEAD_BYTES_MAX:
            return False
        plain = PLAIN.fullmatch(data, 0, end) if 0 <= end <= HEAD_BYTES_MAX else None
        path = PATHS.get(plain["path"]) if plain is not None else None
        if plain is None or path is None:
            self._leave()
            return False
        fields: bytes = plain["fields"]
        cookies = COOKIE.findall(fields)
        if FRAMING.search(fields) is not None or len(HOST.findall(fields)) != 1 or len(cookies) > 1:
            self._leave()
            return False
        self._rest = data[end + len(HEAD_END) :]
        self._fields, self._path = fields, path
        reader = self._desk.reader
        try:
            self._token = session_of(cookies[0].decode("latin-1") if cookies else None)
            self._ask: Ask = asked(path, (plain["query"] or b"").decode("ascii"))
            self._ticket = reader.ask(self._ask.statement, self._token, self._ask.arguments, self)
            self.seen_at = self._ticket.asked_at
        except RefusalError as error:
            self._refuse(error.problem)
        except ReadError:
            self._refuse(Problem.BUSY)
        return True

    def answered(self, row: Row) -> None:
        """The row of this request's session has come."""
        problem = refusal_of(self._desk, row, self._token, self._ask)
        if problem is None:
            self._write(OK, cast(bytes, row[3]))
        else:
            self._refuse(problem)
        self._go_on()

    def refused(self, error: ReadError) -> None:
        """No row will come."""
        del error
        self._refuse(Problem.BUSY)
        self._go_on()

    def _refuse(self, problem: Problem) -> None:
        found = LANGUAGE.search(self._fields)
        language = language_of(found[1].decode("latin-1") if found else "")
        start = f"HTTP/1.1 {problem.status} {problem.phrase}\r\nContent-Type: {CONTENT_TYPE}".encode()
        after = b"\r\nRetry-After: %d" % ReadError.retry_after_s if problem.retry == "after" else b""
        extra = SECURITY + after + b"\r\nContent-Language: " + language.encode()
        self._write(start + extra, problem_body(problem, language, self._path))

    def _write(self, start: bytes, body: bytes) -> None:
        """Answer; the way is free for the next request."""
        self._ticket = None
        self._transport.write(b"%b\r\nDate: %b\r\nContent-Length: %d\r\n\r\n%b" % (start, _date(), len(body), body))

    def _leave(self) -> None:
        """Hand the connection over to Tornado with the bytes that nobody has answered; earlier answers have left."""
        self._gone = True
        self._transport.pause_reading()
        kept = socket.socket(fileno=os.dup(self._transport.get_extra_info("socket").fileno()))
        address = self._transport.get_extra_info("peername")
        self._transport.abort()
        self._hand_over(kept, self._rest, address)


class _Clock:
    second = 0
    text = b""


def _date() -> bytes:
    """The Date header, made once a second."""
    second = int(time.time())
    if second != _Clock.second:
        _Clock.second, _Clock.text = second, formatdate(second, usegmt=True).encode()
    return _Clock.text
