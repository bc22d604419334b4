"""Refusals of the portal: a closed catalogue, RFC 9457 on the wire, in the reader's language.

`title` says what happened, `detail` what to do. Neither repeats what was sent.
"""

from enum import Enum
from typing import Literal, Self

from django.http import HttpRequest, JsonResponse
from django.utils.translation import get_language_from_request

CONTENT_TYPE = "application/problem+json"
URN = "urn:okno:problem:"

Retry = Literal["never", "same-key", "after"]
Texts = tuple[str, str]


class Refusal(Enum):
    """Members are (code, HTTP status, retry, Russian title and detail, English title and detail)."""

    status: int
    retry: Retry
    texts: dict[str, Texts]

    def __new__(cls, code: str, status: int, retry: Retry, ru: Texts, en: Texts) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.status, member.retry, member.texts = status, retry, {"ru": ru, "en": en}
        return member

    BAD_REQUEST = (
        *("bad-request", 400, "never"),
        ("Запрос составлен неверно", "Обновите страницу и повторите."),
        ("The request is malformed", "Reload the page and try again."),
    )
    NO_SESSION = (
        *("no-session", 401, "never"),
        ("Вход не выполнен", "Войдите ещё раз."),
        ("Not signed in", "Sign in again."),
    )
    WRONG_CREDENTIALS = (
        *("wrong-credentials", 401, "after"),
        ("Неверный логин или пароль", "Проверьте раскладку клавиатуры и повторите."),
        ("Wrong login or password", "Check the keyboard layout and try again."),
    )
    WRONG_CODE = (
        *("wrong-code", 401, "after"),
        ("Неверный код", "Введите код из последнего сообщения."),
        ("Wrong code", "Enter the code of the latest message."),
    )
    WRONG_PASSWORD = (
        *("wrong-password", 401, "after"),
        ("Неверный пароль", "Проверьте раскладку клавиатуры и повторите."),
        ("Wrong password", "Check the keyboard layout and try again."),
    )
    PROOF_NEEDED = (
        *("proof-needed", 403, "after"),
        ("Подтвердите, что это вы", "Введите пароль и код из СМС, потом повторите."),
        ("Confirm that it is you", "Give your password and a code by text message, then try again."),
    )
    FORBIDDEN = (
        *("forbidden", 403, "never"),
        ("Запрос отклонён", "Откройте кабинет заново и повторите."),
        ("The request was refused", "Open the portal anew and try again."),
    )
    NOT_FOUND = (
        *("not-found", 404, "never"),
        ("Не найдено", "Проверьте адрес или вернитесь к обзору."),
        ("Not found", "Check the address or go back to the overview."),
    )
    NO_LINK = (
        *("no-link", 404, "never"),
        ("Эта ссылка не действует", "Попросите прислать новую."),
        ("This link is not valid", "Ask for a new one."),
    )
    METHOD = (
        *("method-not-allowed", 405, "never"),
        ("Так сделать нельзя", "Обновите страницу и повторите."),
        ("This cannot be done here", "Reload the page and try again."),
    )
    WRONG_STEP = (
        *("wrong-step", 409, "after"),
        ("Этот шаг ещё впереди или уже позади", "Обновите страницу: она покажет, где вы остановились."),
        ("This step is still to come, or behind you", "Reload the page: it shows where you are."),
    )
    ALREADY_LINKED = (
        *("already-linked", 409, "never"),
        ("У этого договора уже есть кабинет", "Войдите в него или восстановите доступ."),
        ("This contract has an account here already", "Sign in to it, or recover your access."),
    )
    CARD_EXPIRED = (
        *("card-expired", 422, "never"),
        ("Срок действия карты вышел", "Заплатите другой картой."),
        ("The card has expired", "Pay with another card."),
    )
    WRONG_CONTACT = (
        *("wrong-contact", 422, "after"),
        ("Не понять, куда отправить чек", "Напишите адрес почты или номер мобильного телефона."),
        ("It is unclear where to send the receipt", "Write an e-mail address or a mobile number."),
    )
    WRONG_ADDRESS = (
        *("wrong-address", 422, "after"),
        ("Не понять, куда отправить письмо", "Напишите один адрес почты, например anna@example.ru."),
        ("It is unclear where to send the letter", "Write one e-mail address, for example anna@example.org."),
    )
    NO_LETTERS = (
        *("no-letters", 409, "never"),
        ("Письма сейчас не отправляются", "Скачайте документ на этой странице."),
        ("Letters are not sent now", "Download the document on this page."),
    )
    KEY_TAKEN = (
        *("key-taken", 409, "never"),
        ("Этот платёж уже начат с другой суммой", "Обновите страницу и начните заново."),
        ("This payment was begun with another amount", "Reload the page and begin anew."),
    )
    NO_PHONE = (
        *("no-phone", 409, "never"),
        ("В договоре нет мобильного телефона", "Позвоните нам: без него коды для входа слать некуда."),
        ("There is no mobile phone in the contract", "Call us: without one there is nowhere to send codes."),
    )
    ACCOUNT_CLOSED = (
        *("account-closed", 409, "never"),
        ("Счёт закрыт", "Платить по нему больше не нужно. Если это не так, позвоните нам."),
        ("The account is closed", "There is nothing to pay on it any more. If there is, call us."),
    )
    NO_PROMISES = (
        *("no-promises", 409, "never"),
        ("Обещанный платёж сейчас недоступен", "Позвоните нам, если платить нечем: что-нибудь придумаем."),
        ("A promised payment is not offered now", "Call us if you cannot pay: we will find a way."),
    )
    ALREADY_ASKED = (
        *("already-asked", 409, "after"),
        ("Ответ на прошлую просьбу ещё не пришёл", "Подождите: он появится на этой странице."),
        ("The last request has not been answered yet", "Wait: the answer will appear on this page."),
    )
    NOT_READY = (
        *("not-ready", 409, "after"),
        ("Документ ещё готовится", "Подождите несколько секунд: он появится здесь."),
        ("The document is being prepared", "Wait a few seconds: it will appear here."),
    )
    DOCUMENT_FAILED = (
        *("document-failed", 409, "never"),
        ("Документ не получился", "Запросите его ещё раз; если не поможет, сообщите нам код ошибки."),
        ("The document could not be made", "Ask for it again; if that does not help, tell us the error's code."),
    )
    ALREADY_SAID = (
        *("already-said", 409, "never"),
        ("Об этой строке вы уже написали", "Ответ появится рядом с ней."),
        ("You have told us about this line already", "The answer will appear beside it."),
    )
    REGISTRATION_OVER = (
        *("registration-over", 410, "never"),
        ("Время на регистрацию вышло", "Начните сначала: это займёт пару минут."),
        ("The time to register is over", "Begin again: it takes a couple of minutes."),
    )
    CODE_EXPIRED = (
        *("code-expired", 410, "after"),
        ("Код больше не действует", "Запросите новый код."),
        ("The code is no longer valid", "Ask for a new code."),
    )
    TOO_LARGE = (
        *("too-large", 413, "never"),
        ("Слишком большой запрос", "Сократите текст и повторите."),
        ("The request is too large", "Shorten the text and try again."),
    )
    WRONG_AMOUNT = (
        *("wrong-amount", 422, "never"),
        ("Такую сумму оплатить нельзя", "Проверьте сумму: она должна быть в границах выбранного способа."),
        ("This amount cannot be paid", "Check the amount: it has to be within the limits of the method."),
    )
    WRONG_CURRENCY = (
        *("wrong-currency", 422, "never"),
        ("Этот счёт оплачивают в другой валюте", "Выберите другой способ оплаты."),
        ("This account is paid in another currency", "Choose another way to pay."),
    )
    WRONG_DAY = (
        *("wrong-day", 422, "never"),
        ("До этого дня отложить платёж нельзя", "Выберите день поближе."),
        ("A payment cannot be put off to this day", "Choose an earlier day."),
    )
    UNKNOWN_METHOD = (
        *("unknown-method", 422, "never"),
        ("Так оплатить больше нельзя", "Выберите другой способ оплаты."),
        ("This way to pay is no longer offered", "Choose another one."),
    )
    UNREADABLE_FACT = (
        *("unreadable-fact", 422, "never"),
        ("Не получилось прочитать, что вы написали", "Дату пишите так: 05.11.1980, сумму так: 1234,50."),
        ("What you wrote could not be read", "Write a date like 1980-11-05, an amount like 1234.50."),
    )
    AMOUNT_WRONG = (
        *("amount-wrong", 422, "never"),
        ("Такую сумму оплатить нельзя", "Напишите рубли и копейки, больше нуля: например, 1234,50."),
        ("This amount cannot be paid", "Write roubles and kopecks above zero, for example 1234.50."),
    )
    PERIOD_WRONG = (
        *("period-wrong", 422, "never"),
        ("Такой период выбрать нельзя", "Выберите не больше года, от раннего дня к позднему, и чтобы он уже начался."),
        (
            "This period cannot be chosen",
            "Choose a year at most, from an earlier day to a later one, already begun.",
        ),
    )
    WORDS_WRONG = (
        *("words-wrong", 422, "after"),
        ("Текста нет, или он слишком длинный", "Напишите от одного до 2000 знаков."),
        ("The text is missing or too long", "Write between 1 and 2,000 characters."),
    )
    WEAK_PASSWORD = (
        *("weak-password", 422, "never"),
        ("Такой пароль легко подобрать", "Придумайте другой: от восьми знаков, не из известных списков и не ваше имя."),
        ("This password is easy to guess", "Choose another: eight characters or more, not a known one, not your name."),
    )
    THROTTLED = (
        *("throttled", 429, "after"),
        ("Слишком часто", "Подождите немного и повторите."),
        ("Too many attempts", "Wait a little and try again."),
    )
    INTERNAL = (
        *("internal", 500, "same-key"),
        ("Что-то сломалось у нас", "Повторите позже; если не поможет, сообщите код ошибки."),
        ("Something broke on our side", "Try again later; if it stays, tell us the error's code."),
    )
    UNAVAILABLE = (
        *("unavailable", 503, "same-key"),
        ("Временно недоступно", "Повторите через минуту."),
        ("Temporarily unavailable", "Try again in a minute."),
    )


Member = int | str | list[str]


class RefusalError(Exception):
    """A refusal on its way to the reader. `members` are extra members of the problem (`tries_left`, `reasons`)."""

    def __init__(self, refusal: Refusal, *, retry_after_s: int | None = None, **members: Member) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal
        self.retry_after_s = retry_after_s
        self.members = members


def problem_response(
    request: HttpRequest, refusal: Refusal, *, retry_after_s: int | None = None, **members: Member
) -> JsonResponse:
    """The answer. `instance` is the request's id: what a person reads out to support."""
    language = get_language_from_request(request)
    title, detail = refusal.texts["en" if language.startswith("en") else "ru"]
    body = {
        "type": f"{URN}{refusal.value}",
        "title": title,
        "status": refusal.status,
        "detail": detail,
        "code": refusal.value,
        "retry": refusal.retry,
        "instance": f"urn:uuid:{getattr(request, 'request_id', '')}",
        **members,
    }
    response = JsonResponse(
        body, status=refusal.status, content_type=CONTENT_TYPE, json_dumps_params={"ensure_ascii": False}
    )
    response["Content-Language"] = "en" if language.startswith("en") else "ru"
    if retry_after_s is not None:
        response["Retry-After"] = str(retry_after_s)
    return response
