"""Robokassa beyond the common contract: vectors, sums with six decimals, hours with seven digits, its states."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from factories.payers import ROBOKASSA, Bench, intent_new, receipt_of, wire
from factories.payers_running import Arrived
from hypothesis import given
from hypothesis import strategies as st

from okno.cabinet.payments.providers.port import (
    Form,
    NoticeRefused,
    ProviderAway,
    ProviderRefusal,
    Redirect,
    Told,
)
from okno.cabinet.payments.providers.robokassa import messages
from okno.cabinet.payments.providers.robokassa import provider as robokassa
from okno.cabinet.payments.providers.robokassa.signature import digest, genuine, question, result, started, success
from okno.protocol.money.amount import Money
from okno.sandbox.payers.robokassa.seal import extras, seal

SHP = {"Shp_client": "1234567"}
VECTORS = [
    ("md5", "demo:100.00:42:pass1:Shp_client=1234567", "fd97fb8a163e14ba4716b65a52d292a9"),
    ("md5", "100.00:42:pass2:Shp_client=1234567", "709066c4164ee6917f6bf687142f1727"),
    ("md5", "100.000000:42:pass2:Shp_client=1234567", "6c19a81c2dda6715aa9c28deecfde559"),
    (
        "sha256",
        "100.00:42:pass1:Shp_client=1234567",
        "0f0a4ecd2224085ea1df952effa4ebc5472867ff4031d4c2350115c3cf3348b8",
    ),
    ("sha256", "demo:42:pass2", "3de13e898621a9e5b333d312de6fc432bd4b6e957c0857daef8853c476364f6d"),
]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("robokassa", tmp_path)
    yield made
    made.stop()


def adapter(url: str = "http://127.0.0.1:1", **changes: Any) -> Any:  # noqa: ANN401 - a provider
    return robokassa.provider(
        robokassa.Settings(**{"login": "demo", "password1": "pass1", "passwords2": ("pass2",), **changes}), wire(url)
    )


def result_of(amount: str = "100.00", number: str = "42", kind: Any = "sha256", **more: str) -> dict[str, str]:  # noqa: ANN401 - a hash
    fields = {"OutSum": amount, "InvId": number, **more}
    return {**fields, "SignatureValue": result(kind, fields, "pass2")}


def arrived(fields: dict[str, str]) -> Arrived:
    return Arrived("POST", "/", {}, "", urlencode(fields).encode())


# Vectors.


@pytest.mark.parametrize(("kind", "text", "hashed"), VECTORS)
def test_the_vectors_are_ours_and_the_twins(kind: Any, text: str, hashed: str) -> None:  # noqa: ANN401 - a hash
    assert digest(kind, *text.split(":")) == seal(kind.upper(), *text.split(":")) == hashed


def test_each_formula_makes_its_vector() -> None:
    (_, _, start), (_, _, plain), (_, _, zeros), (_, _, back), (_, _, asked) = VECTORS
    sha, paid = "sha256", {"OutSum": "100.00", "InvId": "42", **SHP}
    assert result("md5", paid, "pass2") == plain
    assert result("md5", {**paid, "OutSum": "100.000000"}, "pass2") == zeros
    assert success(sha, paid, "pass1") == back
    assert question(sha, login="demo", number="42", password2="pass2") == asked
    assert seal("MD5", "demo", "100.00", "42", "pass1", *extras(SHP)) == start
    bare = started("md5", login="demo", amount="100.00", number="42", receipt=None, password1="pass1")
    assert bare == digest("md5", "demo", "100.00", "42", "pass1")
    with_receipt = started(sha, login="demo", amount="100.00", number="42", receipt="%7B%7D", password1="pass1")
    assert with_receipt == seal("SHA256", "demo", "100.00", "42", "%7B%7D", "pass1")


def test_a_sum_with_six_decimals_is_verified_as_it_came(bench: Bench) -> None:
    provider = adapter(hash="md5")
    fields = {"OutSum": "100.000000", "InvId": "42", **SHP, "SignatureValue": VECTORS[2][2].upper()}
    told = provider.notices.read(bench.received(arrived(fields)))
    assert isinstance(told, Told)
    assert (told.payment.amount, told.payment.number, told.reply.body) == (Money(100_00, "RUB"), 42, b"OK42")
    with pytest.raises(NoticeRefused):
        provider.notices.read(bench.received(arrived({**fields, "OutSum": "100.00"})))


def test_a_result_by_get_is_read_too(bench: Bench) -> None:
    received = replace(
        bench.received(arrived({})), method="GET", query=urlencode(result_of(IsTest="1", Fee="1.5")), body=b""
    )
    told = adapter(test=True).notices.read(received)
    assert isinstance(told, Told)
    assert (told.payment.test, told.payment.state) == (True, "paid")


# What is refused.

TEXTS = st.text(max_size=12)


@given(name=st.sampled_from(["OutSum", "InvId", "Shp_client"]), value=TEXTS, secret=TEXTS)
def test_what_is_signed_cannot_be_changed(name: str, value: str, secret: str) -> None:
    fields = result_of(**SHP)
    assert genuine("sha256", {**fields, name: value}, ("older", "pass2")) == (value == fields[name])
    assert genuine("sha256", fields, (secret,)) == (secret == "pass2")


@given(place=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef"), value=TEXTS)
def test_no_byte_of_a_signature_may_differ_and_other_fields_may(place: int, digit: str, value: str) -> None:
    fields = result_of()
    right = fields["SignatureValue"]
    turned = right[:place] + digit + right[place + 1 :]
    assert genuine("sha256", {**fields, "SignatureValue": turned}, ("pass2",)) == (turned == right)
    assert genuine("sha256", {**fields, "Fee": value, "EMail": value}, ("pass2",))


@pytest.mark.parametrize("kind", ["md5", "sha256", "sha384", "sha512"])
def test_both_sides_sign_alike_by_every_hash(kind: Any) -> None:  # noqa: ANN401 - a hash
    fields = {"OutSum": "1.00", "InvId": "7", "Shp_b": "2", "Shp_a": "1"}
    value = seal(kind.upper(), "1.00", "7", "pass2", *extras(fields))
    assert genuine(kind, {**fields, "SignatureValue": value}, ("pass2",))


@pytest.mark.parametrize(
    ("amount", "number"),
    [("0.00", "42"), ("-1.00", "42"), ("1.001", "42"), ("01.00", "42"), ("1e3", "42"), ("1.00", "042"), ("1.00", "x")],
)
def test_what_is_signed_but_makes_no_sense_is_refused(bench: Bench, amount: str, number: str) -> None:
    with pytest.raises(NoticeRefused) as refusal:
        adapter().notices.read(bench.received(arrived(result_of(amount, number))))
    assert refusal.value.status == 400


@pytest.mark.parametrize("wrong", [{"password1": ""}, {"passwords2": ()}, {"passwords2": ("",)}])
def test_settings_that_protect_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="passwords"):
        adapter(**wrong)


# Its answers.


def test_an_hour_with_seven_digits_is_read() -> None:
    assert messages.moment("2026-11-27T12:30:00.1234567+03:00") == datetime(2026, 11, 27, 9, 30, 0, 123456, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        messages.moment("2026-11-27T12:30:00.1234567")


def answer(code: str = "0", state: str = "100", amount: str = "1.00") -> bytes:
    return (
        '<OperationStateResponse xmlns="http://merchant.roboxchange.com/WebService/">'
        f"<Result><Code>{code}</Code></Result><State><Code>{state}</Code></State>"
        f"<Info><OutSum>{amount}</OutSum></Info></OperationStateResponse>"
    ).encode()


@pytest.mark.parametrize(
    ("state", "known", "reason"),
    [
        ("5", "pending", ""),
        ("10", "cancelled", ""),
        ("20", "authorized", ""),
        ("50", "pending", ""),
        ("60", "failed", "returned"),
        ("80", "pending", "suspended"),
        ("100", "paid", ""),
        ("77", "unknown", "state-77"),
    ],
)
def test_its_states(bench: Bench, state: str, known: str, reason: str) -> None:
    bench.house.answers = lambda _: (200, answer(state=state))
    news = asked(bench)
    assert (news.state, news.reason, news.amount) == (known, reason, Money(1_00, "RUB"))


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (200, answer("1"), ProviderRefusal),
        (200, answer("2"), ProviderRefusal),
        (200, answer("4"), ProviderRefusal),
        (200, answer("1000"), ProviderAway),
        (200, answer(amount="much"), ProviderAway),
        (200, b"nonsense", ProviderAway),
        (200, b"<nonsense/>", ProviderAway),
        (200, b"<!DOCTYPE a>" + answer(), ProviderAway),
        (500, answer(), ProviderAway),
    ],
)
def test_an_answer_that_is_none(bench: Bench, status: int, content: bytes, error: type[Exception]) -> None:
    bench.house.answers = lambda _: (status, content)
    with pytest.raises(error):
        asked(bench)


def asked(bench: Bench) -> Any:  # noqa: ANN401 - a snapshot
    provider = adapter(f"http://127.0.0.1:{bench.house.shop_port}")
    return provider.asking.ask(provider_id=None, attempt=intent_new().attempt, number=1)


def test_a_question_with_a_wrong_password_is_refused(bench: Bench) -> None:
    intent = intent_new()
    bench.started(intent)
    given = {"provider_id": None, "attempt": intent.attempt, "number": intent.number}
    wrong = {"password1": ROBOKASSA["password1"], "passwords2": ("wrong",)}
    with pytest.raises(ProviderRefusal, match="wrong_signature"):
        adapter(bench.house.url, **wrong).asking.ask(**given)
    with pytest.raises(ProviderRefusal, match="no_merchant"):
        adapter(bench.house.url, **{**wrong, "login": "other"}).asking.ask(**given)
    bench.house.trouble(unknown=1)
    news = bench.asked(intent, None)
    assert news is not None
    assert (news.state, news.reason) == ("unknown", "state-77")


# The start.


def test_a_receipt_makes_it_a_form_and_a_test_says_so() -> None:
    intent = intent_new()
    go = adapter(test=True).start.start(intent).go
    assert isinstance(go, Redirect)
    assert "IsTest=1" in go.url
    with_receipt = adapter().start.start(replace(intent, receipt=receipt_of(intent.amount))).go
    assert isinstance(with_receipt, Form)
    assert "%22tax%22%3A%22vat22%22" in dict(with_receipt.fields)["Receipt"]
    system_unknown = replace(receipt_of(intent.amount), tax_system_code=4)
    with pytest.raises(ProviderRefusal, match="receipt_tax_system"):
        adapter().start.start(replace(intent, receipt=system_unknown))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"MerchantLogin": "other"}, "29"),
        ({"OutSum": "1.00"}, "29"),
        ({"SignatureValue": "0"}, "29"),
        ({"Description": "x" * 101}, "Description"),
        ({"Receipt": "%7B%22items%22%3A%5B%5D%7D"}, "29"),
    ],
)
def test_the_twin_turns_a_wrong_address_away(bench: Bench, changes: dict[str, str], why: str) -> None:
    go = bench.provider.start.start(intent_new()).go
    assert isinstance(go, Redirect)
    url, _, query = go.url.partition("?")
    given = {name: value for name, _, value in (part.partition("=") for part in query.split("&"))}
    body = "&".join(f"{name}={value}" for name, value in {**given, **changes}.items())
    answered = bench.house.http.request("GET", f"{url}?{body}")
    assert (answered.status, answered.data.decode()[: len(why)]) == (400, why)
    assert bench.house.journal() == []


@pytest.mark.parametrize(
    ("amount", "number", "receipt"),
    [("0.00", "42", None), ("1.00", "0", None), ("1.00", "2147483648", None), ("1.00", "42", "nonsense")],
)
def test_the_twin_turns_signed_nonsense_away(bench: Bench, amount: str, number: str, receipt: str | None) -> None:
    signature = started(
        "sha256", login="demo", amount=amount, number=number, receipt=receipt, password1=ROBOKASSA["password1"]
    )
    given = {"MerchantLogin": "demo", "OutSum": amount, "InvId": number, "SignatureValue": signature}
    given |= {} if receipt is None else {"Receipt": receipt}
    answered = bench.house.http.request("GET", f"{bench.house.url}/Merchant/Index.aspx?{urlencode(given)}")
    assert answered.status == 400
    assert bench.house.journal() == []


# Receipts.


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (500, b"", ProviderAway),
        (200, b"nonsense", ProviderAway),
        (200, b'{"Code":"1000"}', ProviderAway),
        (200, b'{"Code":"7"}', ProviderAway),
        (200, b'{"Code":"2","FiscalDate":"soon"}', ProviderAway),
        (200, b'{"Code":"1001"}', ProviderRefusal),
    ],
)
def test_an_answer_about_a_receipt_that_is_none(
    bench: Bench, status: int, content: bytes, error: type[Exception]
) -> None:
    url = f"http://127.0.0.1:{bench.house.shop_port}"
    bench.house.answers = lambda _: (status, content)
    with pytest.raises(error):
        adapter(url, fiscal_url=url).receipt_asking.receipt(provider_id="42")


@pytest.mark.parametrize(
    ("content", "state", "at"),
    [
        (b'{"Code":"1"}', "pending", None),
        (b'{"Code":"2","FiscalDate":"2026-11-27T12:00:00"}', "done", datetime(2026, 11, 27, 9, tzinfo=UTC)),
        (b'{"Code":"2","FiscalDate":"2026-11-27T12:00:00+00:00"}', "done", datetime(2026, 11, 27, 12, tzinfo=UTC)),
        (b'{"Code":"3"}', "failed", None),
    ],
)
def test_what_became_of_a_receipt_is_read(content: bytes, state: str, at: datetime | None) -> None:
    told = messages.receipt_snapshot(messages.fiscal(content))
    assert (told.state, told.at) == (state, at)


def test_a_receipt_is_asked_about_with_the_first_password(bench: Bench) -> None:
    assert bench.provider.receipt_asking is not None
    bench.paid(intent_new())
    with pytest.raises(ProviderAway, match="1000"):
        bench.provider.receipt_asking.receipt(provider_id=bench.live()[0].id)
    wrong = adapter(bench.house.url, fiscal_url=bench.house.url, password1="another").receipt_asking
    with pytest.raises(ProviderRefusal, match="wrong_signature"):
        wrong.receipt(provider_id=bench.live()[0].id)
    bench.house.trouble(slow_receipt=1)
    bench.paid(intent_new(receipt=receipt_of(Money(1_234_56, "RUB"))))
    told = bench.provider.receipt_asking.receipt(provider_id=bench.live()[-1].id)
    assert told is not None
    assert told.state == "pending"
