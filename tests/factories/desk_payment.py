"""The desk's page of a payment: read, and its buttons pressed."""

from factories.django_ready import HttpResponse
from factories.portal import Browser

SPACES = str.maketrans("\u202f\u00a0", "  ")


def page(browser: Browser, payment: str) -> str:
    answer = browser.get(f"/desk/paymentrow/{payment}/")
    assert answer.status_code == 200, answer.content
    return answer.content.decode().translate(SPACES)


def send(browser: Browser, payment: str, act: str, **fields: object) -> HttpResponse:
    return browser.post(f"/desk/paymentrow/{payment}/", {"act": act, **fields})


def does(browser: Browser, payment: str, act: str, **fields: object) -> str:
    """Press a button of the page; the page that it leads to."""
    answer = send(browser, payment, act, **fields)
    assert answer.status_code == 302
    return page(browser, payment)
