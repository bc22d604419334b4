"""A way to pay is named by its word on the desk, in lists, filters and pages, and never by its id."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.paying import METHODS, Shop, shop_open
from factories.portal import Browser, Database, SettingsChange
from factories.staff import staff_in

from okno.cabinet.desk.admin.ways import WAYS
from okno.cabinet.payments.methods import Method, Title


@pytest.fixture
def shop(tmp_path: Path, cabinet_database: Database) -> Iterator[Shop]:
    with shop_open(tmp_path, cabinet_database) as opened:
        yield opened


@pytest.fixture
def vera(shop: Shop) -> Browser:
    return staff_in(shop.portal, "auditor", login="vera")


def ways(*methods: Method) -> dict[str, str]:
    return {method.id: WAYS[method.id] for method in methods}


CARD = Method(id="card", provider="yookassa", kind="card", title=Title("Банковской картой", "Bank card"))
OTHER = Method(id="other", provider="tbank", kind="card", title=Title("Картой через Т-Банк", "T-Bank card"))
SBP = Method(id="fast", provider="sbp", kind="sbp")
WALLET = Method(id="qiwi", provider="qiwi", kind="wallet", title=Title("QIWI", "QIWI"))


@pytest.mark.parametrize(
    ("methods", "words"),
    [
        ((CARD, SBP, WALLET), {"card": "Карта", "fast": "СБП", "qiwi": "QIWI"}),
        ((CARD, OTHER), {"card": "Банковской картой", "other": "Картой через Т-Банк"}),
        (METHODS, dict.fromkeys(("card", "receipt", "off", "abroad"), "Карта")),
    ],
)
def test_a_card_is_known_by_its_kind_and_what_is_not_alone_by_its_title(
    settings_change: SettingsChange, methods: tuple[Method, ...], words: dict[str, str]
) -> None:
    with settings_change(methods=methods):
        assert ways(*methods) == words
        assert (WAYS["terminal"], WAYS["sbp"], WAYS.get("unheard-of", "unheard-of")) == (
            "Терминал",
            "СБП",
            "unheard-of",
        )
        assert len(WAYS) == len(list(WAYS))


def test_lists_filters_and_pages_say_the_word(shop: Shop, vera: Browser) -> None:
    payment = shop.begun()
    shop.portal.peek("UPDATE payments_payment SET method = 'terminal' WHERE id = %s", shop.begun(shop.wish("7.00")))
    listed = vera.get("/desk/paymentrow/").content.decode()
    page = vera.get(f"/desk/paymentrow/{payment}/").content.decode()
    filtered = vera.get("/desk/paymentrow/?method=card").content.decode()
    assert re.findall(r'field-method">([^<]+)<', listed) == ["Терминал", "Карта"]
    assert re.findall(r'\?method=(?:card|terminal)">\s*([^<]+?)\s*<', listed) == ["Карта", "Терминал"]
    assert re.findall(r'field-method">([^<]+)<', filtered) == ["Карта"]
    assert "<dt>Способ</dt><dd>Карта</dd>" in page
    assert "ЮKassa" in page
    assert [word for word in (">card<", ">yookassa<") if word in page + listed] == []
