"""The hop to the gateway: one signed envelope out, one verdict back. Tries each gateway in turn; keeps connections.

An answer is either signed by the connector (200), a promise of the broker (202, 204), or a problem of the way. Only
what the connector signed says anything final about a command.
"""

import math
from dataclasses import dataclass

import msgspec
import structlog
import urllib3
from urllib3.exceptions import HTTPError

from okno.protocol.errors import Problem, Retry

log = structlog.get_logger("okno.cabinet.relay")

PATH = "/v1/messages"
#: A page of a snapshot with 1,000 operations is some 400 KiB, twice that as base64.
ANSWER_BYTES_MAX = 2 * 1024 * 1024
AFTER_S_MAX = 3600.0


class HopSettings(msgspec.Struct, frozen=True):
    gateway_urls: tuple[str, ...]
    """"https://gw1.example:8443", in the order of preference."""
    connections_max: int = 16
    connect_timeout_ms: int = 2_000
    answer_timeout_ms: int = 8_000
    """Longer than the longest deadline of a query (5 s) and the wait for a broker's confirm."""
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None


@dataclass(frozen=True)
class Taken:
    """202 or 204: the broker has confirmed, or the gateway was the end."""


@dataclass(frozen=True)
class Answered:
    """200: the bytes of the connector's reply or problem, not yet verified."""

    raw: bytes


@dataclass(frozen=True)
class Refused:
    """A problem of the way, unsigned: what may be done about it."""

    code: str
    retry: Retry
    after_s: float | None = None


Verdict = Taken | Answered | Refused


class Hop:
    """May be used by several threads."""

    def __init__(self, settings: HopSettings) -> None:
        self._urls = [url.rstrip("/") + PATH for url in settings.gateway_urls]
        self._pool = urllib3.PoolManager(
            maxsize=settings.connections_max,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=settings.connect_timeout_ms / 1000, read=settings.answer_timeout_ms / 1000),
            ca_certs=settings.ca_file,
            cert_file=settings.cert_file,
            key_file=settings.key_file,
        )

    def post(self, raw: bytes) -> Verdict:
        """The first gateway that does not stand by or fall silent decides; otherwise the last refusal."""
        verdict: Verdict = Refused("no-gateway", "same-key")
        for url in tuple(self._urls):
            verdict, try_next = self._post_one(url, raw)
            if not try_next:
                self._prefer(url)
                break
        return verdict

    def _prefer(self, url: str) -> None:
        """Begin with the gateway that was active: after a take-over the other one answers 503 to every message."""
        if self._urls[0] != url:
            self._urls = [url, *(other for other in self._urls if other != url)]

    def _post_one(self, url: str, raw: bytes) -> tuple[Verdict, bool]:
        try:
            response = self._pool.request(
                "POST",
                url,
                body=raw,
                headers={"Content-Type": "application/jose+json"},
                redirect=False,
                preload_content=False,
            )
            answer = response.read(ANSWER_BYTES_MAX + 1, decode_content=False)
        except (HTTPError, OSError) as error:
            # Whether it arrived is unknown: the same key makes another attempt harmless.
            log.warning("gateway-silent", url=url, error=type(error).__name__)
            return Refused("no-answer", "same-key"), True
        if len(answer) > ANSWER_BYTES_MAX:
            response.close()
            return Refused("answer-too-long", "same-key"), False
        status = response.status
        if status in {202, 204}:
            return Taken(), False
        if status == 200:  # noqa: PLR2004 - OK
            return Answered(answer), False
        refused = _refused(status, answer, response.headers.get("Retry-After"))
        return refused, status == 503 and refused.code in {"standby", "status-503"}  # noqa: PLR2004 - unavailable


def _refused(status: int, answer: bytes, retry_after: str | None) -> Refused:
    try:
        problem = msgspec.json.decode(answer, type=Problem)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Not a gateway of ours, or one in trouble: nothing is known, so nothing is final.
        return Refused(f"status-{status}", "same-key", _seconds(retry_after))
    return Refused(problem.code, problem.retry, _seconds(retry_after))


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value is not None else math.nan
    except ValueError:
        return None
    return min(seconds, AFTER_S_MAX) if seconds >= 0 else None
