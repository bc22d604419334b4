"""Reading accounts. A row is reached only through `access_*`: one place to prove that nobody sees another's."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from django.db.models.functions import Now

from okno.cabinet.accounts.models import Access, Account, Grant, Registration
from okno.cabinet.identity.selectors import token_hash_of
from okno.cabinet.kit import rls
from okno.cabinet.kit.models import Outbox

# How long the inside may be silent before the page says so, and how long before it is asked once more.
AWAY_AFTER = timedelta(seconds=12)
PAUSE = timedelta(seconds=30)
TAIL_CHARS = 4

State = Literal["none", "asking", "code-sent", "refused", "checking", "proven", "linked", "away", "expired"]


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


@dataclass(frozen=True)
class Standing:
    """Where a registration stands, the same for somebody who exists and somebody who does not.

    `away`: the inside has not answered; the question waits, and may be asked anew. `again_after_s`: seconds until
    another code may be asked for (or, while away, the same thing once more); None when it may not.
    `login` is told once it is proven whose it is, before that the last signs of what was typed.
    """

    state: State
    tail: str | None = None
    login: str | None = None
    tries_left: int | None = None
    again_after_s: int | None = None
    expires_at: datetime | None = None


def registration_of(token: str | None) -> Registration | None:
    """The registration of a cookie's token, whatever has become of it."""
    token_hash = token_hash_of(token)
    if token_hash is None:
        return None
    with rls.registering(token_hash):
        return Registration.objects.filter(token_hash=token_hash).first()


def standing_of(token: str | None) -> Standing:
    """What the page has to show of the registration of a cookie's token."""
    row = registration_of(token)
    return Standing("none") if row is None else standing(row)


def standing(row: Registration) -> Standing:
    """As `standing_of`, of a row at hand."""
    now = datetime.now(UTC)
    if row.state == "done":
        return Standing("none")
    if row.expires_at <= now:
        return Standing("expired")
    state = _state(row, now)
    code_is_open = state in {"code-sent", "refused"} and row.tries_left > 0 and row.codes_left > 0
    since = row.asked_at if state == "away" else row.coded_at if code_is_open else None
    return Standing(
        state,
        tail=row.login[-TAIL_CHARS:],
        login=row.login if state == "proven" else None,
        tries_left=row.tries_left,
        again_after_s=None if since is None else max(0, math.ceil((since + PAUSE - now).total_seconds())),
        expires_at=row.expires_at,
    )


def _state(row: Registration, now: datetime) -> State:
    """What is granted is shown as proven once the profile has come too: without its phone no user can be made."""
    known = cast("State", "checking" if row.state == "proving" else row.state)
    is_silent = known in {"asking", "checking"} and now - row.asked_at > AWAY_AFTER
    return "away" if is_silent else known
