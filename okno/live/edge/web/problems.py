"""Refusals of live as RFC 9457 problems in the reader's language; the same bytes for the same refusal."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Literal

import msgspec

from okno.protocol.errors import CONTENT_TYPE, URN

__all__ = ["CONTENT_TYPE", "Problem", "RefusalError", "language_of", "problem_body"]

Language = Literal["ru", "en"]


@dataclass(frozen=True)
class _Text:
    title: str
    detail: str


class Problem(Enum):
    """Members are (code, HTTP status, may it be asked again, Russian and English words)."""

    NO_SESSION = (
        "no-session",
        401,
        "never",
        _Text("Вход не выполнен", "Войдите снова, чтобы увидеть свои данные."),
        _Text("You are not signed in", "Sign in again to see your data."),
    )
    NOT_FOUND = (
        "not-found",
        404,
        "never",
        _Text("Такого нет", "Проверьте адрес или вернитесь к обзору."),
        _Text("There is no such thing", "Check the address or go back to the overview."),
    )
    BAD_REQUEST = (
        "bad-request",
        400,
        "never",
        _Text("Запрос не понят", "Обновите страницу и повторите."),
        _Text("The request makes no sense", "Reload the page and try again."),
    )
    BAD_METHOD = (
        "method-not-allowed",
        405,
        "never",
        _Text("Так сюда не обращаются", "Обновите страницу и повторите."),
        _Text("This is not how to ask here", "Reload the page and try again."),
    )
    FOREIGN_ORIGIN = (
        "foreign-origin",
        403,
        "never",
        _Text("Запрос пришёл с чужой страницы", "Откройте личный кабинет заново."),
        _Text("The request comes from another site", "Open your account page again."),
    )
    TOO_MANY_STREAMS = (
        "too-many-streams",
        429,
        "after",
        _Text("Открыто слишком много страниц", "Закройте лишние вкладки: данные обновятся сами."),
        _Text("Too many pages are open", "Close some tabs; the data will refresh by itself."),
    )
    BUSY = (
        "busy",
        503,
        "after",
        _Text("Сейчас слишком много запросов", "Повторите через несколько секунд."),
        _Text("There are too many requests now", "Try again in a few seconds."),
    )
    FAILED = (
        "internal",
        500,
        "after",
        _Text("Что-то сломалось у нас", "Повторите через минуту; мы уже знаем о сбое."),
        _Text("Something broke on our side", "Try again in a minute; we know about it."),
    )

    def __init__(self, code: str, status: int, retry: str, russian: _Text, english: _Text) -> None:
        self.code = code
        self.status = status
        self.retry = retry
        self.phrase = HTTPStatus(status).phrase
        self.texts = {"ru": russian, "en": english}


class RefusalError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def language_of(accept_language: str) -> Language:
    """English when the header names it before Russian, else Russian. Quality values are in order in every browser."""
    for part in accept_language.lower().split(","):
        tag = part.split(";")[0].strip()
        if tag.startswith("en"):
            return "en"
        if tag.startswith("ru"):
            return "ru"
    return "ru"


def problem_body(problem: Problem, language: Language, instance: str) -> bytes:
    """The JSON of a problem. `instance`: the path alone, so that two refusals cannot be told apart by their query."""
    text = problem.texts[language]
    return msgspec.json.encode(
        {
            "type": URN + problem.code,
            "title": text.title,
            "status": problem.status,
            "detail": text.detail,
            "code": problem.code,
            "retry": problem.retry,
            "instance": instance,
        }
    )
