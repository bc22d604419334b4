"""One contract for every payment system, held against its twin on the real wire."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from factories.payers import SYSTEMS, Bench, intent_new, receipt_of, those
from factories.payers_mutations import mutations
from factories.payers_running import Arrived
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import (
    Asked,
    Ignored,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    ReceiptTold,
    Snapshot,
)
from okno.protocol.money.amount import Money

DAY = timedelta(days=1)


@pytest.fixture(params=sorted(SYSTEMS))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(request.param, tmp_path)
    yield made
    made.stop()


def having(*parts: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("bench", those(*parts), indirect=True)


def essence(news: Snapshot) -> tuple[object, ...]:
    """What moves money: state, amount and owner."""
    return (news.state, news.provider_id, news.attempt, news.number, news.amount, news.refunded, news.test)


def test_it_has_the_parts_that_it_is_known_for(bench: Bench) -> None:
    provider = bench.provider
    parts = {
        "ask": provider.asking,
        "refund": provider.refunds,
        "register": provider.registers,
        "charge": provider.charges,
        "code": provider.codes,
        "receipt": provider.receipts or None,
    }
    assert {name for name, part in parts.items() if part is not None} == bench.system.can
    assert provider.name == bench.name.partition("-")[0]


def test_money_arrives_once_and_is_what_was_asked_for(bench: Bench) -> None:
    intent = intent_new()
    captured = [one for one in bench.news(bench.paid(intent), intent) if one.state == "paid"]
    assert captured
    for news in captured:
        assert (news.amount, news.test) == (intent.amount, False)
        assert news.attempt == intent.attempt or news.number == intent.number
        assert news.provider_id in bench.journal_payments()
    assert len(bench.house.journal("captured")) == 1


def test_its_notices_get_the_answer_that_they_wait_for(bench: Bench) -> None:
    def answer(arrived: Arrived) -> tuple[int, bytes]:
        notice = bench.provider.notices.read(bench.received(arrived))
        reply = notice.yes if isinstance(notice, Asked) else notice.reply
        return reply.status, reply.body

    bench.house.answers = answer
    bench.paid(intent_new())
    sent = [entry.sent for entry in bench.house.journal("notice-sent") if entry.sent]
    assert sent
    assert all(one.accepted for one in sent)


def test_the_same_news_have_the_same_key_and_others_another(bench: Bench) -> None:
    bench.house.trouble(duplicate=1)
    bench.paid(intent_new())
    keys: dict[tuple[str, bytes], set[str]] = {}
    for arrived in bench.paid(intent_new()):
        notice = bench.provider.notices.read(bench.received(arrived))
        if not isinstance(notice, Asked | Ignored):
            keys.setdefault((arrived.query, arrived.body), set()).add(notice.key)
    assert {len(same) for same in keys.values()} == {1}
    assert len(set().union(*keys.values())) == len(keys) >= 2


def test_an_attempt_begun_twice_is_one(bench: Bench) -> None:
    intent = intent_new()
    starts = [bench.provider.start.start(intent) for _ in range(2)]
    if bench.system.creates:
        assert len(bench.live()) == 1
    else:
        assert starts[0] == starts[1]
    assert bench.page(starts[1]) != bench.started(intent_new())


@pytest.mark.parametrize("trouble", ["lose_answer", "fail_answer", "away"])
def test_an_answer_lost_leaves_one_payment_when_it_is_repeated(bench: Bench, trouble: str) -> None:
    intent = intent_new()
    if bench.system.creates:
        bench.house.trouble(**{trouble: 1, "times": 1, "call": bench.system.creates})
        with pytest.raises(ProviderAway):
            bench.provider.start.start(intent)
    news = bench.news(bench.paid(intent), intent)
    assert [one.state for one in news if one.state == "paid"]
    assert len(bench.live()) == len(bench.house.journal("captured")) == 1


def test_every_amount_within_its_limits_arrives_to_the_kopeck(bench: Bench) -> None:
    least, most = bench.provider.limits.of["RUB"]
    for minor in (least, least + 1, most):
        intent = intent_new(amount=Money(minor, "RUB"))
        bench.started(intent)
        assert [one.amount_minor for one in bench.live()][-1] == minor


def test_no_changed_notice_has_an_effect_of_its_own(bench: Bench) -> None:
    intent = intent_new()
    for arrived in bench.paid(intent):
        received = bench.received(arrived)
        truth = bench.believed(received, intent)
        allowed = {None, truth and essence(truth)}
        for what, changed in mutations(received):
            believed = bench.believed(changed, intent)
            assert (believed and essence(believed)) in allowed, what


def test_a_forger_is_not_believed(bench: Bench) -> None:
    intent = intent_new()
    bench.house.trouble(forge=1)
    bench.started(intent)
    lies = bench.house.settled()
    assert lies
    assert [one for one in bench.news(lies, intent) if one.state == "paid"] == []
    bench.house.taken.clear()
    bench.house.control("POST", f"orders/{bench.live()[0].order}/pay")
    for news in bench.news(bench.house.settled(), intent):
        assert news.amount == intent.amount


def test_a_refusal_of_the_bank_is_none_of_ours(bench: Bench) -> None:
    intent = intent_new()
    page = bench.started(intent)
    back = bench.house.press(page, "decline")
    news = bench.news(bench.house.settled(), intent)
    assert back.startswith((intent.return_url, page))
    assert {one.state for one in news} <= {"failed", "pending"}
    assert bench.house.journal("captured") == []


def test_who_goes_back_without_paying_has_paid_nothing(bench: Bench) -> None:
    intent = intent_new()
    page = bench.started(intent)
    assert bench.house.press(page, "leave").startswith((intent.return_url, page))
    assert [one.state for one in bench.news(bench.house.settled(), intent) if one.state == "paid"] == []


@having("ask")
def test_asking_tells_what_is_so_at_the_moment(bench: Bench) -> None:
    intent = intent_new()
    assert bench.asked(intent, None) is None
    page = bench.started(intent)
    known = bench.live()[0].id
    for provider_id in (None, known):
        news = bench.asked(intent, provider_id)
        assert news is not None
        named = None if provider_id is None and bench.system.names_late else known
        assert (news.state, news.provider_id, news.amount) == ("pending", named, intent.amount)
    bench.house.press(page, "pay")
    for provider_id in (None, known):
        news = bench.asked(intent, provider_id)
        assert news is not None
        assert (news.state, news.provider_id, news.amount) == ("paid", known, intent.amount)
        assert news.attempt == intent.attempt or news.number == intent.number
    assert bench.asked(intent_new(), None) is None


@having("ask")
@pytest.mark.parametrize(("act", "states"), [("decline", {"failed"}), ("expire", {"expired", "cancelled"})])
def test_asking_tells_of_an_end_without_money(bench: Bench, act: str, states: set[str]) -> None:
    intent = intent_new()
    bench.started(intent)
    payment = bench.live()[0]
    bench.house.control("POST", f"orders/{payment.order}/{act}")
    news = bench.asked(intent, payment.id)
    assert news is not None
    assert news.state in states
    bench.house.control("POST", f"orders/{payment.order}/pay")
    late = bench.asked(intent, payment.id)
    assert late is not None
    assert (late.state, late.amount) == ("paid", intent.amount)


@having("ask")
def test_a_status_that_lags_behind_catches_up(bench: Bench) -> None:
    intent = intent_new()
    page = bench.started(intent)
    bench.house.trouble(slow_status=1, slow_ms=600_000, times=1)
    bench.house.press(page, "pay")
    states = [news.state for news in (bench.asked(intent, bench.live()[0].id) for _ in range(2)) if news]
    assert states == ["pending", "paid"]


@having("ask")
@pytest.mark.parametrize("trouble", ["away", "lose_answer", "fail_answer"])
def test_a_system_that_is_away_is_no_answer(bench: Bench, trouble: str) -> None:
    intent = intent_new()
    bench.started(intent)
    bench.house.trouble(**{trouble: 1})
    with pytest.raises(ProviderAway):
        bench.asked(intent, bench.live()[0].id)


def test_a_status_that_nobody_documented_is_told_to_a_person(bench: Bench) -> None:
    intent = intent_new()
    page = bench.started(intent)
    bench.house.trouble(unknown=1)
    bench.house.press(page, "pay")
    news = bench.news(bench.house.settled(), intent)
    if "unknown" in bench.system.shows:
        assert {one.state for one in news} == {"unknown"}
        assert all(one.reason for one in news)
    else:
        assert {one.state for one in news} <= {"paid", "authorized"}


@pytest.mark.parametrize(
    ("peculiar", "changes"),
    [("amount", {"amount_minor": 99}), ("currency", {"currency": "USD"}), ("test", {"test": True})],
)
def test_other_money_than_was_asked_for_is_seen(bench: Bench, peculiar: str, changes: dict[str, object]) -> None:
    intent = intent_new()
    page = bench.started(intent)
    bench.alter(**changes)
    bench.house.press(page, "pay")
    paid = [one for one in bench.news(bench.house.settled(), intent) if one.state == "paid"]
    seen = {
        "amount": {one.amount and one.amount.minor for one in paid} == {99},
        "currency": {one.amount and one.amount.currency for one in paid} == {"USD"},
        "test": {one.test for one in paid} == {True},
    }
    assert seen[peculiar] == (peculiar in bench.system.shows)


@having("refund", "ask")
def test_a_refund_repeated_is_one_and_parts_add_up(bench: Bench) -> None:
    intent = intent_new()
    bench.paid(intent)
    payment, refund = bench.live()[0].id, uuid7()
    refunds = bench.provider.refunds
    assert refunds is not None
    part = Money(100_00, "RUB") if bench.provider.partial else intent.amount
    assert refunds.ask_refund(refund, refund_id=None, provider_id=payment) is None
    done = [refunds.refund(refund, provider_id=payment, amount=part, receipt=None) for _ in range(2)]
    assert done[0] == done[1]
    assert (done[0].state, done[0].amount) == ("done", part)
    for refund_id in (None, done[0].provider_id) if bench.system.finds_refunds else (done[0].provider_id,):
        told = refunds.ask_refund(refund, refund_id=refund_id, provider_id=payment)
        assert told is not None
        assert (told.state, told.refund, told.payment) == ("done", refund, payment)
        assert told.amount in {part, None}
    news = bench.asked(intent, payment)
    assert news is not None
    assert news.refunded in {part, None}
    with pytest.raises(ProviderRefusal):
        refunds.refund(uuid7(), provider_id=payment, amount=intent.amount, receipt=None)
    assert len(bench.house.journal("refunded")) == 1


@having("refund")
@pytest.mark.parametrize("trouble", ["lose_answer", "fail_answer"])
def test_a_refund_whose_answer_is_lost_is_one_when_repeated(bench: Bench, trouble: str) -> None:
    intent = intent_new()
    bench.paid(intent)
    payment, refund = bench.live()[0].id, uuid7()
    refunds = bench.provider.refunds
    assert refunds is not None
    bench.house.trouble(**{trouble: 1, "times": 1, "call": bench.system.gives_back})
    with pytest.raises(ProviderAway):
        refunds.refund(refund, provider_id=payment, amount=intent.amount, receipt=None)
    assert refunds.refund(refund, provider_id=payment, amount=intent.amount, receipt=None).state == "done"
    assert len(bench.house.journal("refunded")) == 1


@having("refund")
def test_what_was_not_paid_is_not_given_back(bench: Bench) -> None:
    intent = intent_new()
    bench.started(intent)
    refunds = bench.provider.refunds
    assert refunds is not None
    for payment in (bench.live()[0].id, "99999"):
        with pytest.raises(ProviderRefusal):
            refunds.refund(uuid7(), provider_id=payment, amount=intent.amount, receipt=None)
    assert bench.house.journal("refunded", "refund-started") == []


@having("register")
def test_the_register_holds_all_of_a_period_and_nothing_else(bench: Bench) -> None:
    intents = [intent_new(amount=Money(1000_00 + n, "RUB")) for n in range(3)]
    for intent in intents:
        bench.paid(intent)
    bench.started(intent_new())
    registers, now = bench.provider.registers, datetime.now(UTC)
    assert registers is not None
    found = registers.register(since=now - DAY, until=now + DAY)
    assert [one.amount for one in found] == [intent.amount for intent in intents]
    assert {one.state for one in found} == {"paid"}
    assert all(one.at is not None and one.fee is not None for one in found)
    assert registers.register(since=now - 2 * DAY, until=now - DAY) == []


@having("receipt")
def test_a_receipt_is_taken_if_it_adds_up(bench: Bench) -> None:
    intent = intent_new(receipt=receipt_of(Money(1_234_56, "RUB")))
    bench.paid(intent)
    wrong = intent_new(receipt=receipt_of(Money(1, "RUB")))
    with pytest.raises(ProviderRefusal):
        bench.provider.start.start(wrong)
    assert len(bench.house.journal("created")) == 1


@having("receipt")
def test_what_became_of_a_receipt_is_told_with_all_its_numbers(bench: Bench) -> None:
    told = []
    for trouble in ({}, {"fail_receipt": 1}):
        bench.house.taken.clear()
        bench.house.trouble(**trouble)
        arrived = bench.paid(intent_new(receipt=receipt_of(Money(1_234_56, "RUB"))))
        asking = bench.provider.receipt_asking
        if asking is not None:
            told.append(asking.receipt(provider_id=bench.live()[-1].id))
            continue
        assert bench.provider.tells_receipts
        notices = [bench.provider.notices.read(bench.received(one)) for one in arrived]
        told += [one.receipt for one in notices if isinstance(one, ReceiptTold)]
    states = [None if one is None else one.state for one in told]
    assert states == (["done", "failed"] if bench.system.tells_failed_receipts else ["done"])
    done = told[0]
    assert done is not None
    assert all(part.isdecimal() for part in (done.number, done.drive, done.sign))
    assert done.at is not None
    assert abs(datetime.now(UTC) - done.at) < timedelta(minutes=10)


@having("refund", "receipt")
def test_a_refund_has_a_receipt_of_its_own(bench: Bench) -> None:
    bench.paid(intent_new())
    refunds, part = bench.provider.refunds, Money(100_00, "RUB")
    assert refunds is not None
    payment = bench.live()[0].id
    with pytest.raises(ProviderRefusal):
        refunds.refund(uuid7(), provider_id=payment, amount=part, receipt=receipt_of(Money(1, "RUB")))
    done = refunds.refund(uuid7(), provider_id=payment, amount=part, receipt=receipt_of(part))
    assert done.state == "done"
    assert len(bench.house.journal("refunded")) == 1


def test_what_is_no_notice_is_refused(bench: Bench) -> None:
    arrived = bench.paid(intent_new())[0]
    empty = () if bench.system.calls_empty else (b"",)
    for body in (*empty, b"\xff\xfe", b"{}", b"[]", b"null", b"a=b&c=d", b"x" * 70_000):
        with pytest.raises(NoticeRefused) as refusal:
            bench.provider.notices.read(replace(bench.received(arrived), body=body, query=""))
        assert refusal.value.status in {400, 401}
        assert refusal.value.reason


def test_its_secrets_stand_in_no_log_and_in_no_text_of_an_error(
    bench: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    said = [repr(bench.provider), repr(bench.provider.start), str(bench.provider.start.__dict__)]
    for trouble in ("", "fail_answer", "lose_answer", "away"):
        intent = intent_new()
        try:
            bench.paid(intent)
            bench.house.trouble(**({trouble: 1, "times": 1} if trouble else {}))
            bench.started(intent_new())
        except ProviderAway as error:
            said.append(repr(error))
    arrived = bench.house.settled()[0]
    with pytest.raises(NoticeRefused) as refusal:
        bench.provider.notices.read(replace(bench.received(arrived), body=b"a=b&c=d", query=""))
    said.append(repr(refusal.value))
    out, err = capfd.readouterr()
    for secret in bench.system.secrets:
        assert not any(secret in text for text in (*said, caplog.text, out, err))
