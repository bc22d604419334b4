"""A payment on the whole street: from the portal over a payment system's own page into the books and back."""

from decimal import Decimal

import pytest
from factories.paying_street import at_provider, start, until
from factories.street import Demo, Visitor

from okno.sandbox.payers import journal


@pytest.fixture(scope="module", params=["embedded", "full"])
def demo(request: pytest.FixtureRequest) -> Demo:
    street: Demo = request.getfixturevalue(f"{request.param}_street")
    return street


@pytest.fixture(scope="module")
def payer(demo: Demo) -> Visitor:
    return Visitor(demo, demo.customer("in debt")).sign_in()


def notices_sent(demo: Demo, provider: str) -> list[bool]:
    """Of each try of a notice: whether the payment system took the answer for one."""
    entries = journal.read(demo.directory / "log" / f"{provider}.jsonl")
    return [entry.sent.accepted for entry in entries if entry.sent is not None]


@pytest.mark.parametrize(
    ("method", "provider", "receipt"),
    [
        ("card", "yookassa", "registered"),
        ("sbp", "tbank", None),
        ("tbank", "tbank", "registered"),
        ("yoomoney", "yoomoney", None),
        ("webmoney", "webmoney", None),
    ],
)
def test_a_payment_stands_in_the_books_and_on_the_page_without_a_reload(
    payer: Visitor, method: str, provider: str, receipt: str | None
) -> None:
    account = payer.customer["accounts"][0]
    before = payer.overview()["account"]
    payment = start(payer, "123.45", method)
    go = until(payer, payment, lambda seen: seen["go"] is not None)["go"]
    with payer.stream(after=f"{account}:{before['position']}") as stream:
        assert stream.frame()["type"] == "hello"
        back = at_provider(go, "pay")
        assert back == f"{payer.demo.said['addresses']['portal']}/payments/{payment}"
        frame = stream.frame()
        while frame["type"] != "account" or not frame["operations"]:
            frame = stream.frame()
    assert Decimal(frame["balance"]) == Decimal(before["balance"]) - Decimal("123.45")
    assert frame["operations"][0]["kind"] == "payment"
    posted = until(payer, payment, lambda seen: seen["state"] == "posted")
    assert posted["accepted_at"] < posted["confirmed_at"] < posted["posted_at"]
    until(payer, payment, lambda seen: (seen["receipt"] or {}).get("state") == receipt)
    sent = notices_sent(payer.demo, provider)
    assert sent, "no notice came to the counter"
    assert all(sent)


def test_a_payer_who_turns_back_pays_nothing_and_may_try_again(payer: Visitor) -> None:
    before = payer.overview()["account"]
    payment = start(payer, "77.00")
    at_provider(until(payer, payment, lambda seen: seen["go"] is not None)["go"], "decline")
    closed = until(payer, payment, lambda seen: seen["state"] == "closed")
    assert closed["go"] is None
    assert payer.ask("POST", f"/api/payments/{payment}/again").status == 202
    until(payer, payment, lambda seen: seen["state"] == "accepted" and seen["go"] is not None)
    assert payer.overview()["account"]["balance"] == before["balance"]
