"""The desk in the real browser, by day and by night, wide and narrow: in by link and code, nothing to complain of."""

from collections.abc import Iterator

import pytest
from factories.paying_street import at_provider, start, until
from factories.street import Demo, Visitor
from factories.visit import FLAGS, Visit
from playwright.sync_api import Browser, Page, expect, sync_playwright

PHONE_PX_MAX = 768
WRONG = "Счёта с таким номером нет или он закрыт. Проверьте номер."
PAGES = (
    *("outboxrow", "noticerow", "jobrow", "signalrow", "sessionrow", "accountrow", "cardrow", "receiptrow"),
    *(
        "autopayrow",
        "linkrow",
        "linkrow/new",
        "promiserow",
        "agentrow",
        "agentorderrow",
        "appealrow",
        "sliprunrow",
        "sliprunrow/new",
    ),
)


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


@pytest.fixture(scope="module")
def payment(embedded_street: Demo) -> str:
    """One that somebody has paid."""
    payer = Visitor(embedded_street, embedded_street.customer("in debt")).sign_in()
    begun = start(payer, "31.00")
    at_provider(until(payer, begun, lambda seen: seen["go"] is not None)["go"], "pay")
    until(payer, begun, lambda seen: seen["state"] == "posted")
    return begun


def is_narrow_enough(page: Page) -> bool:
    """Nothing makes the page itself scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize(("login", "width", "scheme"), [("vera", 1280, "light"), ("nina", 360, "dark")])
def test_desk_is_flawless_from_the_door_to_a_run(
    embedded_street: Demo, browser: Browser, payment: str, login: str, width: int, scheme: str
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
        assert is_narrow_enough(page), name
    page.goto(f"{desk}/desk/paymentrow/{payment}/")
    page.get_by_text("Перенести на другой счёт").click()
    page.get_by_label("Номер счёта").fill("0000")
    page.get_by_label("Причина").locator("visible=true").fill("ошиблись счётом")
    page.get_by_role("button", name="Запросить перенос").click()
    expect(page.get_by_label("Номер счёта")).to_have_accessible_description(WRONG)
    visit.complaints.clear()  # a wrong form is 400
    visit.assert_flawless()
    assert is_narrow_enough(page)
    page.goto(f"{desk}/desk/paymentrow/")
    expect(page.get_by_text("Таблицу можно листать вбок")).to_be_visible(visible=width < PHONE_PX_MAX)
    page.goto(f"{desk}/desk/sliprunrow/new/")
    page.get_by_label("Район").fill("Примерск")
    page.get_by_role("button", name="Начать печать").click()
    expect(page.get_by_role("heading", name="Квитанции: Примерск")).to_be_visible()
    visit.assert_flawless()
    page.get_by_role("button", name="Выйти").click()
    visit.complaints.clear()
    page.goto(f"{desk}/desk/sliprunrow/")
    expect(page.get_by_role("heading", name="Нужна новая ссылка")).to_be_visible()
    visit.context.close()


@pytest.mark.parametrize(("login", "width", "scheme"), [("rita", 1280, "dark"), ("zoya", 360, "light")])
def test_desk_is_entered_with_a_key(
    embedded_street: Demo, browser: Browser, login: str, width: int, scheme: str
) -> None:
    demo = embedded_street
    visit = Visit.begin(demo, browser, viewport={"width": width, "height": 760}, color_scheme=scheme)
    page, desk = visit.page, demo.said["addresses"]["desk"]
    key_plug(page)
    staff(demo, "add", login, "--role", "cashier")
    page.goto(staff(demo, "link", login))
    page.get_by_role("button", name="Войти").click()
    page.get_by_role("link", name="Входить ключом").click()
    expect(page.get_by_role("heading", name="Ваш ключ")).to_be_visible()
    visit.assert_flawless()
    page.get_by_role("button", name="Добавить ключ").click()
    expect(page.get_by_role("heading", name="Что происходит")).to_be_visible()
    page.get_by_role("link", name=login).click()
    expect(page.get_by_role("listitem")).to_have_count(1)
    visit.assert_flawless()
    page.get_by_role("button", name="Добавить ключ").click()
    # The key in this machine is known already: the browser itself says so.
    expect(page.get_by_role("alert")).to_contain_text("Ключ не подошёл")
    page.goto(desk)
    page.get_by_role("button", name="Выйти").click()
    page.goto(staff(demo, "link", login))
    page.get_by_role("button", name="Войти").click()
    expect(page.get_by_role("heading", name="Приложите ключ")).to_be_visible()
    visit.assert_flawless()
    page.get_by_role("button", name="Войти ключом").click()
    expect(page.get_by_role("heading", name="Что происходит")).to_be_visible()
    visit.assert_flawless()
    visit.context.close()


def key_plug(page: Page) -> None:
    """A key of the browser's own making, whose holder is there and known to it."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    traits = {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    wire.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {"protocol": "ctap2", "transport": "usb", **traits}},
    )
