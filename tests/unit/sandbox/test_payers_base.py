"""What every twin of a payment system shares: the journal, the courier, the troubles, the payer's page, the control."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories.payers_running import House
from hypothesis import given
from hypothesis import strategies as st

from okno.sandbox.payers import journal
from okno.sandbox.payers.courier import Habits
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund
from okno.sandbox.payers.till import Till, TillRefusal
from okno.sandbox.payers.troubles import Mischief, Troubles
from okno.sandbox.payers.twin import Twin, TwinSettings
from okno.sandbox.payers.wire import CallHandler

SHOP = "http://shop.test/back"


class _Create(CallHandler):
    async def post(self) -> None:
        key = self.request.body.decode()
        now = datetime.now(UTC)
        payment = self.twin.till.create(
            Payment(
                id=self.twin.derived(key, "id").hex(),
                page=self.twin.new_page(key),
                key=key,
                order=key,
                amount_minor=123_456_78,
                currency="RUB",
                created_at=now,
                expires_at=now + timedelta(milliseconds=100 if key == "short" else 3_600_000),
                return_url=f"{SHOP}?good",
                fail_url=f"{SHOP}?bad",
                description="Лицевой счёт <5500>",
            )
        )
        await self.answer(200, json.dumps({"id": payment.id, "page": self.twin.page_url(payment)}).encode())


class _Ask(CallHandler):
    async def get(self, payment_id: str) -> None:
        payment = self.twin.as_told(self.twin.till.payments[payment_id])
        await self.answer(200, payment.state.encode())


class Plain(Twin):
    """As little as a payment system can be."""

    name = "plain"
    title = ("Проста", "Plain")
    habits = Habits(timeout_s=5, pauses_s=(60, 3600))

    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        return [(r"/create", _Create, {"twin": self}), (r"/ask/([0-9a-f]+)", _Ask, {"twin": self})]

    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        if kind == "created" or refund is not None:
            return []
        body = f"{kind} {payment.order} {payment.amount_minor} {'forged' if forged else 'true'}".encode()
        return [
            Notice(id=f"{payment.id}-{kind}-{forged}", event=kind, payment=payment.id, url=self.notice_url, body=body)
        ]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, Plain, lambda **given: TwinSettings(**given, pace=0.00001))
    yield made
    made.stop()


def create(house: House, key: str) -> dict[str, str]:
    answer = house.http.request("POST", f"{house.url}/create", body=key)
    assert answer.status == 200
    made: dict[str, str] = json.loads(answer.data)
    return made


def bodies(house: House) -> list[str]:
    return [arrived.body.decode() for arrived in house.settled()]


@pytest.mark.parametrize(
    ("choice", "state", "back"),
    [("pay", "captured", "good"), ("decline", "declined", "bad"), ("leave", None, "bad")],
)
def test_what_the_payer_presses_happens_once(house: House, choice: str, state: Kind | None, back: str) -> None:
    page = create(house, "o-1")["page"]
    assert [house.press(page, choice) for _ in range(2)] == [f"{SHOP}?{back}"] * 2
    assert [entry.kind for entry in house.journal() if entry.payment] == ["created", *([state] if state else [])]
    assert len(bodies(house)) == (1 if state else 0)


def test_the_page_shows_who_is_paid_and_lets_no_script_or_stranger_in(house: House) -> None:
    page = create(house, "o-1")["page"]
    answer = house.http.request("GET", page)
    text = answer.data.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert "script" not in text.lower()
    assert "default-src 'none'" in policy
    assert "form-action 'self' http://shop.test;" in policy
    assert (re.findall(r'name="choice" value="(\w+)"', text), "Песочница" in text) == (
        ["pay", "decline", "leave"],
        True,
    )
    assert "Лицевой счёт &lt;5500&gt;" in text
    assert "123\u202f456<small>,78 ₽" in text
    assert "Go back without paying" in house.http.request("GET", f"{page}?lang=en").data.decode()
    house.press(page, "pay")
    paid = house.http.request("GET", page).data.decode()
    assert (re.findall(r'name="choice" value="(\w+)"', paid), "Оплачено" in paid) == (["leave"], True)


def test_a_page_that_is_not_and_a_button_that_is_not(house: House) -> None:
    page = create(house, "o-1")["page"]
    before = house.path.read_bytes()
    assert house.http.request("GET", f"{house.url}/payer/{'x' * 22}").status == 404
    assert house.http.request("POST", page, fields={"choice": "steal"}).status == 400
    assert house.path.read_bytes() == before


def test_a_notice_comes_again_until_it_is_accepted(house: House) -> None:
    answers = iter([500, 404, 200])
    house.answers = lambda _: (next(answers), b"")
    house.press(create(house, "o-1")["page"], "pay")
    assert bodies(house) == ["captured o-1 12345678 true"] * 3
    sent = [entry.sent for entry in house.journal("notice-sent")]
    assert [(one.nth, one.answer, one.accepted) for one in sent if one] == [
        (1, 500, False),
        (2, 404, False),
        (3, 200, True),
    ]


def test_a_killed_twin_knows_its_payments_and_brings_what_is_left(house: House) -> None:
    house.answers = lambda _: (500, b"")
    made = create(house, "o-1")
    house.press(made["page"], "pay")
    house.settled()
    house.close()
    with house.path.open("ab") as cut:
        cut.write(b'{"seq":9,"at":"20')
    house.answers = lambda _: (200, b"")
    house.taken.clear()
    house.open()
    assert bodies(house) == ["captured o-1 12345678 true"]
    assert house.http.request("GET", f"{house.url}/ask/{made['id']}").data == b"paid"
    assert create(house, "o-1")["id"] == made["id"]
    numbers = [entry.seq for entry in house.journal()]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("cut", ["in the last line", "between the lines"])
def test_money_and_the_notice_of_it_are_kept_together_or_not_at_all(house: House, cut: str) -> None:
    made = create(house, "o-1")
    house.answers = lambda _: (500, b"")
    house.press(made["page"], "pay")
    house.settled()
    house.close()
    lines = house.path.read_bytes().splitlines(keepends=True)
    kinds = [entry.kind for entry in journal.read(house.path)]
    captured = kinds.index("captured")
    assert kinds[captured : captured + 2] == ["captured", "notice-made"]
    torn = b"".join(lines[: captured + 1]) + (lines[captured + 1][:40] if cut == "in the last line" else b"")
    house.path.write_bytes(torn)
    assert [entry.kind for entry in journal.read(house.path)] == kinds[:captured]
    house.answers = lambda _: (200, b"")
    house.taken.clear()
    house.open()
    assert bodies(house) == []
    assert house.http.request("GET", f"{house.url}/ask/{made['id']}").data == b"new"
    house.press(f"{house.url}/payer/{made['page'].rpartition('/')[2]}", "pay")
    assert bodies(house) == ["captured o-1 12345678 true"]


def test_nobody_there_is_an_answer_too(house: House) -> None:
    house.payer.twin.notice_url = "http://127.0.0.1:1/"
    house.press(create(house, "o-1")["page"], "pay")
    assert bodies(house) == []
    assert [entry.sent.answer for entry in house.journal("notice-sent") if entry.sent] == [0, 0, 0]


@pytest.mark.parametrize(
    ("trouble", "arrived"),
    [
        ("lose", []),
        ("duplicate", ["captured o-1 12345678 true"] * 2),
        ("delay", ["captured o-1 12345678 true"]),
        ("reorder", ["captured o-1 12345678 true"]),
    ],
)
def test_troubles_befall_notices(house: House, trouble: str, arrived: list[str]) -> None:
    page = create(house, "o-1")["page"]
    house.trouble(**{trouble: 1, "delay_ms_max": 50, "hold_ms": 50})
    house.press(page, "pay")
    assert bodies(house) == arrived
    (sent, *_) = [entry.sent for entry in house.journal("notice-sent")]
    assert sent is not None
    assert sent.trouble == {"lose": "lost", "delay": "delayed", "reorder": "reordered"}.get(trouble, "")


def test_a_held_notice_is_overtaken(house: House) -> None:
    first, second = create(house, "o-1")["page"], create(house, "o-2")["page"]
    house.trouble(reorder=1, times=1, hold_ms=30_000)
    house.press(first, "pay")
    house.press(second, "pay")
    assert bodies(house) == ["captured o-2 12345678 true", "captured o-1 12345678 true"]


def test_a_forger_claims_money_that_nobody_paid_and_more_than_was_paid(house: House) -> None:
    house.trouble(forge=1)
    house.press(create(house, "o-1")["page"], "pay")
    assert sorted(bodies(house)) == [
        "captured o-1 12345678 forged",
        "captured o-1 12345678 true",
        "captured o-1 123456780 forged",
    ]
    made = [entry.notice for entry in house.journal("notice-made")]
    assert sorted(one.forged for one in made if one) == [False, True, True]
    assert len(house.journal("captured")) == 1


@pytest.mark.parametrize(("trouble", "status", "created"), [("away", 503, 0), ("fail_answer", 500, 1)])
def test_troubles_befall_calls(house: House, trouble: str, status: int, created: int) -> None:
    house.trouble(**{trouble: 1, "times": 1})
    assert house.http.request("POST", f"{house.url}/create", body="o-1").status == status
    assert len(house.journal("created")) == created
    create(house, "o-1")
    assert len(house.journal("created")) == 1


def test_an_answer_is_lost_after_it_took_effect(house: House) -> None:
    house.trouble(lose_answer=1, times=1)
    with pytest.raises(Exception, match=r"Connection aborted|Remote end closed"):
        house.http.request("POST", f"{house.url}/create", body="o-1")
    assert len(house.journal("created")) == 1


def test_a_status_may_lag_behind(house: House) -> None:
    made = create(house, "o-1")
    house.trouble(slow_status=1, slow_ms=600_000)
    house.press(made["page"], "pay")
    assert house.http.request("GET", f"{house.url}/ask/{made['id']}").data == b"new"
    house.trouble(slow_status=1, slow_ms=0)
    assert house.http.request("GET", f"{house.url}/ask/{made['id']}").data == b"paid"


def test_time_runs_out_by_itself_and_late_money_is_taken(house: House) -> None:
    made = create(house, "short")
    while not house.journal("expired"):
        house.settled()
    assert house.press(made["page"], "pay") == f"{SHOP}?bad"
    assert house.journal("captured") == []
    assert house.control("POST", "orders/short/pay")["state"] == "paid"
    assert [entry.kind for entry in house.journal() if entry.payment] == ["created", "expired", "captured"]


@pytest.mark.parametrize(("act", "kind"), [("decline", "declined"), ("cancel", "cancelled"), ("expire", "expired")])
def test_the_control_acts_for_the_payer_and_only_with_its_token(house: House, act: str, kind: Kind) -> None:
    create(house, "o-1")
    assert house.http.request("POST", f"{house.url}/-/orders/o-1/{act}").status == 401
    house.control("POST", f"orders/other/{act}", status=404)
    assert len(house.journal("created", kind)) == 1
    house.control("POST", f"orders/o-1/{act}")
    assert len(house.journal(kind)) == 1
    house.control("POST", "orders/o-1/pay")
    house.control("POST", f"orders/o-1/{act}", status=409)
    house.settled()
    assert house.control("GET", "troubles")["waiting"] == 0
    house.control("PUT", "troubles", {"duplicate": 2}, status=400)


def test_refunds_add_up_to_no_more_than_was_paid(house: House) -> None:
    made = create(house, "o-1")
    till: Till = house.payer.twin.till
    call = house.running.call
    refund = {"payment_id": made["id"], "refund_id": "r-1", "key": "k-1", "amount_minor": 100}
    with pytest.raises(TillRefusal, match="state"):
        call(lambda: till.refund(**refund))
    house.press(made["page"], "pay")
    assert call(lambda: till.refund(**refund)) == call(lambda: till.refund(**refund)) == till.refund_by_key("k-1")
    pending = {**refund, "refund_id": "r-2", "key": "k-2", "amount_minor": 12_345_578, "state": "pending"}
    call(lambda: till.refund(**pending))
    for amount in (1, 0, -1):
        with pytest.raises(TillRefusal, match="amount"):
            call(lambda amount=amount: till.refund(**{**refund, "key": "k-3", "amount_minor": amount}))
    assert till.payments[made["id"]].refunded_minor == 100
    call(lambda: till.refund_settle("r-2", "failed", reason="no account"))
    assert till.payments[made["id"]].refunded_minor == 100
    for wrong, code in (("r-2", "state"), ("r-9", "unknown")):
        with pytest.raises(TillRefusal, match=code):
            call(lambda wrong=wrong: till.refund_settle(wrong, "done"))
    with pytest.raises(TillRefusal, match="unknown"):
        call(lambda: till.move("nothing", "paid"))
    day = timedelta(days=1)
    now = datetime.now(UTC)
    assert [p.fee_minor for p in till.captured(now - day, now + day)] == [308_641]
    assert till.captured(now + day, now + 2 * day) == []
    assert till.refund_by_key("k-9") is till.by_key("o-9") is None
    assert till.by_key("o-1") == till.payments[made["id"]]


@given(seed=st.integers(0, 2**31), share=st.floats(0.2, 0.8))
def test_the_same_seed_brings_the_same_troubles(seed: int, share: float) -> None:
    one, other = (Mischief(Troubles(seed=seed, lose=share)) for _ in range(2))
    subjects = [f"p-{n}" for n in range(100)]
    told = {subject: one.hits("lose", subject) for subject in subjects}
    assert {subject: other.hits("lose", subject) for subject in reversed(subjects)} == told
    assert 0 < sum(told.values()) < 100
