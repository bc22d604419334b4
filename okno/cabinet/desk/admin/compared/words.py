"""What staff reads of statements and differences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from okno.cabinet.desk.admin import figures
from okno.cabinet.kit.problems import Refusal

LINE_STATES: Mapping[str, str] = {
    "new": "сопоставляется",
    "asked": "спрашиваем учёт",
    "matched": "зачислено",
    "queued": "ждёт решения",
    "chosen": "зачисляется",
    "foreign": "не наше",
    "spent": "списание",
    "payout": "выплата",
}
REASONS: Mapping[str, str] = {
    "": "",
    "named": "по номеру платежа",
    "chosen": "выбрал сотрудник",
    "remembered": "как в прошлый раз",
    "register": "по реестру платёжной системы",
    "found": "по номеру лицевого счёта",
    "unknown": "неизвестно, за что",
    "several": "подходит несколько",
    "no-account": "открытого счёта с таким номером нет",
    "closed": "счёт закрыт",
    "currency": "счёт в другой валюте",
    "not-answered": "учёт не ответил, чей это счёт",
    "amount": "сумма не та, что в платеже",
    "payout": "за дни платёжной системы",
    "payout-differs": "не та сумма, что у платёжной системы",
    "paid-already": "этот платёж уже оплачен",
}
KINDS: Mapping[str, str] = {
    "only-there": "есть только у платёжной системы",
    "only-here": "платёжная система о нём не знает",
    "amount": "у платёжной системы другая сумма",
    "not-booked": "нет в учёте",
    "booked-amount": "в учёте другая сумма",
    "only-books": "есть только в учёте",
    "payout": "выплата не равна платежам",
    "payout-missing": "выплата не пришла",
}
DIFFERENCE_STATES: Mapping[str, str] = {"open": "открыто", "healed": "сошлось само", "closed": "закрыто"}
PAYOUT_STATES: Mapping[str, str] = {"matched": "сошлась", "differs": "не сходится"}
DAY_STATES: Mapping[str, str] = {
    "waiting": "ещё не сверяли",
    "done": "сверено",
    "partial": "не все платёжные системы ответили",
}
FILE_ERRORS: Mapping[str, str] = {
    "bad-amount": "непонятная сумма",
    "bad-currency": "другая валюта",
    "bad-date": "непонятная дата",
    "bad-encoding": "непонятная кодировка",
    "bad-field": "неизвестное поле",
    "bad-head": "файл начинается не так",
    "bad-line": "непонятная строка",
    "bad-section": "неизвестный раздел",
    "cut-short": "файл обрывается",
    "day-outside": "день не входит в период выписки",
    "key-twice": "одно и то же указано дважды",
    "missing-key": "не хватает сведений",
    "no-balances": "нет остатков",
    "not-our-account": "документ не относится к счетам выписки",
    "sums-differ": "суммы не сходятся с остатками",
    "too-large": "файл слишком большой",
    "too-long": "слишком длинное поле",
    "unknown-format": "формат не узнан: нужен 1CClientBankExchange, camt.053, MT940 или история ЮMoney",
}
REFUSED: Mapping[Refusal, str] = {
    Refusal.WRONG_STEP: "Уже решено: обновите страницу.",
    Refusal.ACCOUNT_CLOSED: "Этот счёт закрыт.",
    Refusal.WRONG_CURRENCY: "Этот счёт в другой валюте.",
    Refusal.BAD_REQUEST: "Проверьте, что введено: такого счёта нет или не сказано, чем кончилось.",
}


def money(minor: int | None, currency: str) -> str:
    """`1 234,50 ₽`; a dash for none."""
    return "—" if minor is None else figures.money(minor, currency)


def age(since: datetime, until: datetime | None) -> str:
    """`3 дн.`, until it was closed or until now."""
    days = ((until or datetime.now(UTC)) - since).days
    return f"{days}\u00a0дн." if days else "сегодня"
