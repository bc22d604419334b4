"""Money on its way back: two members of staff, a payment that stands in the books, and the books' answers."""

import json
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from factories.payers import YOOKASSA_SECRET
from factories.paying import Shop

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.payments.services.refunding.asking import refund_ask, refund_decide

OLGA, PETR = 1, 2
QUEUED = "SELECT id, type, data FROM kit_outbox WHERE type LIKE 'okno.payment.%%' AND state = 'queued' ORDER BY seq"
ANSWER = "UPDATE kit_outbox SET state = %s, outcome = %s, finished_at = now() WHERE id = %s"


@dataclass
class Desk:
    """Olga asks, Petr decides."""

    shop: Shop

    def paid(self, *amounts: str, **wish: Any) -> str:  # noqa: ANN401 - of the wish
        """A payment that stands in the books, for as many accounts of Anna's as there are amounts; its id."""
        accounts = [self.shop.account]
        while len(accounts) < len(amounts):
            another = self.shop.portal.account()
            access_grant(self.shop.anna, self.shop.portal.grant_token(self.shop.anna, another))
            accounts.append(another)
        shares = [
            {"account": str(account), "amount": amount} for account, amount in zip(accounts, amounts, strict=True)
        ]
        payment = self.shop.begun(self.shop.wish(shares=shares, **wish))
        self.shop.press(payment)
        self.shop.later(minutes=1)
        self.books()
        self.shop.turn()
        assert self.shop.seen(payment)["state"] == "posted"
        return payment

    def attempt(self, payment: str) -> UUID:
        [(attempt,)] = self.shop.portal.peek("SELECT id FROM payments_attempt WHERE payment_id = %s", payment)
        return UUID(str(attempt))

    def posting(self, payment: str) -> UUID:
        """Its only one that came from a payer."""
        [(posting,)] = self.shop.portal.peek(
            "SELECT posting.id FROM payments_posting posting JOIN payments_attempt attempt"
            " ON attempt.id = posting.attempt_id WHERE attempt.payment_id = %s AND posting.cause IS NULL",
            payment,
        )
        return UUID(str(posting))

    def ask(self, payment: str, amount: str, **given: Any) -> UUID:  # noqa: ANN401 - what the service takes
        return UUID(
            refund_ask(staff=OLGA, attempt=self.attempt(payment), amount=amount, reason="заплатил дважды", **given)
        )

    def approve(self, refund: UUID) -> None:
        refund_decide(staff=PETR, refund=refund, approve=True)

    def approved(self, payment: str, amount: str, **given: Any) -> UUID:  # noqa: ANN401 - likewise
        refund = self.ask(payment, amount, **given)
        self.approve(refund)
        return refund

    def turns(self, count: int = 3) -> None:
        """As often as a refund has steps: cleared, told, and out of the books."""
        for _ in range(count):
            self.shop.turn()

    def books(self, *, refuse: str = "", why: str = "account-closed") -> list[tuple[str, dict[str, Any]]]:
        """The inside does what it was told, or refuses commands of one type; what it was told, in order."""
        told = []
        for row, type_, data in self.shop.portal.peek(QUEUED):
            is_refused = type_ == f"okno.payment.{refuse}.v1"
            reply = {"key": f"op-{row}", "recorded_at": datetime.now(UTC).isoformat()}
            problem = {"code": "rejected", "detail": why}
            outcome = {"problem": problem} if is_refused else {"reply": reply}
            self.shop.portal.peek(ANSWER, "failed" if is_refused else "done", json.dumps(outcome), row)
            told.append((str(type_).split(".")[2], json.loads(bytes(data))))  # type: ignore[call-overload]
        return told

    def refund(self, refund: UUID) -> tuple[object, ...]:
        """Its state and what stands beside it."""
        [row] = self.shop.portal.peek("SELECT state, failure FROM payments_refund WHERE id = %s", refund)
        return row

    def parts(self) -> list[tuple[object, ...]]:
        return self.shop.rows("SELECT state, amount FROM payments_unposting ORDER BY id")

    def outside(self, payment: str, amount: str) -> None:
        """Somebody gives money back in the payment system's own cabinet."""
        [(theirs,)] = self.shop.portal.peek("SELECT provider_id FROM payments_attempt WHERE payment_id = %s", payment)
        answer = self.shop.house.http.request(
            "POST",
            f"{self.shop.house.url}/v3/refunds",
            body=json.dumps({"payment_id": theirs, "amount": {"value": amount, "currency": "RUB"}}),
            headers={
                "Authorization": f"Basic {b64encode(f'54401:{YOOKASSA_SECRET}'.encode()).decode()}",
                "Idempotence-Key": str(uuid4()),
                "Content-Type": "application/json",
            },
        )
        assert answer.status == 200, answer.data
