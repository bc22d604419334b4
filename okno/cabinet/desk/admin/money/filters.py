"""What lists of money share: a filter that names states as people do, and the names of those who asked and decided."""

from __future__ import annotations

from django.contrib.admin import SimpleListFilter
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat

from okno.cabinet.desk.admin.filters import told_by
from okno.cabinet.desk.admin.money.words import STATES
from okno.cabinet.desk.models import PostingRow, UnpostingRow


def states_of(kind: str) -> type[SimpleListFilter]:
    """A filter over the states of `kind`, in the words of the pages."""
    return told_by(STATES[kind], {state: Q(state=state) for state in STATES[kind]})


def refused() -> Q:
    """Payments of which the books refused something that nobody has sent again yet."""
    waits = {"state": "rejected", "again": False}
    going_in = PostingRow.objects.filter(**waits, attempt__payment_id=OuterRef("pk"))
    going_back = UnpostingRow.objects.filter(**waits, posting__attempt__payment_id=OuterRef("pk"))
    return Q(Exists(going_in)) | Q(Exists(going_back))


BooksFilter = told_by({"refused": "отказал"}, {"refused": refused()}, title="учёт", parameter="books")


def named(column: str) -> Coalesce:
    """The login behind `staff:7` of a column; what is no person stays as it is written."""
    known = User.objects.annotate(who=Concat(Value("staff:"), Cast("pk", TextField()), output_field=TextField()))
    login = Subquery(known.filter(who=OuterRef(column)).values("username")[:1])
    return Coalesce(login, column, Value("—"), output_field=TextField())
