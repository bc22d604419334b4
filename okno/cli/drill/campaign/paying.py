"""A payer's browser at a payment system's page, and the control of its twin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from okno.cli.drill.billing import DrillError
from okno.cli.drill.campaign.patience import patiently
from okno.sandbox.payers.troubles import Troubles

TIMEOUT_S = 20
HOPS_MAX = 5
OK, SEE_OTHER, NO_CONTENT = 200, 303, 204


class Browser:
    """Names under `.localhost` are this machine, whatever a resolver says."""

    def __init__(self) -> None:
        self._pool = urllib3.PoolManager(retries=False, timeout=TIMEOUT_S, maxsize=32)

    def press(self, go: Mapping[str, Any], choice: str) -> None:
        """Go where the cabinet sends the payer and press a button there. Raises DrillError."""
        url, fields = go.get("url") or go["payload"], go.get("fields")
        for _ in range(HOPS_MAX):
            answer = self._ask(url, dict(fields)) if fields else self._ask(url)
            fields = None
            if answer.status == OK:
                break
            url = answer.headers.get("Location", "")
        else:
            raise DrillError(f"{urlsplit(url).netloc} shows the payer no page")
        if self._ask(url, {"choice": choice}).status != SEE_OTHER:
            raise DrillError(f"{urlsplit(url).netloc} does not take the payer's choice")

    def _ask(self, url: str, form: dict[str, str] | None = None) -> urllib3.BaseHTTPResponse:
        parts = urlsplit(url)
        here = f"http://127.0.0.1:{parts.port}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        headers = {"Host": parts.netloc}
        if form is None:
            ask = partial(self._pool.request, "GET", here, headers=headers, redirect=False)
        else:
            ask = partial(
                self._pool.request, "POST", here, fields=form, encode_multipart=False, headers=headers, redirect=False
            )
        # A button that is pressed once more, since the page did not answer, does what it did before.
        return patiently(ask, HTTPError)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.clear()


def troubles_set(ports: Mapping[str, int], token: str, troubles: Callable[[str], Troubles]) -> None:
    """What goes wrong at each twin from now on. Raises DrillError."""
    with urllib3.PoolManager(retries=False, timeout=TIMEOUT_S) as pool:
        for name, port in ports.items():
            put = partial(
                pool.request,
                "PUT",
                f"http://127.0.0.1:{port}/-/troubles",
                body=msgspec.json.encode(troubles(name)),
                headers={"Authorization": f"Bearer {token}"},
            )
            answer = patiently(put, HTTPError)
            if answer.status != NO_CONTENT:
                raise DrillError(f"the twin {name} takes no troubles: {answer.status}")
