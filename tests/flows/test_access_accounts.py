"""Who sees which account: what the inside granted and nothing else; another's is the same as none."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from factories.portal import Browser, Portal, SettingsChange

from okno.cabinet.accounts.selectors import NotFoundError, access_account
from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.config.instance import Limit
from okno.protocol.errors import ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.keys import SigningKey


@pytest.fixture
def anna(portal: Portal) -> UUID:
    return portal.person(login="anna", phone="+79001110001")


@pytest.fixture
def boris(portal: Portal) -> UUID:
    return portal.person(login="boris", phone="+79001110002")


def body_of(browser: Browser, path: str, method: str = "POST") -> tuple[int, bytes]:
    """Status and body without the request's own id."""
    answer = browser.send(method, path)
    return answer.status_code, answer.content.replace(answer["X-Request-Id"].encode(), b"ID")


def test_access_comes_from_the_grant_of_the_inside(portal: Portal, anna: UUID) -> None:
    account = portal.account()
    with pytest.raises(NotFoundError):
        access_account(anna, account, right="view")

    grant = access_grant(anna, portal.grant_token(anna, account))

    assert access_account(anna, account, right="view").balance == 123_450
    with pytest.raises(NotFoundError):
        access_account(anna, account, right="documents")
    rights = portal.peek('SELECT "right", grant_id::text, until FROM accounts_access ORDER BY "right"')
    assert rights == [("pay", grant.id, grant.expires), ("view", grant.id, grant.expires)]
    [(rights_kept, token)] = portal.peek("SELECT rights, token FROM accounts_grant")
    assert (rights_kept, token.count(".")) == (["view", "pay"], 2)
    assert portal.peek("SELECT detail FROM kit_audit WHERE action = 'access.grant'") == [
        ({"account": str(account), "grant": grant.id, "rights": "view,pay"},)
    ]


def test_access_of_a_grant_taken_twice_changes_nothing(portal: Portal, anna: UUID) -> None:
    token = portal.grant_token(anna, portal.account())
    access_grant(anna, token)
    before = portal.peek("SELECT * FROM accounts_access"), portal.peek("SELECT count(*) FROM kit_audit")
    access_grant(anna, token)
    assert before == (portal.peek("SELECT * FROM accounts_access"), portal.peek("SELECT count(*) FROM kit_audit"))


def test_access_keeps_the_later_end(portal: Portal, anna: UUID) -> None:
    account, now = portal.account(), datetime.now(UTC).replace(microsecond=0)
    for days in (3, 9, 5):
        access_grant(anna, portal.grant_token(anna, account, expires=now + timedelta(days=days)))
    assert portal.peek("SELECT DISTINCT until FROM accounts_access") == [(now + timedelta(days=9),)]


def test_access_grant_refuses_what_the_inside_did_not_sign_for_this_person(
    portal: Portal, anna: UUID, boris: UUID
) -> None:
    account, now = portal.account(), datetime.now(UTC)
    good = portal.grant_token(anna, account)
    bad = {
        "subject-not-granted": portal.grant_token(boris, account),
        "key-unknown": portal.grant_token(anna, account, key=SigningKey.generate("connector.main")),
        "grant-expired": portal.grant_token(anna, account, expires=now - timedelta(seconds=1)),
        "grant-form": "x" * 5000,
    }
    for code, token in bad.items():
        with pytest.raises(ProtocolError) as refused:
            access_grant(anna, token)
        assert refused.value.code.value == code
    with pytest.raises(ProtocolError):
        access_grant(anna, good[:-4] + "AAAA")
    with pytest.raises(ProtocolError):
        access_grant(anna, portal.grant_token(anna, account, expires=now + timedelta(days=31)))
    assert portal.peek("SELECT count(*) FROM accounts_access") == [(0,)]
    assert portal.peek("SELECT count(*) FROM accounts_grant") == [(0,)]


def test_access_ends_with_its_term(portal: Portal, anna: UUID) -> None:
    account = portal.account()
    access_grant(anna, portal.grant_token(anna, account))
    portal.peek("UPDATE accounts_access SET until = now() - interval '1 second'")
    with pytest.raises(NotFoundError):
        access_account(anna, account, right="view")


