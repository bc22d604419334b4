"""Pages of everything (`sync.page`): first load, verification and recovery of what follows the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import msgspec

from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.people.portions import Portion
from okno.connectors.runtime.people.profiles import profile_data
from okno.connectors.runtime.port import AccountRow, CustomerRow, OperationRow, Page, PostingRow
from okno.connectors.runtime.system import Comparison, Customers
from okno.connectors.runtime.wire import money, pair, state_members, utc, versioned_operations
from okno.protocol import messages
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.messages import Message
from okno.protocol.messages.base import Amount
from okno.protocol.pen import Received

# A sealed part is a third longer than its content, the signed message a third longer than its payload, and the broker
# takes 1 MiB: what is beyond this stands on the next page.
CONTENT_BYTES_MAX = 480_000

Row = TypeVar("Row")
Content = TypeVar("Content", bound=Message)


class SyncPages:
    """Answers questions for pages. `customers`: None where the system does not tell them."""

    def __init__(self, inside: Inside, comparison: Comparison, customers: Customers | None) -> None:
        self._inside = inside
        self._comparison = comparison
        self._customers = customers
        self._portions: dict[str, Portion] = defaultdict(Portion)

    def __call__(self, asked: Received) -> Message:
        """Reply `SyncRows`; fewer rows than asked for where so many would not fit into a message, or not be in time."""
        data, envelope = asked.data, asked.envelope
        assert isinstance(data, messages.SyncPage)
        allowed_s = (envelope.expirytime - envelope.time).total_seconds()
        with self._portions[data.what].within(allowed_s, data.limit) as limit:
            return self._page(asked, data, limit)

    def _page(self, asked: Received, data: messages.SyncPage, limit: int) -> Message:
        inside = self._inside

        def told(fetch: Callable[..., Page[Row]], write: Callable[[Inside, Page[Row]], messages.SyncRows]) -> Message:
            return _fitting(
                lambda limit: fetch(since=data.since, after=data.after, limit=limit),
                lambda page: write(inside, page),
                limit,
            )[1]

        match data.what:
            case "accounts":
                return told(self._comparison.accounts, _accounts)
            case "operations":
                return told(self._comparison.operations_all, _operations)
            case "postings":
                return told(self._comparison.postings, _postings)
        customers = self._customers
        if customers is None:
            raise ProtocolError(ErrorCode.REJECTED, "the system does not tell its customers")
        people, content = _fitting(
            lambda limit: customers.customers(after=data.after, limit=limit),
            lambda page: _customers(inside, page),
            limit,
        )
        sealed = inside.sealed_to_asker(asked, content)
        return _rows(inside, people, count=len(content.customers), sealed=sealed)


def _fitting(
    fetch: Callable[[int], Page[Row]], write: Callable[[Page[Row]], Content], limit: int
) -> tuple[Page[Row], Content]:
    """A page of at most `limit` rows, and what is written of it."""
    while True:
        page = fetch(limit)
        content = write(page)
        if len(page.rows) <= 1 or len(msgspec.json.encode(content)) <= CONTENT_BYTES_MAX:
            return page, content
        limit = len(page.rows) // 2


def _accounts(inside: Inside, page: Page[AccountRow]) -> messages.SyncRows:
    """The total is of the balances."""
    ids = inside.names.ids([row.state.account for row in page.rows])
    rows = tuple(
        messages.SyncAccount(
            account=ids[row.state.account],
            version=pair(row.version),
            as_of=utc(row.as_of),
            operations=row.operations,
            total=money(row.total, row.state.currency),
            digest=row.digest.hex(),
            **state_members(row.state),
        )
        for row in page.rows
    )
    return _rows(inside, page, count=len(rows), total=_sums(row.balance for row in rows), accounts=rows)


def _operations(inside: Inside, page: Page[OperationRow]) -> messages.SyncRows:
    ids = inside.names.ids([row.account for row in page.rows])
    rows = tuple(
        messages.SyncOperation(ids[row.account], versioned_operations([row.operation], row.currency)[0])
        for row in page.rows
    )
    return _rows(inside, page, count=len(rows), total=_sums(row.operation.amount for row in rows), operations=rows)


def _postings(inside: Inside, page: Page[PostingRow]) -> messages.SyncRows:
    ids = inside.names.ids([row.account for row in page.rows])
    rows = tuple(
        messages.SyncPosting(
            row.payment, ids[row.account], row.key, money(row.amount, row.currency), utc(row.posted_at)
        )
        for row in page.rows
    )
    return _rows(inside, page, count=len(rows), total=_sums(row.amount for row in rows), postings=rows)


def _customers(inside: Inside, page: Page[CustomerRow]) -> messages.SyncCustomers:
    ids = inside.names.ids([row.account for row in page.rows])
    return messages.SyncCustomers(
        tuple(messages.SyncCustomer(ids[row.account], profile_data(row.profile)) for row in page.rows)
    )


def _rows(inside: Inside, page: Page[Row], **members: Any) -> messages.SyncRows:  # noqa: ANN401  members of the reply
    return messages.SyncRows(system=inside.system.id, as_of=utc(page.as_of), next=page.next, **members)


def _sums(amounts: Iterable[Amount]) -> tuple[Amount, ...]:
    """One amount per currency, by its code."""
    sums: dict[str, int] = {}
    for amount in amounts:
        found = amount.money
        sums[found.currency] = sums.get(found.currency, 0) + found.minor
    return tuple(money(minor, currency) for currency, minor in sorted(sums.items()))
