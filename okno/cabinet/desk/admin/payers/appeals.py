"""Appeals: lines of acts that customers disagree with. What waits for an answer stands first, what is late on top."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.admin import display
from django.db.models import BooleanField, Case, ExpressionWrapper, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.html import format_html

from okno.cabinet.desk.admin.compared.words import age
from okno.cabinet.desk.admin.figures import NOTHING, Words, day_text, moment, zone
from okno.cabinet.desk.admin.filters import told_by
from okno.cabinet.desk.admin.money.filters import named
from okno.cabinet.desk.admin.pages import Deed, Field, Form, Sheet
from okno.cabinet.desk.admin.payers.rows import PayerAdmin, account_text
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.models import AppealRow
from okno.cabinet.documents.core.periods import term_day
from okno.cabinet.documents.services.appeals import TEXT_CHARS_MAX, appeal_answer, appeal_take, appeal_told

STATES: Words = {"new": "новое", "taken": "в работе", "answered": "отвечено"}
LATE = Q(answered_at__isnull=True, due_at__lte=Now())
#: Of the list's filter.
CHOICES: Words = {**STATES, "late": "просрочено"}
DEEDS: Mapping[str, tuple[str, ...]] = {"new": ("take",), "taken": ("answer", "take"), "answered": ()}


def _take(staff: int, row: UUID | None, _form: Form) -> None:
    assert row is not None, "a deed of a row's page"
    appeal_take(staff=staff, appeal_id=row)


def _answer(staff: int, row: UUID | None, form: Form) -> None:
    assert row is not None, "a deed of a row's page"
    appeal_answer(staff=staff, appeal_id=row, answer=form.get("answer", ""))


class AppealAdmin(PayerAdmin[AppealRow]):
    """`search`: by the number that the customer says, or by the account's last signs."""

    theme = "Документы"
    empty = "Обращений по актам сверки ещё не было."
    shown = ("number_told", "term", "account_told", "state", "who", "old", "line", "day", "document", "debit", "credit")
    words: ClassVar[Mapping[str, Words]] = {"state": STATES}
    list_filter = (told_by(CHOICES, {**{state: Q(state=state) for state in STATES}, "late": LATE}),)
    search_fields = ("=number", "=account__tail")
    search_help_text = "Номер обращения или последние знаки счёта"
    texts_right = Right.ANSWER_APPEAL
    deeds: ClassVar[Mapping[str, Deed]] = {
        "take": Deed("Взять себе", Right.ANSWER_APPEAL, _take, "Обращение за вами."),
        "answer": Deed(
            "Ответить клиенту",
            Right.ANSWER_APPEAL,
            _answer,
            "Ответ отправлен: клиент видит его в акте и получит СМС.",
            (
                Field(
                    "answer",
                    "Ответ",
                    "Клиент прочтёт его как есть, рядом со строкой. Исправить потом нельзя.",
                    chars=TEXT_CHARS_MAX,
                    rows=8,
                ),
            ),
        ),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = ExpressionWrapper(Q(owner=f"staff:{request.user.pk}"), output_field=BooleanField())
        told = {"owner_login": named("owner"), "answerer_login": named("answered_by"), "is_mine": mine}
        found: QuerySet[Any] = super().get_queryset(request).select_related("account").annotate(**told)
        return found

    def get_ordering(self, request: HttpRequest) -> list[Any]:  # noqa: ARG002 (Django's signature)
        return [Case(When(state="answered", then=Value(1)), default=Value(0)).asc(), "due_at", "raised_at"]

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).exclude(state="answered").count()

    def late(self, request: HttpRequest) -> int:
        return self.get_queryset(request).filter(LATE).count()

    @display(description="номер", ordering="number")
    def number_told(self, row: AppealRow) -> str:
        return f"№\N{NO-BREAK SPACE}{row.number}"

    @display(description="срок ответа", ordering="due_at")
    def term(self, row: AppealRow) -> str:
        """The last day of the term; beside it since how many days it is over, in a word and not by colour alone."""
        day = day_text(term_day(row.due_at, zone()))
        if row.answered_at is not None or row.due_at > datetime.now(UTC):
            return day
        days = (datetime.now(UTC) - row.due_at).days + 1
        return format_html('{} <span class="late">просрочено на {}\N{NO-BREAK SPACE}дн.</span>', day, days)

    @display(description="возраст", ordering="raised_at")
    def old(self, row: AppealRow) -> str:
        return age(row.raised_at, row.answered_at)

    @display(description="за кем", ordering="owner")
    def who(self, row: AppealRow) -> str:
        return row.owner_login or NOTHING

    def sheet(self, row: AppealRow) -> Sheet:
        facts = (
            ("номер", self.number_told(row)),
            ("состояние", STATES[row.state]),
            ("срок ответа", self.term(row)),
            ("счёт", account_text(row.account)),
            ("строка акта", str(row.line)),
            ("день", row.day),
            ("документ", row.document),
            ("начислено", row.debit or NOTHING),
            ("оплачено", row.credit or NOTHING),
            ("получено", moment(row.raised_at)),
            ("за кем", row.owner_login or NOTHING),
            ("взято", moment(row.taken_at)),
            *((("кто ответил", row.answerer_login), ("отвечено", moment(row.answered_at))) if row.answered_at else ()),
        )
        title = f"Обращение {self.number_told(row)}: строка {row.line} акта, счёт {account_text(row.account)}"
        # What is mine already I need not take.
        deeds = tuple(deed for deed in DEEDS[row.state] if deed != "take" or not row.is_mine)
        return Sheet(title, facts, deeds=deeds)

    def texts(self, row: AppealRow) -> tuple[tuple[str, str], ...]:
        told = appeal_told(row.pk)
        gone = "Текст не открыть: ключа этого клиента больше нет."
        answered = () if told.answer is None else (("Ответ", told.answer or gone),)
        return (("Клиент пишет", told.note or gone), *answered)


site.register(AppealRow, AppealAdmin)
