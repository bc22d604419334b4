"""The regulars of a campaign without a street: their phones, their browser, their open page."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import phonenumbers
import pytest

from okno.cli.drill.billing import DrillError
from okno.cli.drill.levels.phones import Phones
from okno.cli.drill.levels.regulars import regulars_draw, regulars_for, regulars_settle
from okno.cli.drill.levels.screen import Screen
from okno.cli.drill.levels.tally import Tally
from okno.cli.drill.levels.visitor import Answer, Door, Visitor
from okno.sandbox.smsc.journal import Message

WAIT_S = 30
LOST = ""
TOKEN = {"Set-Cookie": "__Host-okno=token; Secure; Path=/"}
(ONE, OTHER) = regulars_draw(2)
#: After these a code comes; after a wrong one since that was of an earlier try.
TEXTED = {("/api/session/password", 200), ("/api/session/code/resend", 200), ("/api/session/code", 401)}


@dataclass
class Portal:
    """Answers each request with the next of what is planned for its path: (status, headers, body) or a cut."""

    plans: dict[str, list[tuple[int, dict[str, str], bytes] | None]]
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    peers: set[str] = field(default_factory=set)
    door: Door = field(default_factory=lambda: Door(0, ""))
    text: Callable[[], object] = lambda: None
    """A message comes to the phone."""

    def paths(self) -> list[str]:
        return [path for _, path, _, _ in self.asked]


class Handler(BaseHTTPRequestHandler):
    portal: Portal
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.portal.asked.append((self.command, self.path, dict(self.headers), body))
        self.portal.peers.add(self.client_address[0])
        planned = self.portal.plans[self.path]
        now = planned.pop(0) if len(planned) > 1 else planned[0]
        if now is None:
            self.close_connection = True
            return
        status, headers, content = now
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        if (self.path, status) in TEXTED:
            self.portal.text()

    do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Nothing is said on the terminal."""


@contextmanager
def portal_open(plans: dict[str, list[tuple[int, dict[str, str], bytes] | None]]) -> Iterator[Portal]:
    portal = Portal(plans)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Handler,), {"portal": portal}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    portal.door = Door(server.server_address[1], "http://portal.test.localhost:7")
    try:
        yield portal
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def message(seq: int, code: str, *, to: str = ONE.phone) -> bytes:
    text = f"Код для входа: {code}.\n\n@portal.test #{code}"
    made = Message(seq=seq, at="", id=str(seq), message_id=str(seq), to=to, text=text, origin="Okno")
    return msgspec.json.encode(made) + b"\n"


def test_regulars_are_people_of_their_own() -> None:
    regulars = [*regulars_draw(40), *regulars_draw(40)]
    assert len({one.address for one in regulars}) == 40
    assert regulars[0].address == "127.1.0.1"
    for member in ("login", "password", "customer", "account", "number"):
        assert len({getattr(one, member) for one in regulars}) == 80, member
    assert {len(one.number) for one in regulars} == {20}
    assert [regulars_for(payments) for payments in (1, 500, 10_000)] == [8, 20, 40]
    kinds = {phonenumbers.number_type(phonenumbers.parse(one.phone)) for one in regulars}
    assert kinds == {phonenumbers.PhoneNumberType.MOBILE}


def test_who_cannot_settle_in_ends_the_campaign(tmp_path: Path) -> None:
    with pytest.raises(DrillError, match="could not settle in"):
        regulars_settle(tmp_path, [ONE], "")


