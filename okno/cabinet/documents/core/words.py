"""An amount in words, in Russian and English: what a reconciliation statement is signed under."""

from typing import Literal, NamedTuple

from okno.protocol.money import Money
from okno.protocol.money.amount import exponent_of

Gender = Literal["m", "f"]


class Noun(NamedTuple):
    """Forms after 1, 2-4 and 5-20."""

    one: str
    few: str
    many: str
    gender: Gender = "m"


UNITS = ("", "", "", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять")
ONE_TWO = {"m": ("", "один", "два"), "f": ("", "одна", "две")}
TEENS = (
    *("десять", "одиннадцать", "двенадцать", "тринадцать", "четырнадцать"),
    *("пятнадцать", "шестнадцать", "семнадцать", "восемнадцать", "девятнадцать"),
)
TENS = (
    *("", "", "двадцать", "тридцать", "сорок", "пятьдесят"),
    *("шестьдесят", "семьдесят", "восемьдесят", "девяносто"),
)
HUNDREDS = (
    *("", "сто", "двести", "триста", "четыреста", "пятьсот"),
    *("шестьсот", "семьсот", "восемьсот", "девятьсот"),
)
SCALES = (
    Noun("", "", ""),
    Noun("тысяча", "тысячи", "тысяч", "f"),
    Noun("миллион", "миллиона", "миллионов"),
    Noun("миллиард", "миллиарда", "миллиардов"),
    Noun("триллион", "триллиона", "триллионов"),
    Noun("квадриллион", "квадриллиона", "квадриллионов"),
)
CURRENCIES = {
    "RUB": (Noun("рубль", "рубля", "рублей"), Noun("копейка", "копейки", "копеек", "f")),
    "EUR": (Noun("евро", "евро", "евро"), Noun("цент", "цента", "центов")),
    "USD": (Noun("доллар США", "доллара США", "долларов США"), Noun("цент", "цента", "центов")),
}
ENGLISH_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
ENGLISH_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
ENGLISH_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
# Of one and of several.
ENGLISH_CURRENCIES = {
    "RUB": (("rouble", "roubles"), ("kopeck", "kopecks")),
    "EUR": (("euro", "euros"), ("cent", "cents")),
    "USD": (("US dollar", "US dollars"), ("cent", "cents")),
}
THOUSAND, HUNDRED, TEN, TEENS_END = 1000, 100, 10, 20
FEW = range(2, 5)


def amount_words(amount: Money) -> str:
    """`Одна тысяча пятьсот рублей 05 копеек`; of a currency without words here the figure and its code.

    The sign is not told: who owes whom is the sentence around it.
    """
    whole, fraction = divmod(abs(amount.minor), 10 ** exponent_of(amount.currency))
    if amount.currency not in CURRENCIES or whole >= THOUSAND ** len(SCALES):
        return f"{Money(abs(amount.minor), amount.currency).decimal} {amount.currency}"
    unit, small = CURRENCIES[amount.currency]
    text = f"{number_words(whole, unit.gender)} {form(whole, unit)} {fraction:02} {form(fraction, small)}"
    return text[0].upper() + text[1:]


def number_words(number: int, gender: Gender = "m") -> str:
    """A whole number from 0 below 10^18."""
    words: list[str] = []
    for scale in range(len(SCALES) - 1, -1, -1):
        part = number // THOUSAND**scale % THOUSAND
        if part:
            words += _below_thousand(part, SCALES[scale].gender if scale else gender)
            words += [form(part, SCALES[scale])] if scale else []
    return " ".join(words) or "ноль"


def form(number: int, noun: Noun) -> str:
    """The form of a noun after a number: 1 рубль, 2 рубля, 11 рублей, 21 рубль."""
    last_two, last = number % HUNDRED, number % TEN
    if TEN < last_two < TEENS_END:
        return noun.many
    return noun.one if last == 1 else noun.few if last in FEW else noun.many


def _below_thousand(number: int, gender: Gender) -> list[str]:
    hundreds, rest = divmod(number, HUNDRED)
    tens, units = divmod(rest, TEN)
    words = [HUNDREDS[hundreds]]
    if tens == 1:
        words.append(TEENS[units])
    else:
        words += [TENS[tens], ONE_TWO[gender][units] if units < len(ONE_TWO[gender]) else UNITS[units]]
    return [word for word in words if word]


def amount_words_en(amount: Money) -> str:
    """`One thousand five hundred roubles 05 kopecks`; of a currency without words here the figure and its code.

    The sign is not told, as in Russian.
    """
    whole, fraction = divmod(abs(amount.minor), 10 ** exponent_of(amount.currency))
    if amount.currency not in ENGLISH_CURRENCIES or whole >= THOUSAND ** len(ENGLISH_SCALES):
        return f"{Money(abs(amount.minor), amount.currency).decimal} {amount.currency}"
    unit, small = ENGLISH_CURRENCIES[amount.currency]
    text = f"{number_words_en(whole)} {unit[whole != 1]} {fraction:02} {small[fraction != 1]}"
    return text[0].upper() + text[1:]


def number_words_en(number: int) -> str:
    """A whole number from 0 below 10^18."""
    words: list[str] = []
    for scale in range(len(ENGLISH_SCALES) - 1, -1, -1):
        part = number // THOUSAND**scale % THOUSAND
        if part:
            words += [*_below_thousand_en(part), *([ENGLISH_SCALES[scale]] if scale else [])]
    return " ".join(words) or ENGLISH_SMALL[0]


def _below_thousand_en(number: int) -> list[str]:
    hundreds, rest = divmod(number, HUNDRED)
    words = [ENGLISH_SMALL[hundreds], "hundred"] if hundreds else []
    if rest < len(ENGLISH_SMALL):
        return words + ([ENGLISH_SMALL[rest]] if rest else [])
    tens, units = divmod(rest, TEN)
    return [*words, f"{ENGLISH_TENS[tens]}-{ENGLISH_SMALL[units]}" if units else ENGLISH_TENS[tens]]
