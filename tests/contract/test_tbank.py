"""T-Bank beyond the common contract: published vectors, what its Token is no proof of, how a start is repeated."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from factories.payers import TBANK_PASSWORD, Bench, intent_new, wire
from factories.payers_running import Arrived
from factories.payers_tbank import TERMINAL, answering, good, of_payment, settings
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import (
    Ignored,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    Redirect,
    Symbol,
)
from okno.cabinet.payments.providers.tbank import messages
from okno.cabinet.payments.providers.tbank import provider as tbank
from okno.cabinet.payments.providers.tbank.signature import genuine, token
from okno.protocol.money.amount import Money
from okno.sandbox.payers.tbank.seal import seal, sealed

INIT_SECRET, INIT_TOKEN = "usaf8fw8fsw21g", "0024a00af7c350a3a67ca168ce06502aa72772456662e38696d48b56ee9c97d9"
INIT = {
    "TerminalKey": "MerchantTerminalKey",
    "Amount": 19200,
    "OrderId": "21090",
    "Description": "Подарочная карта на 1000 рублей",
    "DATA": {"Phone": "+71234567890"},
    "Shops": [{"Amount": 1}],
    "Gone": None,
}
NEWS_SECRET, NEWS_TOKEN = "11111111111", "1c0964277d0213349243065a0d5b838b8e90d2d25f740d0f2767836e710e80c8"
NEWS = (
    b'{"TerminalKey":"1234567890DEMO","OrderId":"000000","Success":true,"Status":"AUTHORIZED","PaymentId":"0000000",'
    b'"ErrorCode":"0","Amount":1111,"CardId":"000000","Pan":"200000******0000","ExpDate":"1111","RebillId":"000000",'
    b'"Token":"%s"}' % NEWS_TOKEN.encode()
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("tbank", tmp_path)
    yield made
    made.stop()


# The Token.


def test_both_published_tokens_are_ours_and_the_twins() -> None:
    assert token(INIT, INIT_SECRET) == seal(INIT, INIT_SECRET) == INIT_TOKEN
    news = json.loads(NEWS)
    assert token(news, NEWS_SECRET) == seal(news, NEWS_SECRET) == NEWS_TOKEN
    assert genuine({**news, "Token": NEWS_TOKEN.upper()}, NEWS_SECRET)
    for wrong in ({**news, "Token": None}, {**news, "Success": "True"}, {**news, "Success": False}):
        assert not genuine(wrong, NEWS_SECRET)
    assert not genuine(news, NEWS_SECRET + "1")


def test_the_published_notice_is_read(bench: Bench) -> None:
    provider = tbank.provider(settings(terminal_key="1234567890DEMO", password=NEWS_SECRET), wire("http://127.0.0.1:1"))
    told = provider.notices.read(bench.received(Arrived("POST", "/", {}, "", NEWS)))
    assert not isinstance(told, Ignored)
    assert (told.event, told.key, told.reply.body) == ("AUTHORIZED", "0000000:AUTHORIZED:1111", b"OK")


def test_a_digit_moved_between_two_fields_keeps_the_token_and_changes_nothing(bench: Bench) -> None:
    """The Token joins Amount and CardId without a separator."""
    intent = intent_new()
    notices = bench.paid(intent)
    news = next(one for one in (json.loads(one.body) for one in notices) if one["Status"] == "CONFIRMED")
    card = str(news["CardId"])
    moved = {**news, "Amount": int(f"{news['Amount']}{card[0]}"), "CardId": card[1:]}
    assert genuine(moved, TBANK_PASSWORD)
    believed = bench.believed(bench.received(notices[0], body=json.dumps(moved).encode()), intent)
    assert believed is not None
    assert (believed.state, believed.amount) == ("paid", intent.amount)


def test_numbers_are_signed_as_they_are_written(bench: Bench) -> None:
    paper = {"TerminalKey": TERMINAL, "PaymentId": 7, "Status": "CONFIRMED", "Amount": 1111, "Rate": "1.50"}
    body = json.dumps(sealed(paper, TBANK_PASSWORD)).encode().replace(b'"1.50"', b"1.50")
    told = bench.provider.notices.read(bench.received(Arrived("POST", "/", {}, "", body)))
    assert not isinstance(told, Ignored)
    assert told.key == "7:CONFIRMED:1111"


@pytest.mark.parametrize("kind", ["NotificationFiscalization", "NotificationQr", "LINKCARD"])
def test_news_of_another_kind_are_acknowledged(bench: Bench, kind: str) -> None:
    body = sealed({"TerminalKey": TERMINAL, "PaymentId": 1, "NotificationType": kind}, TBANK_PASSWORD)
    notice = bench.provider.notices.read(bench.received(Arrived("POST", "/", {}, "", json.dumps(body).encode())))
    assert isinstance(notice, Ignored)
    assert (notice.event, notice.reply.body) == (kind, b"OK")


def test_news_for_another_terminal_are_refused(bench: Bench) -> None:
    body = sealed({"TerminalKey": "OTHER", "PaymentId": 1, "Status": "CONFIRMED"}, TBANK_PASSWORD)
    with pytest.raises(NoticeRefused) as refusal:
        bench.provider.notices.read(bench.received(Arrived("POST", "/", {}, "", json.dumps(body).encode())))
    assert (refusal.value.reason, refusal.value.status) == ("token", 401)


# Starting.


def test_a_page_that_nobody_was_sent_to_is_closed_and_another_opened(bench: Bench) -> None:
    intent = intent_new()
    first, second = (bench.provider.start.start(intent) for _ in range(2))
    assert isinstance(first.go, Redirect)
    assert isinstance(second.go, Redirect)
    assert first.go.url != second.go.url
    assert second.expires_at == intent.expires_at
    assert bench.house.press(first.go.url, "pay").startswith(intent.return_url)
    assert bench.house.journal("captured") == []
    bench.house.press(second.go.url, "pay")
    assert [one.payment and one.payment.id for one in bench.house.journal("captured")] == [second.provider_id]


@pytest.mark.parametrize("status", ["AUTHORIZING", "3DS_CHECKING", "AUTHORIZED", "CONFIRMED", "THINKING"])
def test_what_has_been_begun_is_not_begun_again(bench: Bench, status: str) -> None:
    known = good(OrderId="1", Payments=[{"PaymentId": "7", "Status": status, "Amount": 1}])
    provider = answering(bench, {"CheckOrder": known})
    for start in (provider.start, provider.codes):
        with pytest.raises(ProviderAway, match="already-begun"):
            start.start(intent_new())
    assert {arrived.path for arrived in bench.house.taken} == {"/CheckOrder"}


def test_in_doubt_a_page_is_opened_and_a_card_is_not_charged(bench: Bench) -> None:
    odd = {"Success": False, "ErrorCode": "777"}
    provider = answering(bench, {"CheckOrder": odd, "Init": of_payment("NEW", PaymentURL="https://bank.example/1")})
    assert provider.start.start(intent_new()).go == Redirect("https://bank.example/1")
    bench.house.taken.clear()
    with pytest.raises(ProviderRefusal, match="code-777"):
        provider.charges.charge(intent_new(), "1.2.3")
    assert {arrived.path for arrived in bench.house.taken} == {"/CheckOrder"}


def test_an_attempt_that_failed_may_begin_anew(bench: Bench) -> None:
    intent = intent_new()
    bench.house.press(bench.started(intent), "decline")
    bench.house.press(bench.started(intent), "pay")
    assert len(bench.house.journal("created")) == 2
    assert len(bench.house.journal("captured")) == 1


def test_a_payer_may_try_again_after_a_refusal_but_not_for_ever(bench: Bench) -> None:
    intent = intent_new()
    page = bench.started(intent)
    for _ in range(4):
        bench.house.press(page, "decline")
    assert len(bench.house.journal("declined")) == 3
    other = intent_new()
    page = bench.started(other)
    bench.house.press(page, "decline")
    bench.house.press(page, "pay")
    assert [one.state for one in bench.news(bench.house.settled(), other)][-1] == "paid"


def test_a_link_is_given_out_once_for_an_attempt(bench: Bench) -> None:
    intent = intent_new()
    codes = bench.provider.codes
    assert codes is not None
    started = codes.start(intent)
    assert codes.start(intent) == started
    assert isinstance(started.go, Symbol)
    assert started.go.payload.startswith("https://qr.nspk.ru/AD")
    assert len(bench.house.journal("created")) == 1
    bench.house.press(bench.page(started), "pay")
    assert {one.state for one in bench.news(bench.house.settled(), intent)} == {"paid"}
    with pytest.raises(ProviderRefusal):
        codes.start(intent_new(amount=Money(9_99, "RUB")))
    with pytest.raises(ProviderAway):
        codes.start(intent)


def test_its_own_address_for_notices_is_named(bench: Bench) -> None:
    elsewhere = f"http://127.0.0.1:{bench.house.shop_port}/elsewhere"
    provider = tbank.provider(settings(notification_url=elsewhere), wire(f"{bench.house.url}/v2"))
    bench.house.press(bench.page(provider.start.start(intent_new(locale="en"))), "pay")
    assert {arrived.path for arrived in bench.house.settled()} == {"/elsewhere"}


def test_a_start_without_a_page_is_none(bench: Bench) -> None:
    with pytest.raises(ProviderAway, match="answer-unreadable"):
        answering(bench, {"Init": of_payment("NEW")}).start.start(intent_new())


def test_other_money_than_roubles_is_refused_before_any_call(bench: Bench) -> None:
    with pytest.raises(ProviderRefusal) as refusal:
        bench.provider.start.start(intent_new(amount=Money(100, "USD")))
    assert refusal.value.code == "currency"
    assert bench.house.journal() == []


# States.


@pytest.mark.parametrize(("status", "state"), [*messages.STATES.items(), ("THINKING", "unknown")])
def test_each_status_has_its_state(bench: Bench, status: str, state: str) -> None:
    news = answering(bench, {"GetState": of_payment(status)}).asking.ask(provider_id="7", attempt=uuid7(), number=1)
    assert (news.state, news.provider_id, news.attempt) == (state, "7", UUID(int=0))
    given_back = status in {"REFUNDING", "ASYNC_REFUNDING", "PARTIAL_REFUNDED", "REFUNDED"}
    assert news.amount == (None if given_back else Money(5_00, "RUB"))
    told = {"REJECTED": "general_decline", "AUTH_FAIL": "3d_secure_failed", "ATTEMPTS_EXPIRED": "general_decline"}
    assert news.reason == ("" if state in {"pending", "authorized", "paid"} else told.get(status, status))


@pytest.mark.parametrize(
    ("code", "reason"),
    [("1051", "insufficient_funds"), (101, "3d_secure_failed"), ("1057", "payment_method_restricted")],
)
def test_why_a_card_was_refused_is_told_in_the_words_of_the_page(bench: Bench, code: str | int, reason: str) -> None:
    refused = {"PaymentId": 7, "Status": "REJECTED", "Amount": 5_00, "ErrorCode": code}
    news = answering(bench, {"CheckOrder": good(Payments=[refused])}).asking.ask(
        provider_id=None, attempt=uuid7(), number=1
    )
    assert (news.state, news.reason) == ("failed", reason)


def test_of_several_payments_the_one_with_money_speaks(bench: Bench) -> None:
    listed = [
        {"PaymentId": 6, "Status": "REJECTED", "Amount": 1},
        {"PaymentId": 7, "Status": "CONFIRMED", "Amount": 1, "RRN": "42"},
        {"PaymentId": 8, "Status": "NEW", "Amount": 1},
    ]
    provider = answering(bench, {"CheckOrder": good(Payments=listed)})
    news = provider.asking.ask(provider_id=None, attempt=uuid7(), number=1)
    assert (news.state, news.provider_id, news.trace) == ("paid", "7", "42")


def test_an_order_of_somebody_else_has_no_attempt(bench: Bench) -> None:
    provider = answering(bench, {"GetState": {**of_payment(), "OrderId": "shop-42"}})
    assert provider.asking.ask(provider_id="7", attempt=uuid7(), number=1).attempt is None


# Faults.


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (500, {}, ProviderAway("status-500")),
        (429, {}, ProviderAway("status-429")),
        (403, {}, ProviderRefusal("status-403")),
        (200, b"<html>", ProviderAway("answer-unreadable")),
        (200, {"Success": False, "ErrorCode": "9999"}, ProviderAway("code-9999")),
        (200, {"Success": False, "ErrorCode": "204", "Message": "no"}, ProviderRefusal("wrong_token", "no")),
        (200, {"Success": False, "ErrorCode": "4321", "Details": "x"}, ProviderRefusal("code-4321", "x")),
        (200, good(Status="NEW"), ProviderAway("answer-unreadable")),
    ],
)
def test_later_and_never_are_told_apart(bench: Bench, status: int, content: Any, error: Exception) -> None:  # noqa: ANN401
    provider = answering(bench, {"GetState": content}, status)
    with pytest.raises(type(error)) as caught:
        provider.asking.ask(provider_id="7", attempt=uuid7(), number=1)
    assert str(caught.value) == str(error)


def test_a_wrong_password_is_a_refusal_and_not_shown(bench: Bench) -> None:
    provider = tbank.provider(settings(password="other-password"), wire(f"{bench.house.url}/v2"))
    with pytest.raises(ProviderRefusal) as refusal:
        provider.start.start(intent_new())
    assert refusal.value.code == "wrong_token"
    assert "other-password" not in repr(settings(password="other-password")) + repr(refusal.value)
    assert bench.house.journal() == []
