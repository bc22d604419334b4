"""What staff does at the desk with statements, transfers and differences."""

import re
from datetime import UTC, datetime

import psycopg
import pytest
from factories.portal import DESK_HOST, Browser, Portal
from factories.staff import staff_sending
from factories.statements import written_1c

from okno.cabinet.desk.admin.compared import words
from okno.cabinet.reconciliation.core.statements.model import Line, Statement
from okno.cabinet.reconciliation.models import DIFFERENCE_KINDS, LINE_STATES
from okno.cabinet.reconciliation.tasks.reconciler import ReconcilerDesk, rules_of
from okno.protocol.ids import new_id

TODAY = datetime.now(UTC).date()


def file_of(purpose: str = "Договор 7700017") -> bytes:
    line = Line(at=1, day=TODAY, direction="in", minor=123_450, payer="Выдумкин", purpose=purpose, reference="1")
    statement = Statement(
        account="40702810600000000001",
        currency="RUB",
        since=TODAY,
        until=TODAY,
        opening=0,
        closing=123_450,
        lines=(line,),
    )
    return written_1c([statement])


@pytest.fixture
def entered(portal: Portal) -> Browser:
    return staff_sending(portal, "senior")


def page(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, (path, answer.content)
    return str(answer.content.decode())


def post(browser: Browser, path: str, fields: dict[str, object], **files: object) -> str:
    """Send a form and follow to where it leads."""
    answer = browser.post(path, {**fields, **files}, follow=True)
    assert answer.status_code == 200, answer.content
    return str(answer.content.decode())


def upload(browser: Browser, content: bytes) -> str:
    boundary = "okno-boundary"
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="kl_to_1c.txt"\r\n'
        "Content-Type: text/plain\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    answer = browser.generic(
        "POST", "/desk/statementrow/load/", body, content_type=f"multipart/form-data; boundary={boundary}"
    )
    assert answer.status_code == 302, answer.content
    return page(browser, answer["Location"])


def match(portal: Portal) -> None:
    with psycopg.connect(portal.database.dsn("till")) as connection:
        rules = rules_of({}, zone="Europe/Moscow", owner="accounting")
        ReconcilerDesk({}, rules, mark="payment:").claim(connection, 1, datetime.now(UTC))


def test_a_statement_is_brought_and_a_bad_one_says_its_line(portal: Portal, entered: Browser) -> None:
    assert "Загрузить выписку" in page(entered, "/desk/statementrow/")
    assert "ничего не удвоится" in page(entered, "/desk/statementrow/load/")
    bad = upload(entered, file_of().replace(b"1234.50", b"1234,50", 1))
    assert re.search(r"Файл не загружен. Строка \d+: непонятная сумма|суммы не сходятся", bad)
    assert portal.peek("SELECT count(*) FROM reconciliation_statement") == [(0,)]
    told = upload(entered, file_of())
    assert "Строк в файле: 1, из них новых: 1." in told
    assert "1\u202f234,50\u00a0₽" in told
    assert "из них новых: 0." in upload(entered, file_of())
    assert portal.peek("SELECT count(*) FROM reconciliation_line") == [(1,)]


def test_a_transfer_gets_its_account_at_the_desk(portal: Portal, entered: Browser) -> None:
    account = portal.account()
    upload(entered, file_of())
    match(portal)
    shown = page(entered, "/desk/linerow/")
    assert "неизвестно, за что" in shown
    [(line,)] = portal.peek("SELECT id FROM reconciliation_line")
    path = f"/desk/linerow/{line}/"
    assert f'value="{account}"' in page(entered, path)
    assert "такого счёта нет" in post(entered, path, {"act": "choose", "account": "17"})
    assert portal.peek("SELECT state FROM reconciliation_line") == [("queued",)]
    assert "Перевод зачисляется" in post(entered, path, {"act": "choose", "account": str(account)})
    match(portal)
    shown = page(entered, path)
    assert "зачислено. выбрал сотрудник" in shown
    assert "Не наше" not in shown
    assert "Уже решено" in post(entered, path, {"act": "foreign"})
    assert portal.peek("SELECT state, decided_by FROM reconciliation_line") == [("matched", "staff:1")]


def test_a_transfer_may_be_not_ours(portal: Portal, entered: Browser) -> None:
    upload(entered, file_of())
    match(portal)
    [(line,)] = portal.peek("SELECT id FROM reconciliation_line")
    assert "Отмечено: не наше." in post(entered, f"/desk/linerow/{line}/", {"act": "foreign"})
    assert "не наше" in page(entered, "/desk/linerow/")


