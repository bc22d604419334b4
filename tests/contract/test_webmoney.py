"""WebMoney beyond the common contract: vectors, what `LMI_HASH` is no proof of, the question, X18."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from factories.payers import PURSE, WEBMONEY_SECRET, Bench, intent_new, wire
from factories.payers_running import Arrived
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.payments.providers.port import (
    Asked,
    Form,
    Ignored,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    Told,
)
from okno.cabinet.payments.providers.webmoney import provider as webmoney
from okno.cabinet.payments.providers.webmoney.signature import genuine, lmi_hash, lmi_hash2
from okno.protocol.money.amount import Money
from okno.sandbox.payers.webmoney import seal

SECRET = "portal-test-secret"
FIELDS = {
    "LMI_PAYEE_PURSE": "Z123456789012",
    "LMI_PAYMENT_AMOUNT": "100.00",
    "LMI_PAYMENT_NO": "42",
    "LMI_MODE": "1",
    "LMI_SYS_INVS_NO": "821",
    "LMI_SYS_TRANS_NO": "458",
    "LMI_SYS_TRANS_DATE": "20261122 12:00:00",
    "LMI_PAYER_PURSE": "Z987654321098",
    "LMI_PAYER_WM": "123456789012",
}
HELD = {**FIELDS, "LMI_HOLD": "3"}
HASH = "A58542847537E1698178C5C7C606AB74B078A7F28BE6A7D656406A340122283B"
HASH2 = "DD6281D046BF316FD12A3D0ECE9B2C0E3769035AC2D05E95E7DA5344880FF220"
HASH2_HELD = "B2F7A11E2B342F3E1C9FDA2CE720EF90A40D6FE227F55FE9A8F6DA6816CC4DBF"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("webmoney", tmp_path)
    yield made
    made.stop()


def adapter(url: str = "http://127.0.0.1:1", **changes: Any) -> Any:  # noqa: ANN401 - a provider
    given = {"purse": "Z123456789012", "currency": "USD", "secrets": (SECRET,), **changes}
    return webmoney.provider(webmoney.Settings(**given), wire(url))


def read(bench: Bench, fields: dict[str, str]) -> Any:  # noqa: ANN401 - a notice
    arrived = Arrived("POST", "/", {}, "", urlencode(fields).encode())
    return adapter().notices.read(bench.received(arrived))


# Vectors.


def test_the_hashes_are_ours_and_the_twins() -> None:
    assert lmi_hash(FIELDS, SECRET) == seal.seal(FIELDS, SECRET, "") == HASH
    assert lmi_hash2(FIELDS, SECRET) == seal.seal(FIELDS, SECRET, ";") == HASH2
    assert lmi_hash2(HELD, SECRET) == seal.seal(HELD, SECRET, ";") == HASH2_HELD
    assert genuine({**FIELDS, "LMI_HASH2": HASH2.lower()}, ("older", SECRET))


@pytest.mark.parametrize(("fields", "hash2", "state"), [(FIELDS, HASH2, "paid"), (HELD, HASH2_HELD, "authorized")])
def test_the_vectors_are_read(bench: Bench, fields: dict[str, str], hash2: str, state: str) -> None:
    told = read(bench, {**fields, "LMI_HASH2": hash2})
    assert isinstance(told, Told)
    assert (told.payment.state, told.payment.number, told.payment.amount) == (state, 42, Money(100_00, "USD"))
    assert (told.payment.provider_id, told.payment.test) == ("458", True)
    assert told.payment.at is not None
    assert told.payment.at.isoformat() == "2026-11-22T09:00:00+00:00"


# What is refused.

TEXTS = st.text(max_size=12)


@given(name=st.sampled_from(sorted(FIELDS)), value=TEXTS, secret=st.text(min_size=1, max_size=12))
def test_what_is_signed_cannot_be_changed(name: str, value: str, secret: str) -> None:
    fields = {**FIELDS, "LMI_HASH2": HASH2}
    assert genuine({**fields, name: value}, (SECRET,)) == (value == fields[name])
    assert genuine(fields, (secret,)) == (secret == SECRET)


@given(place=st.integers(0, 63), digit=st.sampled_from("0123456789ABCDEF"))
def test_no_byte_of_a_hash_may_differ(place: int, digit: str) -> None:
    turned = HASH2[:place] + digit + HASH2[place + 1 :]
    assert genuine({**FIELDS, "LMI_HASH2": turned}, (SECRET,)) == (turned == HASH2)


@given(values=st.dictionaries(st.sampled_from(sorted(HELD)), TEXTS.filter(lambda text: ";" not in text)))
def test_both_sides_seal_alike(values: dict[str, str]) -> None:
    assert genuine(seal.sealed({**FIELDS, **values}, SECRET), (SECRET,))


@given(value=TEXTS)
def test_what_is_not_signed_has_no_effect(value: str) -> None:
    more = {"LMI_HASH": value, "LMI_SECRET_KEY": value, "LMI_PAYMENT_DESC": value}
    assert genuine({**FIELDS, **more, "LMI_HASH2": HASH2}, (SECRET,))


def test_a_digit_moves_under_the_first_hash_but_not_under_the_second(bench: Bench) -> None:
    fields = {**FIELDS, "LMI_SYS_INVS_NO": "021", "LMI_MODE": "1"}
    moved = {**fields, "LMI_PAYMENT_NO": "421", "LMI_MODE": "0", "LMI_SYS_INVS_NO": "21"}
    true = seal.sealed(fields, SECRET)
    assert lmi_hash(moved, SECRET) == true["LMI_HASH"]
    for hashes in ({"LMI_HASH": true["LMI_HASH"]}, {"LMI_HASH": true["LMI_HASH"], "LMI_HASH2": true["LMI_HASH2"]}):
        with pytest.raises(NoticeRefused):
            read(bench, {**moved, **hashes})


def test_a_value_that_holds_the_sign_between_two_is_refused() -> None:
    moved = {**FIELDS, "LMI_PAYER_PURSE": "Z987654321098;123456789012"}
    del moved["LMI_PAYER_WM"]
    assert not genuine(seal.sealed(moved, SECRET), (SECRET,))


@pytest.mark.parametrize(
    "changes",
    [
        {"LMI_PAYMENT_AMOUNT": "0"},
        {"LMI_PAYMENT_AMOUNT": "-1.00"},
        {"LMI_PAYMENT_AMOUNT": "1.001"},
        {"LMI_PAYMENT_NO": "042"},
        {"LMI_PAYMENT_NO": "٤٢"},
        {"LMI_SYS_TRANS_NO": ""},
        {"LMI_SYS_TRANS_DATE": "today"},
    ],
)
def test_what_is_signed_but_makes_no_sense_is_refused(bench: Bench, changes: dict[str, str]) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        read(bench, seal.sealed({**FIELDS, **changes}, SECRET))
    assert refusal.value.status == 400


@pytest.mark.parametrize("wrong", [{"secrets": ()}, {"secrets": ("",)}, {"purse": "z1"}])
def test_settings_that_protect_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"secrets|purse"):
        adapter(**wrong)


# The question before the money.


def test_it_is_asked_first_and_a_no_stops_the_payment(bench: Bench) -> None:
    intent = intent_new()
    questions: list[Asked] = []

    def refuse(arrived: Arrived) -> tuple[int, bytes]:
        notice = bench.provider.notices.read(bench.received(arrived))
        assert isinstance(notice, Asked)
        questions.append(notice)
        return notice.no.status, notice.no.body

    bench.house.answers = refuse
    assert bench.news(bench.paid(intent), intent) == []
    assert [(one.payment.number, one.payment.amount) for one in questions] == [(intent.number, intent.amount)]
    assert bench.house.journal("captured") == []
    bench.house.answers = bench.reply
    bench.house.press(bench.started(intent), "pay")
    assert [one.state for one in bench.news(bench.house.settled(), intent)] == ["paid"]


def test_a_wrong_question_is_refused(bench: Bench) -> None:
    asked = {"LMI_PREREQUEST": "1", **FIELDS}
    assert isinstance(read(bench, asked), Asked)
    for wrong in ({"LMI_PAYEE_PURSE": "Z000000000000"}, {"LMI_PAYMENT_NO": "x"}, {"LMI_PREREQUEST": "0"}):
        with pytest.raises(NoticeRefused):
            read(bench, {**asked, **wrong})


def test_a_call_without_parameters_is_answered_and_the_money_taken_after_it(bench: Bench) -> None:
    """Of a purse that does not send its parameters before the payment: whether anybody is there is all it asks."""
    bench.house.payer.twin.tells_before = False
    intent = intent_new()
    check, told = bench.paid(intent)
    notice = bench.provider.notices.read(bench.received(check))
    assert isinstance(notice, Ignored)
    assert (check.body, notice.reply.status) == (b"", 200)
    assert [one.state for one in bench.news([check, told], intent)] == ["paid"]


def test_a_purse_that_holds_money_says_so_and_a_test_too(bench: Bench) -> None:
    bench.house.payer.twin.hold_days = 3
    intent = intent_new()
    assert [one.state for one in bench.news(bench.paid(intent), intent)] == ["authorized"]
    go = adapter(simulate="0").start.start(intent).go
    assert ("LMI_SIM_MODE", "0") in go.fields


# X18.


def asking(bench: Bench, **changes: Any) -> Any:  # noqa: ANN401 - a provider
    given = {"purse": PURSE, "currency": "RUB", "secrets": (WEBMONEY_SECRET,), "wmid": "000000000001", **changes}
    return adapter(bench.house.url, **given).asking


def test_x18_tells_of_a_payment_by_its_number(bench: Bench) -> None:
    intent = intent_new()
    ask = asking(bench).ask
    given = {"provider_id": None, "attempt": intent.attempt, "number": intent.number}
    assert ask(**given) is None
    page = bench.started(intent)
    assert ask(**given).state == "pending"
    bench.house.press(page, "pay")
    bench.house.settled()
    news = ask(**given)
    assert (news.state, news.amount, news.number) == ("paid", intent.amount, intent.number)
    assert news.provider_id in bench.journal_payments()
    with pytest.raises(ProviderRefusal, match="retval-3"):
        asking(bench, wmid="000000000002").ask(**given)
    with pytest.raises(ProviderRefusal, match="retval-8"):
        asking(bench, unpaid_codes=()).ask(**{**given, "number": _unpaid(bench)})


def _unpaid(bench: Bench) -> int:
    intent = intent_new()
    bench.started(intent)
    return intent.number


@pytest.mark.parametrize(
    ("status", "content"),
    [
        (500, b""),
        (200, b"nonsense"),
        (200, b"<merchant.response/>"),
        (200, b'<!DOCTYPE a [<!ENTITY b "c">]><merchant.response><retval>0</retval></merchant.response>'),
        (200, b"<merchant.response><retval>0</retval></merchant.response>"),
    ],
)
def test_an_answer_of_x18_that_cannot_be_read_is_none(bench: Bench, status: int, content: bytes) -> None:
    bench.house.answers = lambda _: (status, content)
    provider = adapter(f"http://127.0.0.1:{bench.house.shop_port}", wmid="1")
    with pytest.raises(ProviderAway):
        provider.asking.ask(provider_id=None, attempt=intent_new().attempt, number=1)


# The twin.


@pytest.mark.parametrize(
    "changes",
    [
        {"LMI_PAYEE_PURSE": "Z1"},
        {"LMI_PAYMENT_AMOUNT": "0.00"},
        {"LMI_PAYMENT_AMOUNT": "1,00"},
        {"LMI_PAYMENT_NO": "0"},
        {"LMI_PAYMENT_NO": "2147483648"},
        {"LMI_PAYMENT_DESC_BASE64": "!"},
    ],
)
def test_the_twin_turns_a_wrong_form_away(bench: Bench, changes: dict[str, str]) -> None:
    go = bench.provider.start.start(intent_new()).go
    assert isinstance(go, Form)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({**dict(go.fields), **changes})
    assert bench.house.http.request("POST", go.url, body=body, headers=headers).status == 400
    assert bench.house.journal() == []


def test_late_money_is_taken_without_a_question(bench: Bench) -> None:
    intent = intent_new()
    bench.house.press(bench.started(intent), "decline")
    bench.house.control("POST", f"orders/{intent.number}/pay")
    assert [one.state for one in bench.news(bench.house.settled(), intent)] == ["paid"]
