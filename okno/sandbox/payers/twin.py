"""What every twin has; a payment system adds its wire and its notices."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from okno.sandbox.payers import nspk
from okno.sandbox.payers.courier import Answer, Courier, Habits
from okno.sandbox.payers.journal import Journal
from okno.sandbox.payers.records import Kind, Notice, Payment, Refund, RefundState
from okno.sandbox.payers.till import Till
from okno.sandbox.payers.troubles import Mischief, Troubles

CLOCK_S = 0.2


class TwinSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="system"):
    """Of one shop at one payment system. Its own settings extend these, with `tag` = its name."""

    journal: str
    """Path of the journal; its folder exists."""
    control_token: str
    """Bearer token of the address that troubles are switched on at."""
    notice_url: str = ""
    """Where the shop takes notices, if a payment does not say."""
    payee: str = "АО «Тёплый дом»"
    """To whom the payer's page says that he pays."""
    listen_port: int | None = None
    """On 127.0.0.1; none when the application is served by the embedded front."""
    public_url: str = ""
    """How a browser reaches the twin; its own port if empty."""
    pace: float = 1.0
    """How long a second of the timetable of notices lasts: 0.001 makes an hour 3.6 s."""
    nspk_url: str = "https://qr.nspk.ru"
    """Origin of the links of the faster payment system; with the twin's own they open its page."""
    fee_bp: int = 250
    """What the system keeps of a payment, in hundredths of a percent."""
    ca_file: str | None = None
    """The bundle that the shop's certificate is judged by."""
    troubles: Troubles = Troubles()


class Twin(ABC):
    """`title` is what the payer's page calls the system: (Russian, English)."""

    name: ClassVar[str]
    title: ClassVar[tuple[str, str]]
    habits: ClassVar[Habits] = Habits()

    def __init__(self, settings: TwinSettings) -> None:
        self.control_token = settings.control_token
        self.payee = settings.payee
        self.notice_url = settings.notice_url
        self.public_url = settings.public_url.rstrip("/")
        self.nspk_url = settings.nspk_url
        self.mischief = Mischief(settings.troubles)
        self._journal = Journal(Path(settings.journal))
        self.till = Till(self._journal, fee_bp=settings.fee_bp)
        self.till.watch(self._tell)
        self.courier = Courier(
            self._journal,
            self.mischief,
            self.habits,
            pace=settings.pace,
            heads=self.notice_heads,
            accepts=self.notice_accepted,
            ca_file=settings.ca_file,
        )
        self._clock = asyncio.get_running_loop().create_task(self._tick())
        for refund in self.till.refunds.values():
            if refund.state == "pending":
                self._settle_later(refund)

    @abstractmethod
    def handlers(self) -> list[tuple[str, Any, dict[str, Any]]]:
        """Routes of the system's own wire."""

    @abstractmethod
    def notices(self, kind: Kind, payment: Payment, refund: Refund | None, *, forged: bool) -> list[Notice]:
        """What the system tells its shop of a change. With `forged` the one who writes does not know the secret."""

    def notice_heads(self, notice: Notice) -> Mapping[str, str]:  # noqa: ARG002 - for those who sign it
        """Headers of one try: signatures over the body, and over the hour where the system has it so."""
        return {}

    def notice_accepted(self, notice: Notice, answer: Answer) -> bool:  # noqa: ARG002 - for those who read it
        return answer.status == 200  # noqa: PLR2004 - OK, and nothing else, for most of them

    def goodbye(self, payment: Payment) -> str:
        """Where the browser goes from the payer's page."""
        return payment.return_url if payment.state in {"paid", "authorized"} else payment.fail_url or payment.return_url

    def paid(self, payment: Payment) -> None:
        """The payer has paid."""
        self.till.move(payment.id, "paid")

    def declined(self, payment: Payment) -> None:
        """His bank has refused."""
        self.till.move(payment.id, "declined", reason="insufficient_funds")

    def open_to_payer(self, payment: Payment) -> bool:
        """Whether the page still offers to pay. Some systems let him try again after a refusal."""
        return payment.state == "new"

    def page_url(self, payment: Payment) -> str:
        return f"{self.public_url}/payer/{payment.page}"

    def link(self, key: str, minor: int) -> str:
        """A code of the faster payment system, for one payment."""
        return nspk.link(self.nspk_url, self.derived(key, "link"), minor)

    def as_told(self, payment: Payment) -> Payment:
        """The payment as the system tells it to who asks: not always the truth at once."""
        change = self.till.before(payment.id)
        if change is not None and self.mischief.hits("slow_status", payment.id):
            before, at = change
            if (datetime.now(UTC) - at).total_seconds() * 1000 < self.mischief.now.slow_ms:
                return before
        return payment

    def give_back(
        self,
        payment: Payment,
        *,
        key: str,
        amount_minor: int,
        refund_id: str,
        extra: dict[str, str] | None = None,
    ) -> Refund:
        """A refund, refused or slow if so it is to be. Raises TillRefusal."""
        known = self.till.refund_by_key(key)
        if known is not None:
            return known
        state: RefundState = "done"
        if self.mischief.hits("refuse", key):
            state = "failed"
        elif self.mischief.hits("slow_refund", key):
            state = "pending"
        refund = self.till.refund(
            payment.id, refund_id=refund_id, key=key, amount_minor=amount_minor, state=state, extra=extra
        )
        if state == "pending":
            self._settle_later(refund)
        return refund

    def _settle_later(self, refund: Refund) -> None:
        delay_s = self.mischief.now.slow_ms / 1000
        asyncio.get_running_loop().call_later(delay_s, lambda: self._settle(refund))

    def _settle(self, refund: Refund) -> None:
        if not self._clock.done():
            self.till.refund_settle(refund.id, "done")

    def derived(self, key: str, what: str) -> bytes:
        """16 bytes nobody can guess, the same for the same key at each run: ids, secret addresses, references."""
        return hashlib.blake2b(f"{what}|{key}".encode(), key=self.control_token.encode()[:64], digest_size=16).digest()

    def new_page(self, key: str) -> str:
        return base64.urlsafe_b64encode(self.derived(key, "page")).decode().rstrip("=")

    async def stop(self) -> None:
        self._clock.cancel()
        await asyncio.gather(self._clock, return_exceptions=True)
        await self.courier.stop()
        self._journal.close()

    def _tell(self, kind: Kind, payment: Payment, refund: Refund | None) -> None:
        for notice in self.notices(kind, payment, refund, forged=False):
            self.courier.post(notice)
        for lie in _lies(kind, payment):
            if self.mischief.hits("forge", payment.id):
                for notice in self.notices("captured", lie, None, forged=True):
                    self.courier.post(msgspec.structs.replace(notice, forged=True))

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(CLOCK_S)
            self.till.expire(datetime.now(UTC))


def _lies(kind: Kind, payment: Payment) -> list[Payment]:
    """Money that nobody paid, and more of it than was paid."""
    if kind == "created":
        return [msgspec.structs.replace(payment, state="paid", paid_at=payment.created_at)]
    if kind == "captured":
        return [msgspec.structs.replace(payment, amount_minor=payment.amount_minor * 10)]
    return []
