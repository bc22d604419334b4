"""What a customer is told of his auto-payment by SMS. No name, no number of an account but its last four digits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from okno.protocol.money.amount import Money

SIGNS = {"RUB": "₽", "EUR": "€", "USD": "$"}

TEXTS = {
    "ru": {
        "announced": "{day} спишем {amount} с карты {card} за счёт ···{tail}. Отменить: {link}",
        "ceiling": "Долг по счёту ···{tail} больше вашего предела автоплатежа: {amount}. Оплатите сами: {link}",
        "card-expired": "Автоплатёж за счёт ···{tail} не сработает: у карты {card} вышел срок. Другая карта: {link}",
        "owner-wanted": "Автоплатёж {amount} за счёт ···{tail} не прошёл: банк просит вашего подтверждения. "
        "Оплатите сами: {link}",
        "failed": "Автоплатёж {amount} за счёт ···{tail} не прошёл: банк отказал. Оплатите сами: {link}",
    },
    "en": {
        "announced": "On {day} we will charge {amount} to {card} for account ···{tail}. Stop it: {link}",
        "ceiling": "Account ···{tail} owes more than your auto-payment ceiling: {amount}. Pay it yourself: {link}",
        "card-expired": "Auto-payment for account ···{tail} will not work: {card} has expired. Another card: {link}",
        "owner-wanted": "Auto-payment of {amount} for account ···{tail} failed: the bank wants you to confirm it. "
        "Pay it yourself: {link}",
        "failed": "Auto-payment of {amount} for account ···{tail} failed: the bank refused. Pay it yourself: {link}",
    },
}


def text_of(
    what: str, locale: str, *, money: Money, card: str, tail: str, link: str, at: datetime, zone: ZoneInfo
) -> str:
    """`what` is a key of the texts; `at` the moment of the charge."""
    day = at.astimezone(zone).strftime("%d.%m" if locale == "ru" else "%d/%m")
    return TEXTS[locale][what].format(amount=amount_text(money, locale), card=card, tail=tail, link=link, day=day)


def amount_text(money: Money, locale: str) -> str:
    """`1 234,50 ₽`, `1,234.50 ₽`."""
    whole, _, fraction = money.decimal.partition(".")
    grouped = f"{int(whole):,}"
    grouped, mark = (grouped.replace(",", " "), ",") if locale == "ru" else (grouped, ".")
    return f"{grouped}{mark + fraction if fraction else ''} {SIGNS.get(money.currency, money.currency)}"
