"""Money that came in, as Tryton's people enter it: by card through payments, by bank through a statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from okno.cli.tryton.company import Company
from okno.cli.tryton.history import Payment
from okno.cli.tryton.seed import payments_process
from okno.connectors.tryton.rpc import Rpc

Row = dict[str, Any]
Paid = Sequence[tuple[int, Payment]]
"""(party, payment) of one day."""

_FIELDS = ("reference", "state", "clearing_move", "clearing_move.state")


def card_pay(rpc: Rpc, company: Company, on: date, paid: Paid, *, sheet: int) -> None:
    """Payments through every state up to a posted clearing move, from wherever an earlier run left them."""
    del sheet
    references = [payment.reference for _, payment in paid]
    domain = [("company", "=", company.id), ("reference", "in", references)]

    def held() -> list[Row]:
        return rpc.search_read("account.payment", domain, _FIELDS)

    def call(method: str, ids: list[int], **context: object) -> None:
        if ids:
            rpc.model("account.payment", method, ids, company=company.id, **context)

    known = {row["reference"] for row in held()}
    missing = [(party, payment) for party, payment in paid if payment.reference not in known]
    if missing:
        lines = _open_lines(rpc, company, missing)
        rows = [_payment(company, party, payment, lines.get(payment.settles)) for party, payment in missing]
        rpc.model("account.payment", "create", rows, company=company.id)
    call("submit", _in_state(held(), "draft"))
    if submitted := _in_state(held(), "submitted"):
        payments_process(rpc, company, submitted)
    call("succeed", _in_state(held(), "processing"), clearing_date=on)
    moves = [row["clearing_move"] for row in held() if _move_state(row) == "draft"]
    if moves:
        rpc.model("account.move", "post", moves, company=company.id)


def bank_pay(rpc: Rpc, company: Company, on: date, paid: Paid, *, sheet: int) -> None:
    """A sheet of the bank's statement of a day: one line a payment, matched with the invoice that it settles."""
    name = f"Выписка {on:%d.%m.%Y}, лист {sheet}"
    domain = [("company", "=", company.id), ("name", "=", name)]
    found = rpc.search_read("account.statement", domain, ["state"], limit=1)
    statement, state = (
        (found[0]["id"], found[0]["state"]) if found else (_statement(rpc, company, on, name, paid), "draft")
    )
    if state == "draft":
        rpc.model("account.statement", "validate_statement", [statement], company=company.id)
    if state in {"draft", "validated"}:
        rpc.model("account.statement", "post", [statement], company=company.id)


def _statement(rpc: Rpc, company: Company, on: date, name: str, paid: Paid) -> int:
    invoices = _invoices(rpc, company, paid)
    lines = [_line(company, party, payment, invoices.get(payment.settles)) for party, payment in paid]
    values = {
        "name": name,
        "company": company.id,
        "journal": company.statement_journal,
        "date": on,
        "number_of_lines": len(lines),
        "lines": [["create", lines]],
    }
    return int(rpc.model("account.statement", "create", [values], company=company.id)[0])


def _payment(company: Company, party: int, payment: Payment, line: int | None) -> Row:
    """A row of `account.payment`: either it pays a line to the cent, or it stands on account."""
    return {
        "company": company.id,
        "kind": "receivable",
        "party": party,
        "journal": company.card_journal,
        "amount": payment.amount,
        "date": payment.on,
        "reference": payment.reference,
        "line": line,
        "account": None if line else company.accounts["receivable"],
    }


def _line(company: Company, party: int, payment: Payment, invoice: int | None) -> Row:
    """A row of `account.statement.line`."""
    return {
        "date": payment.on,
        "amount": payment.amount,
        "party": party,
        "account": company.accounts["receivable"],
        "number": payment.reference,
        "description": "Оплата через банк",
        "related_to": f"account.invoice,{invoice}" if invoice else None,
    }


def _invoices(rpc: Rpc, company: Company, paid: Paid, what: str = "id") -> dict[str | None, int]:
    """Invoices (or another member of them) by the reference that payments settle."""
    settled = [payment.settles for _, payment in paid if payment.settles]
    domain = [("company", "=", company.id), ("reference", "in", settled)]
    return {row["reference"]: row[what] for row in rpc.search_read("account.invoice", domain, ["reference", what])}


def _open_lines(rpc: Rpc, company: Company, paid: Paid) -> dict[str | None, int]:
    """Lines of receivables by the reference of their invoice."""
    moves = _invoices(rpc, company, paid, "move")
    domain = [("move", "in", list(moves.values())), ("account", "=", company.accounts["receivable"])]
    lines = {row["move"]: row["id"] for row in rpc.search_read("account.move.line", domain, ["move"])}
    return {reference: lines[move] for reference, move in moves.items()}


def _in_state(rows: list[Row], state: str) -> list[int]:
    return [row["id"] for row in rows if row["state"] == state]


def _move_state(row: Row) -> str | None:
    move = row["clearing_move."]
    return move["state"] if move else None
