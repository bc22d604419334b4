"""A customer with a kept card and a rule that pays by it, and the till's clock moved to where something is due."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from factories.paying import Shop

from okno.cabinet.payments.services.autopaying.calendar import charge_at

EMAIL = "anna@example.org"
RULES = "/api/autopay"
MOSCOW = ZoneInfo("Europe/Moscow")


def card(shop: Shop) -> str:
    """A kept card; the money that brought it is in no book here."""
    payment = shop.begun(shop.wish("1.00", method="receipt", contact=EMAIL, save_card=True))
    shop.press(payment)
    shop.later(minutes=1)
    shop.books_answer()
    shop.turn()
    found: str = shop.browser.send("GET", "/api/payments/cards").json()[0]["id"]
    return found


def wish(shop: Shop, **changes: object) -> dict[str, Any]:
    given = {"account": str(shop.account), "kind": "debt", "ceiling": "5000.00", "contact": EMAIL, **changes}
    return {"card": card(shop) if "card" not in changes else None, **given}


def made(shop: Shop, **changes: object) -> str:
    answer = shop.browser.send("POST", RULES, wish(shop, **changes))
    assert answer.status_code == 201, answer.content
    rule: str = answer.json()["id"]
    return rule


def rule_of(shop: Shop) -> dict[str, Any]:
    [rule] = shop.browser.send("GET", RULES).json()
    return dict(rule)


def at(shop: Shop, moment: datetime) -> None:
    shop.clock.ahead = moment - datetime.now(UTC)
    shop.tick()


def announced(shop: Shop) -> datetime:
    """Let the rule look; the moment of the charge."""
    look = datetime.fromisoformat(rule_of(shop)["look_at"]) + timedelta(seconds=5)
    at(shop, look)
    return charge_at(look, MOSCOW) + timedelta(seconds=5)


def owe(shop: Shop, minor: int) -> None:
    shop.portal.peek("UPDATE accounts_account SET balance = %s", minor)


def told(shop: Shop) -> list[str]:
    """Texts of auto-payment; those of sign-in end with their code."""
    return [text for _, text in shop.portal.sms() if "#" not in text]


def charges(shop: Shop) -> int:
    """Money that the provider took, without the payment that brought the card."""
    return len(shop.house.journal("captured")) - 1
