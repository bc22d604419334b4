"""Slips of whole districts: runs so far, how far each is, its files, and the form that begins one."""

from collections.abc import Mapping
from typing import ClassVar, Literal, cast
from uuid import UUID

from django.http import HttpRequest

from okno.cabinet.desk.admin.figures import Words, moment
from okno.cabinet.desk.admin.pages import Deed, Field, Form, PageAdmin, Sheet
from okno.cabinet.desk.admin.site import site
from okno.cabinet.desk.core.rights import Right
from okno.cabinet.desk.models import SlipRunRow
from okno.cabinet.documents.services.runs import WHOLE_PARTS_MAX, run_begin, run_progress
from okno.cabinet.kit.problems import Refusal, RefusalError

FORMS = (("pdf", "страницами: один PDF"), ("zip", "файлами: ZIP, файл на счёт"))
STATES = {
    "finding": "ищем счета",
    "asking": "спрашиваем учёт",
    "printing": "печатаем",
    "done": "готово",
    "failed": "не получилось",
}
TROUBLES = {
    "symbol-wrong": "код на квитанции читается иначе, чем написано: не выдано ничего, нужен разработчик",
    "no-answer": "учёт не ответил: начните ещё раз, когда он заработает",
}


def _begin(staff: int, _row: UUID | None, form: Form) -> UUID:
    if form.get("form") not in dict(FORMS):
        raise RefusalError(Refusal.BAD_REQUEST)
    kind = cast("Literal['pdf', 'zip']", form["form"])
    return run_begin(staff=staff, system=form.get("system", ""), district=form.get("district", ""), form=kind)


class SlipRunAdmin(PageAdmin[SlipRunRow]):
    theme = "Документы"
    empty = "Квитанций района ещё не печатали."
    words: ClassVar[Mapping[str, Words]] = {"state": STATES, "form": {"pdf": "PDF", "zip": "ZIP"}}
    list_filter = ("state",)
    ordering = ("-started_at",)
    new_title = "Напечатать квитанции района"
    begins = ("begin",)
    deeds: ClassVar[Mapping[str, Deed]] = {
        "begin": Deed(
            "Начать печать",
            Right.PRINT_SLIPS,
            _begin,
            "Печать начата. Здесь видно, сколько уже готово.",
            (
                Field("district", "Район", "Слова адреса целиком и по порядку: Примерск, Береговая"),
                Field("system", "Система учёта", chars=64, value="main"),
                Field("form", "Как отдать", choices=FORMS),
            ),
            "Назовите район словами адреса, не короче трёх букв, и систему, которая подключена.",
        )
    }

    def waiting(self, request: HttpRequest) -> int | None:
        return self.get_queryset(request).filter(state="failed").count()

    def sheet(self, row: SlipRunRow) -> Sheet:
        progress = run_progress(row.pk)
        facts = (
            ("состояние", STATES[progress.state]),
            *((("что случилось", TROUBLES.get(progress.trouble, progress.trouble)),) if progress.trouble else ()),
            ("начат", moment(row.started_at)),
            ("счетов просмотрено", str(progress.looked_at)),
            ("подходит", str(progress.found)),
            ("учёт ответил о", str(progress.told)),
            ("напечатано", str(progress.printed)),
            ("без квитанции", str(progress.failed)),
        )
        title = f"Квитанции: {row.district}"
        if progress.state not in {"done", "failed"}:
            return Sheet(title, facts, (("Обновить", ""),))
        return Sheet(title, facts, self._files(row.pk, progress.parts), Right.PRINT_SLIPS)

    @staticmethod
    def _files(run: UUID, parts: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
        address = f"/documents/runs/{run}/file"
        if len(parts) > WHOLE_PARTS_MAX:
            return tuple((f"Скачать часть {place}", f"{address}?part={part}") for place, part in enumerate(parts, 1))
        return (("Скачать", address),) if parts else ()


site.register(SlipRunRow, SlipRunAdmin)
