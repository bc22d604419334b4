"""Customer invoices as bills, latest first."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from okno.connectors.runtime.port import Bill, BillsPage, Payee, Refusal, RefusalCode, Requisites
from okno.connectors.tryton.companies import Companies, minor_of
from okno.connectors.tryton.lines import LINE_FIELDS, lines_of
from okno.connectors.tryton.references import Place, place_of, unknown
from okno.connectors.tryton.rests import rests_of
from okno.connectors.tryton.rpc import Rpc

PURPOSE = "Оплата услуг"
_CURSOR = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})\.([0-9]{1,9})")


class TrytonBills:
    """Fulfils Bills and, with the payee of each company, Payees."""

    def __init__(self, rpc: Rpc, companies: Companies, payees: Mapping[int, Payee]) -> None:
        self._rpc = rpc
        self._companies = companies
        self._payees = payees

    def bills(self, account: str, *, before: str | None, limit: int) -> BillsPage:
        place = place_of(account)
        asked_at = datetime.now(UTC)
        domain: list[Any] = [
            *(("party", "=", place.party), ("company", "=", place.company), ("type", "=", "out")),
            *(("currency.code", "=", place.currency), ("state", "in", ["posted", "paid"]), ("total_amount", ">", 0)),
        ]
        if before is not None:
            day, last = _cursor(before)
            domain.append(["OR", ("invoice_date", "<", day), [("invoice_date", "=", day), ("id", "<", last)]])
        rows = self._rpc.search_read(
            "account.invoice",
            domain,
            ["number", "invoice_date", "total_amount", "create_date", "lines_to_pay"],
            limit=limit + 1,
            order=[("invoice_date", "DESC"), ("id", "DESC")],
            company=place.company,
        )
        days, rests = self._due_days(rows), self._rests(place)
        bills = [self._bill(account, place.currency, row, days, rests) for row in rows[:limit]]
        more = f"{rows[limit - 1]['invoice_date']}.{rows[limit - 1]['id']}" if len(rows) > limit else None
        return BillsPage(bills, asked_at, more)

    def _due_days(self, rows: list[dict[str, Any]]) -> dict[int, date]:
        lines = [line for row in rows for line in row["lines_to_pay"]]
        found = self._rpc.search_read("account.move.line", [("id", "in", lines)], ["maturity_date"]) if lines else []
        return {row["id"]: row["maturity_date"] for row in found if row["maturity_date"]}

    def _rests(self, place: Place) -> dict[int, int]:
        """What is left to pay of each line of the account."""
        domain = [*lines_of(place, self._companies), ("reconciliation", "=", None)]
        return rests_of(self._rpc.search_read("account.move.line", domain, LINE_FIELDS), place.currency)

    def _bill(
        self, account: str, currency: str, row: Mapping[str, Any], days: Mapping[int, date], rests: Mapping[int, int]
    ) -> Bill:
        day: date = row["invoice_date"]
        first = day.replace(day=1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        amount = minor_of(row["total_amount"], currency)
        return Bill(
            bill=f"invoice-{row['id']}",
            account=account,
            number=row["number"] or "",
            # Tryton bills by day; the month it falls into is what people look for.
            period_from=first,
            period_to=last,
            currency=currency,
            amount=amount,
            remaining=min(amount, sum(rests.get(line, 0) for line in row["lines_to_pay"])),
            due_on=min((days[line] for line in row["lines_to_pay"] if line in days), default=day),
            issued_at=row["create_date"],
        )

    def requisites(self, account: str) -> Requisites:
        place = place_of(account)
        payee = self._payees.get(place.company)
        if payee is None:
            raise unknown(account)
        # It travels in clear: who pays for which number is sealed beside it.
        return Requisites(payee, PURPOSE, datetime.now(UTC))


def _cursor(text: str) -> tuple[date, int]:
    found = _CURSOR.fullmatch(text)
    try:
        assert found is not None
        return date(int(found[1]), int(found[2]), int(found[3])), int(found[4])
    except (AssertionError, ValueError) as error:
        raise Refusal(RefusalCode.VALUE_INVALID, "not a cursor of this list") from error
