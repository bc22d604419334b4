"""A person signs in: the code arrives on the phones' page, large, in the right row, ready to be copied."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.sms_centre import Centre
from playwright.sync_api import Browser, Page, expect, sync_playwright

FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync"
    " --no-first-run --disable-quic"
)
FIRST, SECOND = "+79161234501", "+79161234502"
CODE = "Код для входа: 482913. Никому его не сообщайте.\n\n@portal.demo.localhost #482913"


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    twin = Centre(tmp_path)
    yield twin
    twin.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS.split())
        yield running
        running.close()


def opened(browser: Browser, centre: Centre, *, width: int = 1280, language: str = "ru-RU") -> tuple[Page, list[str]]:
    """The page, and what its console complains of."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        locale=language,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"http://phone.demo.localhost:{centre.twin.port}/")
    return page, complaints


def test_a_code_arrives_by_itself_and_is_copied(centre: Centre, browser: Browser) -> None:
    page, complaints = opened(browser, centre)
    expect(page.get_by_role("heading", name="Пока тихо")).to_be_visible()
    portal = page.get_by_role("link", name="Открыть личный кабинет")
    expect(portal).to_have_attribute("href", f"http://portal.demo.localhost:{centre.twin.port}")
    expect(page.get_by_role("button", name="Анна Долгова")).to_be_visible()
    centre.carrier().send("m-1", FIRST, CODE)
    expect(page.locator(".digits")).to_have_text("482913")
    expect(page.locator(".text")).to_have_text("Код для входа: 482913. Никому его не сообщайте.")
    expect(page.locator(".bound")).to_have_text("@portal.demo.localhost #482913")
    page.get_by_role("button", name="Скопировать код").click()
    expect(page.get_by_role("button", name="Скопировано")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "482913"

    page.get_by_role("button", name="Анна Долгова").click()
    centre.carrier().send("m-2", SECOND, "Платёж 1 500,00 ₽ по договору …4412 принят.")
    expect(page.get_by_role("button", name="Борис Запасов").locator(".news")).to_contain_text("1")
    expect(page.locator(".message")).to_have_count(1)
    page.get_by_role("button", name="Борис Запасов").click()
    expect(page.locator(".message")).to_have_count(1)
    # An amount or a contract's last digits are no code.
    expect(page.locator(".digits")).to_have_count(0)
    centre.carrier().send(
        "m-3", SECOND, "017482 is your code to register with account ...0042. Do not tell it to anybody."
    )
    expect(page.locator(".digits")).to_have_text("017482")
    assert complaints == []


def test_text_that_looks_like_markup_stays_text(centre: Centre, browser: Browser) -> None:
    page, complaints = opened(browser, centre, width=360, language="en-US")
    centre.carrier().send("m-1", "+79169990000", "<img src=x onerror=alert(1)> code 0042")
    expect(page.locator(".text")).to_contain_text("<img src=x")
    expect(page.locator(".digits")).to_have_text("0042")
    expect(page.get_by_role("button", name="+7 916 999-00-00")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert complaints == []


def test_language_and_theme_are_chosen_and_remembered(centre: Centre, browser: Browser) -> None:
    page, complaints = opened(browser, centre, language="en-US")
    expect(page.get_by_role("heading", name="The customers’ phones")).to_be_visible()
    page.get_by_role("button", name="Русский").click()
    page.get_by_role("button", name="Тёмная тема").click()
    page.reload()
    expect(page.get_by_role("heading", name="Телефоны абонентов")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "ru")
    assert complaints == []


def test_a_letter_stands_under_its_address_and_its_link_can_be_followed(centre: Centre, browser: Browser) -> None:
    page, complaints = opened(browser, centre, width=360)
    link = "http://portal.demo.localhost/documents/1"
    centre.postman().send("m-1", "anna@example.ru", f"Выписка: ссылка\n\nОткрыть:\n{link}\n\n<b>Окно</b>")
    page.get_by_role("button", name="anna@example.ru").click()
    expect(page.locator(".subject")).to_have_text("Выписка: ссылка")
    expect(page.locator(".text")).to_contain_text("<b>Окно</b>")
    expect(page.locator(".text a")).to_have_attribute("href", link)
    expect(page.locator(".text a")).to_have_text(link)
    expect(page.locator(".digits")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert complaints == []
