"""What lists of money share: a filter that names states as people do, and the names of those who asked and decided."""

from __future__ import annotations

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.auth.models import User
from django.db.models import Exists, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.http import HttpRequest

from okno.cabinet.desk.admin.money.words import STATES
from okno.cabinet.desk.models import PostingRow, UnpostingRow


def states_of(kind: str) -> type[SimpleListFilter]:
    """A filter over the states of `kind`, in the words of the pages."""

    class StateFilter(SimpleListFilter):
        title = "состояние"
        parameter_name = "state"

        def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, str]]:  # noqa: ARG002
            return list(STATES[kind].items())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
            return queryset.filter(state=self.value()) if self.value() in STATES[kind] else queryset

    return StateFilter


def refused() -> Q:
    """Payments of which the books refused something that nobody has sent again yet."""
    waits = {"state": "rejected", "again": False}
    going_in = PostingRow.objects.filter(**waits, attempt__payment_id=OuterRef("pk"))
    going_back = UnpostingRow.objects.filter(**waits, posting__attempt__payment_id=OuterRef("pk"))
    return Q(Exists(going_in)) | Q(Exists(going_back))


class BooksFilter(SimpleListFilter):
    """What the books refused."""

    title = "учёт"
    parameter_name = "books"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, str]]:  # noqa: ARG002
        return [("refused", "отказал")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002
        return queryset.filter(refused()) if self.value() == "refused" else queryset


def named(column: str) -> Coalesce:
    """The login behind `staff:7` of a column; what is no person stays as it is written."""
    known = User.objects.annotate(who=Concat(Value("staff:"), Cast("pk", TextField()), output_field=TextField()))
    login = Subquery(known.filter(who=OuterRef(column)).values("username")[:1])
    return Coalesce(login, column, Value("—"), output_field=TextField())
