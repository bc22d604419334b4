"""CloudPayments as Okno sees it: an order with a page of its own; a notice is verified and then leads to asking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs
from uuid import UUID

import msgspec

from okno.cabinet.payments.providers.cloudpayments import messages as m
from okno.cabinet.payments.providers.cloudpayments.client import Client
from okno.cabinet.payments.providers.cloudpayments.signature import basic, genuine
from okno.cabinet.payments.providers.port import (
    REPEAT,
    Asked,
    Ignored,
    Intent,
    Limits,
    Notice,
    NoticeRefused,
    Provider,
    ProviderAway,
    ProviderRefusal,
    Receipt,
    ReceiptTold,
    Received,
    Redirect,
    RefundSnapshot,
    RefundTold,
    Reply,
    Snapshot,
    Started,
    Told,
)
from okno.cabinet.payments.providers.wire import Wire, form_fields
from okno.protocol.money.amount import Money

OK = Reply(body=b'{"code":0}', content_type="application/json")
NO = Reply(body=b'{"code":13}', content_type="application/json")
DAY = timedelta(days=1)
INCOME = "Income"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one site. `secrets`: API Secret, several while it is being changed; the first one is ours to call with.

    `confirm_url`: our own page that leads to a payer's bank and takes him back, `https://…/confirmations/cloudpayments`.
    """

    public_id: str
    secrets: tuple[str, ...]
    confirm_url: str = ""
    amount_min_minor: int = 1_00
    amount_max_minor: int = 1_000_000_00

    def __post_init__(self) -> None:
        if not all(self.secrets) or not self.secrets:
            raise ValueError("secrets: at least one, none empty")

    def __repr__(self) -> str:
        return f"Settings(public_id={self.public_id!r})"


