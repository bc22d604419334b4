"""Reading accounts. A row is reached only through `access_*`: one place to prove that nobody sees another's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Now

from okno.cabinet.accounts.models import Access, Account, Grant
from okno.cabinet.kit import rls
from okno.cabinet.kit.models import Outbox


class NotFoundError(Exception):
    """There is no such thing for this person: unknown and foreign are the same."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True)
class RequestState:
    """What became of something asked of the inside."""

    id: UUID
    type: str
    state: str
    recorded_at: datetime
    finished_at: datetime | None


def access_account(user_id: UUID, account_id: UUID, *, right: str) -> Account:
    """The account, if the user has the right on it now. Raises NotFoundError."""
    with rls.acting(user_id):
        allowed = Access.objects.filter(user_id=user_id, account_id=account_id, right=right, until__gt=Now()).exists()
        account = Account.objects.filter(id=account_id).first() if allowed else None
    if account is None:
        raise NotFoundError("account")
    return account


def access_request(user_id: UUID, request_id: UUID) -> RequestState:
    """The state of the user's own command or query. Raises NotFoundError."""
    with rls.acting(user_id):
        row = (
            Outbox.objects.filter(id=request_id, authid=str(user_id))
            .values_list("id", "type", "state", "recorded_at", "finished_at")
            .first()
        )
    if row is None:
        raise NotFoundError("request")
    return RequestState(*row)


def grant_in_force(user_id: UUID, account_id: UUID, *, right: str) -> Grant | None:
    """The user's longest grant on an account with a right. In the caller's transaction, with its context."""
    return (
        Grant.objects.filter(
            user_id=user_id,
            account_id=account_id,
            rights__contains=[right],
            revoked_at__isnull=True,
            expires_at__gt=Now(),
        )
        .order_by("-expires_at")
        .first()
    )
