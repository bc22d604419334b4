"""What the books refused is sent to them once more: a senior says why, the key stays, nothing happens twice."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from factories.desk_payment import does, page
from factories.paying import shop_open
from factories.portal import Browser, Database
from factories.returning import OLGA, Desk
from factories.staff import staff_sending

from okno.cabinet.desk.admin.money.words import BOOKS
from okno.cabinet.payments.services.refunding.misdirected import move_ask, move_decide
from okno.connectors.runtime.port import RefusalCode

OUTBOX = "SELECT id, idempotency_key, encode(data, 'hex') FROM kit_outbox WHERE type = %s"


@pytest.fixture
def desk(tmp_path: Path, cabinet_database: Database) -> Iterator[Desk]:
    with shop_open(tmp_path, cabinet_database) as shop:
        yield Desk(shop)


@pytest.fixture
def olga(desk: Desk) -> Browser:
    """A cashier, staff:1."""
    return staff_sending(desk.shop.portal, "cashier")


@pytest.fixture
def petr(desk: Desk, olga: Browser) -> Browser:
    """A senior, staff:2."""
    return staff_sending(desk.shop.portal, "senior", login="petr")


def refused(desk: Desk, why: str = "account-closed") -> str:
    """A payment that the books did not take."""
    payment = desk.shop.begun(desk.shop.wish("100.00"))
    desk.shop.press(payment)
    desk.shop.later(minutes=1)
    desk.books(refuse="captured", why=why)
    desk.turns(1)
    assert desk.shop.seen(payment)["state"] == "confirmed"
    return payment


def waits(browser: Browser) -> bool:
    """Whether the payment is counted and listed among those that the books refused."""
    counted = "ждут: 1" in browser.get("/").content.decode()
    assert counted == ("№ 1001" in browser.get("/desk/paymentrow/?books=refused").content.decode())
    return counted


def test_a_rejected_posting_goes_out_again_under_its_own_key(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment = refused(desk)
    posting = desk.posting(payment)
    before = desk.shop.portal.peek(OUTBOX, "okno.payment.captured.v1")
    assert waits(olga)
    assert "Отправить ещё раз" not in page(olga, payment)
    assert "Отправить ещё раз" in page(petr, payment)
    assert "Напишите причину" in does(petr, payment, "posting-again", id=posting, reason=" ")
    assert waits(olga)

    shown = does(petr, payment, "posting-again", id=posting, reason="счёт открыли")
    assert "отправляем ещё раз: petr, счёт открыли" in shown
    assert ("Отправить ещё раз" in shown, waits(olga)) == (False, False)
    assert "Уже решено" in does(petr, payment, "posting-again", id=posting, reason="ещё")
    desk.turns(1)
    assert desk.shop.portal.peek(OUTBOX, "okno.payment.captured.v1") == before
    assert [kind for kind, _ in desk.books()] == ["captured"]
    desk.turns()
    assert desk.books() == []
    assert desk.shop.seen(payment)["state"] == "posted"
    assert "записано, отправлено ещё раз: petr, счёт открыли" in page(olga, payment)
    assert desk.shop.rows("SELECT actor, detail FROM kit_audit WHERE action = 'posting.again' ORDER BY seq") == [
        ("staff:2", {"reason": "счёт открыли"}),
        ("process:till", {}),
    ]


@pytest.mark.parametrize(
    ("why", "words"),
    [
        ("account-closed", "учёт отказал: счёт закрыт"),
        ("system-fault", "учёт отказал: в нём раз за разом ошибка на этой записи, хотя другие он принимает"),
        ("out-of-paper", "учёт отказал: out-of-paper"),
        ("", "учёт отказал"),
    ],
)
def test_the_page_says_why_the_books_refuse(desk: Desk, olga: Browser, petr: Browser, why: str, words: str) -> None:
    payment = refused(desk, why)
    assert waits(olga)
    assert f"{words}<" in page(olga, payment)
    does(petr, payment, "posting-again", id=desk.posting(payment), reason="сбой исправлен")
    desk.turns(1)
    desk.books()
    desk.turns(1)
    assert desk.shop.rows("SELECT state, refusal FROM payments_posting") == [("posted", "")]
    assert words not in page(olga, payment)


def test_every_refusal_of_the_port_has_its_words() -> None:
    # An account is closed by nobody of ours.
    assert set(BOOKS) == {code.value for code in RefusalCode} - {"account-not-empty"}


def test_what_the_books_have_after_all_is_posted_though_they_refused_it(desk: Desk, petr: Browser) -> None:
    """An earlier attempt took effect, and its answer comes after a refusal: also when staff has just sent it again."""
    payment = refused(desk)
    does(petr, payment, "posting-again", id=desk.posting(payment), reason="счёт открыли")
    outcome = '{"reply": {"key": "op-late", "recorded_at": "2026-11-28T00:00:00Z"}}'
    desk.shop.portal.peek("UPDATE kit_outbox SET state = 'done', outcome = %s WHERE state = 'failed'", outcome)
    desk.turns(1)
    assert desk.shop.rows("SELECT state, operation, again FROM payments_posting") == [("posted", "op-late", False)]
    assert desk.shop.seen(payment)["state"] == "posted"
    assert desk.books() == []


def test_a_refund_that_the_books_took_after_all_is_out_of_them(desk: Desk) -> None:
    payment = desk.paid("100.00")
    desk.approved(payment, "40.00")
    desk.turns()
    desk.books(refuse="refunded")
    desk.turns()
    assert desk.parts() == [("rejected", 4_000)]
    desk.shop.portal.peek("UPDATE kit_outbox SET state = 'done', outcome = '{}' WHERE state = 'failed'")
    desk.turns(1)
    assert desk.parts() == [("posted", 4_000)]


def test_what_is_refused_once_more_waits_once_more(desk: Desk, petr: Browser) -> None:
    payment = refused(desk)
    does(petr, payment, "posting-again", id=desk.posting(payment), reason="счёт открыли")
    desk.turns(1)
    desk.books(refuse="captured")
    desk.turns(1)
    assert waits(petr)
    assert "Отправить ещё раз" in page(petr, payment)


def test_a_rejected_refund_leaves_the_books_when_it_is_sent_by_another(
    desk: Desk, olga: Browser, petr: Browser
) -> None:
    payment = desk.paid("100.00")
    desk.approved(payment, "40.00")
    desk.turns()
    desk.books(refuse="refunded")
    desk.turns()
    [(part,)] = desk.shop.rows("SELECT id FROM payments_unposting WHERE state = 'rejected'")
    before = desk.shop.portal.peek(OUTBOX, "okno.payment.refunded.v1")
    assert waits(olga)
    assert "учёт отказал: счёт закрыт" in page(olga, payment)
    assert does(petr, payment, "unposting-again", id=part, reason="день открыли").count("отправляем ещё раз") == 1
    desk.turns(1)
    assert desk.shop.portal.peek(OUTBOX, "okno.payment.refunded.v1") == before
    assert [kind for kind, _ in desk.books()] == ["refunded"]
    desk.turns()
    assert (desk.parts(), desk.books(), waits(olga)) == ([("posted", 4_000)], [], False)


def test_whoever_asked_for_it_does_not_send_it_again(desk: Desk, olga: Browser, petr: Browser) -> None:
    payment = desk.paid("100.00")
    desk.approved(payment, "40.00")
    desk.turns()
    desk.books(refuse="refunded")
    desk.turns()
    desk.shop.portal.peek("UPDATE payments_refund SET asked_by = 'staff:2', decided_by = 'staff:1'")
    [(part,)] = desk.shop.rows("SELECT id FROM payments_unposting")
    assert "Отправить ещё раз" not in page(petr, payment)
    assert "Свой запрос" in does(petr, payment, "unposting-again", id=part, reason="день открыли")
    assert "Такой записи нет" in does(petr, payment, "unposting-again", id=uuid4(), reason="день открыли")
    mine = olga.post(f"/desk/paymentrow/{payment}/", {"act": "unposting-again", "id": part, "reason": "день открыли"})
    assert mine.status_code == 403
    desk.turns()
    assert desk.parts() == [("rejected", 4_000)]


def stuck(desk: Desk) -> str:
    """A payment whose move to another account the books refuse."""
    payment = desk.paid("100.00")
    move = move_ask(
        staff=OLGA, posting=desk.posting(payment), account=desk.shop.portal.account(), reason="ошиблись счётом"
    )
    move_decide(staff=2, move=move, approve=True)  # type: ignore[arg-type]  # its id as text
    desk.turns()
    desk.books(refuse="reversed")
    desk.turns()
    assert desk.parts() == [("rejected", 10_000)]
    return payment


def test_a_move_that_the_books_refuse_waits_and_goes_on_when_it_is_sent_again(desk: Desk, petr: Browser) -> None:
    payment = stuck(desk)
    assert "учёт отказался списать деньги со счёта" in page(petr, payment)
    [(part, move)] = desk.shop.rows("SELECT id, move_id FROM payments_unposting")
    does(petr, payment, "unposting-again", id=part, reason="день открыли")
    assert "Уже решено" in does(petr, payment, "move-leave", id=move)
    desk.turns()
    assert [kind for kind, _ in desk.books()] == ["reversed"]
    desk.turns()
    assert [kind for kind, _ in desk.books()] == ["captured"]
    desk.turns()
    assert desk.shop.rows("SELECT state, failure FROM payments_move") == [("done", "")]


def test_a_move_that_the_books_refuse_is_given_up(desk: Desk, petr: Browser) -> None:
    payment = stuck(desk)
    [(part, move)] = desk.shop.rows("SELECT id, move_id FROM payments_unposting")
    assert "Перенос отменён" in does(petr, payment, "move-leave", id=move)
    assert desk.parts() == [("dropped", 10_000)]
    assert "Уже решено" in does(petr, payment, "unposting-again", id=part, reason="день открыли")
    assert "Уже решено" in does(petr, payment, "move-leave", id=move)
    assert "перенесён" not in page(petr, payment)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_posting SET again = true",
        "UPDATE payments_unposting SET again = true",
        "UPDATE payments_posting SET state = 'sent'",
        "SELECT payments_outbox_again(gen_random_uuid())",
    ],
)
def test_the_desk_wishes_for_what_was_refused_alone(desk: Desk, statement: str) -> None:
    payment = desk.paid("100.00")
    desk.approved(payment, "40.00")
    with psycopg.connect(desk.shop.database.dsn("desk")) as connection:
        try:
            assert connection.execute(statement).rowcount == 0
        except psycopg.errors.InsufficientPrivilege:
            connection.rollback()
    assert desk.shop.rows("SELECT again FROM payments_posting UNION ALL SELECT again FROM payments_unposting") == [
        (False,),
        (False,),
    ]
