"""What the portal asks of the inside (`/api/accounts`, `/api/requests`). Balances and operations are `live`'s."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from ninja import Router, Schema, Status

from okno.cabinet.accounts.selectors import access_account, access_request
from okno.cabinet.accounts.services import account_refresh
from okno.cabinet.identity.api import OpenRequest

accounts = Router(tags=["accounts"])
requests = Router(tags=["requests"])


class Asked(Schema):
    """Where to look what became of it."""

    id: UUID


class Asking(Schema):
    id: UUID
    type: str
    state: Literal["queued", "accepted", "done", "failed"]
    recorded_at: datetime
    finished_at: datetime | None


@accounts.post("/{uuid:account_id}/refresh", response={202: Asked}, operation_id="account_refresh")
def account_refresh_post(request: OpenRequest, account_id: UUID) -> Status[Asked]:
    """Ask for the account's state now. The answer comes by push; the id tells whether it is still awaited."""
    user_id = request.visitor.user_id
    account = access_account(user_id, account_id, right="view")
    return Status(202, Asked(id=account_refresh(user_id=user_id, account=account)))


@requests.get("/{uuid:request_id}", response=Asking, operation_id="request_get")
def request_get(request: OpenRequest, request_id: UUID) -> Asking:
    """The state of one's own request to the inside."""
    return Asking.from_orm(access_request(request.visitor.user_id, request_id))
