"""Numbers of accounts that a payer names in the purpose of a transfer. A pure reading: whose they are is asked.

Only what is called an account's number is taken for one: after `л/с`, `лицевой счёт`, `абонент`, `договор` and their
like in the forms that companies use, or alone beside a person's name. Everything else that has digits (INN, KPP, BIC,
accounts at banks, sums, dates, numbers of payments, bills and phones) is not: money that goes to a stranger is worse
than a line that a person looks at.
"""

from __future__ import annotations

import re
import unicodedata

#: More of them in one purpose is a collective transfer, and nothing for a guess.
NUMBERS_MAX = 3
DIGITS_MIN, DIGITS_MAX = 4, 20
_CHARS_MAX = 1000

_LETTER = "A-Za-zА-Яа-яЁё"
_NO = r"(?:№|\bN(?:[oº°]|umber)?\b\.?|No(?=[0-9])|номер[а-я]*|ном\.|#)"
_DATE = r"[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{2,4}(?:\s?г(?:ода|\.)?)?"
_OTHERS = (
    r"инн|кпп|бик|огрн|сч|р/с|к/с|оплат|плат[её]ж|накладн|акт|заказ|заявк|карт|паспорт|тел|снилс"
    r"|inn|kpp|bic|iban|invoice"
)
_ACCOUNT = (
    r"л\s?[/.\\]\s?с(?:ч(?:[её]т[а-я]*)?)?\.?|лс|лиц(?:\.|евой|евого|евому|евым)\s?(?:сч(?:\.|[её]т[а-я]*)?)?"
    r"|абонент[а-я]*(?:\s(?:номер[а-я]*|сч[её]т[а-я]*))?|аб\.(?:\s?(?:ном|сч)\.)?|account|acct?\.|customer(?:\sid)?"
)
# A contract may be described before its number stands: «договор об оказании услуг связи от 01.02.2024 № 7700017».
_DESCRIBED = rf"(?:\s(?!{_OTHERS})[{_LETTER}.-]{{1,20}}){{0,6}}?(?:\s?(?:от\s)?{_DATE})?\s?(?={_NO})"
_CONTRACT = rf"(?:договор[а-я]*|дог\.|contract)(?:{_DESCRIBED})?"
_NUMBER = rf"(?:[{_LETTER}]{{1,4}}-?)?[0-9]+(?:-[0-9]+)*(?: [0-9]{{3,5}})*"
# Neither a sum nor a date goes on here, nor a fraction such as a contract's year.
_ENDS = rf"(?![0-9{_LETTER}/-])(?![.,:][0-9])(?!\s?(?:руб|р\.|₽|коп|rub\b|eur\b|usd\b|€|\$|%))"
_NAMED = re.compile(
    rf"(?<![0-9{_LETTER}/])(?:{_CONTRACT}|{_ACCOUNT})\s?[:=-]?\s?(?:{_NO}\s?:?\s?)?(?P<number>{_NUMBER}){_ENDS}",
    re.IGNORECASE,
)
_PERSON = r"[А-ЯЁ][А-Яа-яЁё-]+\s(?:[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|[А-ЯЁ][А-Яа-яЁё]+(?:\s[А-ЯЁ][А-Яа-яЁё]+)?)"
_ALONE = re.compile(rf"(?:{_PERSON}[\s,;]+)?(?:{_NO}\s?)?(?P<number>[0-9]{{5,20}})(?:[\s,;]+{_PERSON})?[\s.,;]*")
_TAX = re.compile(
    r"[\s.,;(]*(?:без\s(?:налога\s\()?НДС|НДС\s(?:не\sоблагается|нет)|в\sт\.?\s?ч\.?\sНДС).*$", re.IGNORECASE
)
_DAYS = re.compile(r"[0-9]{1,2}-[0-9]{1,2}-[0-9]{2,4}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|(?:[^-]+-)+(?:19|20)[0-9]{2}")


def account_numbers_of(purpose: str) -> list[str]:
    """Each number once, in its order, as it is written; at most one above NUMBERS_MAX, which says: too many."""
    text = " ".join(unicodedata.normalize("NFKC", purpose[:_CHARS_MAX]).split())
    found = [one for match in _NAMED.finditer(text) for one in _spelled(match["number"])]
    if not found and (alone := _ALONE.fullmatch(_TAX.sub("", text))) is not None:
        found = [alone["number"]]
    numbers = {_marks(one): one for one in found if _is_number(one)}
    return list(numbers.values())[: NUMBERS_MAX + 1]


def _spelled(written: str) -> list[str]:
    """Digits in groups may be one number, or a number and something else: both are asked about."""
    first, _, more = written.partition(" ")
    return [first, written] if more else [first]


def _is_number(text: str) -> bool:
    digits = sum(sign.isdigit() for sign in text)
    return DIGITS_MIN <= digits <= DIGITS_MAX and _DAYS.fullmatch(text) is None


def _marks(text: str) -> str:
    return "".join(sign for sign in text.casefold() if sign.isalnum())
