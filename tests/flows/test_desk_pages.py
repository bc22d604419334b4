"""Lists and pages of the desk: figures as people read them, deeds by right, each with its word and its audit row."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from factories.district import DOCUMENTS_KEY, District
from factories.portal import DESK_HOST, HOST, Browser, Portal, SettingsChange
from factories.staff import form_send, staff_in

from okno.cabinet.desk.admin.figures import NOTHING, age, moment, money
from okno.protocol.ids import new_id

RUNS = "/desk/sliprunrow/"
BEGIN = {"act": "begin", "system": "main", "district": "Примерск, Береговая", "form": "pdf"}


@pytest.fixture
def district(portal: Portal, tmp_path: Path, settings_change: SettingsChange) -> Iterator[District]:
    with settings_change(documents_key=DOCUMENTS_KEY):
        yield District(portal, tmp_path)


def text(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_pages_begin_a_run_and_follow_it_to_its_file(district: District) -> None:
    district.settle("Береговая", 2)
    cashier = staff_in(district.portal, "cashier")
    assert "Квитанций района ещё не печатали." in text(cashier, RUNS)
    assert "Напечатать квитанции района" in text(cashier, RUNS)

    assert form_send(cashier, f"{RUNS}new/", **BEGIN) == 302

    [(run,)] = district.portal.peek("SELECT id FROM documents_run")
    page = text(cashier, f"{RUNS}{run}/")
    assert "Печать начата." in page
    assert "Обновить" in page
    assert "/file" not in page
    district.finish()
    page = text(cashier, f"{RUNS}{run}/")
    assert "<dt>напечатано</dt><dd>2</dd>" in page
    assert "Обновить" not in page
    assert f'href="/documents/runs/{run}/file"' in page
    assert cashier.get(f"/documents/runs/{run}/file").status_code == 200
    listed = text(cashier, RUNS)
    assert f'<a href="{RUNS}{run}/">Примерск, Береговая</a>' in listed
    assert "готово" in listed
    assert "С такими условиями ничего нет." in text(cashier, f"{RUNS}?state=failed")
    actions = district.portal.peek("SELECT action FROM kit_audit WHERE action LIKE 'slips%%' ORDER BY seq")
    assert actions == [("slips.begin",), ("slips.file",)]


@pytest.mark.parametrize(
    "change", [{"district": "!"}, {"form": "paper"}, {"system": "none"}, {"act": "other"}, {"csrfmiddlewaretoken": "x"}]
)
def test_pages_say_what_was_wrong_and_leave_nothing(district: District, change: dict[str, str]) -> None:
    district.settle("Береговая", 1)
    cashier = staff_in(district.portal, "cashier")
    assert form_send(cashier, f"{RUNS}new/", **{**BEGIN, **change}) in {400, 403}
    assert district.portal.peek("SELECT 1 FROM documents_run UNION ALL SELECT 1 FROM kit_job") == []


def test_pages_keep_what_was_typed_beside_what_was_wrong(portal: Portal) -> None:
    cashier = staff_in(portal, "cashier")
    cashier.handler.enforce_csrf_checks = False
    answer = cashier.post(f"{RUNS}new/", {**BEGIN, "district": '"><b>!', "system": "none", "form": "zip"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Назовите район словами адреса" in page
    assert 'value="&quot;&gt;&lt;b&gt;!"' in page
    assert '<option value="zip" selected>' in page


def test_pages_offer_nobody_what_he_may_not(district: District) -> None:
    district.settle("Береговая", 1)
    cashier = staff_in(district.portal, "cashier")
    assert form_send(cashier, f"{RUNS}new/", **BEGIN) == 302
    district.finish()
    [(run,)] = district.portal.peek("SELECT id FROM documents_run")
    auditor = staff_in(district.portal, "auditor", login="ivan")
    assert "Напечатать" not in text(auditor, RUNS)
    assert "/file" not in text(auditor, f"{RUNS}{run}/")
    assert auditor.get(f"{RUNS}new/").status_code == 404
    auditor.handler.enforce_csrf_checks = False
    assert auditor.post(f"{RUNS}new/", BEGIN).status_code == 404
    assert auditor.get(f"/documents/runs/{run}/file").status_code == 403
    assert auditor.get(f"{RUNS}{new_id()}/").status_code == 404
    assert district.portal.peek("SELECT count(*) FROM documents_run") == [(1,)]
    for host in (DESK_HOST, HOST):
        stranger = district.portal.browser(host=host)
        assert "Береговая" not in stranger.get(f"{RUNS}{run}/", follow=True).content.decode()


def test_first_page_groups_lists_and_counts_what_waits(district: District) -> None:
    cashier = staff_in(district.portal, "cashier")
    page = text(cashier, "/")
    places = [page.index(theme) for theme in ("Процессы", "Безопасность", "Счета", "Документы")]
    assert places == sorted(places)
    assert "ждут:" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=", page + text(cashier, "/desk/signalrow/"))
    district.portal.peek(
        "INSERT INTO documents_run (id, system, district, form, staff, expires_at, state, trouble)"
        " VALUES (%s, 'main', 'Садовая', 'pdf', 1, now() + interval '1 day', 'failed', 'symbol-wrong')",
        new_id(),
    )
    assert '<span class="waiting">ждут: 1</span>' in text(cashier, "/")
    [(run,)] = district.portal.peek("SELECT id FROM documents_run")
    assert "нужен разработчик" in text(cashier, f"{RUNS}{run}/")


def test_large_runs_are_fetched_part_by_part(district: District) -> None:
    cashier = staff_in(district.portal, "cashier")
    run = new_id()
    district.portal.peek(
        "INSERT INTO documents_run (id, system, district, form, staff, expires_at, state)"
        " VALUES (%s, 'main', 'Садовая', 'pdf', 1, now() + interval '1 day', 'done')",
        run,
    )
    district.portal.peek(
        "INSERT INTO documents_run_part (run_id, number, slips, content)"
        " SELECT %s, number * 250, 250, '' FROM generate_series(0, 8) number",
        run,
    )
    page = text(cashier, f"{RUNS}{run}/")
    assert "Скачать часть 9" in page
    assert f"{run}/file?part=2000" in page


def test_accounts_show_money_and_ages(portal: Portal) -> None:
    account = portal.account()
    portal.peek("UPDATE accounts_account SET balance = -123456789, as_of = now() WHERE id = %s", account)
    page = staff_in(portal).get("/desk/accountrow/").content.decode()
    assert "−1\u202f234\u202f567,89\u00a0₽" in page
    assert "только что" in page
    assert (page.count(">действует<"), page.count(">Действует<")) == (1, 1), "in the column and in the filter"


def test_figures_as_people_read_them() -> None:
    assert [money(0, "RUB"), money(5, "USD"), money(-100_000, "EUR")] == [
        "0,00\u00a0₽",
        "0,05\u00a0$",
        "−1\u202f000,00\u00a0€",
    ]
    spans = (timedelta(minutes=5), timedelta(hours=-3), timedelta(), timedelta(seconds=-5), timedelta(days=2))
    assert [age(span) for span in spans] == ["5\u00a0мин назад", "через 3\u00a0ч", "только что", "сейчас", ""]
    assert moment(None) == NOTHING
