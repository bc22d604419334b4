"""A customer with his browser: signs in as people do, reads, signs out. Over HTTP alone, through nginx."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from okno.cli.drill.levels.phones import Phones
from okno.cli.drill.levels.regulars import Regular

TIMEOUT_S = 10
#: Whoever has given the right password and code is in by then, whatever he had to press again.
SIGNED_IN_S = 60.0
#: The page offers another code after so long.
RESEND_S = 30.0
AGAIN_S = 1.0
OK, NO_CONTENT, REFUSED, TOO_MANY, FAULTY = 200, 204, 400, 429, 500
ANSWERED = range(1, FAULTY)
COOKIE = re.compile(r"__Host-okno=([^;]*)")
WRONG_CODE = "wrong-code"


@dataclass(frozen=True)
class Door:
    """Where the portal is: `port` of nginx, `origin` as a browser writes it."""

    port: int
    origin: str

    @property
    def host(self) -> str:
        return self.origin.partition("://")[2]


@dataclass(frozen=True)
class Answer:
    """`status` 0: none came within the bound. `again_s`: so long he is told to wait."""

    status: int
    body: bytes = b""
    again_s: float = AGAIN_S

    @property
    def is_refusal(self) -> bool:
        """Of somebody who is not merely to come again later."""
        return REFUSED <= self.status < FAULTY and self.status != TOO_MANY

    def json(self) -> Any:  # noqa: ANN401 - a tree of JSON
        return msgspec.json.decode(self.body)

    @property
    def code(self) -> str:
        """Of a refusal (RFC 9457); empty where the answer is none of ours."""
        try:
            told = msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return ""
        return str(told.get("code", "")) if isinstance(told, dict) else ""


class Visitor:
    """One browser: a cookie, and an address of its own. `told` hears of each request whether it was answered right."""

    def __init__(self, regular: Regular, door: Door, phones: Phones, told: Callable[[bool], object]) -> None:
        self.regular = regular
        self.token = ""
        self._door = door
        self._phones = phones
        self._told = told
        self._pool = urllib3.HTTPConnectionPool(
            "127.0.0.1", door.port, retries=False, timeout=TIMEOUT_S, source_address=(regular.address, 0)
        )

    def close(self) -> None:
        self._pool.close()

    def ask(self, method: str, path: str, body: object = None, *, right: Container[int] = ANSWERED) -> Answer:
        """`right`: statuses that are no fault of the product's."""
        headers = {"Host": self._door.host}
        if self.token:
            headers["Cookie"] = f"__Host-okno={self.token}"
        if method != "GET":
            headers |= {"X-Okno": "1", "Origin": self._door.origin, "Content-Type": "application/json"}
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = self._pool.request(method, path, body=content, headers=headers, redirect=False)
        except HTTPError:
            self._told(False)  # noqa: FBT003 - a callback of one argument
            return Answer(0)
        self._told(answer.status in right)
        given = COOKIE.search(answer.headers.get("Set-Cookie", ""))
        if given is not None:
            self.token = given[1]
        told = answer.headers.get("Retry-After", "")
        return Answer(answer.status, answer.data, float(told) if told.isdecimal() else AGAIN_S)

    def sign_in(self, *, patience_s: float = SIGNED_IN_S) -> bool:
        """Whether the right password and code let him in, and in time.

        He presses again where nobody answers, waits where he is told to, and asks for another code where none comes; a
        refusal that he does not deserve is the end of it.
        """
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            self.token = ""
            seen = self._phones.latest(self.regular.phone)
            login = {"login": self.regular.login, "password": self.regular.password}
            answer = self.ask("POST", "/api/session/password", login)
            if answer.is_refusal:
                return False
            if answer.status == OK:
                came = self._code(seen, until)
                if came is not None:
                    return came
            time.sleep(max(0.0, min(answer.again_s, until - time.monotonic())))
        return False

    def _code(self, seen: int, until: float) -> bool | None:
        """The second step. None: he has to begin anew, since the answer that let him in was lost."""
        cut = False
        while (left := until - time.monotonic()) > 0:
            message = self._phones.wait(self.regular.phone, after=seen, patience_s=min(RESEND_S, left))
            if message is None:
                self.ask("POST", "/api/session/code/resend")
                continue
            answer = self.ask("POST", "/api/session/code", {"code": message[1]})
            if answer.status == OK:
                return True
            if answer.code == WRONG_CODE:
                # It was of an earlier try that came late.
                seen = message[0]
            elif answer.is_refusal:
                return None if cut else False
            else:
                cut = cut or answer.status != TOO_MANY
                time.sleep(max(0.0, min(answer.again_s, until - time.monotonic())))
        return False

    def sign_out(self) -> None:
        self.ask("DELETE", "/api/session")
        self.token = ""
