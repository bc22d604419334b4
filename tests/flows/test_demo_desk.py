"""The desk in the real browser, by day and by night, wide and narrow: in by link and code, nothing to complain of."""

from collections.abc import Iterator

import pytest
from factories.street import Demo
from factories.visit import FLAGS, Visit
from playwright.sync_api import Browser, expect, sync_playwright

PAGES = ("outboxrow", "noticerow", "jobrow", "signalrow", "sessionrow", "accountrow", "sliprunrow", "sliprunrow/new")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield running
        running.close()


def staff(demo: Demo, *said: str) -> str:
    done = demo.okno("staff", *said, "--dir", str(demo.directory))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(("login", "width", "scheme"), [("vera", 1280, "light"), ("nina", 360, "dark")])
def test_desk_is_flawless_from_the_door_to_a_run(
    embedded_street: Demo, browser: Browser, login: str, width: int, scheme: str
) -> None:
    demo = embedded_street
    visit = Visit.begin(demo, browser, viewport={"width": width, "height": 760}, color_scheme=scheme)
    page, desk = visit.page, demo.said["addresses"]["desk"]
    staff(demo, "add", login, "--role", "cashier")
    page.goto(staff(demo, "link", login))
    visit.assert_flawless()
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("img", name="QR-код")).to_be_visible()
    visit.assert_flawless()
    page.get_by_label("Шесть цифр").fill(staff(demo, "code", login))
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", name="Что происходит")).to_be_visible()
    visit.assert_flawless()
    for name in PAGES:
        page.goto(f"{desk}/desk/{name}/")
        visit.assert_flawless()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.get_by_label("Район").fill("Примерск")
    page.get_by_role("button", name="Начать печать").click()
    expect(page.get_by_role("heading", name="Квитанции: Примерск")).to_be_visible()
    visit.assert_flawless()
    page.get_by_role("button", name="Выйти").click()
    visit.complaints.clear()
    page.goto(f"{desk}/desk/sliprunrow/")
    expect(page.get_by_role("heading", name="Нужна новая ссылка")).to_be_visible()
    visit.context.close()
