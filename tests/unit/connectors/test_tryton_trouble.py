"""What keeps Tryton from answering, told apart by what its server says: statuses, errors, silence."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from factories.tutorial_page import blocks_of

from okno.connectors.entries import entry_load
from okno.connectors.runtime.port import SystemAway, Trouble
from okno.connectors.runtime.system import System
from okno.connectors.tryton import rpc as rpc_module
from okno.connectors.tryton.companies import Companies, Company
from okno.connectors.tryton.rpc import Rpc, TrytonRefusal

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "connect-tryton.md"
LOGIN = {"result": [3, "session", None]}
FOUND = {"result": [{"id": 1}]}


class Server(ThreadingHTTPServer):
    """Speaks as Tryton's; `said` is the answer to everything that is no login."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.said: tuple[int, object] = (200, FOUND)
        self.login: object = LOGIN
        self.logins = 0
        self.is_silent = False
        self.over = threading.Event()
        self.has_pages = True


class Answers(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.is_silent:
            self.server.over.wait()
            return
        status, said = (200, {"result": {}}) if "preferences" in asked["method"] else self.server.said
        if asked["method"] == "common.db.login":
            self.server.logins += 1
            status, said = 200, self.server.login
        self.answer(status, json.dumps(said).encode())

    def do_HEAD(self) -> None:
        if self.server.has_pages:
            self.answer(200, b"")
        else:
            self.close_connection = True

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def rpc(server: Server) -> Iterator[Rpc]:
    rpc = Rpc(f"http://127.0.0.1:{server.server_port}", database="erp", user="okno", password="-", timeout_s=0.5)
    yield rpc
    rpc.close()


def trouble(rpc: Rpc) -> Trouble:
    with pytest.raises(SystemAway) as away:
        rpc.search_read("party.party", [], ["id"])
    return away.value.trouble


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (429, {}, Trouble.LIMITED),
        (500, {}, Trouble.FAILING),
        (503, {}, Trouble.DATABASE),
        (200, {"error": ["RateLimitException", ""]}, Trouble.LIMITED),
        (200, {"error": ["ConcurrencyException", ""]}, Trouble.FAILING),
        (200, {"error": ["psycopg.OperationalError", ""]}, Trouble.DATABASE),
        # A fault of its own: nobody has judged the question.
        (200, {"error": ["'NoneType' object has no attribute 'id'", ""]}, Trouble.FAILING),
        (200, {"error": ["connection already closed", ""]}, Trouble.FAILING),
        # Of a question a refusal can only mean that its user may not ask it.
        (200, {"error": ["UserError", ["You are not allowed to access Party.", ""]]}, Trouble.RIGHTS),
    ],
)
def test_a_server_in_trouble_says_which(server: Server, rpc: Rpc, status: int, said: object, expected: Trouble) -> None:
    assert rpc.search_read("party.party", [], ["id"]) == FOUND["result"]
    server.said = (status, said)
    assert trouble(rpc) is expected
    server.said = (200, FOUND)
    assert rpc.search_read("party.party", [], ["id"]) == FOUND["result"]


def test_silence_is_the_databases_while_the_server_still_has_pages(server: Server, rpc: Rpc) -> None:
    assert rpc.search_read("party.party", [], ["id"]) == FOUND["result"]
    server.is_silent = True
    assert trouble(rpc) is Trouble.DATABASE
    server.has_pages = False
    assert trouble(rpc) is Trouble.NO_ANSWER


def test_no_more_is_read_than_the_limit(server: Server, rpc: Rpc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rpc_module, "ANSWER_BYTES_MAX", 500)
    assert rpc.search_read("party.party", [], ["id"]) == FOUND["result"]
    server.said = (200, {"result": ["x" * 500]})
    assert trouble(rpc) is Trouble.FAILING
    server.said = (200, FOUND)
    assert rpc.search_read("party.party", [], ["id"]) == FOUND["result"]


NOT_LET_IN: list[object] = [
    {"result": None},
    {"error": ["LoginException", ["password"]]},
    {"error": ["403", ""]},
    {"error": ["RateLimitException", ""]},
]


@pytest.mark.parametrize("said", NOT_LET_IN)
def test_a_refused_login_is_a_state_and_no_fault_of_a_question(server: Server, rpc: Rpc, said: object) -> None:
    server.login = said
    assert trouble(rpc) is Trouble.LOGIN
    asked = server.logins
    assert trouble(rpc) is Trouble.LOGIN
    # Tryton counts wrong ones, and would soon take no right one either.
    assert server.logins == asked == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (["UserError", ["The period is closed.", "", None]], "UserError: The period is closed."),
        (["UserError", []], "UserError: []"),
        (["UserWarning", ["paid twice 7", "It was paid before.", ""]], "UserWarning: It was paid before."),
    ],
)
def test_what_tryton_refuses_is_no_trouble(server: Server, rpc: Rpc, error: object, text: str) -> None:
    server.said = (200, {"error": error})
    with pytest.raises(TrytonRefusal) as refused:
        rpc.model("account.move", "post", [7])
    assert str(refused.value) == text


def test_a_login_into_a_server_in_trouble_is_tried_again(server: Server, rpc: Rpc) -> None:
    server.login = {"error": ["psycopg.OperationalError", ""]}
    assert trouble(rpc) is Trouble.DATABASE
    server.login = LOGIN
    assert rpc.search_read("party.party", [], ["id"]) == FOUND["result"]


def test_companies_are_read_once_when_somebody_is_there_to_tell_them() -> None:
    said: list[object] = [SystemAway("nobody"), TrytonRefusal("AccessError", "no"), {}, {7: Company(7, 1, "RUB", {})}]

    def read() -> dict[int, Company]:
        told = said.pop(0)
        if isinstance(told, Exception):
            raise told
        return told  # type: ignore[return-value]  # the last two are companies

    companies = Companies(read)
    troubles = []
    for _ in range(3):
        with pytest.raises(SystemAway) as away:
            companies.get(7)
        troubles.append((str(away.value).partition(" (")[0], away.value.trouble))
    assert troubles == [
        ("nobody", Trouble.NO_ANSWER),
        ("Tryton does not show its companies", Trouble.FAILING),
        ("Tryton shows no company to its user", Trouble.FAILING),
    ]
    assert (companies[7].party, list(companies), len(companies), companies.home.currency) == (1, [7], 1, "RUB")
    assert said == []


def test_the_settings_of_the_how_to_are_settings(tmp_path: Path) -> None:
    (page,) = (block for block in blocks_of(HOW_TO) if block.language == "toml")
    told = msgspec.toml.decode(page.content)
    password = tmp_path / "password"
    password.write_text("-")
    options = {**told["options"], "password_file": str(password), "zone": "Asia/Tokyo"}
    made = entry_load(told["adapter"])(told["system"], options)
    assert isinstance(made, System)
    # Days begin where the options say, and who says where to pay to is offered.
    assert (made.id, made.zone, made.payees is made.bills) == ("main", "Asia/Tokyo", True)
