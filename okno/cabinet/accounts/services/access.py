"""Access is what the inside granted, never what somebody here decided; and asking the inside for an account anew."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from okno.cabinet.accounts.models import Account
from okno.cabinet.accounts.selectors import NotFoundError, grant_in_force
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.keyring import keyring
from okno.cabinet.kit.outbox.services import Entry, query_enqueue
from okno.cabinet.kit.statements import changed, rows
from okno.protocol import grants
from okno.protocol.messages.accounts import SnapshotGet

PREFIX = "acct:"
SNAPSHOT = "okno.account.snapshot.get.v1"
SNAPSHOT_OPERATIONS_MAX = 100

GRANT = """
    INSERT INTO accounts_grant (id, user_id, account_id, rights, token, expires_at) VALUES (%s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""

ACCESS = """
    INSERT INTO accounts_access (user_id, account_id, "right", grant_id, until) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (user_id, account_id, "right") DO UPDATE SET grant_id = excluded.grant_id, until = excluded.until
        WHERE accounts_access.until < excluded.until
"""


def access_grant(user_id: UUID, token: str) -> grants.Grant:
    """Take a grant that a connector signed for this user: row and access to its account until it expires.

    Raises as `grant_read` does; nothing changes then. A grant taken before changes nothing either.
    """
    grant = grant_read(user_id, token)
    with rls.acting(user_id):
        grant_take(user_id, token, grant)
    return grant


def grant_read(user_id: UUID, token: str) -> grants.Grant:
    """The grant, if a connector signed it for this user and it holds now.

    Raises ProtocolError when the signature, the user, the term or the form is wrong.
    """
    ring, at = keyring(), datetime.now(UTC)
    read = grants.read(token, ring, at=at)
    return grants.check(token, ring, at=at, authid=str(user_id), subject=read.subject, right=read.rights[0])


def grant_take(user_id: UUID, token: str, grant: grants.Grant) -> None:
    """Write a grant that was read and the access it gives, in the caller's transaction, with its context."""
    account_id = UUID(grant.subject.removeprefix(PREFIX))
    if changed(GRANT, [grant.id, user_id, account_id, list(grant.rights), token, grant.expires]):
        for right in grant.rights:
            changed(ACCESS, [user_id, account_id, right, grant.id, grant.expires])
        audit_write(
            actor="system:inside",
            action="access.grant",
            subject=f"user:{user_id}",
            detail={"account": str(account_id), "grant": grant.id, "rights": ",".join(grant.rights)},
        )


def accounts_taken(granted: Iterable[grants.Grant], *, beside: UUID) -> bool:
    """Whether another user manages one of the accounts; who asks at the same time waits for our transaction's end."""
    accounts = [grant.subject.removeprefix(PREFIX) for grant in granted]
    [(taken,)] = rows("SELECT accounts_taken(%s::uuid[], %s)", [accounts, beside])
    return bool(taken)


def account_refresh(*, user_id: UUID, account: Account) -> UUID:
    """Ask the inside for the account's state now; the answer is stored and pushed. Returns the request's id.

    Raises ThrottledError, NotFoundError when no grant carries the question.
    """
    take("refresh-account", f"{user_id}|{account.id}")
    with rls.acting(user_id):
        grant = grant_in_force(user_id, account.id, right="view")
        if grant is None:
            raise NotFoundError("grant")
        entry = Entry(
            type=SNAPSHOT,
            system=account.system_id,
            subject=f"{PREFIX}{account.id}",
            data=SnapshotGet(
                account=str(account.id), after=(account.epoch, account.version), limit=SNAPSHOT_OPERATIONS_MAX
            ),
            authtype="app_user",
            authid=str(user_id),
            grant_token=grant.token,
            priority=1,
        )
        request_id = query_enqueue(entry)
        audit_write(actor=f"user:{user_id}", action="account.refresh", subject=f"account:{account.id}")
    return request_id
