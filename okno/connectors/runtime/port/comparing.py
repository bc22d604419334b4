"""Pages of everything, for a first load, a comparison and a recovery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from okno.connectors.runtime.port.accounts import AccountState, Version, VersionedOperation
from okno.connectors.runtime.port.people import Profile

Row = TypeVar("Row")


class Page(msgspec.Struct, Generic[Row], frozen=True):
    """Rows after a cursor in an order that never changes; `next` is None at the end."""

    rows: Sequence[Row]
    as_of: datetime
    next: str | None


class AccountRow(msgspec.Struct, frozen=True):
    """State of an account at a version, with what tells its history from another: count, sum and hash (see `wire`)."""

    state: AccountState
    version: Version
    as_of: datetime
    operations: int
    total: int
    digest: bytes


class OperationRow(msgspec.Struct, frozen=True):
    """An operation, whose it is, and in which currency."""

    account: str
    currency: str
    operation: VersionedOperation


class PostingRow(msgspec.Struct, frozen=True):
    """A payment of the cabinet as the books hold it; `amount` is positive."""

    payment: str
    account: str
    currency: str
    key: str
    amount: int
    posted_at: datetime


class CustomerRow(msgspec.Struct, frozen=True):
    account: str
    profile: Profile
