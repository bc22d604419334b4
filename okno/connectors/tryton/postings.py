"""Money of the cabinet in Tryton: payments that clear, money given back, payments taken back.

Tryton has no transaction to share, so each object carries our key (`reference` of a payment, `description` of a move)
and each posting is a walk through states: it is begun where an earlier attempt has left it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from okno.connectors.runtime.port import MoneyBack, Payment, Posted, Refusal, RefusalCode
from okno.connectors.tryton.companies import Company, decimal_of, minor_of
from okno.connectors.tryton.lines import (
    LINE_FIELDS,
    OURS,
    POSTED,
    RECEIVABLE,
    REFUND,
    amount_of,
    key_of,
    place_of_line,
)
from okno.connectors.tryton.references import Place, place_of, unknown
from okno.connectors.tryton.rpc import Rpc, TrytonRefusal

Columns = Mapping[str, object]

REVERSAL, REFUND_OF = f"{OURS}reversal:", f"{OURS}refund-of:"
_PAYMENT = (
    *("reference", "state", "company", "party", "amount", "currency", "currency.code"),
    *("clearing_move", "clearing_move.state"),
)

_FIRST = [("id", "ASC")]
# Of one key: an attempt more for each call that outlives our patience.
SAME_MAX = 20

_OWN, _USUAL = ("account_receivable",), ("default_account_receivable",)


class TrytonPostings:
    """Fulfils DistantPostings. Raises SystemAway for trouble that passes, Refusal for what Tryton refuses."""

    def __init__(self, rpc: Rpc, companies: Mapping[int, Company], zone: ZoneInfo) -> None:
        self._rpc = rpc
        self._companies = companies
        self._zone = zone

    def find(self, key: str) -> Posted | None:
        """What stands in the books under the key, whole; None while there is nothing or only a part of it."""
        payment = self._payment(key)
        if payment is not None and payment["state"] == "succeeded" and _cleared(payment):
            return self._posted(payment["clearing_move"], payment["company"], ours=True)
        for prefix in (REFUND, REVERSAL):
            move = self._move(f"{prefix}{key}")
            if move is not None and move["state"] == "posted":
                return self._posted(move["id"], move["company"])
        return None

    def post_payment(self, payment: Payment) -> Posted:
        place = place_of(payment.account)
        company = self._company(place)
        known = self._payment(payment.payment)
        amount = decimal_of(payment.amount, payment.currency)
        self._check_currency(place, payment.currency)
        if known is None:
            number = self._create_payment(place, company, payment, amount)
        elif (known["party"], known["amount"], known["currency."]["code"]) != (place.party, amount, payment.currency):
            raise Refusal(RefusalCode.KEY_CONFLICT, "the payment stands in the books with another content")
        else:
            number = known["id"]
        try:
            return self._walk(number, place.company, payment)
        except TrytonRefusal as refusal:
            raise _refused(refusal) from refusal

    def post_refund(self, refund: MoneyBack) -> Posted:
        return self._give_back(refund, f"{REFUND}{refund.key}")

    def post_reversal(self, reversal: MoneyBack) -> Posted:
        """Take back the whole payment: Tryton cancels its clearing move. Part of it is a refund, and refused here."""
        payment = self._payment(reversal.payment)
        if payment is None:
            raise Refusal(RefusalCode.ENTRY_UNKNOWN, "the payment does not stand in the books")
        if payment["amount"] != decimal_of(reversal.amount, reversal.currency):
            raise Refusal(RefusalCode.AMOUNT_INVALID, "a reversal takes back the whole payment")
        company: int = payment["company"]
        try:
            return self._cancel(payment, company, f"{REVERSAL}{reversal.key}")
        except TrytonRefusal as refusal:
            raise _refused(refusal) from refusal

    def _cancel(self, payment: Mapping[str, Any], company: int, mark: str) -> Posted:
        """Fail the payment, then mark and post the move that cancels its clearing."""
        move = self._move(mark)
        if move is None:
            cleared = self._clearing_of(payment["id"])
            if self._given_back(payment["reference"]):
                raise Refusal(RefusalCode.ENTRY_CORRECTED, "a part of the payment was given back before")
            if payment["state"] == "succeeded":
                self._call("account.payment", "fail", [payment["id"]], company)
            cancelled = self._cancelling(cleared) if cleared is not None else None
            if cancelled is None or cancelled["description"]:
                raise Refusal(RefusalCode.ENTRY_CORRECTED, "the payment was taken back before")
            move = cancelled
            self._rpc.model("account.move", "write", [move["id"]], {"description": mark}, company=company)
        if move["state"] != "posted":
            self._call("account.move", "post", [move["id"]], company)
        return self._posted(move["id"], company)

    def _clearing_of(self, payment: int) -> int | None:
        """The move that cleared the payment; a failed payment has let go of it, the move still names its origin."""
        domain = [("origin", "=", f"account.payment,{payment}"), ("state", "=", "posted")]
        found = self._rpc.search_read("account.move", domain, ["id"], limit=1, order=[("id", "DESC")])
        return int(found[0]["id"]) if found else None

    def _cancelling(self, move: int) -> dict[str, Any] | None:
        domain = [("origin", "=", f"account.move,{move}")]
        found = self._rpc.search_read("account.move", domain, ["state", "description", "company"], limit=1)
        return found[0] if found else None

    def _give_back(self, back: MoneyBack, mark: str) -> Posted:
        place = place_of(back.account)
        company = self._company(place)
        self._check_currency(place, back.currency)
        payment = self._payment(back.payment)
        if payment is None or payment["party"] != place.party:
            raise Refusal(RefusalCode.ENTRY_UNKNOWN, "the payment does not stand in the books")
        try:
            move = self._move(mark)
            if move is not None and move["state"] == "posted":
                return self._posted(move["id"], place.company)
            # Of a draft, too: since it was begun another may have taken what was left.
            self._check_left(payment, back)
            number = move["id"] if move is not None else self._create_move(place, company, back, mark)
            self._call("account.move", "post", [number], place.company)
            return self._posted(number, place.company)
        except TrytonRefusal as refusal:
            raise _refused(refusal) from refusal

    def _check_left(self, payment: Mapping[str, Any], back: MoneyBack) -> None:
        """Raise Refusal unless so much of the payment is still there: one that was taken back has failed."""
        left = 0 if payment["state"] == "failed" else minor_of(payment["amount"], back.currency)
        if back.amount > left - self._given_back(back.payment):
            raise Refusal(RefusalCode.ENTRY_CORRECTED, "the payment was taken or paid back before")

    def _given_back(self, payment: str) -> int:
        """What its posted refunds come to, in minor units of its currency: each names it in its line."""
        domain = [("description", "=", f"{REFUND_OF}{payment}"), RECEIVABLE, POSTED]
        rows = self._rpc.search_read("account.move.line", domain, LINE_FIELDS)
        return sum(amount_of(row, place_of_line(row, self._companies).currency) for row in rows)

    def _create_payment(self, place: Place, company: Company, payment: Payment, amount: object) -> int:
        values = {
            "company": place.company,
            "kind": "receivable",
            "party": place.party,
            "journal": company.journal(payment.currency).id,
            "amount": amount,
            "date": self._day(payment.captured_at),
            # Tryton takes another currency only without an account named, and finds the party's own by itself.
            "account": self._receivable(place) if payment.currency == company.currency else None,
            "reference": payment.payment,
        }
        try:
            return int(self._call("account.payment", "create", [values], place.company)[0])
        except TrytonRefusal as refusal:
            raise _refused(refusal) from refusal

    def _walk(self, number: int, company: int, payment: Payment) -> Posted:
        """Draft, submitted, processing, succeeded, cleared: each step is told to Tryton once."""
        clearing_date = self._day(payment.captured_at)
        for _ in range(5):
            (row,) = self._rpc.search_read("account.payment", [("id", "=", number)], _PAYMENT)
            match row["state"]:
                case "draft":
                    self._call("account.payment", "submit", [number], company)
                case "submitted" | "approved":
                    self._process(number, company)
                case "processing":
                    self._call("account.payment", "succeed", [number], company, clearing_date=clearing_date)
                case "succeeded" if not _cleared(row):
                    self._call("account.move", "post", [row["clearing_move"]], company)
                case "succeeded":
                    return self._posted(row["clearing_move"], company, ours=True)
                case state:
                    raise Refusal(RefusalCode.ENTRY_CORRECTED, f"the payment is {state} in the books")
        raise Refusal(RefusalCode.VALUE_INVALID, "the payment does not come to its end in the books")

    def _process(self, number: int, company: int) -> None:
        context = {"active_model": "account.payment", "active_id": number, "active_ids": [number]}
        session = self._rpc.call("wizard.account.payment.process.create", company=company)[0]
        self._rpc.call("wizard.account.payment.process.execute", session, {}, "process", company=company, **context)
        self._rpc.call("wizard.account.payment.process.delete", session, company=company)

    def _create_move(self, place: Place, company: Company, back: MoneyBack, mark: str) -> int:
        """What the customer gets back: owed again, and money that is under way to him."""
        journal = company.journal(back.currency)
        nothing = decimal_of(0, company.currency)
        value, owed, on_its_way = self._values(company, back)
        day = self._day(back.at)
        period = self._period(place.company, day)
        lines = [
            {"account": self._receivable(place), "party": place.party, "debit": value, "credit": nothing, **owed},
            {"account": journal.account, "debit": nothing, "credit": value, **on_its_way},
        ]
        lines[0]["description"] = f"{REFUND_OF}{back.payment}"
        values = {
            "company": place.company,
            "journal": journal.journal,
            "period": period,
            "date": day,
            "description": mark,
            "lines": [["create", lines]],
        }
        return int(self._call("account.move", "create", [values], place.company)[0])

    def _values(self, company: Company, back: MoneyBack) -> tuple[Decimal, Columns, Columns]:
        """The amount in the company's currency, and what its two lines say beside it of another one.

        The rate is that of the payment, so that money which comes and goes makes no difference.
        """
        amount = decimal_of(back.amount, back.currency)
        if back.currency == company.currency:
            return amount, {}, {}
        payment = self._payment(back.payment)
        assert payment is not None  # whose money is given back has been looked at
        found = self._rpc.search_read(
            "account.move.line",
            [("move", "=", self._clearing_of(payment["id"])), ("account.type.receivable", "=", True)],
            ["credit", "amount_second_currency"],
            company=company.id,
        )
        if not found:
            raise Refusal(RefusalCode.ENTRY_UNKNOWN, "the payment does not stand in the books")
        value: Decimal = amount * found[0]["credit"] / abs(found[0]["amount_second_currency"])
        owed, on_its_way = (
            {"second_currency": payment["currency"], "amount_second_currency": signed} for signed in (amount, -amount)
        )
        return value.quantize(decimal_of(1, company.currency)), owed, on_its_way

    def _period(self, company: int, day: object) -> int:
        found = self._rpc.search_read(
            "account.period",
            [("company", "=", company), ("start_date", "<=", day), ("end_date", ">=", day), ("state", "=", "open")],
            ["id"],
            limit=1,
        )
        if not found:
            raise Refusal(RefusalCode.DAY_CLOSED, f"no open period of the company has {day}")
        return int(found[0]["id"])

    def _receivable(self, place: Place) -> int:
        """The party's own account receivable, or the company's for all."""
        found = self._rpc.search_read("party.party", [("id", "=", place.party)], _OWN, company=place.company)
        if not found:
            raise unknown(place.reference)
        usual = self._rpc.search_read("account.configuration", [], _USUAL, company=place.company)
        account = found[0][_OWN[0]] or next((row[_USUAL[0]] for row in usual), None)
        if account is None:
            raise Refusal(RefusalCode.ACCOUNT_CLOSED, "the party has no account receivable")
        return int(account)

    def _payment(self, reference: str) -> dict[str, Any] | None:
        """The one that is walked. A creation given up for lost may still come, as a draft beside its second attempt."""
        domain = [("reference", "=", reference)]
        found = self._rpc.search_read("account.payment", domain, _PAYMENT, limit=SAME_MAX, order=_FIRST)
        return next((row for row in found if row["state"] != "draft"), found[0] if found else None)

    def _move(self, mark: str) -> dict[str, Any] | None:
        """As with payments, the one that is posted goes first."""
        domain, order = [("description", "=", mark)], [("state", "DESC"), *_FIRST]
        found = self._rpc.search_read("account.move", domain, ["state", "company"], limit=1, order=order)
        return found[0] if found else None

    def _posted(self, move: int, company: int, *, ours: bool = False) -> Posted:
        """The key of the receivable's line, as the ledgers tell it; `ours` of a payment."""
        found = self._rpc.search_read(
            "account.move.line",
            [("move", "=", move), ("account.type.receivable", "=", True)],
            ["create_date"],
            limit=1,
            company=company,
        )
        assert found  # every posting of ours has one
        return Posted(key_of(found[0]["id"], ours=ours), found[0]["create_date"])

    def _company(self, place: Place) -> Company:
        company = self._companies.get(place.company)
        if company is None:
            raise unknown(place.reference)
        return company

    def _check_currency(self, place: Place, currency: str) -> None:
        if place.currency != currency:
            raise Refusal(RefusalCode.CURRENCY_MISMATCH, f"the account is kept in {place.currency}")

    def _day(self, at: datetime) -> object:
        return at.astimezone(self._zone).date()

    def _call(self, model: str, method: str, subject: object, company: int, **context: object) -> Any:  # noqa: ANN401
        return self._rpc.model(model, method, subject, company=company, **context)


def _cleared(payment: Mapping[str, Any]) -> bool:
    move = payment["clearing_move."]
    return move is not None and move["state"] == "posted"


def _refused(refusal: TrytonRefusal) -> Refusal:
    """Tryton's own words are for the work item; the cabinet learns that a person has to look."""
    return Refusal(RefusalCode.VALUE_INVALID, f"{refusal.name}: {refusal.text}"[:500])
