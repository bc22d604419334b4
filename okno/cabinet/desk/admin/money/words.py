"""What staff reads: states and refusals in Russian."""

from __future__ import annotations

from collections.abc import Mapping

from okno.cabinet.desk.services.accounts import NumberCode
from okno.cabinet.payments.services.deciding import DecisionCode
from okno.cabinet.payments.services.refunding.requests import Code

STATES: Mapping[str, Mapping[str, str]] = {
    "payment": {
        "accepted": "ждёт оплаты",
        "confirmed": "деньги получены",
        "posted": "записан в учёте",
        "closed": "не оплачен",
        "review": "ждёт сотрудника",
    },
    "attempt": {
        "created": "создана",
        "started": "начата",
        "pending": "в пути",
        "authorized": "деньги удержаны",
        "paid": "оплачена",
        "failed": "отказ",
        "cancelled": "отменена",
        "expired": "время вышло",
        "unknown": "непонятный ответ",
        "mismatch": "не та сумма",
    },
    "posting": {
        "sent": "отправлено в учёт",
        "posted": "записано",
        "rejected": "учёт отказал",
        "moved": "перенесено на другой счёт",
    },
    "unposting": {
        "planned": "отложено под возврат",
        "sent": "отправлено в учёт",
        "posted": "списано со счёта",
        "rejected": "учёт отказал",
        "dropped": "отменено",
        "needless": "в учёте этих денег и не было",
    },
    "refund": {
        "asked": "ждёт второго сотрудника",
        "approved": "одобрен",
        "declined": "отклонён",
        "sent": "у платёжной системы",
        "manual": "нужно вернуть вручную",
        "done": "возвращён",
        "failed": "не получился",
    },
    "chargeback": {
        "opened": "открыт",
        "answered": "ответ отправлен",
        "won": "выигран",
        "lost": "проигран",
    },
    "move": {
        "asked": "ждёт второго сотрудника",
        "approved": "одобрен",
        "declined": "отклонён",
        "done": "перенесён",
        "failed": "не получился",
    },
    "entry": {
        "captured": "получено",
        "fee": "комиссия системы",
        "refunded": "возвращено",
        "charged_back": "забрал банк",
        "chargeback_won": "банк вернул",
    },
}

FAILURES = {
    "overtaken": "деньги уже вернули в кабинете платёжной системы",
    "by-staff": "сотрудник отметил, что деньги не вернулись",
    "no-refunds": "эта платёжная система не возвращает по запросу",
    "no-partial": "эта платёжная система возвращает только всю сумму",
    "no-such-provider": "платёжная система отключена",
    "doubt": "неизвестно, дошёл ли возврат: проверьте в кабинете платёжной системы",
    "amount": "платёжная система назвала другую сумму",
    "no-receipt": "чек возврата не сделать: адрес для него не открыть",
    "books": "учёт отказался списать деньги со счёта",
}

#: Why the books refuse: the words of the port's codes.
BOOKS: Mapping[str, str] = {
    "account-unknown": "такого счёта у него нет",
    "account-closed": "счёт закрыт",
    "amount-invalid": "не та сумма",
    "amount-too-large": "слишком большая сумма",
    "currency-mismatch": "счёт в другой валюте",
    "key-conflict": "под тем же номером у него записано другое",
    "entry-unknown": "этого платежа у него нет",
    "entry-corrected": "эти деньги уже возвращены или отменены",
    "day-closed": "день закрыт",
    "value-invalid": "нужен бухгалтер: слова учёта записаны внутри",
    "system-fault": "в нём раз за разом ошибка на этой записи, хотя другие он принимает",
}

REFUSALS: Mapping[Code | DecisionCode | NumberCode, str] = {
    "not-waiting": "Об этих деньгах уже решено: обновите страницу.",
    "only-leave": "Эти деньги зачислить нельзя: другая валюта, тестовые или сумма неизвестна.",
    "unknown": "Такой записи нет: обновите страницу.",
    "amount": "Сумма должна быть больше нуля, цифрами, с копейками через запятую: 1234,50.",
    "more-than-left": "Столько уже не осталось: часть денег возвращена или отложена под другой запрос.",
    "no-reason": "Напишите причину, не длиннее 300 знаков.",
    "own-request": "Свой запрос одобрить нельзя: это делает другой сотрудник. Отозвать его можно.",
    "decided": "Уже решено: обновите страницу.",
    "not-in-books": "Учёт ещё не ответил об этом платеже. Попробуйте через минуту.",
    "account": "На этот счёт перенести нельзя: его нет, он закрыт, в другой валюте или это тот же счёт.",
    "no-account": "Счёта с таким номером нет или он закрыт. Проверьте номер.",
    "no-answer": "Учёт не ответил, чей это номер. Попробуйте ещё раз через минуту.",
    "too-often": "Слишком много номеров подряд. Попробуйте через несколько минут.",
    "term": "Проверьте даты: спор открыт после оплаты и не в будущем, а срок ответа позже.",
    "reference": "Нужен номер спора, и у платежа такого ещё нет.",
}