def test_a_phone_shows_the_newest_code_that_came_after(tmp_path: Path) -> None:
    journal = tmp_path / "smsc.jsonl"
    Phones(journal).look()
    journal.write_bytes(message(1, "111111"))
    phones = Phones(journal)
    with journal.open("ab") as file:
        file.write(message(2, "222222") + message(3, "333333", to=OTHER.phone) + message(4, "444444")[:-9])
    phones.look()
    # What stood there before is nobody's business; a line that is not whole has not come.
    assert phones.latest(ONE.phone) == 2
    assert phones.wait(ONE.phone, after=0, patience_s=0) == (2, "222222")
    assert phones.wait(ONE.phone, after=2, patience_s=0.01) is None
    assert phones.latest(OTHER.phone) == 3
    with journal.open("ab") as file:
        file.write(message(4, "444444")[-9:])
    came: list[tuple[int, str] | None] = []
    reader = threading.Thread(target=lambda: came.append(phones.wait(ONE.phone, after=2, patience_s=WAIT_S)))
    reader.start()
    phones.look()
    reader.join()
    assert came == [(4, "444444")]


def test_a_tally_keeps_good_and_valid_apart() -> None:
    tally = Tally()
    for good in (True, False, True):
        tally.note("one", good=good)
    assert (tally.of("one"), tally.of("other")) == ((2, 3), (0, 0))


@pytest.fixture
def told() -> list[bool]:
    return []


Entering = Callable[..., tuple[bool, Portal]]


@pytest.fixture
def entering(tmp_path: Path, told: list[bool], monkeypatch: pytest.MonkeyPatch) -> Entering:
    """Sign in at a portal of such answers, with these codes on the phone once the password was given."""
    monkeypatch.setattr("okno.cli.drill.levels.visitor.AGAIN_S", 0.01)
    monkeypatch.setattr("okno.cli.drill.levels.visitor.RESEND_S", 0.05)

    def enter(
        password: list[tuple[int, dict[str, str], bytes] | None],
        code: list[tuple[int, dict[str, str], bytes] | None],
        *codes: str,
        patience_s: float = WAIT_S,
    ) -> tuple[bool, Portal]:
        journal = tmp_path / "smsc.jsonl"
        journal.touch()
        phones = Phones(journal)
        waiting = list(enumerate(codes, 1))

        def text() -> None:
            seq, one = waiting.pop(0) if waiting else (0, LOST)
            if one != LOST:
                with journal.open("ab") as file:
                    file.write(message(seq, one))
                phones.look()

        plans = {
            "/api/session/password": password,
            "/api/session/code": code,
            "/api/session/code/resend": [(200, {}, b"{}")],
            "/api/session": [(204, {}, b"")],
        }
        with portal_open(plans) as portal:
            portal.text = text
            visitor = Visitor(ONE, portal.door, phones, told.append)
            good = visitor.sign_in(patience_s=patience_s)
            if good:
                assert visitor.token == "token"
                visitor.sign_out()
                assert visitor.token == ""
            visitor.close()
        return good, portal

    return enter


OK = (200, TOKEN, b"{}")
WRONG = (401, {}, b'{"code": "wrong-code", "tries_left": 4}')
AWAY = (503, {}, b"<html>")


def refused(code: str) -> tuple[int, dict[str, str], bytes]:
    return 401, {}, json.dumps({"code": code}).encode()


def test_who_gives_password_and_code_is_in(entering: Entering, told: list[bool]) -> None:
    good, portal = entering([OK], [OK], "123456")
    assert good
    assert portal.paths() == ["/api/session/password", "/api/session/code", "/api/session"]
    assert json.loads(portal.asked[0][3]) == {"login": ONE.login, "password": ONE.password}
    assert json.loads(portal.asked[1][3]) == {"code": "123456"}
    headers = portal.asked[2][2]
    assert (headers["Host"], headers["Origin"]) == ("portal.test.localhost:7", "http://portal.test.localhost:7")
    assert (headers["Cookie"], headers["X-Okno"]) == ("__Host-okno=token", "1")
    assert portal.peers == {ONE.address}
    assert told == [True, True, True]


def test_he_presses_again_where_the_product_fails_and_the_requests_tell_of_it(
    entering: Entering, told: list[bool]
) -> None:
    good, portal = entering([AWAY, None, OK], [AWAY, OK], "123456")
    assert good
    assert portal.paths().count("/api/session/password") == 3
    assert portal.paths().count("/api/session/code") == 2
    assert told.count(False) == 3


