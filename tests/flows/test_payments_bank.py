"""A payer by a kept card whose bank wants him: to it by a page of ours, back with its answer, on to the till."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import psycopg
import pytest
from factories.django_ready import HttpResponse
from factories.paying import Shop, shop_open
from factories.portal import COUNTER_HOST, Browser, Database

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database, "cloudpayments") as opened:
        yield opened


def wish(shop: Shop, amount: str = "100.00", **changes: object) -> dict[str, Any]:
    return shop.wish(amount, method="receipt", contact="anna@example.org", **changes)


def wanted(shop: Shop) -> str:
    """A payment by a kept card that waits for its owner at his bank."""
    first = shop.begun(wish(shop, save_card=True))
    shop.press(first)
    shop.later(minutes=1)
    card = shop.browser.send("GET", "/api/payments/cards").json()[0]["id"]
    shop.house.trouble(challenge=1.0)
    return shop.begun(wish(shop, "77.00", card=card))


def counter(method: str, url: str, body: dict[str, str] | None = None) -> HttpResponse:
    content = urlencode(body or {}).encode()
    return Browser(host=COUNTER_HOST).generic(method, urlsplit(url).path, content, content_type=FORM)


def at_bank(shop: Shop, page: HttpResponse, choice: str) -> dict[str, str]:
    """What the bank's page makes the browser post back."""
    shown = page.content.decode()
    fields = dict(re.findall(r"name='(\w+)' value='([^']*)'", shown))
    [action] = re.findall(r"action='([^']*)'", shown)
    http = shop.house.http
    arrived = http.request("POST", action, fields=fields, encode_multipart=False, redirect=True, retries=3)
    back = shop.house.press(f"{shop.house.url}{urlsplit(arrived.geturl() or '').path}", choice)
    answer = http.request("GET", back).data.decode()
    assert f'action="{fields["TermUrl"]}"' in answer
    return dict(re.findall(r'name="(\w+)" value="(\w+)"', answer))


def test_the_owner_goes_to_his_bank_and_back_and_is_charged_once(shop: Shop) -> None:
    payment = wanted(shop)
    go = shop.seen(payment)["go"]
    assert (go["kind"], urlsplit(go["url"]).netloc) == ("redirect", COUNTER_HOST)
    page = counter("GET", go["url"])
    policy = page["Content-Security-Policy"]
    assert page.status_code == 200
    assert f"form-action {shop.house.url};" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    brought = at_bank(shop, page, "pay")
    assert len(shop.house.journal("captured")) == 1  # the bank knows him; nothing is paid yet
    for _ in range(2):
        on = counter("POST", go["url"], brought)
        assert (on.status_code, on["Location"]) == (303, f"https://portal.test/payments/{payment}")
    shop.turn()
    assert shop.seen(payment)["state"] == "confirmed"
    late = counter("GET", go["url"])
    assert (late.status_code, late["Location"]) == (303, f"https://portal.test/payments/{payment}")
    assert counter("POST", go["url"], brought).status_code == 303
    shop.later(hours=1)
    assert len(shop.house.journal("captured")) == 2
    assert shop.rows("SELECT proof FROM payments_challenge") == [("",)]


def test_who_is_not_known_to_his_bank_is_told_so(shop: Shop) -> None:
    payment = wanted(shop)
    go = shop.seen(payment)["go"]
    counter("POST", go["url"], at_bank(shop, counter("GET", go["url"]), "decline"))
    shop.turn()
    assert shop.seen(payment)["state"] == "closed"
    assert len(shop.house.journal("captured")) == 1


def test_a_till_killed_between_the_proof_and_its_answer_charges_once(shop: Shop) -> None:
    def die(errand: object) -> object:
        shop.till.work(errand)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    payment = wanted(shop)
    go = shop.seen(payment)["go"]
    counter("POST", go["url"], at_bank(shop, counter("GET", go["url"]), "pay"))
    with pytest.raises(KeyboardInterrupt):
        shop.turn(die)
    shop.later(minutes=2)
    assert shop.seen(payment)["state"] == "confirmed"
    assert len(shop.house.journal("captured")) == 2


def test_a_proof_that_is_none_is_told_once_and_changes_nothing(shop: Shop) -> None:
    payment = wanted(shop)
    go = shop.seen(payment)["go"]
    transaction = shop.rows("SELECT provider_id FROM payments_attempt WHERE state = 'pending'")[0][0]
    counter("POST", go["url"], {"MD": str(transaction), "PaRes": "made-up"})
    shop.turn()
    shop.later(minutes=1)
    assert shop.seen(payment)["state"] == "accepted"
    assert shop.rows("SELECT proof FROM payments_challenge") == [("",)]
    assert len(shop.house.journal("captured")) == 1


def test_what_is_no_answer_of_a_bank_is_refused(shop: Shop) -> None:
    url = shop.seen(wanted(shop))["go"]["url"]
    other = url.rpartition("/")[0]
    for body in ({}, {"MD": "1", "PaRes": "x"}, {"PaRes": "x"}, {"MD": "1"}):
        assert counter("POST", url, body).status_code == 400
    raw = Browser(host=COUNTER_HOST).generic("POST", urlsplit(url).path, b"\xff=%", content_type=FORM)
    assert raw.status_code == 400
    for method in ("GET", "POST"):
        assert counter(method, f"{other}/{uuid4()}", {"MD": "1", "PaRes": "x"}).status_code == 404
        assert counter(method, url.replace("cloudpayments", "tbank"), {"MD": "1"}).status_code == 404
    assert counter("PUT", url).status_code == 405
    assert shop.rows("SELECT proof FROM payments_challenge") == [(None,)]


def test_the_portal_and_the_desk_read_nothing_of_it(shop: Shop) -> None:
    wanted(shop)
    for role in ("web", "desk"):
        with psycopg.connect(shop.database.dsn(role)) as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute("SELECT proof FROM payments_challenge")
            connection.rollback()
