"""A batch of accounts in one transaction: asked of the system, compared with what is kept, numbered, told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from okno.connectors.runtime.events import AccountChanged, Event, OperationPosted
from okno.connectors.runtime.mirror.differences import Fresh, Kept, differences
from okno.connectors.runtime.mirror.fitting import Fitted, Unfit, fit, number_tail
from okno.connectors.runtime.mirror.rows import account_keep, accounts_seen, accounts_unfit, entries_add, kept_read
from okno.connectors.runtime.port import AccountState, Ledger, Operation, Refusal, RefusalCode, Version
from okno.connectors.runtime.store.unit import Unit
from okno.connectors.runtime.store.worklist import work_hold
from okno.connectors.runtime.wire import Stamp
from okno.protocol.ids import new_id
from okno.protocol.money import MINOR_MAX

UNFIT, UNEVEN, GONE, ODD = "ledger-unfit", "ledger-uneven", "ledger-gone", "entry-kind"
_KINDS = (UNFIT, UNEVEN, GONE, ODD)

Troubles = dict[tuple[str, str], dict[str, Any]]


class Batch:
    """One batch in the open transaction of `unit`; `read_at` is the store's clock before the system was asked.

    Without `told` accounts that are new here are only numbered: a first load is not told.
    """

    def __init__(self, unit: Unit, zone: ZoneInfo, read_at: datetime, *, told: bool) -> None:
        self._unit = unit
        self._at = read_at
        self._day = read_at.astimezone(zone).date()
        self._told = told
        self._troubles: Troubles = {}
        self._added: list[tuple[str, Version, Fresh, int]] = []
        self._same: list[str] = []

    def apply(self, asked: Sequence[str], ledgers: Iterable[Ledger], refused: Mapping[str, Refusal]) -> None:
        """Make what is kept of the accounts equal to what the system answered, and number what is new."""
        connection = self._unit.connection
        known = kept_read(connection, asked)
        found = {ledger.account: ledger for ledger in ledgers}
        for reference in asked:
            kept = known.get(reference)
            if (refusal := refused.get(reference)) is not None and refusal.code is not RefusalCode.ACCOUNT_UNKNOWN:
                self._unfit(reference, kept, f"{refusal.code.value}: {refusal.detail}")
            elif (ledger := found.get(reference)) is not None:
                self._account(kept, ledger)
            elif kept is not None:
                self._gone(reference, kept)
        entries_add(connection, self._added)
        if self._same:
            accounts_seen(connection, self._same, self._at)
        if unfit := [subject for kind, subject in self._troubles if kind == UNFIT]:
            accounts_unfit(connection, unfit)
        work_hold(connection, _KINDS, asked, self._troubles)

    def _gone(self, reference: str, kept: Kept) -> None:
        """An account that the system knows no more takes no money; what was told of it is for a person to settle."""
        self._troubles[GONE, reference] = {"account": kept.id, "balance": kept.balance, "currency": kept.currency}
        if kept.status == "closed":
            self._same.append(kept.id)
        else:
            self._write(kept.id, kept, _closed(reference, kept), [])

    def _unfit(self, reference: str, kept: Kept | None, detail: str) -> None:
        self._troubles[UNFIT, reference] = {"account": kept.id if kept else None, "detail": detail}

    def _account(self, kept: Kept | None, ledger: Ledger) -> None:
        try:
            fitted = fit(ledger)
            fresh = self._fresh(kept, fitted)
        except Unfit as error:
            self._unfit(ledger.account, kept, str(error))
            return
        self._note(fitted)
        if kept is None or fresh or kept.differs(fitted.ledger):
            self._write(kept.id if kept else new_id(), kept, fitted.ledger, fresh)
        else:
            self._same.append(kept.id)

    def _fresh(self, kept: Kept | None, fitted: Fitted) -> list[Fresh]:
        ledger = fitted.ledger
        if kept is not None and kept.currency != ledger.currency:
            raise Unfit(f"the account was kept in {kept.currency} and is now in {ledger.currency}")
        fresh = differences(kept.told if kept else {}, ledger.entries, at=self._at, day=self._day)
        balance = kept.balance if kept else 0
        for item in fresh:
            balance += item.amount
            if abs(balance) > MINOR_MAX or abs(item.amount) > MINOR_MAX:
                raise Unfit("the balance is larger than any amount")
        return fresh

    def _note(self, fitted: Fitted) -> None:
        ledger = fitted.ledger
        if fitted.total != ledger.balance:
            detail = {"entries": fitted.total, "balance": ledger.balance, "currency": ledger.currency}
            self._troubles[UNEVEN, ledger.account] = detail
        if fitted.odd:
            self._troubles[ODD, ledger.account] = {"keys": list(fitted.odd[:10]), "count": len(fitted.odd)}

    def _write(self, id_: str, kept: Kept | None, ledger: Ledger, fresh: Sequence[Fresh]) -> None:
        """Number the changes: the account itself first, where it is new or has changed, then its entries."""
        balance = kept.balance if kept else 0
        events: list[Event] = []
        rows: list[tuple[Fresh, int]] = []
        if kept is None or kept.differs(ledger):
            events.append(AccountChanged(_state(id_, ledger, balance)))
        first = len(events)
        for item in fresh:
            balance += item.amount
            rows.append((item, balance))
            events.append(OperationPosted(id_, ledger.currency, _operation(item, balance)))
        stamps = self._unit.stamps(id_, len(events))
        account_keep(self._unit.connection, id_, ledger, balance, self._at)
        self._added += [(id_, stamp.version, *row) for stamp, row in zip(stamps[first:], rows, strict=True)]
        if self._told or kept is not None:
            for stamp, event in zip(stamps, events, strict=True):
                self._unit.emit(id_, event, stamp=self._as_read(stamp))

    def _as_read(self, stamp: Stamp) -> Stamp:
        """What was read is as old as the question, not as the writing of its answer."""
        return msgspec.structs.replace(stamp, as_of=self._at)


def _closed(reference: str, kept: Kept) -> Ledger:
    return Ledger(reference, kept.number, kept.currency, "closed", kept.balance, None, ())


def _state(id_: str, ledger: Ledger, balance: int) -> AccountState:
    return AccountState(id_, ledger.currency, number_tail(ledger.number), ledger.status, balance, ledger.due)


def _operation(item: Fresh, balance: int) -> Operation:
    return Operation(item.key, item.kind, item.channel, item.amount, balance, item.posted_at, item.text, item.reverses)
