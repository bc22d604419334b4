"""From the company's books to the customer's screen, on both stacks, over HTTP as a browser would do it."""

import json
import re
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest
from factories.street import Answer, Demo, Visitor

from okno.protocol.ids import new_id


@pytest.fixture(scope="module", params=["embedded", "full"])
def demo(request: pytest.FixtureRequest) -> Demo:
    street: Demo = request.getfixturevalue(f"{request.param}_street")
    return street


@pytest.fixture(scope="module")
def debtor(demo: Demo) -> Visitor:
    return Visitor(demo, demo.customer("in debt")).sign_in()


@pytest.fixture(scope="module")
def pair(demo: Demo) -> Visitor:
    return Visitor(demo, demo.customer("two accounts")).sign_in()


def test_it_names_everybody_for_what_he_shows(demo: Demo) -> None:
    assert [customer["shows"] for customer in demo.said["customers"]] == [
        *("in debt", "in credit", "two accounts", "brand-new", "without access"),
    ]
    assert demo.said["addresses"] == {
        what: f"http://{what}.{demo.name}.localhost:{demo.port}" for what in ("portal", "desk", "phone", "pay")
    }


def test_the_year_travelled_the_street(debtor: Visitor) -> None:
    overview = debtor.overview()
    account = overview["account"]
    assert Decimal(account["balance"]) > 0
    assert account["due"] is not None
    assert len(account["operations"]) == 20
    assert account["position"] >= 23
    shown = debtor.demo.okno(
        "book", "show", debtor.customer["numbers"][0], "--config", debtor.demo.said["connector"]
    ).stdout
    assert f"balance  {account['balance']} RUB" in shown


def test_each_customer_shows_what_he_is_named_for(pair: Visitor) -> None:
    accounts = pair.overview()["accounts"]
    assert {account["account"] for account in accounts} == set(pair.customer["accounts"])
    assert {account["tail"] for account in accounts} == {number[-4:] for number in pair.customer["numbers"]}


def test_a_posting_arrives_by_websocket(debtor: Visitor) -> None:
    demo, account = debtor.demo, debtor.customer["accounts"][0]
    before = debtor.overview()["account"]
    key = new_id()
    with debtor.stream(after=f"{account}:{before['position']}") as stream:
        assert stream.status == 101
        assert stream.frame()["type"] == "hello"
        posted = demo.okno(
            *("book", "post", "--config", demo.said["connector"], "--account", debtor.customer["numbers"][0]),
            *("--kind", "charge", "--amount", "100.00", "--key", key, "--text", "Проба"),
        )
        assert posted.returncode == 0, posted.stderr
        frame = stream.until(key)
    assert frame["account"] == account
    assert Decimal(frame["balance"]) == Decimal(before["balance"]) + 100
    assert [operation["key"] for operation in frame["operations"]].count(key) == 1
    assert frame["id"] == f"{account}:{frame['position']}"
    after = debtor.overview()["account"]
    assert after["balance"] == frame["balance"]


def test_a_posting_arrives_by_server_sent_events(debtor: Visitor) -> None:
    demo, account = debtor.demo, debtor.customer["accounts"][0]
    position = debtor.overview()["account"]["position"]
    key = new_id()
    path = f"/live/v1/events?after={account}:{position}"
    with demo.stream("portal", path, debtor.cookie) as events:
        assert events.answer.status == 200
        demo.book_post(debtor.customer["numbers"][0], "payment", "50.00", key)
        frame = next(
            json.loads(event.data)
            for event in events
            if any(operation["key"] == key for operation in json.loads(event.data).get("operations", ()))
        )
    assert frame["account"] == account


def test_what_was_missed_is_replayed(debtor: Visitor) -> None:
    account = debtor.customer["accounts"][0]
    position = debtor.overview()["account"]["position"]
    keys = [new_id() for _ in range(3)]
    for key in keys:
        debtor.demo.book_post(debtor.customer["numbers"][0], "charge", "1.00", key)
    with debtor.stream(after=f"{account}:{position}") as stream:
        seen: list[str] = []
        while keys[-1] not in seen:
            frame = stream.frame()
            seen += [operation["key"] for operation in frame.get("operations", ())]
    assert [key for key in seen if key in keys] == keys


