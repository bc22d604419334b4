"""A running demo and its visitors: what a test does with the product from outside, over HTTP alone."""

import http.client
import json
import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec
import psycopg

from okno.cli.instance.layout import State
from okno.connectors.book.drafts import Draft, parse_amount
from okno.connectors.book.posting import post
from okno.connectors.main import settings_read

OKNO = [sys.executable, "-m", "okno.cli.main"]
START_TIMEOUT_S = 240
ANSWER_TIMEOUT_S = 30
PAPER_WITHIN_S = 60
COOKIE = re.compile(r"__Host-okno=([^;]*)")
#: A demo sends one phone three codes within half a minute.
CODES, CODES_S = 3, 31.0
#: Well below the five minutes that a proof lives.
PROOF_S = 120.0
CODE = re.compile(r"#(\d+)\s*$")


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 (a JSON tree)
        return json.loads(self.body)


@dataclass
class Demo:
    """A child `okno demo`, and the line that it printed when it was ready."""

    directory: Path
    name: str
    process: subprocess.Popen[bytes]
    said: dict[str, Any]
    _codes: dict[str, deque[float]] = field(default_factory=dict)

    @classmethod
    def start(cls, directory: Path, name: str, *more: str) -> "Demo":
        arguments = [*OKNO, "demo", "--dir", str(directory), "--name", name, "--json", *more]
        errors = (directory.parent / f"{name}.err").open("ab")
        with errors:
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            status = process.wait(START_TIMEOUT_S)
            raise AssertionError(f"the demo ended with {status}: {Path(errors.name).read_text()[-4000:]}")
        return cls(directory, name, process, json.loads(line))

    @property
    def port(self) -> int:
        return int(self.said["addresses"]["portal"].rpartition(":")[2])

    def host(self, what: str) -> str:
        return f"{what}.{self.name}.localhost"

    def customer(self, shows: str) -> dict[str, Any]:
        return next(customer for customer in self.said["customers"] if customer["shows"] == shows)

    def state(self) -> State:
        return msgspec.json.decode((self.directory / "run" / "state.json").read_bytes(), type=State)

    def stop(self, number: signal.Signals = signal.SIGTERM, *, timeout_s: float = 60) -> int:
        self.process.send_signal(number)
        status = self.process.wait(timeout_s)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def kill(self) -> None:
        """As a power cut does it, for this process alone."""
        self.stop(signal.SIGKILL)

    def again(self) -> None:
        """Start it once more in the same directory."""
        again = Demo.start(self.directory, self.name)
        self.process, self.said = again.process, again.said

    def okno(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*OKNO, *arguments], capture_output=True, text=True, check=False)

    def book_post(self, number: str, kind: str, amount: str, key: str, text: str = "Проба") -> None:
        """As `okno book post` does it, without the second that a new process takes."""
        draft = Draft(number, kind, key, parse_amount(amount, "RUB"), text=text)
        with psycopg.connect(settings_read(Path(self.said["connector"])).dsn, autocommit=True) as connection:
            post(connection, draft)

    def request(
        self, method: str, host: str, path: str, *, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_TIMEOUT_S)
        sent = {"Host": f"{self.host(host)}:{self.port}", **(headers or {})}
        raw = None
        if isinstance(body, bytes):
            raw, sent = body, sent | {"Content-Type": "application/x-www-form-urlencoded"}
        elif body is not None:
            raw, sent = json.dumps(body).encode(), sent | {"Content-Type": "application/json"}
        try:
            connection.request(method, path, body=raw, headers=sent)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def stream(self, host: str, path: str, headers: dict[str, str] | None = None) -> "ServerEvents":
        return ServerEvents(self, host, path, headers or {})

    def sms_code(self, phone: str, *, after: int) -> tuple[str, int]:
        """The code in the first message to the phone past number `after`, read from the page of the phones."""
        with self.stream("phone", "/events") as events:
            for event in events:
                if event.name == "message":
                    message = json.loads(event.data)
                    if message["to"] == phone and message["seq"] > after:
                        found = CODE.search(message["text"])
                        assert found, message["text"]
                        return found[1], message["seq"]
        raise AssertionError(f"no message to {phone}")

    def sms_room(self, phone: str) -> None:
        """Wait until a phone may get a code: modules that share a street sign the same customers in."""
        codes = self._codes.setdefault(phone, deque(maxlen=CODES))
        if len(codes) == CODES:
            time.sleep(max(0.0, codes[0] + CODES_S - time.monotonic()))
        codes.append(time.monotonic())

    def sms_seen(self) -> int:
        """Number of the last message in the twin's journal."""
        journal = self.directory / "log" / "smsc.jsonl"
        lines = journal.read_bytes().splitlines() if journal.exists() else []
        return len(lines)


@dataclass
class Event:
    name: str
    data: str
    id: str | None


class ServerEvents:
    """Server-sent events over a plain socket; iterating waits for the next one."""

    def __init__(self, demo: Demo, host: str, path: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=ANSWER_TIMEOUT_S)
        self._connection.request("GET", path, headers={"Host": f"{demo.host(host)}:{demo.port}", **headers})
        self.answer = self._connection.getresponse()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()
        self._connection.close()

    def __iter__(self) -> Iterator[Event]:
        fields: dict[str, str] = {}
        while line := self.answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if line == b"\n":
                if "data" not in fields:
                    continue
                yield Event(fields.get("event", "message"), fields["data"], fields.get("id"))
                fields = {}
            elif name:
                fields[name] = value


