"""The whole product on a real Tryton: from its accountant's hand to the customer's screen, over HTTP as a browser."""

import json
import re
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import urllib3
from factories.street import Demo, Visitor, gone_within, processes_naming

from okno.cabinet.documents.press.rereading import text_of
from okno.cli.servers.tryton import ACCOUNTANT

pytestmark = pytest.mark.timeout(1800)
# Of the accountant's change on its way to the customer: ten times what is promised.
SEEN_WITHIN_S = 20
REGISTERED_WITHIN_S = 60
NEW = re.compile(r"__Host-okno-new=[^;]+")
PASSWORD = "Лиловый-трактор 7"
SMALL = ("--stack", "tryton", "--parties", "8", "--months", "2")


@pytest.fixture(scope="module")
def demo(short_directory: Path) -> Iterator[Demo]:
    street = Demo.start(short_directory / "tr", "tr", *SMALL)
    yield street
    assert street.stop() == 0
    assert gone_within(str(street.directory), 60)


def signed_in(demo: Demo, shows: str) -> Visitor:
    return Visitor(demo, demo.customer(shows)).sign_in()


def post(demo: Demo, number: str, amount: str, *more: str) -> Any:  # noqa: ANN401 (a finished process)
    return demo.okno(
        *("tryton", "post", "--dir", str(demo.directory), "--account", number, "--amount", amount),
        *("--text", "Ремонт линии", *more),
    )


def test_it_names_everybody_and_tryton(demo: Demo) -> None:
    shown = [customer["shows"] for customer in demo.said["customers"]]
    assert shown == ["in debt", "in credit", "two accounts", "brand-new", "without access"]
    assert demo.said["tryton"]["login"] == ACCOUNTANT
    port = demo.state().ports["tryton"]
    assert demo.said["addresses"]["tryton"] == f"http://tryton.tr.localhost:{port}"
    page = urllib3.request("GET", f"http://127.0.0.1:{port}/")
    assert (page.status, b"Tryton" in page.data) == (200, True)
    assert demo.state().stack == "tryton"
    assert set(demo.state().pids) == {"okno", "postgres", "tryton"}


def test_balances_stand_as_they_are_named(demo: Demo) -> None:
    assert Decimal(signed_in(demo, "in debt").overview()["account"]["balance"]) > 0
    assert Decimal(signed_in(demo, "in credit").overview()["account"]["balance"]) < Decimal("489.00")
    fresh = signed_in(demo, "brand-new").overview()["account"]
    assert (fresh["balance"], fresh["operations"]) == ("0.00", [])
    pair = signed_in(demo, "two accounts").overview()["accounts"]
    assert {line["currency"] for line in pair} == {"RUB", "EUR"}


def test_what_the_accountant_posts_arrives(demo: Demo) -> None:
    visitor = signed_in(demo, "in debt")
    account, number = visitor.customer["accounts"][0], visitor.customer["numbers"][0]
    before = visitor.overview()["account"]
    with visitor.stream(after=f"{account}:{before['position']}") as stream:
        assert stream.frame()["type"] == "hello"
        posted = post(demo, number, "123.45")
        assert posted.returncode == 0, posted.stderr
        done = time.monotonic()
        assert "123.45" in posted.stdout
        frame = stream.frame()
        while frame["type"] != "account" or not frame["operations"]:
            frame = stream.frame()
        assert time.monotonic() - done < SEEN_WITHIN_S
    assert Decimal(frame["balance"]) == Decimal(before["balance"]) + Decimal("123.45")
    assert frame["operations"][0]["text"] == "Ремонт линии"


