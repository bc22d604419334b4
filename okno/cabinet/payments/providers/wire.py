"""The way to a provider: HTTP with a bound on everything, and nothing of what it carries in a log."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from okno.cabinet.payments.providers.port import ProviderAway

ANSWER_BYTES_MAX = 4 * 1024 * 1024
FORM_FIELDS_MAX = 200


class WireSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`ca_file`: the bundle that the provider's certificate is judged by; the system's own if none is named."""

    base_url: str
    ca_file: str | None = None
    connect_timeout_ms: int = 3_000
    answer_timeout_ms: int = 10_000
    connections_max: int = 8


@dataclass(frozen=True)
class Answer:
    """`headers` by names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Wire:
    """May be used by several threads. Redirects are not followed: an answer is what came from whom we asked."""

    def __init__(self, settings: WireSettings) -> None:
        self.base_url = settings.base_url.rstrip("/")
        self._pool = urllib3.PoolManager(
            maxsize=settings.connections_max,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=settings.connect_timeout_ms / 1000, read=settings.answer_timeout_ms / 1000),
            ca_certs=settings.ca_file,
        )

    def at(self, base_url: str) -> Wire:
        """The same way to another address of the same provider."""
        other = copy(self)
        other.base_url = base_url.rstrip("/")
        return other

    def send(
        self, method: str, path: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request, `path` with its query. Raises ProviderAway when no whole answer came."""
        try:
            response = self._pool.request(
                method,
                self.base_url + path,
                body=body,
                headers=dict(headers or {}),
                redirect=False,
                preload_content=False,
            )
            content = response.read(ANSWER_BYTES_MAX + 1, decode_content=True)
            complete = len(content) <= ANSWER_BYTES_MAX
            if complete:
                response.release_conn()
            else:
                response.close()
        except (HTTPError, OSError) as error:
            # The text of an error may quote the address with its query: its kind is enough.
            raise ProviderAway(type(error).__name__) from None
        if not complete:
            raise ProviderAway("answer-too-long")
        return Answer(response.status, {name.lower(): value for name, value in response.headers.items()}, content)


def form_fields(content: bytes) -> dict[str, str]:
    """A form as it was sent, decoded, each name once. Raises ValueError."""
    pairs = parse_qsl(
        content.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
        max_num_fields=FORM_FIELDS_MAX,
    )
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a name twice")
    return fields