class WebSocket:
    """Enough of RFC 6455 to read a server's text frames."""

    def __init__(self, demo: Demo, path: str, headers: dict[str, str]) -> None:
        self._socket = socket.create_connection(("127.0.0.1", demo.port), timeout=ANSWER_TIMEOUT_S)
        key = b64encode(os.urandom(16)).decode()
        lines = {
            "Host": f"{demo.host('portal')}:{demo.port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": key,
            "Sec-WebSocket-Version": "13",
            "Origin": demo.said["addresses"]["portal"],
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._socket.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        self._file = self._socket.makefile("rb")
        self.status = int(self._file.readline().split()[1])
        while self._file.readline() not in (b"\r\n", b""):
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def frame(self) -> Any:  # noqa: ANN401 (a JSON tree)
        """The next text frame as JSON; pings are passed over."""
        while True:
            head = self._file.read(2)
            assert len(head) == 2, "the stream was cut"
            length = head[1] & 127
            if length > 125:
                length = int.from_bytes(self._file.read(2 if length == 126 else 8))
            payload = self._file.read(length)
            if head[0] & 15 == 1:
                return json.loads(payload)
            assert head[0] & 15 != 8, f"closed: {payload!r}"

    def until(self, key: str) -> Any:  # noqa: ANN401 (a JSON tree)
        """The first frame of an account that holds the operation."""
        while True:
            frame = self.frame()
            if frame["type"] == "account" and any(operation["key"] == key for operation in frame["operations"]):
                return frame


@dataclass
class Visitor:
    """A customer with a browser's manners: cookie, own origin, JSON."""

    demo: Demo
    customer: dict[str, Any]
    token: str = ""
    trail: list[str] = field(default_factory=list)
    proved_at: float = -math.inf

    @property
    def cookie(self) -> dict[str, str]:
        return {"Cookie": f"__Host-okno={self.token}"} if self.token else {}

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        sent = {**self.cookie, **headers}
        if method != "GET":
            sent |= {"X-Okno": "1", "Origin": self.demo.said["addresses"]["portal"], "Content-Type": "application/json"}
        answer = self.demo.request(method, "portal", path, body=body, headers=sent)
        found = COOKIE.search(answer.headers.get("Set-Cookie", ""))
        if found:
            self.token = found[1]
        return answer

    def sign_in(self) -> "Visitor":
        self.demo.sms_room(self.customer["phone"])
        seen = self.demo.sms_seen()
        login = {"login": self.customer["login"], "password": self.customer["password"]}
        answer = self.ask("POST", "/api/session/password", login)
        assert answer.status == 200, answer.body
        assert answer.json()["step"] == "code"
        code, _ = self.demo.sms_code(self.customer["phone"], after=seen)
        answer = self.ask("POST", "/api/session/code", {"code": code})
        assert answer.status == 200, answer.body
        return self

    def prove(self) -> "Visitor":
        """Password and code once more, unless they were given a while ago."""
        if time.monotonic() - self.proved_at < PROOF_S:
            return self
        self.demo.sms_room(self.customer["phone"])
        seen = self.demo.sms_seen()
        answer = self.ask("POST", "/api/session/proof", {"password": self.customer["password"]})
        assert answer.status == 200, answer.body
        code, _ = self.demo.sms_code(self.customer["phone"], after=seen)
        assert self.ask("POST", "/api/session/proof/code", {"code": code}).status == 204
        self.proved_at = time.monotonic()
        return self

    def overview(self, account: str | None = None) -> Any:  # noqa: ANN401 (a JSON tree)
        path = "/live/v1/overview" + (f"?account={account}" if account else "")
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.json()

    def paper(self, wish: dict[str, str], *, state: str = "ready") -> str:
        """A document of the first account that has come to this state; returns its id."""
        asked = self.ask("POST", f"/api/accounts/{self.customer['accounts'][0]}/documents", wish)
        assert asked.status == 202, asked.body
        document, until = asked.json()["id"], time.monotonic() + PAPER_WITHIN_S
        while (told := self.ask("GET", f"/api/documents/{document}").json())["state"] == "asked":
            assert time.monotonic() < until, told
            time.sleep(0.1)
        assert told["state"] == state, told
        return str(document)

    def stream(self, after: str = "") -> WebSocket:
        return WebSocket(self.demo, f"/live/v1/stream?after={after}", self.cookie)


def processes_naming(text: str) -> dict[int, str]:
    """Command lines of living processes with the text on them, by pid, but for ourselves.

    The text ends there or a slash follows: another's `/x/tryton` does not name `/x/tr`.
    """
    found, named = {}, re.compile(re.escape(text.encode()) + rb"(?=[/\0]|$)")
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if named.search(command):
                found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


def gone_within(text: str, timeout_s: float) -> bool:
    """Whether no process names the text any more after a while."""
    until = time.monotonic() + timeout_s
    while processes_naming(text):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True
