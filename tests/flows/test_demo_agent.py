"""A terminal on the whole street: its money stands in the books, while the customer looks at his page."""

import time
from decimal import Decimal

import pytest
from factories.street import Demo, Visitor

DEADLINE_S = 60


@pytest.fixture(scope="module", params=["embedded", "full"])
def demo(request: pytest.FixtureRequest) -> Demo:
    street: Demo = request.getfixturevalue(f"{request.param}_street")
    return street


@pytest.fixture(scope="module")
def payer(demo: Demo) -> Visitor:
    return Visitor(demo, demo.customer("in debt")).sign_in()


def test_money_of_a_terminal_is_seen_on_the_page_and_counted_once(payer: Visitor) -> None:
    demo, number = payer.demo, payer.customer["numbers"][0]
    before = Decimal(payer.overview()["account"]["balance"])

    def terminal(*arguments: str) -> tuple[int, str]:
        done = demo.okno("agent", *arguments, "--dir", str(demo.directory))
        return done.returncode, done.stdout or done.stderr

    assert terminal("check", number, "50.00", "--txn", "41") == (0, "41: 0 OK\n")
    first = terminal("pay", number, "50.00", "--txn", "41")
    assert first[1].startswith("41: 0 OK, payment 1")
    assert [terminal("pay", number, "50.00", "--txn", "41"), terminal("status", "41")] == [first, first]
    deadline = time.monotonic() + DEADLINE_S
    while Decimal(payer.overview()["account"]["balance"]) != before - Decimal("50.00"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert terminal("pay", number, "51.00", "--txn", "41") == (1, "41: 300 Refused\n")
    assert terminal("cancel", "41", "--txn", "42") == (
        1,
        first[1].replace("41: 0 OK", "42: 90 Not finished, ask later"),
    )
    assert terminal("check", "0000000000000001", "50.00", "--txn", "43") == (1, "43: 5 No such account\n")
    day = time.strftime("%Y%m%d", time.gmtime(time.time() + 3 * 3600))
    status, table = terminal("register", day)
    assert status == 0
    assert [line.split(";")[::5] for line in table.splitlines()] == [["txn_id", "cancel"], ["41", "asked"]]
    assert Decimal(payer.overview()["account"]["balance"]) == before - Decimal("50.00")
