"""Reading documents. A row is reached only through `access_*`, as accounts are."""

from uuid import UUID

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields import TextField
from django.db.models.functions import Cast, Now

from okno.cabinet.accounts.models import Access
from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.documents.models import Document
from okno.cabinet.kit import rls
from okno.cabinet.kit.models import Outbox
from okno.protocol.errors import ErrorCode

LISTED_MAX = 50
#: What its kind needs on the account, now and not only when it was asked for.
RIGHTS = {"slip": "view", "bill": "view", "statement": "documents", "reconciliation": "documents"}


def access_document(user_id: UUID, document_id: UUID) -> Document:
    """The document with its state now, if the user asked for it and still has the right. Raises NotFoundError."""
    with rls.acting(user_id):
        found = _allowed(user_id).filter(id=document_id).first()
    if found is None:
        raise NotFoundError("document")
    return _settled(found)


def documents_of(user_id: UUID, account_id: UUID) -> list[Document]:
    """The user's latest documents of an account, newest first."""
    with rls.acting(user_id):
        return [
            _settled(one) for one in _allowed(user_id).filter(account_id=account_id).order_by("-asked_at")[:LISTED_MAX]
        ]


def _allowed(user_id: UUID) -> QuerySet[Document]:
    right = Case(*(When(kind=kind, then=Value(right)) for kind, right in RIGHTS.items()))
    access = Access.objects.filter(
        user_id=user_id, account_id=OuterRef("account_id"), right=OuterRef("needs"), until__gt=Now()
    )
    ended = Outbox.objects.filter(
        Q(id=OuterRef("requisites_row")) | Q(id=OuterRef("data_row")), state="failed", authid=str(user_id)
    )
    too_large = ended.filter(outcome__problem__code=ErrorCode.PERIOD_TOO_LARGE.value)
    return (
        Document.objects.filter(user_id=user_id, expires_at__gt=Now())
        .annotate(needs=Cast(right, TextField()))
        .annotate(allowed=Exists(access), refused=Exists(ended), too_large=Exists(too_large))
        .filter(allowed=True)
    )


def _settled(row: Document) -> Document:
    """What the inside refused, or never answered, is failed, although nobody has written so into the row."""
    if row.state == "asked" and getattr(row, "refused", False):
        row.state, row.trouble = "failed", "period-too-large" if getattr(row, "too_large", False) else "no-answer"
    return row
