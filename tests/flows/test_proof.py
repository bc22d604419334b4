"""Before what changes how money is taken: password and code once more (ASVS 7.5.1), whoever has signed in or not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from factories.django_ready import override_settings
from factories.paying import Shop, shop_open
from factories.portal import PASSWORD, Browser, Database, HttpResponse

from okno.cabinet.config.instance import Limit

EMAIL = "anna@example.org"
PROOF = "/api/session/proof"
CARDS, RULES = "/api/payments/cards", "/api/autopay"
CHANGES = ("turn on", "go on", "choose", "remove")
STATE = """
    SELECT (SELECT json_agg(c ORDER BY c.id) FROM (SELECT id, is_default FROM payments_card) c)::text,
           (SELECT json_agg(r ORDER BY r.id) FROM (SELECT id, state, ceiling FROM payments_autopay) r)::text
"""


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def card(shop: Shop) -> str:
    payment = shop.begun(shop.wish("1.00", method="receipt", contact=EMAIL, save_card=True))
    shop.press(payment)
    shop.later(minutes=1)
    found: str = shop.browser.send("GET", CARDS).json()[0]["id"]
    return found


@pytest.fixture
def fresh(shop: Shop, card: str) -> Browser:
    """Anna on another device: a sign-in of a moment ago, and no proof."""
    assert card
    return shop.portal.signed_in("anna")


def rule(shop: Shop, card: str) -> dict[str, Any]:
    return {"account": str(shop.account), "card": card, "kind": "debt", "ceiling": "5000.00", "contact": EMAIL}


def change(shop: Shop, browser: Browser, what: str, card: str) -> HttpResponse:
    if what == "turn on":
        return browser.send("POST", RULES, rule(shop, card))
    if what == "go on":
        if not shop.rows("SELECT 1 FROM payments_autopay"):
            made = shop.browser.send("POST", RULES, rule(shop, card)).json()["id"]
            assert shop.browser.send("POST", f"{RULES}/{made}/pause").status_code == 204
        [(paused,)] = shop.rows("SELECT id::text FROM payments_autopay")
        return browser.send("POST", f"{RULES}/{paused}/resume")
    if what == "choose":
        return browser.send("POST", f"{CARDS}/{card}/default")
    return browser.send("DELETE", f"{CARDS}/{card}")


def begin(browser: Browser, password: str = PASSWORD) -> HttpResponse:
    return browser.send("POST", PROOF, {"password": password})


def finish(browser: Browser, code: str) -> HttpResponse:
    return browser.send("POST", f"{PROOF}/code", {"code": code})


def prove(shop: Shop, browser: Browser) -> None:
    assert begin(browser).status_code == 200
    assert finish(browser, shop.portal.last_code()).status_code == 204


@pytest.mark.parametrize("what", CHANGES)
def test_each_change_wants_a_proof_and_a_sign_in_is_none(shop: Shop, fresh: Browser, card: str, what: str) -> None:
    change(shop, fresh, what, card)  # what it needs to stand there first
    before = shop.rows(STATE)
    refused = change(shop, fresh, what, card)
    assert (refused.status_code, refused.json()["code"], refused.json()["retry"]) == (403, "proof-needed", "after")
    assert shop.rows(STATE) == before
    prove(shop, fresh)
    assert change(shop, fresh, what, card).status_code in {201, 204}
    assert what == "choose" or shop.rows(STATE) != before


def test_what_makes_less_of_it_wants_none(shop: Shop, fresh: Browser, card: str) -> None:
    made = shop.browser.send("POST", RULES, rule(shop, card)).json()["id"]
    assert fresh.send("POST", f"{RULES}/{made}/pause").status_code == 204
    assert fresh.send("DELETE", f"{RULES}/{made}").status_code == 204


def test_a_proof_is_of_one_session_and_of_some_minutes(shop: Shop, fresh: Browser, card: str) -> None:
    prove(shop, fresh)
    other = shop.portal.signed_in("anna")
    assert change(shop, other, "choose", card).status_code == 403
    assert change(shop, fresh, "choose", card).status_code == 204
    shop.portal.peek("UPDATE identity_session SET proved_at = now() - interval '5 minutes'")
    assert change(shop, fresh, "choose", card).status_code == 403
    prove(shop, fresh)
    assert change(shop, fresh, "choose", card).status_code == 204
    [*_, (detail, actor)] = shop.rows("SELECT detail, actor FROM kit_audit WHERE action = 'session.prove' ORDER BY seq")
    assert (detail, actor) == ({"method": "password+sms"}, f"user:{shop.anna}")


def test_a_proof_gives_the_session_a_new_token(shop: Shop, fresh: Browser) -> None:
    before, old = fresh.state(), fresh.twin()
    prove(shop, fresh)
    assert fresh.token() != old.token()
    assert (fresh.state()["state"], old.state()["state"]) == ("open", "closed")
    assert fresh.state()["expires_at"] == before["expires_at"]


def test_a_wrong_password_sends_no_code(shop: Shop, fresh: Browser) -> None:
    sent = len(shop.portal.sms())
    refused = begin(fresh, "wrong")
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong-password")
    assert len(shop.portal.sms()) == sent
    assert shop.portal.signals("authn_login_fail")[-1] == {"step": "proof-password"}
    assert fresh.state()["state"] == "open"


def test_a_code_without_the_password_before_it_is_none(shop: Shop, fresh: Browser, card: str) -> None:
    sign_in_code = shop.portal.last_code()
    for path, body in ((f"{PROOF}/code", {"code": sign_in_code}), (f"{PROOF}/code/resend", {})):
        refused = fresh.send("POST", path, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong-step")
    assert begin(fresh).status_code == 200
    if shop.portal.last_code() != sign_in_code:
        assert finish(fresh, sign_in_code).status_code == 401
    assert change(shop, fresh, "choose", card).status_code == 403


def test_another_code_kills_the_one_before_and_keeps_the_count(shop: Shop, fresh: Browser) -> None:
    begin(fresh)
    first = shop.portal.last_code()
    assert finish(fresh, shop.portal.wrong_code()).json()["tries_left"] == 4
    again = fresh.send("POST", f"{PROOF}/code/resend", {})
    assert (again.status_code, set(again.json())) == (200, {"resend_after_s", "expires_in_s"})
    if shop.portal.last_code() != first:
        assert finish(fresh, first).json()["tries_left"] == 3
    assert finish(fresh, shop.portal.last_code()).status_code == 204
    # Used up: the same code is no proof of anything later, and the next proof has tries of its own.
    assert finish(fresh, shop.portal.last_code()).json()["code"] == "wrong-step"
    begin(fresh)
    assert finish(fresh, shop.portal.wrong_code()).json()["tries_left"] == 4


def test_an_old_code_is_none(shop: Shop, fresh: Browser) -> None:
    begin(fresh)
    shop.portal.peek("UPDATE identity_challenge SET expires_at = now() WHERE purpose = 'proof'")
    refused = finish(fresh, shop.portal.last_code())
    assert (refused.status_code, refused.json()["code"]) == (410, "code-expired")


def test_the_last_wrong_code_ends_the_session(shop: Shop, fresh: Browser, card: str) -> None:
    begin(fresh)
    wrong = shop.portal.wrong_code()
    assert [finish(fresh, wrong).json()["tries_left"] for _ in range(5)] == [4, 3, 2, 1, 0]
    assert shop.portal.signals("authn_login_fail_max") == [{"step": "proof-code"}]
    assert fresh.state()["state"] == "closed"
    assert change(shop, fresh, "choose", card).status_code == 401
    assert shop.browser.state()["state"] == "open"


def test_guessing_is_throttled_out_of_the_budget_of_signing_in(shop: Shop, fresh: Browser) -> None:
    narrow = msgspec.structs.replace(shop.portal.config, limits={"signin-login": Limit(3, 900)})
    with override_settings(OKNO=narrow):
        statuses = [begin(fresh, f"wrong {n}").status_code for n in range(4)]
        assert statuses == [401, 401, 401, 429]
        assert shop.portal.browser().password("anna").status_code == 429


def test_nobody_signed_in_has_nothing_to_prove(shop: Shop) -> None:
    stranger = Browser()
    for path, body in ((PROOF, {"password": PASSWORD}), (f"{PROOF}/code", {"code": "123456"})):
        assert stranger.send("POST", path, body).status_code == 401
    assert stranger.send("POST", f"{CARDS}/{uuid4()}/default").status_code == 401
    assert shop.browser.state()["state"] == "open"
