"""Payments on the desk: lists, one page with everything about a payment, and what staff does there with four eyes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from factories.django_ready import HttpResponse
from factories.paying import shop_open
from factories.portal import DESK_HOST, Browser, Database
from factories.returning import Desk
from factories.staff import staff_in

LISTS = ("paymentrow", "refundrow", "chargebackrow", "moverow")
# Days are of the company's calendar.
MOSCOW = ZoneInfo("Europe/Moscow")
SPACES = str.maketrans("\u202f\u00a0", "  ")


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


def entered(desk: Desk, login: str, role: str) -> Browser:
    browser = staff_in(desk.shop.portal, role, login=login)
    # What no page offers is sent here too; that a form's token is asked for is the door's own test.
    browser.handler.enforce_csrf_checks = False
    return browser


@pytest.fixture
def olga(desk: Desk) -> Browser:
    return entered(desk, "olga", "cashier")


@pytest.fixture
def petr(desk: Desk) -> Browser:
    return entered(desk, "petr", "senior")


def page(browser: Browser, payment: str) -> str:
    answer = browser.get(f"/desk/paymentrow/{payment}/")
    assert answer.status_code == 200, answer.content
    return answer.content.decode().translate(SPACES)


def does(browser: Browser, payment: str, act: str, **fields: object) -> str:
    """Press a button of the page; the page that it leads to."""
    answer = send(browser, payment, act, **fields)
    assert answer.status_code == 302
    return page(browser, payment)


def send(browser: Browser, payment: str, act: str, **fields: object) -> HttpResponse:
    return browser.post(f"/desk/paymentrow/{payment}/", {"act": act, **fields})


def only(desk: Desk, table: str) -> object:
    [(id_,)] = desk.shop.rows(f"SELECT id FROM {table}")  # noqa: S608 - a table of the test's own
    return id_


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
    payment, right = desk.paid("100.00"), desk.shop.portal.account()
    wish = {"posting": desk.posting(payment), "account": right, "reason": "ошиблись счётом"}
    assert "перенести нельзя" in does(olga, payment, "move-ask", **{**wish, "account": "12345"})
    assert "Перенос запрошен" in does(olga, payment, "move-ask", **wish)
    move = only(desk, "payments_move")
    assert "Перенос одобрен" in does(petr, payment, "move-approve", id=move)
    desk.turns()
    desk.books()
    desk.turns()
    assert [data["account"] for _, data in desk.books()] == [str(right)]
    assert "перенесён" in page(olga, payment)


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
    payment, right, now = desk.paid("1234.50"), desk.shop.portal.account(), datetime.now(MOSCOW)
    attempt = desk.attempt(payment)
    does(olga, payment, "refund-ask", attempt=attempt, amount="34,50", reason="ошибка")
    days = {"opened": f"{now:%Y-%m-%d}", "respond_by": "2099-01-01"}
    does(olga, payment, "case-enter", attempt=attempt, amount="200,00", reason="спор", reference="CB-1", **days)
    does(olga, payment, "move-ask", posting=desk.posting(payment), account=right, reason="не туда")
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
