"""T-Bank: refunds, receipts and saved cards."""

import json
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import msgspec
import pytest
from factories.payers import TBANK_PASSWORD, Bench, intent_new
from factories.payers_running import Arrived
from factories.payers_tbank import TERMINAL, answering, good, of_payment
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import Ignored, Item, ProviderAway, ProviderRefusal, Receipt
from okno.cabinet.payments.providers.tbank import messages
from okno.protocol.money.amount import Money
from okno.sandbox.payers.tbank.seal import sealed

PART = Money(100_00, "RUB")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("tbank", tmp_path)
    yield made
    made.stop()


@pytest.mark.parametrize(
    ("status", "state"),
    [("REFUNDED", "done"), ("PARTIAL_REFUNDED", "done"), ("ASYNC_REFUNDING", "pending"), ("ODD", "unknown")],
)
def test_each_status_after_a_refund_has_its_state(bench: Bench, status: str, state: str) -> None:
    provider = answering(bench, {"GetState": of_payment(), "Cancel": good(Status=status, PaymentId="7")})
    refund = uuid7()
    told = provider.refunds.refund(refund, provider_id="7", amount=PART, receipt=None)
    assert (told.state, told.refund, told.provider_id, told.payment) == (state, refund, str(refund), "7")


@pytest.mark.parametrize(
    ("status", "state"),
    [("CONFIRMED", "failed"), ("REFUNDED", "done"), ("PARTIAL_REFUNDED", "done"), ("REFUNDING", "pending")],
)
def test_a_refund_that_arrived_is_followed_by_its_payment(bench: Bench, status: str, state: str) -> None:
    provider = answering(bench, {"GetState": of_payment(status)})
    refund = uuid7()
    told = provider.refunds.ask_refund(refund, refund_id=str(refund), provider_id="7")
    assert (told.state, told.refund) == (state, refund)


def test_a_refund_of_which_nothing_is_known_is_to_be_repeated(bench: Bench) -> None:
    refund = uuid7()
    provider = answering(bench, {"GetState": of_payment("PARTIAL_REFUNDED")})
    with pytest.raises(ProviderAway, match="repeat-to-know"):
        provider.refunds.ask_refund(refund, refund_id=None, provider_id="7")


def test_a_refund_by_the_faster_payment_system_takes_its_time(bench: Bench) -> None:
    bench.paid(intent_new())
    payment, refunds, refund = bench.live()[0].id, bench.provider.refunds, uuid7()
    assert refunds is not None
    bench.house.trouble(slow_refund=1, slow_ms=300)
    assert refunds.refund(refund, provider_id=payment, amount=PART, receipt=None).state == "pending"
    while (told := refunds.ask_refund(refund, refund_id=str(refund), provider_id=payment)) and told.state != "done":
        bench.house.settled()
    assert len(bench.house.journal("refunded")) == 1
    bench.house.trouble(refuse=1)
    with pytest.raises(ProviderRefusal) as refusal:
        refunds.refund(uuid7(), provider_id=payment, amount=PART, receipt=None)
    assert refusal.value.code == "insufficient_funds"


def test_a_receipt_is_written_in_its_words() -> None:
    item = Item(
        text="x" * 200,
        price=Money(33_33, "RUB"),
        quantity_milli=1_000,
        vat_code=12,
        payment_mode="partial_prepayment",
        payment_subject="service",
    )
    body = messages.receipt_body(Receipt(contact="+79161234501", tax_system_code=2, items=(item,)), Money(33_33, "RUB"))
    assert body == {
        "Phone": "+79161234501",
        "Taxation": "usn_income",
        "Items": [
            {
                "Name": "x" * 128,
                "Price": 3333,
                "Quantity": 1.0,
                "Amount": 3333,
                "Tax": "vat122",
                "PaymentMethod": "prepayment",
                "PaymentObject": "service",
            }
        ],
    }


