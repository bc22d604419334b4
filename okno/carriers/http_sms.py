"""Short messages by HTTP with JSON, in the shape that Russian providers share.

    POST {base}/v1/messages   Authorization: Bearer TOKEN, Idempotency-Key: ID
         {"id": ID, "to": "+7…", "text": "…", "from": "NAME"}
         -> 202 {"id": ID, "message_id": "…", "state": "accepted"}
    GET  {base}/v1/messages/{ID}
         -> 200 {"id": ID, "message_id": "…", "state": "accepted|delivered|failed"} | 404

A repeated id is answered like the first time. 4xx is a refusal for good, 429 and 503 are refusals for now; anything
else after the request left (time-out, cut connection, 5xx, an answer that is no JSON) says nothing about acceptance.
"""

import math
from urllib.parse import quote

import msgspec
import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError

from okno.carriers.port import MESSAGE_ID_LENGTH_MAX, TEXT_LENGTH_MAX, Accepted, NoAnswer, NotAccepted

#: An answer of this wire is some 200 bytes; more is not read.
ANSWER_BYTES_MAX = 16 * 1024
AFTER_S_MAX = 3600.0


class HttpSmsSettings(msgspec.Struct, frozen=True):
    url: str
    """Base address, "https://sms.example"."""
    token: str
    origin: str = "Okno"
    """The name that the receiver sees as sender."""
    connect_timeout_ms: int = 3_000
    answer_timeout_ms: int = 10_000
    connections_max: int = 8


class _Answer(msgspec.Struct):
    message_id: str
    state: str


class HttpSms:
    """See `okno.carriers.port.Carrier`."""

    def __init__(self, settings: HttpSmsSettings) -> None:
        self._base = settings.url.rstrip("/") + "/v1/messages"
        self._origin = settings.origin
        self._headers = {"Authorization": f"Bearer {settings.token}", "Content-Type": "application/json"}
        self._pool = urllib3.PoolManager(
            maxsize=settings.connections_max,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=settings.connect_timeout_ms / 1000, read=settings.answer_timeout_ms / 1000),
        )

    def send(self, message_id: str, to: str, text: str) -> Accepted:
        if len(text) > TEXT_LENGTH_MAX or not 0 < len(message_id) <= MESSAGE_ID_LENGTH_MAX:
            raise NotAccepted("too-long", retryable=False)
        body = msgspec.json.encode({"id": message_id, "to": to, "text": text, "from": self._origin})
        try:
            status, headers, answer = self._ask("POST", self._base, body, {"Idempotency-Key": message_id})
        except ConnectTimeoutError as error:
            # Nothing left this machine.
            raise NotAccepted(f"unreachable: {type(error).__name__}", retryable=True) from error
        if status in {200, 201, 202}:
            return Accepted(_decode(answer).message_id)
        if status in {429, 503}:
            raise NotAccepted(f"status-{status}", retryable=True, after_s=_after_s(headers.get("Retry-After")))
        if 400 <= status < 500:  # noqa: PLR2004 - the class of refusals
            raise NotAccepted(f"status-{status}", retryable=False)
        raise NoAnswer(f"status-{status}")

    def find(self, message_id: str) -> Accepted | None:
        try:
            status, _, answer = self._ask("GET", f"{self._base}/{quote(message_id, safe='')}", None, {})
        except ConnectTimeoutError as error:
            raise NoAnswer(f"unreachable: {type(error).__name__}") from error
        if status == 200:  # noqa: PLR2004 - OK
            return Accepted(_decode(answer).message_id)
        if status == 404:  # noqa: PLR2004 - never taken
            return None
        raise NoAnswer(f"status-{status}")

    def _ask(
        self, method: str, url: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, urllib3.HTTPHeaderDict, bytes]:
        """Raises ConnectTimeoutError (its subclasses too) when nothing was sent, NoAnswer for all that came later."""
        try:
            response = self._pool.request(
                method, url, body=body, headers=self._headers | headers, redirect=False, preload_content=False
            )
            answer = response.read(ANSWER_BYTES_MAX + 1, decode_content=False)
            if len(answer) > ANSWER_BYTES_MAX:
                response.close()  # a connection with unread bytes on it must not serve another request
        except ConnectTimeoutError:
            raise
        except (HTTPError, OSError) as error:
            raise NoAnswer(type(error).__name__) from error
        return response.status, response.headers, answer


def _decode(answer: bytes) -> _Answer:
    try:
        if len(answer) > ANSWER_BYTES_MAX:
            raise NoAnswer("answer-too-long")
        return msgspec.json.decode(answer, type=_Answer)
    except msgspec.MsgspecError as error:
        raise NoAnswer("answer-not-understood") from error


def _after_s(value: str | None) -> float | None:
    """Seconds of a Retry-After header; a date or nonsense counts as none."""
    try:
        seconds = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return min(seconds, AFTER_S_MAX) if seconds >= 0 else None
