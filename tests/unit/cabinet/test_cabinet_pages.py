"""What every answer carries: the page with its nonce, the policy, the headers, the request's id."""

import re
from pathlib import Path

import msgspec
from factories.django_ready import RequestFactory
from factories.portal import HOST, Portal, SettingsChange
from structlog.testing import capture_logs

from okno.cabinet.kit.http import errors
from okno.protocol.ids import new_id

TRUSTED = ["203.0.113.7"]


def policy(header: str) -> dict[str, str]:
    return dict(part.strip().partition(" ")[::2] for part in header.split(";"))


def test_page_of_every_route_has_a_fresh_nonce(portal: Portal) -> None:
    nonces = set()
    for path in ("/", "/login", "/operations", "/a/b-c_d", "/"):
        answer = portal.browser().get(path)
        page = answer.content.decode()
        found = re.fullmatch(r'<script nonce="([A-Za-z0-9+/=]{24})" src="/assets/app.js"></script>', page)
        assert found is not None
        nonces.add(found[1])
        rules = policy(answer["Content-Security-Policy"])
        assert rules["script-src"] == f"'nonce-{found[1]}' 'strict-dynamic'"
        assert rules["style-src"] == f"'self' 'nonce-{found[1]}'"
        assert rules["connect-src"] == f"'self' ws://{HOST}"
        assert (rules["default-src"], rules["frame-ancestors"], rules["base-uri"]) == ("'none'", "'none'", "'none'")
        assert rules["require-trusted-types-for"] == "'script'"
    assert len(nonces) == 5


def test_page_is_not_what_other_servers_answer(portal: Portal) -> None:
    for path in ("/assets/app.js", "/live/v1/overview", "/api/", "/api/nothing", "/-/nothing", "/x.php", "/A"):
        answer = portal.browser().get(path)
        assert (path, answer.status_code, answer.json()["code"]) == (path, 404, "not-found")


def test_page_follows_a_new_build(portal: Portal) -> None:
    assert b"app.js" in portal.browser().get("/").content
    file = Path(portal.config.portal_dist or "") / "index.html"
    file.write_text("<p>new __NONCE__ __NONCE__</p>", encoding="utf-8")
    page = portal.browser().get("/").content.decode()
    assert re.fullmatch(r"<p>new (\S+) \1</p>", page)
    file.unlink()
    answer = portal.browser().get("/")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


def test_page_that_cannot_be_read_is_a_mistake_of_ours(portal: Portal) -> None:
    file = Path(portal.config.portal_dist or "") / "index.html"
    file.unlink()
    file.mkdir()
    answer = portal.browser().get("/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


def test_errors_outside_of_the_routes_are_problems_too() -> None:
    request = RequestFactory().get("/")
    for answer, expected in (
        (errors.bad_request(request, ValueError()), (400, "bad-request")),
        (errors.forbidden(request, PermissionError()), (403, "forbidden")),
    ):
        assert (answer.status_code, msgspec.json.decode(answer.content)["code"]) == expected


def test_headers_of_every_answer(portal: Portal) -> None:
    for path in ("/", "/api/session", "/api/nothing", "/-/live"):
        answer = portal.browser().get(path)
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "Set-Cookie" not in answer
        assert "Server" not in answer


def test_headers_over_a_trusted_proxys_tls(portal: Portal, settings_change: SettingsChange) -> None:
    with settings_change(trusted_proxies=TRUSTED):
        answer = portal.browser(HTTP_X_FORWARDED_PROTO="https").get("/")
        assert answer["Strict-Transport-Security"].startswith("max-age=63072000")
        assert f"wss://{HOST}" in answer["Content-Security-Policy"]
        secure = portal.browser(HTTP_X_FORWARDED_PROTO="https")
        secure.defaults["HTTP_ORIGIN"] = f"https://{HOST}"
        assert secure.send("DELETE", "/api/session").status_code == 204
    forged = portal.browser(HTTP_X_FORWARDED_PROTO="https").get("/")
    assert "Strict-Transport-Security" not in forged


def test_request_id_is_the_proxys_or_our_own(portal: Portal, settings_change: SettingsChange) -> None:
    given = new_id()
    assert portal.browser(HTTP_X_REQUEST_ID=given).get("/-/live")["X-Request-Id"] != given
    with settings_change(trusted_proxies=TRUSTED):
        assert portal.browser(HTTP_X_REQUEST_ID=given).get("/-/live")["X-Request-Id"] == given
        hexadecimal = given.replace("-", "")
        assert portal.browser(HTTP_X_REQUEST_ID=hexadecimal).get("/-/live")["X-Request-Id"] == hexadecimal
        assert portal.browser(HTTP_X_REQUEST_ID="anna@example").get("/-/live")["X-Request-Id"] != "anna@example"


def test_request_to_an_unknown_host_is_refused(portal: Portal) -> None:
    for host in ("evil.example", f"{HOST}.evil.example", "a b", ""):
        answer = portal.browser().get("/", headers={"Host": host})
        assert (host, answer.status_code, answer.json()["code"]) == (host, 400, "bad-request")


def test_request_log_holds_the_route_and_nothing_of_the_person(portal: Portal) -> None:
    portal.person()
    with capture_logs() as lines:
        portal.browser().password()
        portal.browser().send("PROPFIND", "/api/session")
        portal.browser().get(f"/api/requests/{new_id()}?phone=79001234567")
    routes = [(line["method"], line["route"], line["status"]) for line in lines if line["event"] == "request"]
    assert routes == [
        ("POST", "api/session/password", 200),
        ("other", None, 405),
        ("GET", "api/requests/<uuidstr:request_id>", 401),
    ]
    assert all("79001234567" not in str(line) and "203.0.113" not in str(line) for line in lines)