@pytest.mark.parametrize(
    ("changes", "state", "hour"),
    [
        ({}, "done", 9),
        ({"ReceiptDatetime": "27.11.2026 12:00:00"}, "done", 9),
        ({"ReceiptDatetime": "soon"}, "done", None),
        ({"FnNumber": None}, "pending", None),
        ({"Success": False}, "failed", None),
        ({"ErrorCode": 7}, "failed", None),
    ],
)
def test_what_became_of_a_receipt_is_read(changes: dict[str, object], state: str, hour: int | None) -> None:
    made = {"FnNumber": 1, "FiscalDocumentNumber": 2, "FiscalDocumentAttribute": 3, "Success": True, "ErrorCode": "0"}
    paper = {"TerminalKey": "x", "Token": "x", "PaymentId": 7, "ReceiptDatetime": "2026-11-27T12:00:00+03:00", **made}
    told = messages.receipt_told(msgspec.json.decode(json.dumps({**paper, **changes}), type=messages.News))
    assert told.state == state
    assert (told.at and told.at.astimezone(UTC).hour) == hour


def test_a_receipt_of_a_refund_is_not_the_payments(bench: Bench) -> None:
    paper = {"TerminalKey": TERMINAL, "PaymentId": 7, "Status": "RECEIPT", "Type": "IncomeReturn", "Success": True}
    body = json.dumps(sealed(paper, TBANK_PASSWORD)).encode()
    assert isinstance(bench.provider.notices.read(bench.received(Arrived("POST", "/", {}, "", body))), Ignored)


def test_a_line_that_is_no_whole_number_of_kopecks_is_refused() -> None:
    item = Item(
        text="x",
        price=Money(1, "RUB"),
        quantity_milli=500,
        vat_code=1,
        payment_mode="advance",
        payment_subject="payment",
    )
    with pytest.raises(ProviderRefusal):
        messages.receipt_body(Receipt(contact="a@b.ru", tax_system_code=1, items=(item, item)), Money(1, "RUB"))


def test_a_card_that_was_forgotten_pays_no_more(bench: Bench) -> None:
    charges = bench.provider.charges
    assert charges is not None
    first = intent_new(save=True)
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    assert (card.title, card.expires) == ("Mir •• 4444", "2030-12")
    charges.forget(card.token)
    charges.forget(card.token)
    charges.forget("nonsense")
    with pytest.raises(ProviderRefusal):
        charges.charge(intent_new(), card.token)
    assert len(bench.house.journal("captured")) == 1
    news = bench.asked(first, None)
    assert news is not None
    assert (news.state, news.card) == ("paid", None)


def test_a_page_to_confirm_at_is_one_and_told_anew_when_its_answer_was_lost(bench: Bench) -> None:
    charges = bench.provider.charges
    assert charges is not None
    first, again = intent_new(save=True), intent_new()
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    bench.house.trouble(challenge=1)
    charges.charge(again, card.token)
    lost = bench.live()[-1].id
    told = charges.charge(again, card.token)
    assert (told.state, told.amount) == ("pending", again.amount)
    assert told.provider_id != lost
    assert [one.id for one in bench.live() if one.state == "new"] == [told.provider_id]
    bench.house.control("POST", f"orders/{again.attempt.hex}/pay")
    assert charges.charge(again, card.token).state == "paid"
    assert len(bench.house.journal("captured")) == 2


def test_a_confirmation_without_a_page_is_asked_for_again(bench: Bench) -> None:
    refused = good(Success=False, ErrorCode="104", Status="REJECTED", PaymentId="7")
    provider = answering(bench, {"CheckOrder": good(Payments=[]), "Init": of_payment("NEW"), "Charge": refused})
    with pytest.raises(ProviderAway, match="answer-unreadable"):
        provider.charges.charge(intent_new(amount=Money(5_00, "RUB")), "1.2.3")
    told = provider.charges.charge(intent_new(amount=Money(5_00, "RUB"), present=False), "1.2.3")
    assert (told.state, told.reason, told.go) == ("failed", "authentication_required", None)


def test_a_charge_whose_answer_was_lost_is_one_when_repeated(bench: Bench) -> None:
    charges = bench.provider.charges
    assert charges is not None
    first, again = intent_new(save=True), intent_new()
    card = next(one.card for one in bench.news(bench.paid(first), first) if one.card)
    for call in ("/Init", "/Charge"):
        bench.house.trouble(lose_answer=1, times=1, call=call)
        with pytest.raises(ProviderAway):
            charges.charge(again, card.token)
    assert charges.charge(again, card.token).state == "paid"
    assert len(bench.house.journal("created")) == len(bench.house.journal("captured")) == 2
