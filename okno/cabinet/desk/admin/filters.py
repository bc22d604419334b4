"""A filter of a list whose choices are said as people say them, over what may be no column."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest


def told_by(
    words: Mapping[str, str], wanted: Mapping[str, Q], *, title: str = "состояние", parameter: str = "state"
) -> type[SimpleListFilter]:
    """Each choice in words, and what rows it means."""

    class ToldFilter(SimpleListFilter):
        def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Model]) -> list[tuple[str, str]]:  # noqa: ARG002 (Django's signature)
            return list(words.items())

        def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:  # noqa: ARG002 (Django's signature)
            chosen = self.value() or ""
            return queryset.filter(wanted[chosen]) if chosen in wanted else queryset

    ToldFilter.title, ToldFilter.parameter_name = title, parameter
    return ToldFilter