class CloudPayments:
    def __init__(self, settings: Settings, wire: Wire) -> None:
        self._settings = settings
        self._client = Client(wire, basic(settings.public_id, settings.secrets[0]))

    def start(self, intent: Intent) -> Started:
        """The order's id is none of a payment: one begins when the payer is at the page."""
        order: m.Order = self._client.done("/orders/create", m.order_body(intent), m.Order, key=str(intent.attempt))
        return Started(go=Redirect(order.url))

    def read(self, received: Received) -> Notice:
        if received.method != "POST":
            raise NoticeRefused("shape", 400)
        if not genuine(received.headers, received.body, self._settings.secrets):
            raise NoticeRefused("hmac")
        try:
            fields = form_fields(received.body)
            transaction = str(int(fields["TransactionId"]))
            if parse_qs(received.query).get("kind") == ["check"]:
                return Asked(payment=m.asked(fields), yes=OK, no=NO)
        except m.UNREADABLE:
            raise NoticeRefused("shape", 400) from None
        if "FiscalSign" in fields:
            return _receipt(fields, transaction)
        event = f"{fields.get('OperationType', 'Payment')}.{fields.get('Status', '')}"
        key = f"{transaction}:{event}"
        if fields.get("OperationType") == "Refund":
            refund = RefundSnapshot(
                state="pending", provider_id=transaction, payment=fields.get("PaymentTransactionId") or None
            )
            return RefundTold(key=key, event=event, refund=refund, proven=False, reply=OK)
        payment = Snapshot(state="pending", provider_id=transaction, attempt=m.attempt(fields.get("InvoiceId")))
        is_captured = fields.get("Status") == m.CAPTURED
        return Told(key=key, event=event, payment=payment, proven=False, reply=OK, names=is_captured)

    def ask(self, *, provider_id: str | None, attempt: UUID, number: int) -> Snapshot | None:  # noqa: ARG002 - as the port
        """An order has a transaction for each card that was tried: the one that has the money is the payment.

        By the order the latest operation alone is told, be it a refusal that came after the money: then the notice of
        the money has said which transaction it is.
        """
        known = None if provider_id is None else self._transaction(provider_id)
        if known is not None and m.attempt(known.invoice_id) == attempt:
            return m.snapshot(known)
        latest = self._client.found("/v2/payments/find", {"InvoiceId": str(attempt)}, m.Transaction)
        if latest is not None and latest.payment_transaction_id is not None:
            latest = self._transaction(str(latest.payment_transaction_id))
        return None if latest is None else m.of_order(latest)

    def refund(self, refund: UUID, *, provider_id: str, amount: Money, receipt: Receipt | None) -> RefundSnapshot:
        body = m.refund_body(_number(provider_id), amount, receipt)
        done: m.Refunded = self._client.done("/payments/refund", body, m.Refunded, key=str(refund))
        return m.refund_snapshot(refund, provider_id, refund_id=done.transaction_id, status=done.status, amount=amount)

    def ask_refund(self, refund: UUID, *, refund_id: str | None, provider_id: str) -> RefundSnapshot | None:
        """A payment tells that something went back, not which refund it was: in doubt the refund is to be repeated."""
        if refund_id is None:
            payment = self._transaction(provider_id)
            if payment is not None and payment.refunded:
                raise ProviderAway(REPEAT)
            return None
        found = self._transaction(refund_id)
        if found is None or str(found.payment_transaction_id) != provider_id:
            return None
        amount = m.money(found.amount, found.currency)
        return m.refund_snapshot(
            refund, provider_id, refund_id=found.transaction_id, status=found.status, amount=amount
        )

    def charge(self, intent: Intent, token: str) -> Snapshot:
        """Its memory of a key is an hour long: what the attempt has come to already is looked for first.

        What waits for its payer is told by its key alone where he has to go; a charge is begun within that hour.
        """
        account, _, kept = token.partition(".")
        if not account or not kept:
            raise ProviderRefusal("unknown_token")
        known = self.ask(provider_id=None, attempt=intent.attempt, number=intent.number)
        if known is not None and known.state != "pending":
            return known
        body = m.charge_body(intent, account, kept)
        done: m.Transaction = self._client.tried(
            "/payments/tokens/charge", body, m.Transaction, key=str(intent.attempt)
        )
        if done.acs_url and done.pa_req:
            return m.owner_wanted(done, intent, self._settings.confirm_url)
        return m.snapshot(done)

    def confirm(self, *, provider_id: str, attempt: UUID, proof: str) -> Snapshot:
        body = {"TransactionId": _number(provider_id), "PaRes": proof}
        done: m.Transaction = self._client.tried("/payments/cards/post3ds", body, m.Transaction, key=f"{attempt}-3ds")
        return m.snapshot(done)

    def forget(self, token: str) -> None:
        """CloudPayments has no call for it: a token that we forgot is of use to nobody."""

    def register(self, *, since: datetime, until: datetime) -> Sequence[Snapshot]:
        """Days are listed by their beginning: a payment begun on the day before may have been captured in ours."""
        day, last = (since.astimezone(UTC) - DAY).date(), until.astimezone(UTC).date()
        known: dict[str | None, Snapshot] = {}
        while day <= last:
            body = {"Date": day.isoformat(), "TimeZone": "UTC"}
            for found in self._client.done("/payments/list", body, list[m.Transaction]):
                if found.payment_transaction_id is None:
                    one = m.snapshot(found)
                    known[one.provider_id] = one
            day += DAY
        paid = [(one.at, one) for one in known.values() if one.state == "paid" and one.at is not None]
        return [one for at, one in sorted(paid, key=lambda pair: pair[0]) if since <= at < until]

    def _transaction(self, transaction: str) -> m.Transaction | None:
        found: m.Transaction | None = self._client.found(
            "/payments/get", {"TransactionId": _number(transaction)}, m.Transaction
        )
        return found


def _receipt(fields: dict[str, str], transaction: str) -> Notice:
    """The till has made a receipt. That of a refund is the payer's by e-mail; here the payment's is shown."""
    if fields.get("Type", INCOME) != INCOME:
        return Ignored(event=f"Receipt.{fields['Type']}", reply=OK)
    payment = Snapshot(state="pending", provider_id=transaction, attempt=m.attempt(fields.get("InvoiceId")))
    try:
        told = m.receipt_told(fields)
    except m.UNREADABLE:
        raise NoticeRefused("shape", 400) from None
    key = f"{transaction}:Receipt.{told.number}"
    return ReceiptTold(key=key, event="Receipt", payment=payment, receipt=told, reply=OK)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise ProviderRefusal("unknown_payment")
    return int(text)


def provider(settings: Settings, wire: Wire) -> Provider:
    adapter = CloudPayments(settings, wire)
    return Provider(
        name="cloudpayments",
        limits=Limits(of={"RUB": (settings.amount_min_minor, settings.amount_max_minor)}),
        start=adapter,
        notices=adapter,
        asking=adapter,
        refunds=adapter,
        registers=adapter,
        charges=adapter,
        confirms=adapter if settings.confirm_url else None,
        partial=True,
        receipts=True,
        tells_receipts=True,
    )
