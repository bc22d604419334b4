"""CloudPayments beyond the common contract: vectors, two headers nobody is sure of, the question, other answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
import pytest
from factories.payers import CLOUDPAYMENTS_SECRET, Bench, intent_new, receipt_of, wire
from factories.payers_running import Arrived
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.cloudpayments import provider as cloudpayments
from okno.cabinet.payments.providers.cloudpayments.messages import receipt_body
from okno.cabinet.payments.providers.cloudpayments.signature import basic, content_hmac, decoded, genuine
from okno.cabinet.payments.providers.port import (
    Asked,
    Ignored,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    RefundTold,
)
from okno.protocol.money.amount import Money
from okno.sandbox.payers.cloudpayments.seal import plain, seal

SECRET = "cp-test-secret"
BODY = (
    b"TransactionId=1000&Amount=100.00&Currency=RUB&InvoiceId=inv-1"
    b"&AccountId=%D0%9B%D0%A1-1&Status=Completed&TestMode=1"
)
RAW, PLAIN = "5f0XvLOtmxF3ZKgA9ZBquT1gCjTYgFSgSVN9CPOhkOg=", "SbwIR4CVSuVQBKiAElvPqPavULscAh957HgrPjfhyiE="
PART = Money(100_00, "RUB")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("cloudpayments", tmp_path)
    yield made
    made.stop()


def adapter(url: str = "http://127.0.0.1:1", **changes: Any) -> Any:  # noqa: ANN401 - a provider
    return cloudpayments.provider(
        cloudpayments.Settings(**{"public_id": "pk_demo", "secrets": (SECRET,), **changes}), wire(url)
    )


def read(bench: Bench, body: bytes, query: str = "", method: str = "POST", **headers: str) -> Any:  # noqa: ANN401 - a notice
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    given = given or {"content-hmac": content_hmac(body, SECRET)}
    return adapter().notices.read(bench.received(Arrived(method, "/", given, query, body)))


# Vectors.


def test_the_vectors_are_ours_and_the_twins() -> None:
    assert content_hmac(BODY, SECRET) == seal(BODY, SECRET) == RAW
    assert content_hmac(decoded(BODY), SECRET) == seal(plain(BODY), SECRET) == PLAIN


@pytest.mark.parametrize("name", ["content-hmac", "x-content-hmac"])
@pytest.mark.parametrize("value", [RAW, PLAIN])
def test_either_header_may_hold_either_form(bench: Bench, name: str, value: str) -> None:
    told = read(bench, BODY, **{name: value})
    assert (told.payment.provider_id, told.proven, told.reply.body) == ("1000", False, b'{"code":0}')


@pytest.mark.parametrize("swapped", [False, True])
def test_a_notice_with_cyrillic_is_true_whichever_way_the_headers_stand(bench: Bench, swapped: bool) -> None:  # noqa: FBT001 - a case
    bench.house.payer.twin.swapped = swapped
    intent = intent_new()
    (arrived,) = bench.paid(intent)
    assert arrived.headers["content-hmac"] != arrived.headers["x-content-hmac"]
    assert [one.state for one in bench.news([arrived], intent)] == ["paid"]


# What is refused.


@given(place=st.integers(0, len(BODY) - 1), byte=st.integers(0, 255), secret=st.text(max_size=12))
def test_no_byte_that_is_signed_may_differ(place: int, byte: int, secret: str) -> None:
    turned = BODY[:place] + bytes([byte]) + BODY[place + 1 :]
    headers = {"content-hmac": RAW, "x-content-hmac": seal(plain(BODY), SECRET)}
    if genuine(headers, turned, (SECRET,)):
        assert decoded(turned) == decoded(BODY)
    assert genuine(headers, BODY, (secret,)) == (secret == SECRET)


@given(place=st.integers(0, 43), letter=st.sampled_from("ABCDxyz0189+/="))
def test_no_byte_of_an_hmac_may_differ(place: int, letter: str) -> None:
    turned = RAW[:place] + letter + RAW[place + 1 :]
    assert genuine({"x-content-hmac": turned, "date": "today"}, BODY, ("older", SECRET)) == (turned == RAW)


@pytest.mark.parametrize(
    ("body", "query", "method", "status"),
    [
        (b"TransactionId=x", "", "POST", 400),
        (b"Amount=1.00", "", "POST", 400),
        (b"\xff", "", "POST", 400),
        (b"TransactionId=1&InvoiceId=x&Amount=1&Currency=RUB", "kind=check", "POST", 400),
        (BODY, "", "GET", 400),
    ],
)
def test_what_is_signed_but_makes_no_sense_is_refused(
    bench: Bench, body: bytes, query: str, method: str, status: int
) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        read(bench, body, query, method)
    assert refusal.value.status == status


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_settings_that_protect_nothing_are_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secrets"):
        adapter(secrets=secrets)


def test_it_may_ask_before_it_takes_money(bench: Bench) -> None:
    attempt = uuid7()
    body = urlencode(
        {"TransactionId": 7, "Amount": "100.00", "Currency": "RUB", "InvoiceId": attempt, "Status": "Completed"}
    ).encode()
    asked = read(bench, body, "kind=check")
    assert isinstance(asked, Asked)
    assert (asked.payment.attempt, asked.payment.amount) == (UUID(str(attempt)), PART)
    assert (asked.yes.body, asked.no.body) == (b'{"code":0}', b'{"code":13}')


# Refunds and the register.


def test_a_refund_is_told_of_and_one_unheard_of_is_repeated(bench: Bench) -> None:
    intent = intent_new()
    bench.paid(intent)
    payment, refund, refunds = bench.live()[0].id, uuid7(), bench.provider.refunds
    assert refunds is not None
    bench.house.taken.clear()
    done = refunds.refund(refund, provider_id=payment, amount=PART, receipt=None)
    (arrived,) = bench.house.settled()
    told = bench.provider.notices.read(bench.received(arrived))
    assert isinstance(told, RefundTold)
    assert (told.refund.provider_id, told.refund.payment) == (done.provider_id, payment)
    with pytest.raises(ProviderAway, match="repeat-to-know"):
        refunds.ask_refund(uuid7(), refund_id=None, provider_id=payment)
    assert refunds.ask_refund(refund, refund_id="1", provider_id=payment) is None
    assert refunds.ask_refund(refund, refund_id=done.provider_id, provider_id="1") is None
    for wrong, other in (("unknown", {"provider_id": "x"}), ("receipt_sum", {"receipt": receipt_of(Money(1, "RUB"))})):
        with pytest.raises(ProviderRefusal, match=wrong):
            refunds.refund(uuid7(), **{"provider_id": payment, "amount": PART, "receipt": None, **other})
    assert len(bench.house.journal("refunded")) == 1


@pytest.mark.parametrize(("trouble", "state"), [("slow_refund", "pending"), ("refuse", None)])
def test_a_refund_that_is_slow_or_refused(bench: Bench, trouble: str, state: str | None) -> None:
    bench.paid(intent_new())
    payment, refunds = bench.live()[0].id, bench.provider.refunds
    assert refunds is not None
    bench.house.trouble(**{trouble: 1, "slow_ms": 600_000})
    given: dict[str, Any] = {"provider_id": payment, "amount": PART, "receipt": None}
    if state is None:
        with pytest.raises(ProviderRefusal):
            refunds.refund(uuid7(), **given)
    else:
        assert refunds.refund(uuid7(), **given).state == state
    assert bench.house.journal("refunded") == []


def test_a_payment_begun_before_midnight_is_in_the_register_of_its_capture(bench: Bench) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    paper = transaction(ConfirmDateIso=now.isoformat()[:19])
    pages = iter([[paper], [{**paper, "PaymentTransactionId": 7}]])
    bench.house.answers = lambda _: (200, json.dumps({"Success": True, "Model": next(pages, [])}).encode())
    found = shop(bench).registers.register(since=now, until=now + timedelta(seconds=1))
    assert [one.provider_id for one in found] == ["7"]


# Saved cards.


def test_a_charge_is_one_though_its_key_was_forgotten(bench: Bench) -> None:
    first, again = intent_new(save=True), intent_new()
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    assert (card.title, card.expires) == ("Mir •• 4444", "2030-12")
    charges = bench.provider.charges
    assert charges is not None
    charges.charge(again, card.token)
    till = bench.house.payer.twin.till
    till._by_key.clear()  # noqa: SLF001 - as an hour later
    assert charges.charge(again, card.token).state == "paid"
    for wrong in (card.token + "x", f"other.{card.token}", "."):
        with pytest.raises(ProviderRefusal):
            charges.charge(intent_new(), wrong)
    assert len(bench.house.journal("captured")) == 2


def test_a_charge_that_was_lost_track_of_is_refused(bench: Bench) -> None:
    bench.house.answers = lambda _: (200, b'{"Success":false,"Message":"Not found"}')
    with pytest.raises(ProviderRefusal, match="refused"):
        shop(bench).charges.charge(intent_new(), "account.token")


# Answers.


def transaction(**more: object) -> dict[str, object]:
    return {"TransactionId": 7, "Amount": 1.5, "Currency": "RUB", "Status": "Completed", "InvoiceId": "x", **more}


def shop(bench: Bench) -> Any:  # noqa: ANN401 - a provider
    return adapter(f"http://127.0.0.1:{bench.house.shop_port}")


@pytest.mark.parametrize(
    ("status", "answer", "error"),
    [
        (401, b"", ProviderRefusal),
        (429, b"", ProviderAway),
        (500, b"", ProviderAway),
        (200, b"nonsense", ProviderAway),
        (200, b'{"Success":false,"Message":"Wrong"}', ProviderRefusal),
        (200, json.dumps({"Success": True, "Model": transaction(Amount=0.001)}).encode(), ProviderAway),
        (200, json.dumps({"Success": True, "Model": transaction(Currency="XXX")}).encode(), ProviderAway),
        (200, json.dumps({"Success": True, "Model": transaction(ConfirmDateIso="soon")}).encode(), ProviderAway),
    ],
)
def test_an_answer_that_is_none(bench: Bench, status: int, answer: bytes, error: type[Exception]) -> None:
    bench.house.answers = lambda _: (status, answer)
    with pytest.raises(error):
        shop(bench).asking.ask(provider_id="7", attempt=uuid7(), number=1)


def test_a_payment_of_somebody_elses_order_is_told_as_it_is(bench: Bench) -> None:
    bench.house.answers = lambda _: (200, json.dumps({"Success": True, "Model": transaction()}).encode())
    news = shop(bench).asking.ask(provider_id="7", attempt=uuid7(), number=1)
    assert (news.state, news.attempt, news.amount, news.at) == ("paid", None, Money(1_50, "RUB"), None)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (5001, "call_issuer"),
        (5005, "general_decline"),
        (5014, "invalid_card_number"),
        (5034, "fraud_suspected"),
        (5051, "insufficient_funds"),
        (5054, "card_expired"),
        (5057, "payment_method_restricted"),
        (5065, "payment_method_limit_exceeded"),
        (5082, "invalid_csc"),
        (5091, "issuer_unavailable"),
        (5206, "3d_secure_failed"),
        (5300, "general_decline"),
        (6017, "general_decline"),
        (0, "general_decline"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_page(bench: Bench, code: int, reason: str) -> None:
    declined = transaction(Status="Declined", Reason="Whatever", ReasonCode=code)
    bench.house.answers = lambda _: (200, json.dumps({"Success": False, "Model": declined}).encode())
    news = shop(bench).asking.ask(provider_id="7", attempt=uuid7(), number=1)
    assert (news.state, news.reason) == ("failed", reason)


# The twin.


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/orders/create", {"Amount": "0.00", "Currency": "RUB"}),
        ("/orders/create", {"Amount": "1.001", "Currency": "RUB"}),
        ("/orders/create", {"Currency": "RUB"}),
        ("/payments/refund", {"TransactionId": 1, "Amount": "1.00"}),
        ("/payments/list", {"Date": "today"}),
    ],
)
def test_the_twin_refuses_what_makes_no_sense(bench: Bench, path: str, body: dict[str, object]) -> None:
    for shown, status in (
        (basic("pk_demo", CLOUDPAYMENTS_SECRET), 200),
        (basic("pk_demo", "x"), 401),
        ("Basic !", 401),
    ):
        headers = {"Authorization": shown}
        answered = bench.house.http.request("POST", bench.house.url + path, body=json.dumps(body), headers=headers)
        assert answered.status == status
        assert status == 401 or json.loads(answered.data)["Success"] is False
    assert bench.house.http.request("GET", f"{bench.house.url}/d/{'0' * 32}").status == 400
    assert bench.house.journal() == []


def test_before_the_payer_comes_there_is_no_payment(bench: Bench) -> None:
    intent = intent_new()
    bench.provider.start.start(intent)
    assert bench.asked(intent, None) is None
    assert bench.asked(intent, bench.live()[0].id) is None
    bench.started(intent)
    assert bench.asked(intent, None) is not None


def test_an_answer_that_is_no_json_is_no_receipt(bench: Bench) -> None:
    bench.house.answers = lambda _: (200, b"OK")
    bench.paid(intent_new())
    sent = [entry.sent for entry in bench.house.journal("notice-sent")]
    assert [one.accepted for one in sent if one] == [False] * 5


# Receipts.

FISCAL = {
    "Id": "7f2",
    "DocumentNumber": "341",
    "FiscalSign": "2345678901",
    "FiscalNumber": "9999078900004312",
    "Type": "Income",
    "TransactionId": "1000",
    "DateTime": "2026-11-27 12:00:00",
    "Url": "https://receipts.test/341",
}


def test_a_receipt_is_told_with_what_a_tax_office_checks(bench: Bench) -> None:
    told = read(bench, urlencode(FISCAL).encode())
    assert (told.payment.provider_id, told.key, told.reply.body) == ("1000", "1000:Receipt.341", b'{"code":0}')
    assert (told.receipt.number, told.receipt.drive, told.receipt.sign) == ("341", "9999078900004312", "2345678901")
    assert told.receipt.at == datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert told.receipt.link == "https://receipts.test/341"


@pytest.mark.parametrize("hour", ["", "yesterday"])
def test_a_receipt_without_its_hour_is_a_receipt(bench: Bench, hour: str) -> None:
    told = read(bench, urlencode({**FISCAL, "DateTime": hour}).encode())
    assert (told.receipt.state, told.receipt.at) == ("done", None)


def test_the_receipt_of_a_refund_is_not_that_of_the_payment(bench: Bench) -> None:
    told = read(bench, urlencode({**FISCAL, "Type": "IncomeReturn"}).encode())
    assert isinstance(told, Ignored)
    assert told.event == "Receipt.IncomeReturn"


@pytest.mark.parametrize("missing", ["DocumentNumber", "FiscalNumber"])
def test_a_receipt_that_nobody_could_check_is_refused(bench: Bench, missing: str) -> None:
    fields = {name: value for name, value in FISCAL.items() if name != missing}
    with pytest.raises(NoticeRefused) as refusal:
        read(bench, urlencode(fields).encode())
    assert refusal.value.status == 400


def test_a_line_of_no_known_kind_is_refused_before_anything_is_sent(bench: Bench) -> None:
    receipt = receipt_of(PART)
    strange = replace(receipt, items=(replace(receipt.items[0], payment_subject="lottery"),))
    with pytest.raises(ProviderRefusal, match="receipt_subject"):
        bench.provider.start.start(intent_new(amount=PART, receipt=strange))
    assert bench.house.journal("created") == []


def test_no_vat_is_said_by_nothing_and_a_phone_is_named_so(bench: Bench) -> None:
    receipt = receipt_of(PART)
    plain_one = replace(receipt, contact="+79990000000", items=(replace(receipt.items[0], vat_code=1),))
    bench.paid(intent_new(amount=PART, receipt=plain_one))
    assert len(bench.house.journal("created")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"Items": []},
        {"email": "nobody"},
        {"taxationSystem": 6},
        {"amounts": {"electronic": "1.00"}},
        {"Items": [{"label": "a", "price": "1", "quantity": 1, "amount": "2", "vat": 20, "method": 1, "object": 4}]},
        {"Items": [{"label": "a", "price": "1", "quantity": 1, "amount": "1", "vat": 19, "method": 1, "object": 4}]},
        {"Items": [{"label": "a", "price": "one", "quantity": 1, "amount": "1", "vat": 20, "method": 1, "object": 4}]},
    ],
)
def test_the_twins_till_prints_no_nonsense(bench: Bench, changes: dict[str, Any]) -> None:
    body = receipt_body(receipt_of(PART), PART)
    body["JsonData"]["CloudPayments"]["CustomerReceipt"] |= changes
    given = json.loads(msgspec.json.encode({"Amount": 100, "Currency": "RUB", "InvoiceId": "1", **body}))
    heads = {"Authorization": basic("pk_demo", CLOUDPAYMENTS_SECRET), "Content-Type": "application/json"}
    answer = bench.house.http.request("POST", f"{bench.house.url}/orders/create", json=given, headers=heads)
    assert answer.json()["Success"] is False
    assert bench.house.journal("created") == []
