"""Grants: the inside says who may do what with which account, for how long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from okno.protocol import grants
from okno.protocol.ids import new_id
from okno.protocol.keys import SigningKey

TERM_DEFAULT = timedelta(days=30)


class IssuedGrant(msgspec.Struct, frozen=True):
    """`token` is what the cabinet keeps and shows; `id` is what ends it."""

    id: str
    token: str
    rights: tuple[grants.Right, ...]
    expires: datetime


def grant_issue(
    *,
    key: SigningKey,
    authid: str,
    account: str,
    rights: Sequence[grants.Right],
    at: datetime,
    term: timedelta = TERM_DEFAULT,
) -> IssuedGrant:
    """Issue a grant to `authid` (the user's opaque id) on `account` (uuid), signed by the connector's key.

    Raises ValueError for no rights, or for a term of nothing or above 30 days.
    """
    if not rights:
        raise ValueError("a grant carries at least one right")
    if not timedelta(0) < term <= grants.TERM_MAX:
        raise ValueError(f"the term of a grant is above nothing and at most {grants.TERM_MAX.days} days")
    chosen = tuple(dict.fromkeys(rights))
    grant = grants.Grant(new_id(), authid, f"acct:{account}", chosen, at + term)
    return IssuedGrant(grant.id, grants.issue(grant, key), chosen, grant.expires)