def test_access_to_anothers_account_looks_like_an_unknown_one(portal: Portal, anna: UUID, boris: UUID) -> None:
    account = portal.account()
    access_grant(boris, portal.grant_token(boris, account))
    browser = portal.signed_in("anna")

    foreign = body_of(browser, f"/api/accounts/{account}/refresh")
    unknown = body_of(browser, f"/api/accounts/{new_id()}/refresh")

    assert foreign == unknown
    assert foreign[0] == 404
    assert portal.signals("authz_fail") == [{"kind": "account"}] * 2
    assert portal.peek("SELECT DISTINCT user_id FROM kit_signal WHERE name = 'authz_fail'") == [(anna,)]
    assert portal.peek("SELECT count(*) FROM kit_outbox") == [(0,)]


def test_access_refresh_asks_the_inside_with_the_persons_grant(portal: Portal, anna: UUID) -> None:
    account = portal.account()
    token = portal.grant_token(anna, account)
    access_grant(anna, token)
    browser = portal.signed_in("anna")

    answer = browser.send("POST", f"/api/accounts/{account}/refresh")

    assert answer.status_code == 202
    asked = answer.json()["id"]
    columns = "type, kind, system, subject, authtype, authid, grant_token, state, convert_from(data, 'UTF8')"
    assert portal.peek(f"SELECT {columns} FROM kit_outbox WHERE id = %s", asked) == [  # noqa: S608 (a constant)
        (
            *("okno.account.snapshot.get.v1", "query", "main", f"acct:{account}", "app_user", str(anna), token),
            *("queued", f'{{"account":"{account}","after":[1,1],"limit":100}}'),
        )
    ]
    state = browser.send("GET", f"/api/requests/{asked}").json()
    assert (state["id"], state["type"], state["state"], state["finished_at"]) == (
        asked,
        "okno.account.snapshot.get.v1",
        "queued",
        None,
    )


def test_access_to_anothers_request_looks_like_an_unknown_one(portal: Portal, anna: UUID, boris: UUID) -> None:
    account = portal.account()
    access_grant(anna, portal.grant_token(anna, account))
    asked = portal.signed_in("anna").send("POST", f"/api/accounts/{account}/refresh").json()["id"]
    other = portal.signed_in("boris")
    assert body_of(other, f"/api/requests/{asked}", "GET") == body_of(other, f"/api/requests/{new_id()}", "GET")
    assert portal.signals("authz_fail") == [{"kind": "request"}] * 2
    assert portal.peek("SELECT DISTINCT user_id FROM kit_signal WHERE name = 'authz_fail'") == [(boris,)]


def test_access_refresh_without_a_living_grant_asks_nothing(portal: Portal, anna: UUID) -> None:
    account = portal.account()
    access_grant(anna, portal.grant_token(anna, account))
    portal.peek("UPDATE accounts_grant SET revoked_at = now()")
    browser = portal.signed_in("anna")
    assert browser.send("POST", f"/api/accounts/{account}/refresh").status_code == 404
    assert portal.peek("SELECT count(*) FROM kit_outbox") == [(0,)]


def test_access_refresh_has_a_budget_per_account(portal: Portal, anna: UUID, settings_change: SettingsChange) -> None:
    accounts = [portal.account() for _ in range(2)]
    for account in accounts:
        access_grant(anna, portal.grant_token(anna, account))
    browser = portal.signed_in("anna")
    with settings_change(limits={"refresh-account": Limit(1, 60)}):
        statuses = [
            browser.send("POST", f"/api/accounts/{account}/refresh").status_code
            for account in (accounts[0], accounts[0], accounts[1])
        ]
    assert statuses == [202, 429, 202]


def test_access_needs_a_session(portal: Portal, anna: UUID) -> None:
    account = portal.account()
    access_grant(anna, portal.grant_token(anna, account))
    pending = portal.browser()
    pending.password("anna")
    for browser in (portal.browser(), pending):
        for method, path in (("POST", f"/api/accounts/{account}/refresh"), ("GET", f"/api/requests/{new_id()}")):
            answer = browser.send(method, path)
            assert (answer.status_code, answer.json()["code"]) == (401, "no-session")
    assert portal.browser().send("GET", "/api/accounts/7/refresh").json()["code"] == "not-found"
    assert portal.peek("SELECT count(*) FROM kit_outbox") == [(0,)]
