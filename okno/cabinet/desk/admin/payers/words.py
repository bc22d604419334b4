"""What staff reads of cards, rules, receipts, links, promises and agents."""

from __future__ import annotations

from collections.abc import Mapping

from okno.cabinet.payments.services.agents.wire import Result

RECEIPTS: Mapping[str, str] = {"failed": "не пробит", "asked": "ждём", "registered": "пробит"}
RULES: Mapping[str, str] = {"on": "включён", "paused": "на паузе", "ended": "отменён"}
TURNS: Mapping[str, str] = {
    "announced": "клиент предупреждён",
    "charging": "списываем",
    "paid": "списано",
    "failed": "не получилось",
    "skipped": "пропущено",
    "stopped": "клиент остановил",
}
TURN_REASONS: Mapping[str, str] = {
    "again": "попробуем ещё раз",
    "refused": "банк отказал",
    "rule-off": "автоплатёж выключен",
    "card-gone": "карта удалена",
    "card-expired": "срок карты вышел",
    "ceiling": "долг больше предела",
    "nothing-owed": "долга нет",
}
PROMISES: Mapping[str, str] = {"asked": "ждёт ответа учёта", "granted": "разрешён", "refused": "учёт отказал"}
PROMISE_REASONS: Mapping[str, str] = {
    "nothing-owed": "долга нет",
    "too-much": "сумма слишком велика",
    "day-passed": "день уже прошёл",
    "too-late": "срок слишком далёк",
    "one-stands": "один обещанный платёж уже действует",
    "too-often": "недавно обещанный платёж уже был",
    "not-judged": "учёт не смог решить",
}
ORDERS: Mapping[str, str] = {"pay": "платёж", "cancel": "отмена"}
RESULTS: Mapping[str, str] = {
    str(code.value): word
    for code, word in (
        (Result.OK, "принято"),
        (Result.TEMPORARY, "позже"),
        (Result.ACCOUNT_FORMAT, "номер не похож на счёт"),
        (Result.ACCOUNT_UNKNOWN, "такого счёта нет"),
        (Result.FORBIDDEN, "агент выключен"),
        (Result.ACCOUNT_CLOSED, "счёт закрыт"),
        (Result.UNDER_WAY, "ещё не закончено"),
        (Result.TRANSACTION_UNKNOWN, "такой операции нет"),
        (Result.TOO_SMALL, "слишком мало"),
        (Result.TOO_LARGE, "слишком много"),
        (Result.NOT_CANCELLABLE, "отменить нельзя"),
        (Result.REFUSED, "отказ"),
    )
}