def test_the_page_comes_under_a_strict_policy(demo: Demo) -> None:
    answer = demo.request("GET", "portal", "/operations")
    assert answer.status == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "'nonce-" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert b"__NONCE__" not in answer.body
    assets = Path(__file__).parents[2] / "web" / "dist" / "portal" / "assets"
    name = next(path.name for path in assets.iterdir() if path.suffix == ".js")
    asset = demo.request("GET", "portal", f"/assets/{name}")
    assert (asset.status, asset.body) == (200, (assets / name).read_bytes())
    assert "immutable" in asset.headers["Cache-Control"]


def test_names_without_a_room_are_not_answered(demo: Demo) -> None:
    assert demo.request("GET", "pay", "/").status == 404
    assert demo.request("GET", "portal", "/-/ready").status == 404
    assert demo.request("GET", "phone", "/").status == 200


def test_the_portals_cookie_is_nothing_to_the_desk(debtor: Visitor) -> None:
    demo = debtor.demo
    with_cookie = demo.request("GET", "desk", "/api/session", headers=debtor.cookie)
    assert with_cookie.status in (302, 401, 403, 404)


def test_signing_out_ends_the_stream(pair: Visitor) -> None:
    with pair.stream() as stream:
        assert stream.frame()["type"] == "hello"
        assert pair.ask("DELETE", "/api/session").status == 204
        frame = stream.frame()
        while frame["type"] != "bye":
            frame = stream.frame()
    assert frame["reason"] == "session-ended"
    assert pair.ask("GET", "/live/v1/overview").status == 401


def staff(demo: Demo, *said: str) -> str:
    done = demo.okno("staff", *said, "--dir", str(demo.directory))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def form(demo: Demo, path: str, cookie: dict[str, str], **given: str) -> Answer:
    """Send the form of a page of the desk, with its token."""
    page = demo.request("GET", "desk", path, headers=cookie)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.body.decode())
    assert token is not None
    cookie |= cookie_of(page)
    body = urlencode({"csrfmiddlewaretoken": token[1], **given}).encode()
    return demo.request("POST", "desk", path, body=body, headers={"Origin": demo.said["addresses"]["desk"], **cookie})


def cookie_of(answer: Answer) -> dict[str, str]:
    set_cookie = answer.headers.get("Set-Cookie")
    return {"Cookie": set_cookie.partition(";")[0]} if set_cookie else {}


def test_staff_get_in_by_a_link_and_a_code_once(demo: Demo) -> None:
    staff(demo, "add", "ivan", "--role", "senior")
    address = demo.said["addresses"]["desk"]
    link = staff(demo, "link", "ivan")
    assert link.startswith(f"{address}/enter/")
    path = link.removeprefix(address)
    pressed = form(demo, path, {})
    assert pressed.status == 302
    cookie = cookie_of(pressed)
    entered = form(demo, "/code", cookie, code=staff(demo, "code", "ivan"))
    assert entered.status == 302
    assert demo.request("GET", "desk", "/", headers=cookie_of(entered)).status == 200
    assert form(demo, path, {}).status == 403
    assert demo.request("GET", "portal", path).status == 404
    staff(demo, "reset", "ivan")
    assert demo.request("GET", "desk", "/", headers=cookie_of(entered)).status != 200
    again = form(demo, staff(demo, "link", "ivan").removeprefix(address), {})
    assert form(demo, "/code", cookie_of(again), code=staff(demo, "code", "ivan")).status == 302


def test_the_doctor_finds_nothing_wrong(demo: Demo) -> None:
    said = demo.okno("doctor", "--dir", str(demo.directory), "--stack", demo.said["stack"])
    assert (said.stdout, said.returncode) == ("Nothing is wrong.\n", 0)


def test_the_gateways_log_is_proved(demo: Demo) -> None:
    said = demo.okno("gateway", "verify-log", str(demo.directory / "log" / "gw1"))
    assert said.returncode == 0, said.stderr
    assert "records proved" in said.stdout
