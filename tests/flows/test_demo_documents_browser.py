"""In the real browser: a slip printed on one page; a statement kept; an act's line objected to and answered."""

from collections.abc import Iterator

import pytest
from factories.street import Demo
from factories.visit import ARRIVES_MS, FLAGS, Visit
from playwright.sync_api import Browser, expect, sync_playwright

from okno.cabinet.documents.core import gost
from okno.cabinet.documents.press.rereading import pages_of, symbol_of, symbols_of, text_of
from okno.cli.instance.company import DEMO_PAYEE

READY_MS = 60_000
NOTE = "Платил вдвое меньше"
ANSWER = "Нашли второй платёж, зачислим завтра."


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def reader(embedded_street: Demo, browser: Browser) -> Iterator[Visit]:
    visit = Visit.begin(embedded_street, browser)
    visit.sign_in(embedded_street.customer("two accounts"))
    yield visit
    visit.context.close()


def slip(reader: Visit, amount: str) -> None:
    reader.page.click('[data-guide="nav.overview"]')
    reader.page.click('[data-guide="overview.slip"]')
    field = reader.page.locator('[data-guide="documents.amount"]')
    expect(field).to_be_visible(timeout=ARRIVES_MS)
    reader.assert_flawless()
    field.fill(amount)
    reader.page.click('[data-guide="documents.ask"]')
    expect(reader.page.locator('[data-paper="slip"]')).to_be_visible(timeout=READY_MS)


def test_a_slip_is_printed_by_the_browser_on_one_page_that_can_be_read(reader: Visit) -> None:
    slip(reader, "1 234,50")
    reader.assert_flawless()
    for size in ({"width": 1280, "height": 900}, {"width": 360, "height": 740}):
        reader.page.set_viewport_size(size)  # type: ignore[arg-type]  # playwright's own TypedDict
        printed = reader.page.pdf(prefer_css_page_size=True)
        assert pages_of(printed) == 1
        fields = gost.decode(symbol_of(printed))
        assert symbols_of(printed) == {symbol_of(printed), str(DEMO_PAYEE.sbp_link).encode()}
        assert (fields["Name"], fields["PersonalAcc"], fields["Sum"]) == (DEMO_PAYEE.name, DEMO_PAYEE.account, "123450")
        text = " ".join(text_of(printed).split())
        assert "Личный кабинет" not in text
        assert [text.count(word) for word in ("Извещение", "линия отреза", fields["PersonalAcc"])] == [1, 1, 2]
    reader.page.set_viewport_size({"width": 1280, "height": 900})


def test_a_statement_is_kept_as_a_file(reader: Visit) -> None:
    reader.page.click('[data-guide="nav.operations"]')
    reader.page.click('[data-guide="operations.statement"]')
    reader.page.click('[data-guide="documents.period.year"]', force=True)
    reader.assert_flawless()
    reader.page.click('[data-guide="documents.ask"]')
    link = reader.page.locator('[data-guide="document.pdf"]')
    expect(link).to_be_visible(timeout=READY_MS)
    reader.assert_flawless()
    with reader.page.expect_download() as kept:
        link.click()
    assert kept.value.suggested_filename.startswith("Выписка ")
    assert "Обороты за период" in text_of(kept.value.path().read_bytes())
    reader.page.click('[data-guide="nav.documents"]')
    expect(reader.page.locator('[data-guide^="documents.row."]').first).to_contain_text("Выписка", timeout=ARRIVES_MS)
    reader.assert_flawless()


def test_a_line_of_an_act_is_objected_to_and_answered_at_the_desk(
    embedded_street: Demo, browser: Browser, reader: Visit
) -> None:
    reader.page.click('[data-guide="nav.documents"]')
    reader.page.click('[data-guide="documents.reconciliation"]')
    reader.page.click('[data-guide="documents.period.year"]', force=True)
    reader.page.click('[data-guide="documents.ask"]')
    line = reader.page.locator('[data-guide="document.disagree.1"]')
    expect(line).to_be_visible(timeout=READY_MS)
    asked = reader.page.url[-4:]
    reader.assert_flawless()
    line.click()
    reader.page.fill('[data-guide="document.note.1"]', NOTE)
    reader.assert_flawless()
    reader.page.click('[data-guide="document.say.1"]')
    appeal = reader.page.locator('[data-guide="document.appeal.1"]')
    expect(appeal).to_contain_text("Обращение ждёт сотрудника", timeout=ARRIVES_MS)
    expect(line).to_have_count(0)
    reader.assert_flawless()

    desk_answers(embedded_street, browser, {"width": 1280, "height": 760}, "light")

    reader.page.click('[data-guide="nav.documents"]')
    reader.page.click(f'[data-guide="documents.row.{asked}"]')
    expect(appeal).to_contain_text(f"Вы не согласны: {NOTE}", timeout=ARRIVES_MS)
    expect(appeal).to_contain_text(ANSWER)
    reader.assert_flawless()


def desk_answers(demo: Demo, browser: Browser, viewport: dict[str, int], scheme: str) -> None:
    """A cashier finds the appeal in the list, takes it, and answers."""
    visit = Visit.begin(demo, browser, viewport=viewport, color_scheme=scheme)
    visit.enter_desk("lida", "cashier")
    visit.page.get_by_role("link", name="Обращения по актам сверки").click()
    expect(visit.page.get_by_role("heading", name="Обращения по актам сверки")).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    visit.page.locator("#result_list tbody a").first.click()
    expect(visit.page.get_by_text(NOTE)).to_be_visible(timeout=ARRIVES_MS)
    visit.assert_flawless()
    visit.page.get_by_role("button", name="Взять себе").click()
    visit.page.get_by_label("Ответ").fill(ANSWER)
    visit.assert_flawless()
    visit.page.get_by_role("button", name="Ответить клиенту").click()
    expect(visit.page.get_by_text("Ответ отправлен")).to_be_visible(timeout=ARRIVES_MS)
    expect(visit.page.get_by_text(ANSWER)).to_be_visible()
    visit.assert_flawless()
    visit.context.close()