def test_a_code_of_an_earlier_try_is_followed_by_the_next(entering: Entering) -> None:
    good, portal = entering([OK], [WRONG, OK], "111111", "222222")
    assert good
    assert [json.loads(body)["code"] for _, path, _, body in portal.asked if path == "/api/session/code"] == [
        "111111",
        "222222",
    ]


def test_he_asks_for_another_code_where_none_comes(entering: Entering) -> None:
    good, portal = entering([OK], [OK], LOST, "123456")
    assert good
    assert portal.paths()[:3] == ["/api/session/password", "/api/session/code/resend", "/api/session/code"]


def test_his_patience_has_an_end(entering: Entering) -> None:
    good, _ = entering([OK], [OK], LOST, patience_s=0.3)
    assert not good


@pytest.mark.parametrize(
    ("password", "code"),
    [([refused("wrong-credentials")], [OK]), ([OK], [refused("no-session")])],
)
def test_a_refusal_that_he_does_not_deserve_is_a_failure(
    entering: Entering,
    password: list[tuple[int, dict[str, str], bytes] | None],
    code: list[tuple[int, dict[str, str], bytes] | None],
) -> None:
    good, portal = entering(password, code, "123456")
    assert not good
    assert portal.paths().count("/api/session/password") == 1


def test_who_was_let_in_by_an_answer_that_was_lost_begins_anew(entering: Entering) -> None:
    good, portal = entering([OK], [None, refused("no-session"), OK], "123456", "654321", "777777")
    assert good
    assert portal.paths().count("/api/session/password") == 2


def test_he_waits_where_he_is_told_to(entering: Entering) -> None:
    later = (429, {"Retry-After": "1"}, b"")
    good, portal = entering([later, OK], [later, OK], "123456")
    assert good
    assert portal.paths().count("/api/session/password") == 2


def test_nobody_answers_for_a_whole_patience(entering: Entering) -> None:
    good, _ = entering([AWAY], [OK], patience_s=0.05)
    assert not good


@pytest.mark.parametrize(("body", "code"), [(b"", ""), (b"<html>", ""), (b"[1]", ""), (b'{"code": "busy"}', "busy")])
def test_only_our_own_refusals_have_a_code(body: bytes, code: str) -> None:
    assert Answer(503, body).code == code


def frame(*keys: str, cursor: str = "") -> bytes:
    data = json.dumps({"type": "account", "operations": [{"key": key, "amount": "1.00"} for key in keys]})
    return (f"id: {cursor}\n" if cursor else "").encode() + f"data: {data}\n\n".encode()


def test_a_page_that_is_cut_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.cli.drill.levels.screen.AGAIN_S", 0.01)
    hello = b'data: {"type": "hello", "accounts": []}\n\n'
    first = hello + b":\n\n" + frame("k1", "k2", cursor="a:2") + frame("k3", cursor="a:3")[:-5]
    plans: dict[str, list[tuple[int, dict[str, str], bytes] | None]] = {
        "/live/v1/events": [None, (200, {}, first), (503, {}, b""), (200, {}, hello + frame("k3", cursor="a:3")), None]
    }
    shown: list[str] = []
    token = ""
    with portal_open(plans) as portal:
        screen = Screen(ONE, portal.door, lambda: token, lambda key, _: shown.append(key))
        over = threading.Event()
        page = threading.Thread(target=screen.run, args=(over,))
        page.start()
        until = time.monotonic() + WAIT_S
        token = "token"
        while len(portal.asked) < 5:
            assert time.monotonic() < until, portal.asked
            time.sleep(0.01)
        over.set()
        screen.close()
        page.join(WAIT_S)
        assert not page.is_alive()
    assert shown == ["k1", "k2", "k3"]
    cursors = [headers["Last-Event-ID"] for _, _, headers, _ in portal.asked]
    assert cursors[:5] == [f"{ONE.account}:0", f"{ONE.account}:0", "a:2", "a:2", "a:3"]
    assert {headers["Cookie"] for _, _, headers, _ in portal.asked} == {"__Host-okno=token"}
