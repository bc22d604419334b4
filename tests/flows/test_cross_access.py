"""A session of customer A asks for everything of customer B: refused like an id that does not exist, and noted.

Every id in every endpoint of both interfaces and the stream; a route that takes an id and stands in neither list
below fails the first test, so nobody can add one without a line here.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from factories.paying_street import CONTACT, at_provider, start, until
from factories.street import Answer, Demo, Visitor
from psycopg.conninfo import conninfo_to_dict

from okno.cli.instance.reach import reach_of
from okno.protocol.ids import new_id

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
SIGNAL_TIMEOUT_S = 30

# (method, path of the description, place of the id)
ACCOUNT_ROUTES = {
    ("get", "/live/v1/overview"): "/live/v1/overview?account={id}",
    ("get", "/live/v1/operations"): "/live/v1/operations?account={id}",
    ("get", "/live/v1/year"): "/live/v1/year?account={id}",
    ("post", "/api/accounts/{account_id}/refresh"): "/api/accounts/{id}/refresh",
    ("get", "/api/accounts/{account_id}/documents"): "/api/accounts/{id}/documents",
    ("post", "/api/accounts/{account_id}/documents"): "/api/accounts/{id}/documents",
    ("get", "/api/links"): "/api/links?account={id}",
    ("get", "/api/promises"): "/api/promises?account={id}",
}
REQUEST_ROUTES = {("get", "/api/requests/{request_id}"): "/api/requests/{id}"}
DOCUMENT_ROUTES = {
    ("get", "/api/documents/{document_id}"): "/api/documents/{id}",
    ("get", "/api/documents/{document_id}/file"): "/api/documents/{id}/file",
    ("post", "/api/documents/{document_id}/letter"): "/api/documents/{id}/letter",
    ("get", "/api/documents/{document_id}/lines"): "/api/documents/{id}/lines",
    ("get", "/api/documents/{document_id}/slip"): "/api/documents/{id}/slip",
    ("get", "/api/documents/{document_id}/appeals"): "/api/documents/{id}/appeals",
    ("post", "/api/documents/{document_id}/appeals"): "/api/documents/{id}/appeals",
}
PAYMENT_ROUTES = {
    ("get", "/api/payments/{payment_id}"): "/api/payments/{id}",
    ("post", "/api/payments/{payment_id}/again"): "/api/payments/{id}/again",
}
LINK_ROUTES = {("post", "/api/links/{link_id}/revoke"): "/api/links/{id}/revoke"}
CARD_ROUTES = {
    ("post", "/api/payments/cards/{card_id}/default"): "/api/payments/cards/{id}/default",
    ("delete", "/api/payments/cards/{card_id}"): "/api/payments/cards/{id}",
}
AUTOPAY_ROUTES = {
    ("post", "/api/autopay/{rule_id}/pause"): "/api/autopay/{id}/pause",
    ("post", "/api/autopay/{rule_id}/resume"): "/api/autopay/{id}/resume",
    ("delete", "/api/autopay/{rule_id}"): "/api/autopay/{id}",
    ("post", "/api/autopay/{rule_id}/turns/{turn_id}/stop"): f"/api/autopay/{{id}}/turns/{new_id()}/stop",
}
ROUTES = {
    **ACCOUNT_ROUTES,
    **REQUEST_ROUTES,
    **DOCUMENT_ROUTES,
    **PAYMENT_ROUTES,
    **LINK_ROUTES,
    **CARD_ROUTES,
    **AUTOPAY_ROUTES,
}
BODIES = {
    ("post", "/api/accounts/{account_id}/documents"): {"kind": "slip"},
    ("post", "/api/documents/{document_id}/appeals"): {"line": 1, "note": "no"},
    ("post", "/api/documents/{document_id}/letter"): {"key": new_id(), "email": "a@example.org"},
}
STREAM_ROUTES = {("get", "/live/v1/stream"), ("get", "/live/v1/events")}
# What differs from answer to answer and tells nothing.
PASSING = re.compile(rb'"instance": ?"urn:uuid:[0-9a-f-]+"')
PASSING_HEADERS = {"date", "x-request-id", "content-security-policy"}


@dataclass
class Pair:
    """A, who asks, and B, who is asked about."""

    demo: Demo
    asking: Visitor
    other: Visitor

    def signals(self) -> int:
        host = conninfo_to_dict(reach_of(self.demo.directory).book)["host"]
        password = (self.demo.directory / "pg" / "superuser.password").read_text()
        with psycopg.connect(f"postgresql://okno:{password}@/okno_cabinet?host={host}") as connection:
            row = connection.execute("SELECT count(*) FROM kit_signal WHERE name = 'authz_fail'").fetchone()
        assert row is not None
        return int(row[0])

    def noted(self, before: int, count: int) -> bool:
        """Whether so many signals came since: `live` writes them beside the answer."""
        until = time.monotonic() + SIGNAL_TIMEOUT_S
        while self.signals() < before + count:
            if time.monotonic() > until:
                return False
            time.sleep(0.1)
        return True


@pytest.fixture(scope="module", params=["embedded", "full"])
def pair(request: pytest.FixtureRequest) -> Pair:
    demo: Demo = request.getfixturevalue(f"{request.param}_street")
    asking, other = (Visitor(demo, demo.customer(shows)).sign_in() for shows in ("in credit", "two accounts"))
    return Pair(demo, asking, other)


def described() -> set[tuple[str, str]]:
    """Routes of both descriptions that take an id: in the path or as `account` and `after`."""
    found = set()
    for name in ("openapi-portal.json", "openapi-live.json"):
        for path, methods in json.loads((REFERENCE / name).read_text(encoding="utf-8"))["paths"].items():
            for method, route in methods.items():
                names = {parameter.get("name") for parameter in route.get("parameters", ())}
                if "{" in path or names & {"account", "after"}:
                    found.add((method, path))
    return found


def test_every_route_with_an_id_is_asked_here() -> None:
    assert described() == {*ROUTES, *STREAM_ROUTES}


def shown(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in PASSING_HEADERS]
    return answer.status, sorted(headers), PASSING.sub(b"", answer.body)


def assert_same_refusal(pair: Pair, route: tuple[str, str], path: Callable[[str], str], foreign: str) -> None:
    """Both answers are one, and each question left a signal."""
    before = pair.signals()
    unknown = new_id()
    body = BODIES.get(route)
    answers = [pair.asking.ask(route[0].upper(), path(one), body) for one in (foreign, unknown)]
    bodies = [shown(answer) for answer in answers]
    assert bodies[0][0] == 404
    assert foreign.encode() not in answers[0].body
    assert bodies[0][2].replace(foreign.encode(), b"") == bodies[1][2].replace(unknown.encode(), b"")
    assert bodies[0][:2] == bodies[1][:2]
    assert pair.noted(before, 2)


@pytest.mark.parametrize("route", sorted(ACCOUNT_ROUTES))
def test_a_foreign_account_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    for account in pair.other.customer["accounts"]:
        assert_same_refusal(pair, route, lambda one: ACCOUNT_ROUTES[route].format(id=one), account)


@pytest.mark.parametrize("route", sorted(REQUEST_ROUTES))
def test_a_foreign_request_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    account = pair.other.customer["accounts"][0]
    asked = pair.other.ask("POST", f"/api/accounts/{account}/refresh")
    assert asked.status == 202, asked.body
    assert_same_refusal(pair, route, lambda one: REQUEST_ROUTES[route].format(id=one), asked.json()["id"])


@pytest.mark.parametrize("route", sorted(DOCUMENT_ROUTES))
def test_a_foreign_document_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    account = pair.other.customer["accounts"][0]
    asked = pair.other.ask("POST", f"/api/accounts/{account}/documents", {"kind": "slip"})
    assert asked.status == 202, asked.body
    assert_same_refusal(pair, route, lambda one: DOCUMENT_ROUTES[route].format(id=one), asked.json()["id"])


@pytest.mark.parametrize("route", sorted(PAYMENT_ROUTES))
def test_a_foreign_payment_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    payment = start(pair.other, "10.00")
    assert_same_refusal(pair, route, lambda one: PAYMENT_ROUTES[route].format(id=one), payment)


def kept_card(pair: Pair) -> str:
    """A card that B let the payment system keep."""
    kept = pair.other.ask("GET", "/api/payments/cards").json()
    if kept:
        return str(kept[0]["id"])
    payment = start(pair.other, "11.00", save_card=True)
    at_provider(until(pair.other, payment, lambda seen: seen["go"] is not None)["go"], "pay")
    until(pair.other, payment, lambda seen: seen["confirmed_at"] is not None)
    return str(pair.other.ask("GET", "/api/payments/cards").json()[0]["id"])


@pytest.mark.parametrize("route", sorted(CARD_ROUTES))
def test_a_foreign_card_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    card = kept_card(pair)
    pair.asking.prove()
    assert_same_refusal(pair, route, lambda one: CARD_ROUTES[route].format(id=one), card)
    assert card in [one["id"] for one in pair.other.ask("GET", "/api/payments/cards").json()]


@pytest.mark.parametrize("route", sorted(LINK_ROUTES))
def test_a_foreign_link_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    made = pair.other.ask("POST", "/api/links", {"account": pair.other.customer["accounts"][0]})
    assert made.status == 201, made.body
    assert_same_refusal(pair, route, lambda one: LINK_ROUTES[route].format(id=one), made.json()["link"]["id"])


@pytest.mark.parametrize("path", ["/api/links", "/api/promises"])
def test_nothing_is_asked_for_a_foreign_account(pair: Pair, path: str) -> None:
    body = {"amount": "10.00", "until": "2099-01-01"}
    answers = [
        shown(pair.asking.ask("POST", path, {**body, "account": account}))
        for account in (pair.other.customer["accounts"][0], new_id())
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.parametrize("route", sorted(AUTOPAY_ROUTES))
def test_a_foreign_autopay_does_not_exist(pair: Pair, route: tuple[str, str]) -> None:
    rules = pair.other.ask("GET", "/api/autopay").json()
    if not rules:
        account = pair.other.customer["accounts"][0]
        wish = {"account": account, "card": kept_card(pair), "kind": "debt", "ceiling": "10.00", "contact": CONTACT}
        made = pair.other.prove().ask("POST", "/api/autopay", wish)
        assert made.status == 201, made.body
        rules = pair.other.ask("GET", "/api/autopay").json()
    pair.asking.prove()
    assert_same_refusal(pair, route, lambda one: AUTOPAY_ROUTES[route].format(id=one), rules[0]["id"])
    assert pair.other.ask("GET", "/api/autopay").json() == rules


def test_a_foreign_account_gets_no_frame(pair: Pair) -> None:
    """Asked for by WebSocket and by server-sent events, while something really happens on it."""
    foreign, own = pair.other.customer["accounts"][0], pair.asking.customer["accounts"][0]
    unknown = new_id()
    before = pair.signals()
    position = pair.asking.overview()["account"]["position"]
    with pair.asking.stream(after=f"{foreign}:0,{unknown}:0,{own}:{position}") as stream:
        hello = stream.frame()
        assert [account["account"] for account in hello["accounts"]] == [own]
        pair.demo.book_post(pair.other.customer["numbers"][0], "charge", "3.00", new_id())
        key = new_id()
        pair.demo.book_post(pair.asking.customer["numbers"][0], "payment", "3.00", key)
        frames = [stream.frame()]
        while not any(operation["key"] == key for operation in frames[-1].get("operations", ())):
            frames.append(stream.frame())
    assert {frame["account"] for frame in frames if frame["type"] == "account"} == {own}
    assert foreign not in json.dumps([hello, *frames])
    assert pair.noted(before, 2)


def test_the_same_by_server_sent_events(pair: Pair) -> None:
    foreign, unknown = pair.other.customer["accounts"][0], new_id()
    before = pair.signals()
    hellos = []
    for account in (foreign, unknown):
        with pair.demo.stream("portal", f"/live/v1/events?after={account}:0", pair.asking.cookie) as events:
            hellos.append(next(iter(events)).data)
    assert hellos[0] == hellos[1]
    assert foreign not in hellos[0]
    assert pair.noted(before, 2)


def test_without_a_session_every_id_is_the_same(pair: Pair) -> None:
    nobody = Visitor(pair.demo, pair.asking.customer)
    for (method, _), path in ROUTES.items():
        answers = [
            shown(nobody.ask(method.upper(), path.format(id=one)))
            for one in (pair.other.customer["accounts"][0], new_id())
        ]
        assert answers[0][0] == 401
        assert answers[0][:2] == answers[1][:2]