def test_whom_only_tryton_knows_becomes_a_user_and_sees_his_account(demo: Demo) -> None:
    customer = demo.customer("without access")
    assert (customer["registered"], customer["password"]) == (False, "")
    seen, newcomer = demo.sms_seen(), Visitor(demo, customer)
    facts = {"number": customer["numbers"][0], "fact": "contract", "value": customer["login"], "locale": "ru"}
    begun = newcomer.ask("POST", "/api/registration", facts)
    assert begun.status == 202, begun.body
    mine = {"Cookie": NEW.search(begun.headers["Set-Cookie"])[0]}
    stands(newcomer, mine, "code-sent")
    typed = newcomer.ask("POST", "/api/registration/code", {"code": code_sent(demo, customer["phone"], seen)}, **mine)
    assert typed.status == 202, typed.body
    stands(newcomer, mine, "proven")
    chosen = newcomer.ask("POST", "/api/registration/password", {"password": PASSWORD}, **mine)
    assert chosen.status == 200, chosen.body
    account = newcomer.overview()["account"]
    assert account["account"] == customer["accounts"][0]
    assert Decimal(account["balance"]) != 0
    assert account["operations"]
    # He comes back by the number of the contract, as everybody does.
    back = Visitor(demo, {**customer, "login": customer["numbers"][0], "password": PASSWORD}).sign_in()
    assert back.overview()["account"]["balance"] == account["balance"]


def stands(newcomer: Visitor, mine: dict[str, str], state: str) -> None:
    until = time.monotonic() + REGISTERED_WITHIN_S
    while (found := newcomer.ask("GET", "/api/registration", **mine).json()["state"]) != state:
        assert found in ("asking", "checking"), found
        assert time.monotonic() < until, found
        time.sleep(0.1)


def code_sent(demo: Demo, phone: str, seen: int) -> str:
    """The code of the first message to the phone past the number `seen`: it begins with it."""
    with demo.stream("phone", "/events") as events:
        for event in events:
            message = json.loads(event.data) if event.name == "message" else {}
            if message.get("to") == phone and message["seq"] > seen:
                return str(message["text"][:6])
    raise AssertionError(f"no message to {phone}")


def test_the_act_calls_the_account_as_the_customer_does(demo: Demo) -> None:
    visitor = signed_in(demo, "in debt")
    account, number = visitor.customer["accounts"][0], visitor.customer["numbers"][0]
    today = datetime.now(ZoneInfo("Europe/Moscow")).date()
    act = visitor.paper({"kind": "reconciliation", "first": f"{today:%Y-%m-01}", "last": today.isoformat()})
    text = " ".join(text_of(visitor.ask("GET", f"/api/documents/{act}/file").body).split())
    assert f"Лицевой счёт {number}" in text
    assert account not in text
    lines = visitor.ask("GET", f"/api/documents/{act}/lines").json()
    assert [one["contract"] for one in lines] == [""]


def test_what_cannot_be_posted_says_why(demo: Demo, tmp_path: Path) -> None:
    number = demo.customer("in debt")["numbers"][0]
    for arguments, status, said in (
        (("99999999", "1"), 1, "99999999"),
        ((number, "much"), 2, "much"),
        ((number, "1", "--dir", str(tmp_path)), 1, "start"),
    ):
        refused = post(demo, *arguments)
        assert (refused.returncode, refused.stdout) == (status, "")
        assert said in refused.stderr


def test_the_other_accounting_is_refused_the_same_directory(demo: Demo) -> None:
    # While it runs the lock says so first; what is written of its customers says it as well.
    refused = demo.okno("demo", "--dir", str(demo.directory), "--name", "tr")
    assert refused.returncode == 1
    assert "runs already" in refused.stderr


def test_killed_it_starts_again_as_it_was(demo: Demo) -> None:
    before = signed_in(demo, "in debt").overview()["account"]
    demo.stop(signal.SIGKILL)
    assert gone_within(str(demo.directory), 60), processes_naming(str(demo.directory))
    other = demo.okno("demo", "--dir", str(demo.directory), "--name", "tr")
    assert other.returncode == 1
    assert "Tryton" in other.stderr
    again = Demo.start(demo.directory, demo.name, *SMALL)
    demo.process, demo.said = again.process, again.said
    assert signed_in(demo, "in debt").overview()["account"]["balance"] == before["balance"]
    assert json.dumps(demo.said["customers"][0]["accounts"])
