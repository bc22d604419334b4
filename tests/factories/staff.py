"""Members of staff of a test: made with roles, let in by a link and a code of their authenticator."""

import re
from datetime import UTC, datetime

from factories.portal import DESK_HOST, Browser, Portal

from okno.cabinet.desk.core.codes import code_at, step_at
from okno.cabinet.desk.models import Factor
from okno.cabinet.desk.services import factors, staff_link_create
from okno.cabinet.desk.services.people import staff_add


def code_of(login: str, *, later: int = 0) -> str:
    """What their authenticator shows, `later` steps from now."""
    factor = Factor.objects.get(user__username=login)
    return code_at(factors._opened(factor), step_at(datetime.now(UTC)) + later)  # noqa: SLF001 (the authenticator's part)


def form_send(browser: Browser, path: str, **given: str) -> int:
    """Send a page's form as a browser does, its token with it; the status."""
    page = browser.get(path).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token is not None
    assert [name for name in given if f'name="{name}"' not in page] == []
    status: int = browser.post(path, {"csrfmiddlewaretoken": token[1], **given}).status_code
    return status


def staff_in(portal: Portal, *roles: str, login: str = "olga") -> Browser:
    """A browser of a member of staff who is in. Another entry of the same login: see `code_of`."""
    staff_add(login=login, roles=roles, issued_by="root")
    browser = portal.browser(host=DESK_HOST)
    browser.handler.enforce_csrf_checks = True
    assert form_send(browser, staff_link_create(login=login, issued_by="root")) == 302
    assert form_send(browser, "/code", code=code_of(login)) == 302
    return browser


def staff_sending(portal: Portal, *roles: str, login: str = "olga") -> Browser:
    """As `staff_in`, but forms are sent without their pages, also what no page offers.

    That a form's token is asked for is the door's own test.
    """
    browser = staff_in(portal, *roles, login=login)
    browser.handler.enforce_csrf_checks = False
    return browser
