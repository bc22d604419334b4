"""Payments on the desk: lists, one page with everything about a payment, and what staff does there with four eyes."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from factories.desk_payment import SPACES, does, page, send
from factories.django_ready import HttpResponse
from factories.paying import shop_open
from factories.portal import DESK_HOST, Browser, Database, at_once
from factories.returning import Desk
from factories.staff import staff_sending

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.desk.services import accounts
from okno.cabinet.payments.services.agents.finding import number_key
from okno.cabinet.payments.services.agents.settings import Agent
from okno.protocol.sealing import open_sealed

LISTS = ("paymentrow", "refundrow", "chargebackrow", "moverow")
# Days are of the company's calendar.
NUMBER, PAYABLE = "4081700100", "okno.payment.payable.v1"
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


@pytest.fixture
def olga(desk: Desk) -> Browser:
    return staff_sending(desk.shop.portal, "cashier")


@pytest.fixture
def petr(desk: Desk) -> Browser:
    return staff_sending(desk.shop.portal, "senior", login="petr")


def only(desk: Desk, table: str) -> object:
    [(id_,)] = desk.shop.rows(f"SELECT id FROM {table}")  # noqa: S608 - a table of the test's own
    return id_


def numbered(desk: Desk, number: str, change: str = "", account: UUID | None = None) -> UUID:
    """An account, a new one unless it is given, whose number agents have named before; `change` of its row."""
    found = account or desk.shop.portal.account()
    desk.shop.portal.peek(
        "INSERT INTO payments_agent_account (key, account_id, system, currency) VALUES (%s, %s, 'main', 'RUB')",
        number_key(Agent(networks=(), secrets=()), number),
        found,
    )
    if change:
        desk.shop.portal.peek(f"UPDATE accounts_account SET {change} WHERE id = %s", found)  # noqa: S608 - of a test
    return found


def asked(desk: Desk) -> list[str]:
    """The numbers that the inside was asked about, as it alone can read them."""
    rows = desk.shop.portal.peek("SELECT data FROM kit_outbox WHERE type = %s ORDER BY seq", PAYABLE)
    key = desk.shop.portal.keys.connector_open
    sealed = [json.loads(bytes(data))["sealed"] for (data,) in rows]  # type: ignore[call-overload]
    return [json.loads(open_sealed(one, key, subject=None, type=PAYABLE))["number"] for one in sealed]


def told_by_inside(desk: Desk, browser: Browser, payment: str, wish: dict[str, Any], **reply: object) -> HttpResponse:
    """A form that waits for the inside, and the inside that answers it, as the relay would write it down."""
    done: list[HttpResponse] = []
    call = threading.Thread(target=lambda: done.extend(at_once(1, lambda _: send(browser, payment, **wish))))
    call.start()
    said = json.dumps({"reply": {"as_of": "2026-11-27T12:00:00Z", **reply}})
    answer = "UPDATE kit_outbox SET state = 'done', outcome = %s, finished_at = now() WHERE type = %s RETURNING id"
    while call.is_alive() and not desk.shop.portal.peek(answer, said, PAYABLE):
        call.join(0.01)
    call.join()
    return done[0]


def test_a_refund_is_asked_approved_and_seen_on_the_page(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment = desk.paid("1000.00", "234.50")
    shown = page(olga, payment)
    assert "Платёж № " in shown
    assert "1 234,50 ₽" in shown
    asked = {"attempt": desk.attempt(payment), "amount": "234,50", "reason": "заплатил дважды", "account": ""}
    shown = does(olga, payment, "refund-ask", **asked)
    assert "его одобряет другой сотрудник" in shown
    assert "189,96 ₽, отложено под возврат" in shown  # 234.50 of 1000 : 234.50
    assert "44,54 ₽, отложено под возврат" in shown
    assert ("Отозвать" in shown, "Одобрить" in shown) == (True, False)

    refund = only(desk, "payments_refund")
    assert send(olga, payment, "refund-approve", id=refund).status_code == 403
    assert "Одобрить" in page(petr, payment)
    assert "Возврат одобрен" in does(petr, payment, "refund-approve", id=refund)
    assert "Уже решено" in does(petr, payment, "refund-decline", id=refund)
    desk.turns()
    desk.books()
    desk.turns()
    shown = page(olga, payment)
    assert ("возвращён" in shown, "списано со счёта" in shown, "petr" in shown) == (True, True, True)
    assert desk.shop.seen(payment)["refunded"] == "234.50"


def test_a_refund_that_only_a_person_can_make_is_closed_on_the_page(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment = desk.paid("100.00")
    desk.shop.till._providers = {}  # noqa: SLF001 - the settings of a till without this provider
    for went, word in (("refund-went", "деньги вернулись"), ("refund-stayed", "деньги не вернулись")):
        desk.shop.portal.peek("UPDATE payments_refund SET ask_at = NULL")
        does(olga, payment, "refund-ask", attempt=desk.attempt(payment), amount="10,00", reason="ошибка")
        [(refund,)] = desk.shop.rows("SELECT id FROM payments_refund WHERE state = 'asked'")
        does(petr, payment, "refund-approve", id=refund)
        desk.turns()
        assert "платёжная система отключена" in page(olga, payment)
        assert word in does(olga, payment, went, id=refund)
        desk.turns()
    assert sorted(desk.shop.rows("SELECT state FROM payments_refund")) == [("done",), ("failed",)]


def test_a_chargeback_is_entered_answered_and_won(desk: Desk, olga: Browser) -> None:
    payment, now = desk.paid("100.00"), datetime.now(MOSCOW)
    case = {
        "attempt": desk.attempt(payment),
        "amount": "100,00",
        "reference": "CB-7",
        "reason": "не узнаёт платёж",
        "opened": f"{now:%Y-%m-%d}",
        "respond_by": f"{now + timedelta(days=9):%Y-%m-%d}",
    }
    tomorrow, yesterday = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (2, -2))
    for wrong in ({"respond_by": "завтра"}, {"opened": tomorrow}, {"opened": yesterday}):
        assert "Проверьте даты" in does(olga, payment, "case-enter", **{**case, **wrong})
    assert "Спор внесён" in does(olga, payment, "case-enter", **case)
    desk.turns()
    desk.books()
    entered = only(desk, "payments_chargeback")
    assert "ответ отправлен" in does(olga, payment, "case-answered", id=entered)
    assert "Спор выигран" in does(olga, payment, "case-won", id=entered)
    assert "Уже решено" in does(olga, payment, "case-lost", id=entered)
    desk.turns()
    assert [kind for kind, _ in desk.books()] == ["captured"]


def test_a_misdirected_payment_is_moved(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment, right = desk.paid("100.00"), numbered(desk, NUMBER)
    wish = {"posting": desk.posting(payment), "number": "40 817-00100", "reason": "ошиблись счётом"}
    assert "Перенос запрошен" in does(olga, payment, "move-ask", **wish)
    move = only(desk, "payments_move")
    assert "Перенос одобрен" in does(petr, payment, "move-approve", id=move)
    desk.turns()
    desk.books()
    desk.turns()
    assert [data["account"] for _, data in desk.books()] == [str(right)]
    assert "перенесён" in page(olga, payment)
    assert asked(desk) == []


def test_a_number_that_nobody_here_knows_is_asked_of_the_inside(desk: Desk, olga: Browser) -> None:
    payment, right = desk.paid("100.00"), desk.shop.portal.account()
    wish = {"act": "move-ask", "posting": desk.posting(payment), "number": NUMBER, "reason": "ошиблись счётом"}
    answer = told_by_inside(desk, olga, payment, wish, payable=True, account=str(right))
    assert answer.status_code == 302
    assert desk.shop.rows("SELECT account_id, asked_by FROM payments_move") == [(right, "staff:1")]
    assert asked(desk) == [NUMBER]
    assert NUMBER not in str(desk.shop.rows("SELECT o.*, encode(o.data, 'escape') FROM kit_outbox o"))


@pytest.mark.parametrize(
    ("number", "reply", "word"),
    [
        (NUMBER, {"payable": False}, "Счёта с таким номером нет"),
        (NUMBER, None, "Учёт не ответил"),
        ("", None, "Счёта с таким номером нет"),
        ("own", None, "На этот счёт перенести нельзя"),
        ("closed", None, "На этот счёт перенести нельзя"),
    ],
)
def test_a_number_that_will_not_do_is_said_beside_the_field(
    desk: Desk,
    olga: Browser,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    reply: dict[str, object] | None,
    word: str,
) -> None:
    monkeypatch.setattr(accounts, "WAIT_S", 0.2 if reply is None else 10.0)
    payment = desk.paid("100.00")
    numbered(desk, "closed", "status = 'closed'")
    numbered(desk, "own", account=desk.shop.account)
    wish = {
        "act": "move-ask",
        "attempt": desk.attempt(payment),
        "posting": desk.posting(payment),
        "number": number,
        "reason": "ошиблись счётом",
    }
    answer = send(olga, payment, **wish) if reply is None else told_by_inside(desk, olga, payment, wish, **reply)
    shown = answer.content.decode()
    assert answer.status_code == 400
    assert re.search(rf'id="wrong-number" role="alert">{word}', shown)
    assert ("<details open>" in shown, 'value="ошиблись счётом"' in shown) == (True, True)
    assert desk.shop.rows("SELECT id FROM payments_move") == []


def test_one_of_the_customers_other_accounts_is_chosen_from_a_list(desk: Desk, olga: Browser) -> None:
    payment, other, foreign = desk.paid("100.00"), desk.shop.portal.account(), desk.shop.portal.account()
    access_grant(desk.shop.anna, desk.shop.portal.grant_token(desk.shop.anna, other))
    shown = page(olga, payment)
    assert f'<option value="{other}">··· 0017, 1 234,50 ₽</option>' in shown
    assert str(foreign) not in shown
    wish = {"attempt": desk.attempt(payment), "posting": desk.posting(payment), "number": ""}
    wrong = send(olga, payment, "move-ask", **wish, account=foreign, reason="не туда")
    assert (wrong.status_code, "Счёта с таким номером нет" in wrong.content.decode()) == (400, True)
    wrong = send(olga, payment, "move-ask", **wish, account=other, reason=" ")
    assert (wrong.status_code, 'id="wrong-reason"' in wrong.content.decode()) == (400, True)
    assert desk.shop.rows("SELECT id FROM payments_move") == []
    assert "Перенос запрошен" in does(olga, payment, "move-ask", **wish, account=other, reason="не туда")
    assert desk.shop.rows("SELECT account_id FROM payments_move") == [(other,)]
    assert "Такой записи нет" in does(olga, payment, "move-ask", posting="none", number="1", reason="не туда")
    wrong = send(olga, payment, "move-ask", posting=uuid4(), number="1", reason="не туда")
    assert wrong.status_code == 400


def test_numbers_are_not_tried_without_end(desk: Desk, olga: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "WAIT_S", 0.0)
    payment = desk.paid("100.00")
    wish = {"posting": desk.posting(payment), "number": NUMBER, "reason": "ошиблись счётом"}
    assert "Учёт не ответил" in send(olga, payment, "move-ask", **wish).content.decode()
    desk.shop.portal.peek("UPDATE kit_bucket SET tokens = 0, updated_at = now() + interval '1 hour'")
    assert "Слишком много номеров" in send(olga, payment, "move-ask", **wish).content.decode()
    assert asked(desk) == [NUMBER]
    desk.shop.portal.peek("DELETE FROM kit_bucket")
    for _ in range(accounts.WAITING_MAX):
        assert accounts._waiting.acquire(blocking=False)  # noqa: SLF001 - pages that wait already
    try:
        assert "Учёт не ответил" in send(olga, payment, "move-ask", **wish).content.decode()
    finally:
        accounts._waiting.release(accounts.WAITING_MAX)  # noqa: SLF001 - likewise
    keyless = {**wish, "posting": desk.posting(payment)}
    desk.shop.portal.peek("INSERT INTO accounts_system (id, title) VALUES ('other', 'Other')")
    desk.shop.portal.peek("UPDATE accounts_account SET system_id = 'other'")
    assert "Учёт не ответил" in send(olga, payment, "move-ask", **keyless).content.decode()
    assert asked(desk) == [NUMBER]


@pytest.mark.parametrize(
    ("act", "fields", "word"),
    [
        ("refund-ask", {"amount": "１２", "reason": "x"}, "Сумма должна быть"),
        ("refund-ask", {"amount": "100,01", "reason": "x"}, "Столько уже не осталось"),
        ("refund-ask", {"amount": "1,00", "reason": ""}, "Напишите причину"),
        ("refund-ask", {"attempt": "nobody", "amount": "1,00", "reason": "x"}, "Такой записи нет"),
        ("case-enter", {"amount": "1,00", "reason": "x", "reference": ""}, "Нужен номер спора"),
        ("refund-recall", {"id": "nobody"}, "Такой записи нет"),
        ("case-won", {"id": str(uuid4())}, "Такой записи нет"),
        ("sell-it", {}, "Такой записи нет"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_stored(
    desk: Desk, olga: Browser, act: str, fields: dict[str, str], word: str
) -> None:
    payment = desk.paid("100.00")
    given = {
        "attempt": str(desk.attempt(payment)),
        "opened": f"{datetime.now(MOSCOW):%Y-%m-%d}",
        "respond_by": "2099-01-01",
        **fields,
    }
    assert word in does(olga, payment, act, **given)
    assert desk.parts() == []


def test_the_lists_show_money_as_money_and_lead_to_the_page(desk: Desk, olga: Browser) -> None:
    payment, now = desk.paid("1234.50"), datetime.now(MOSCOW)
    numbered(desk, NUMBER)
    attempt = desk.attempt(payment)
    does(olga, payment, "refund-ask", attempt=attempt, amount="34,50", reason="ошибка")
    days = {"opened": f"{now:%Y-%m-%d}", "respond_by": "2099-01-01"}
    does(olga, payment, "case-enter", attempt=attempt, amount="200,00", reason="спор", reference="CB-1", **days)
    does(olga, payment, "move-ask", posting=desk.posting(payment), number=NUMBER, reason="не туда")
    desk.turns()
    for name, money in zip(LISTS, ("1 234,50 ₽", "34,50 ₽", "200,00 ₽", "1 000,00 ₽"), strict=True):
        shown = olga.get(f"/desk/{name}/").content.decode().translate(SPACES)
        assert (money in shown, f"/desk/paymentrow/{payment}/" in shown) == (True, True), name
        assert ("olga" in shown.partition("<tbody>")[2]) == (name != "paymentrow")
    assert payment in olga.get("/desk/refundrow/?state=asked").content.decode()
    assert payment not in olga.get("/desk/refundrow/?state=done").content.decode()
    [(number,)] = desk.shop.rows("SELECT number FROM payments_payment")
    assert payment in olga.get(f"/desk/paymentrow/?q={number}").content.decode()
    assert payment not in olga.get("/desk/paymentrow/?q=1").content.decode()


def test_nobody_else_sees_or_does_anything(desk: Desk, olga: Browser) -> None:
    payment = desk.paid("100.00")
    stranger = Browser(host=DESK_HOST)
    fields = {"act": "refund-ask", "attempt": str(desk.attempt(payment)), "amount": "1,00", "reason": "x"}
    for name in LISTS:
        assert "Нужна новая ссылка" in stranger.get(f"/desk/{name}/", follow=True).content.decode()
    assert "Нужна новая ссылка" in stranger.get(f"/desk/paymentrow/{payment}/", follow=True).content.decode()
    stranger.post(f"/desk/paymentrow/{payment}/", fields)
    strict = Browser(host=DESK_HOST)
    strict.cookies = olga.cookies
    strict.handler.enforce_csrf_checks = True
    assert strict.post(f"/desk/paymentrow/{payment}/", fields).status_code == 403
    assert olga.get(f"/desk/paymentrow/{uuid4()}/").status_code == 404
    assert desk.shop.rows("SELECT id FROM payments_refund") == []


def test_money_that_was_not_asked_for_is_taken_by_a_senior_alone(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment = desk.shop.begun()
    desk.shop.alter(amount_minor=123_449)
    desk.shop.press(payment)
    desk.shop.later(minutes=1)
    attempt = desk.attempt(payment)
    assert "Зачислить как есть" not in page(olga, payment)
    shown = page(petr, payment)
    assert "не та сумма: 1 234,49 ₽" in shown
    assert "Деньги зачисляются на счёт" in does(petr, payment, "money-take", id=attempt)
    assert "решил petr" in page(olga, payment)
    desk.shop.turn()
    assert desk.shop.ledger() == [("captured", 123_449)]


def test_a_right_that_one_does_not_have_is_no_button_and_no_deed(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment = desk.paid("1000.00")
    does(olga, payment, "refund-ask", attempt=desk.attempt(payment), amount="10,00", reason="ошибка")
    refund = only(desk, "payments_refund")
    assert "Отозвать" in page(olga, payment)
    assert send(olga, payment, "refund-approve", id=refund).status_code == 403
    # Taking back is for who has asked.
    assert "Такой записи нет" in does(petr, payment, "refund-recall", id=refund)
    assert "Запрос отозван" in does(olga, payment, "refund-recall", id=refund)
    assert desk.shop.rows("SELECT state FROM payments_refund") == [("declined",)]


def test_a_senior_does_not_approve_what_they_have_asked_for(desk: Desk, petr: Browser) -> None:
    payment = desk.paid("1000.00")
    does(petr, payment, "refund-ask", attempt=desk.attempt(payment), amount="10,00", reason="ошибка")
    refund = only(desk, "payments_refund")
    assert "Одобрить" not in page(petr, payment)
    assert "Свой запрос одобрить нельзя" in does(petr, payment, "refund-approve", id=refund)
    assert desk.shop.rows("SELECT state FROM payments_refund") == [("asked",)]
