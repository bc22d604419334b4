"""A customer of the demo who pays: his wish, the payment system's page, what has become of it."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import urllib3
from factories.street import Visitor

DEADLINE_S = 60
CONTACT = "payer@example.org"


def start(payer: Visitor, amount: str, method: str = "card", **changes: object) -> str:
    shares = [{"account": payer.customer["accounts"][0], "amount": amount}]
    wish = {"key": str(uuid4()), "method": method, "currency": "RUB", "shares": shares, "contact": CONTACT, **changes}
    answer = payer.ask("POST", "/api/payments", wish)
    assert answer.status == 202, answer.body
    payment: str = answer.json()["id"]
    return payment


def until(payer: Visitor, payment: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_S
    while not wanted(seen := payer.ask("GET", f"/api/payments/{payment}").json()):
        assert time.monotonic() < deadline, seen
        time.sleep(0.1)
    return dict(seen)


def at_provider(go: dict[str, Any], choice: str) -> str:
    """What the payer does at the payment system's page; returns where it sends his browser."""
    with urllib3.PoolManager(retries=False, timeout=20) as browser:
        url, fields = go.get("url") or go["payload"], go.get("fields")
        while True:
            parts = urlsplit(url)
            here, host = f"http://127.0.0.1:{parts.port}{parts.path}?{parts.query}".rstrip("?"), {"Host": parts.netloc}
            if fields:
                form = dict(fields)
                shown = browser.request("POST", here, headers=host, fields=form, encode_multipart=False, redirect=False)
            else:
                shown = browser.request("GET", here, headers=host, redirect=False)
            fields = None
            if shown.status == 200:
                break
            url = shown.headers["Location"]
        pressed = browser.request(
            "POST", here, headers=host, fields={"choice": choice}, encode_multipart=False, redirect=False
        )
    assert pressed.status == 303, pressed.data
    return pressed.headers["Location"]
