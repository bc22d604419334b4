"""A promise and a link on the whole street: asked on the page, judged by the book, paid by somebody unknown."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from factories.paying_street import CONTACT
from factories.street import Demo, Visitor

DEADLINE_S = 60


@pytest.fixture(scope="module", params=["embedded", "full"])
def demo(request: pytest.FixtureRequest) -> Demo:
    street: Demo = request.getfixturevalue(f"{request.param}_street")
    return street


@pytest.fixture(scope="module")
def payer(demo: Demo) -> Visitor:
    return Visitor(demo, demo.customer("in debt")).sign_in()


def judged(payer: Visitor, account: str, promise: str) -> dict[str, Any]:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        promises = payer.ask("GET", f"/api/promises?account={account}").json()["promises"]
        found: dict[str, Any] = next(one for one in promises if one["id"] == promise)
        if found["state"] != "asked":
            return found
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_book_grants_a_promise_and_refuses_the_next_one(payer: Visitor) -> None:
    account = payer.customer["accounts"][0]
    until = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    answers = []
    for _ in range(2):
        asked = payer.ask("POST", "/api/promises", {"account": account, "amount": "100.00", "until": until})
        assert asked.status == 202, asked.body
        answers.append(judged(payer, account, asked.json()["id"]))
    assert [(one["state"], one["granted_until"], one["reason"]) for one in answers] == [
        ("granted", until, ""),
        ("refused", None, "one-stands"),
    ]


def test_somebody_unknown_is_sent_to_pay_and_told_how_far_it_is(payer: Visitor) -> None:
    account = payer.customer["accounts"][0]
    made = payer.ask("POST", "/api/links", {"account": account, "amount": "10.00"})
    assert made.status == 201, made.body
    stranger = Visitor(payer.demo, payer.customer)
    token = made.json()["token"]
    seen = stranger.ask("POST", "/api/links/open/look", {"token": token}).json()
    assert (seen["amount"], len(seen["tail"])) == ("10.00", 4)
    wish = {"token": token, "key": str(uuid4()), "method": "card", "amount": "10.00", "currency": "RUB"}
    wish["contact"] = CONTACT
    payment = stranger.ask("POST", "/api/links/open/pay", wish).json()["id"]
    deadline = time.monotonic() + DEADLINE_S
    while (far := stranger.ask("POST", "/api/links/open/payment", {"payment": payment}).json())["go"] is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (far["state"], far["go"]["kind"]) == ("accepted", "redirect")
    assert payer.customer["numbers"][0] not in repr((seen, far))
