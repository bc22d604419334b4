"""YooMoney beyond the common contract: published vectors, the older hash, asking with a token, what is no money yet."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from factories.payers import WALLET, YOOMONEY_SECRET, Bench, intent_new, wire
from factories.payers_running import Arrived
from hypothesis import given
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from okno.cabinet.payments.providers.port import Form, Ignored, NoticeRefused, ProviderAway, ProviderRefusal, Told
from okno.cabinet.payments.providers.yoomoney import client
from okno.cabinet.payments.providers.yoomoney import provider as yoomoney
from okno.cabinet.payments.providers.yoomoney.signature import hashed, sha1_hash, sign, signed
from okno.protocol.money.amount import Money
from okno.sandbox.payers.yoomoney import seal

SECRET = "01234567890ABCDEF01234567890"
TOKEN = "token-of-the-owner"
P2P = (
    "amount=300.00&codepro=false&currency=643&datetime=2011-07-01T09%3A00%3A00.000%2B04%3A00&label=YM.label.12345"
    "&notification_type=p2p-incoming&operation_id=1234567&sender=41001XXXXXXXX&unaccepted=false&withdraw_amount=301.50"
)
CARD = (
    "amount=98.00&codepro=false&currency=643&datetime=2026-11-22T09%3A00%3A00Z&label=&notification_type=card-incoming"
    "&operation_id=9876543&sender=&unaccepted=false&withdraw_amount=100.00"
)
SIGNS = {
    P2P: "1e5dbeaf47938c42ceed1e4d07569cb5a718392eb0d33ddd07b5c18f36974360",
    CARD: "b74f9626e35cfa216be73219ba45d40df339e8012324bb187100aacd4df7ae1f",
}
HASHES = {
    "YM.label.12345": "a2ee4a9195f4a90e893cff4f62eeba0b662321f9",
    "": "090a8e7ebb6982a7ad76f4c0f0fa5665d741aafa",
}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("yoomoney", tmp_path)
    yield made
    made.stop()


def fields_of(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))


def adapter(url: str = "http://127.0.0.1:1", **changes: Any) -> Any:  # noqa: ANN401 - a provider
    given = {"wallet": WALLET, "secrets": (SECRET,), **changes}
    return yoomoney.provider(yoomoney.Settings(**given), wire(url))


def arrived(body: str) -> Arrived:
    return Arrived("POST", "/", {}, "", body.encode())


def told(bench: Bench, provider: Any, body: str) -> Told:  # noqa: ANN401 - a provider
    notice = provider.notices.read(bench.received(arrived(body)))
    assert isinstance(notice, Told)
    return notice


# Vectors.


@pytest.mark.parametrize("text", list(SIGNS))
def test_the_signs_are_ours_and_the_twins(text: str) -> None:
    fields = fields_of(text)
    assert sign(fields, SECRET) == SIGNS[text]
    assert seal.sealed(fields, SECRET) == f"{text}&sign={SIGNS[text]}".encode()
    assert signed({**fields, "sign": SIGNS[text].upper()}, ("older", SECRET))


@pytest.mark.parametrize("label", list(HASHES))
def test_the_older_hashes_are_ours_and_the_twins(label: str) -> None:
    fields = {**fields_of(P2P), "label": label}
    assert sha1_hash(fields, SECRET) == HASHES[label]
    assert seal.sealed_as_before(fields, SECRET).endswith(b"&sha1_hash=" + HASHES[label].encode())
    assert hashed({**fields, "sha1_hash": HASHES[label]}, (SECRET,))


def test_the_published_notice_is_read(bench: Bench) -> None:
    news = told(bench, adapter(), f"{P2P}&sign={SIGNS[P2P]}")
    assert (news.payment.state, news.payment.amount, news.payment.fee) == (
        "paid",
        Money(301_50, "RUB"),
        Money(1_50, "RUB"),
    )
    assert (news.payment.attempt, news.payment.provider_id, news.proven) == (None, "1234567", True)


# What is refused.

NAMES = st.sampled_from(sorted(fields_of(P2P)))
TEXTS = st.text(max_size=20)


@given(name=NAMES, value=TEXTS, secret=st.text(min_size=1, max_size=20))
def test_what_is_signed_cannot_be_changed(name: str, value: str, secret: str) -> None:
    fields = {**fields_of(P2P), "sign": SIGNS[P2P]}
    assert signed({**fields, name: value}, (SECRET,)) == (value == fields[name])
    assert signed(fields, (secret,)) == (secret == SECRET)


@given(values=st.dictionaries(NAMES, TEXTS, min_size=1), secret=st.text(min_size=1, max_size=20))
def test_both_sides_sign_alike_whatever_is_said(values: dict[str, str], secret: str) -> None:
    body = seal.sealed(values, secret).decode()
    assert signed(dict(parse_qsl(body, keep_blank_values=True)), (secret,))


@given(place=st.integers(0, 63), digit=st.sampled_from("0123456789abcdef"))
def test_no_byte_of_a_sign_may_differ(place: int, digit: str) -> None:
    right = SIGNS[P2P]
    turned = right[:place] + digit + right[place + 1 :]
    assert signed({**fields_of(P2P), "sign": turned}, (SECRET,)) == (turned == right)


def test_a_name_that_holds_two_fields_is_refused(bench: Bench) -> None:
    """It would make the same string, and `unaccepted` would be gone."""
    joined = quote("unaccepted=false&withdraw_amount", safe="")
    body = f"{P2P.replace('unaccepted=false&withdraw_amount', joined)}&sign={SIGNS[P2P]}"
    with pytest.raises(NoticeRefused) as refusal:
        adapter().notices.read(bench.received(arrived(body)))
    assert refusal.value.status == 401


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"withdraw_amount": "-1.00"}, 400),
        ({"withdraw_amount": "0.001"}, 400),
        ({"amount": "3,00"}, 400),
        ({"currency": "840"}, 400),
        ({"operation_id": ""}, 400),
        ({"datetime": "2026-11-22T09:00:00"}, 400),
        ({"datetime": "soon"}, 400),
    ],
)
def test_what_is_signed_but_makes_no_sense_is_refused(bench: Bench, changes: dict[str, str], status: int) -> None:
    body = seal.sealed({**fields_of(P2P), **changes}, SECRET).decode()
    with pytest.raises(NoticeRefused) as refusal:
        adapter().notices.read(bench.received(arrived(body)))
    assert refusal.value.status == status


@pytest.mark.parametrize("name", ["codepro", "unaccepted"])
def test_money_behind_a_code_or_a_full_wallet_is_no_money_yet(bench: Bench, name: str) -> None:
    waits = told(bench, adapter(), seal.sealed({**fields_of(P2P), name: "true"}, SECRET).decode())
    comes = told(bench, adapter(), f"{P2P}&sign={SIGNS[P2P]}")
    assert (waits.payment.state, comes.payment.state) == ("pending", "paid")
    assert waits.key != comes.key


def test_the_test_button_is_no_payment(bench: Bench) -> None:
    body = seal.sealed({**fields_of(CARD), "test_notification": "true"}, SECRET).decode()
    assert isinstance(adapter().notices.read(bench.received(arrived(body))), Ignored)


# The older hash.


def test_the_older_hash_is_refused_unless_switched_on_and_then_only_leads_to_asking(bench: Bench) -> None:
    body = f"{P2P}&sha1_hash={HASHES['YM.label.12345']}"
    with pytest.raises(NoticeRefused):
        adapter().notices.read(bench.received(arrived(body)))
    older = adapter(legacy_sha1=True, token=TOKEN)
    for text in (body, body.replace("301.50", "9999.00")):
        news = told(bench, older, text)
        assert (news.proven, news.payment.amount, news.payment.state) == (False, None, "pending")
    for wrong in (body.replace("amount=300", "amount=301", 1), f"{body}&sign={'0' * 64}"):
        with pytest.raises(NoticeRefused):
            older.notices.read(bench.received(arrived(wrong)))


@pytest.mark.parametrize("wrong", [{"secrets": ()}, {"secrets": ("",)}, {"legacy_sha1": True}])
def test_settings_that_protect_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"secrets|legacy_sha1"):
        adapter(**wrong)


# Asking.


def owner(bench: Bench) -> Any:  # noqa: ANN401 - a provider
    bench.house.payer.twin.token = TOKEN
    return adapter(bench.house.url, token=TOKEN, secrets=(YOOMONEY_SECRET,))


def test_a_token_tells_what_came_and_between_what_the_payer_gave(bench: Bench) -> None:
    provider, intent = owner(bench), intent_new()
    ask: Callable[..., Any] = provider.asking.ask
    page = bench.started(intent)
    assert ask(provider_id=None, attempt=intent.attempt, number=1) is None
    bench.house.press(page, "pay")
    payment = bench.live()[0].id
    for provider_id in (None, payment):
        news = ask(provider_id=provider_id, attempt=intent.attempt, number=1)
        assert (news.state, news.provider_id, news.attempt, news.amount) == ("paid", payment, intent.attempt, None)
        assert news.reached.kept == intent.amount - Money(bench.live()[0].fee_minor, "RUB")
    assert ask(provider_id="1", attempt=intent.attempt, number=1) is None
    bench.house.trouble(unknown=1)
    news = ask(provider_id=None, attempt=intent.attempt, number=1)
    assert (news.state, news.reason) == ("unknown", "under_review")


def test_the_wallets_history_is_a_register_page_by_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    owner(bench)
    provider = adapter(bench.house.url, token=TOKEN, fee_bps=250)  # of the twin
    assert adapter().registers is None
    amounts = [Money(1000_00 + n, "RUB") for n in range(3)]
    for amount in amounts:
        bench.paid(intent_new(amount=amount))
    bench.started(intent_new())
    now, day = datetime.now(UTC), timedelta(days=1)
    for records in (1, 2, 100):
        monkeypatch.setattr(client, "PAGE_RECORDS", records)
        found = provider.registers.register(since=now - day, until=now + day)
        assert [news.state for news in found] == ["paid"] * 3
        assert all(news.reached.fits(amount) for news, amount in zip(found, amounts, strict=True))
    assert provider.registers.register(since=now - 2 * day, until=now - day) == []
    monkeypatch.setattr(client, "PAGE_RECORDS", 1)
    monkeypatch.setattr(client, "PAGES_MAX", 2)
    with pytest.raises(ProviderAway, match="list-too-long"):
        provider.registers.register(since=now - day, until=now + day)


def test_a_history_that_will_not_or_cannot_answer(bench: Bench) -> None:
    stranger = adapter(bench.house.url, token="wrong")
    with pytest.raises(ProviderRefusal, match="status-401"):
        stranger.asking.ask(provider_id=None, attempt=uuid7(), number=1)
    bench.house.trouble(away=1)
    with pytest.raises(ProviderAway, match="status-503"):
        stranger.asking.ask(provider_id=None, attempt=uuid7(), number=1)
    attempt = uuid7()
    operation = {"operation_id": "1", "status": "success", "label": str(attempt), "datetime": "soon", "amount": 1.5}
    odd = {**operation, "datetime": "2026-11-27T10:00:00Z", "amount": 1.005}
    for content, error in (
        (b"nonsense", ProviderAway),
        (b'{"error":"illegal_param_label"}', ProviderRefusal),
        (json.dumps({"operations": [operation]}).encode(), ProviderAway),
        (json.dumps({"operations": [odd]}).encode(), ProviderAway),
    ):
        bench.house.answers = lambda _, content=content: (200, content)
        provider = adapter(f"http://127.0.0.1:{bench.house.shop_port}", token=TOKEN)
        with pytest.raises(error):
            provider.asking.ask(provider_id=None, attempt=attempt, number=1)


@pytest.mark.parametrize(
    ("payment_type", "fee_bps", "given", "kept"),
    [("PC", None, 100_000, 99_009), ("AC", None, 100_000, 97_000), ("AC", 250, 100_000, 97_500), ("AC", 0, 200, 200)],
)
def test_what_came_proves_what_was_given_to_a_few_kopecks(
    payment_type: Any,  # noqa: ANN401 - a literal
    fee_bps: int | None,
    given: int,
    kept: int,
) -> None:
    provider = adapter(payment_type=payment_type, fee_bps=fee_bps)
    assert provider.reached is not None
    reached = provider.reached(Money(kept, "RUB"))
    assert reached.fits(Money(given, "RUB"))
    assert not any(reached.fits(Money(other, "RUB")) for other in (given - 5, given + 5, given - given // 50))
    assert not reached.fits(Money(given, "EUR"))


# The twin.


@pytest.mark.parametrize(
    "changes",
    [
        {"receiver": "4100"},
        {"quickpay-form": "shop"},
        {"sum": "-5"},
        {"sum": "1.001"},
        {"paymentType": "MC"},
        {"label": "x" * 65},
    ],
)
def test_the_twin_turns_a_wrong_form_away(bench: Bench, changes: dict[str, str]) -> None:
    go = bench.provider.start.start(intent_new()).go
    assert isinstance(go, Form)
    assert bench.provider.pages == (bench.house.url,)
    body = urlencode({**dict(go.fields), **changes})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert bench.house.http.request("POST", go.url, body=body, headers=headers).status == 400
    assert bench.house.journal() == []


def test_a_form_paid_twice_is_two_operations_of_one_label(bench: Bench) -> None:
    intent = intent_new()
    for _ in range(2):
        bench.house.press(bench.started(intent), "pay")
    news = bench.news(bench.house.settled(), intent)
    assert [one.attempt for one in news] == [intent.attempt] * 2
    assert len({one.provider_id for one in news}) == 2


def test_a_twin_of_the_older_days_is_understood(bench: Bench) -> None:
    bench.house.payer.twin.hashing = "sha1"
    intent = intent_new()
    notices = bench.paid(intent)
    older = adapter(legacy_sha1=True, token=TOKEN, secrets=(YOOMONEY_SECRET,))
    news = [older.notices.read(bench.received(one)) for one in notices]
    assert {(one.proven, one.payment.attempt) for one in news} == {(False, intent.attempt)}