def test_differences_and_days_are_lists_that_staff_works_off(portal: Portal, entered: Browser) -> None:
    found = new_id()
    portal.peek(
        "INSERT INTO reconciliation_day (day, zone, since, until, state) VALUES"
        " ('2026-11-26', 'Europe/Moscow', '2026-11-25 21:00+00', '2026-11-26 21:00+00', 'done')"
    )
    portal.peek(
        "INSERT INTO reconciliation_difference (id, day_id, kind, provider, subject, currency, there, owner, opened_at)"
        " VALUES (%s, '2026-11-26', 'only-there', 'yookassa', 'p-1', 'RUB', 500, 'accounting', now() - interval '3 d')",
        found,
    )
    assert "26.11.2026 00:00" in page(entered, "/desk/dayrow/")
    shown = page(entered, "/desk/differencerow/")
    for word in ("есть только у платёжной системы", "5,00\u00a0₽", "accounting", "3\u00a0дн."):
        assert word in shown
    path = f"/desk/differencerow/{found}/"
    assert "Теперь оно за вами." in post(entered, path, {"act": "take"})
    assert "не сказано, чем кончилось" in post(entered, path, {"act": "close", "word": ""})
    assert "Расхождение закрыто." in post(entered, path, {"act": "close", "word": "Деньги вернули"})
    assert "Деньги вернули (staff:1)" in page(entered, path)
    assert portal.peek("SELECT state, owner FROM reconciliation_difference") == [("closed", "olga")]


@pytest.mark.parametrize("path", ["statementrow/load/", "linerow/{}/", "differencerow/{}/"])
def test_nobody_else_gets_in(portal: Portal, path: str) -> None:
    answer = portal.browser(host=DESK_HOST).post(f"/desk/{path.format(new_id())}", {"act": "close", "word": "x"})
    assert answer.status_code in {302, 403}
    assert portal.peek("SELECT count(*) FROM reconciliation_statement") == [(0,)]


def test_a_payout_is_listed_with_what_was_kept_of_it(portal: Portal, entered: Browser) -> None:
    upload(entered, file_of())
    portal.peek(
        "INSERT INTO reconciliation_payout (id, provider, line_id, first, last, gross, fees, refunds, currency, amount,"
        " state) SELECT id, 'yookassa', id, '2026-11-25', '2026-11-26', 130000, 5000, 1550, 'RUB', amount, 'matched'"
        " FROM reconciliation_line"
    )
    shown = page(entered, "/desk/payoutrow/")
    wanted = (
        "25.11.2026 – 26.11.2026",
        "1\u202f300,00\u00a0₽",
        "50,00\u00a0₽",
        "15,50\u00a0₽",
        "1\u202f234,50\u00a0₽",
        "сошлась",
    )
    assert [word for word in wanted if word not in shown] == []


def test_a_payout_that_did_not_come_is_listed_with_owner_and_age(portal: Portal, entered: Browser) -> None:
    portal.peek(
        "INSERT INTO reconciliation_day (day, zone, since, until)"
        " VALUES ('2026-11-25', 'Europe/Moscow', '2026-11-24 21:00Z', '2026-11-25 21:00Z')"
    )
    portal.peek(
        "INSERT INTO reconciliation_difference (id, day_id, kind, provider, subject, currency, here, owner, opened_at)"
        " VALUES (%s, '2026-11-25', 'payout-missing', 'yookassa', '2026-11-25 RUB', 'RUB', 123450, 'accounting',"
        " now() - interval '3 days')",
        new_id(),
    )
    shown = page(entered, "/desk/differencerow/")
    wanted = ("выплата не пришла", "yookassa", "1\u202f234,50\u00a0₽", "accounting", "3\u00a0дн.", "открыто")
    assert [word for word in wanted if word not in shown] == []


def test_every_state_and_kind_has_its_word() -> None:
    assert set(words.KINDS) == set(DIFFERENCE_KINDS)
    assert set(words.LINE_STATES) == set(LINE_STATES)


def test_an_auditor_looks_and_changes_nothing(portal: Portal, entered: Browser) -> None:
    upload(entered, file_of())
    match(portal)
    auditor = staff_sending(portal, "auditor", login="vera")
    assert auditor.get("/desk/statementrow/load/").status_code == 403
    [(line,)] = portal.peek("SELECT id FROM reconciliation_line")
    assert "Не наше" not in page(auditor, f"/desk/linerow/{line}/")
    assert auditor.post(f"/desk/linerow/{line}/", {"act": "foreign"}).status_code == 403
    assert portal.peek("SELECT state FROM reconciliation_line") == [("queued",)]
