"""The till: starts attempts at their providers, asks about them, and takes what the books have answered.

The only process of the cabinet that calls payment systems, and with the counter the only one that holds their secrets.
A row carries its own next moment (`ask_at`), which is its lease as well: what a killed till had in hand comes again,
and every call to a provider bears the attempt's own key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import msgspec
import structlog
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Dispatcher, Point, pass_by, utc_now
from okno.cabinet.kit.processes.rows import signal_write
from okno.cabinet.kit.processes.trust import Trust, opening_key
from okno.cabinet.payments.providers.port import Provider, Snapshot
from okno.cabinet.payments.services.alarm import Watch
from okno.cabinet.payments.services.autopaying.turns import Turns
from okno.cabinet.payments.services.deciding import decisions_settle
from okno.cabinet.payments.services.keeping.keeper import Keeper
from okno.cabinet.payments.services.keeping.storing import card_keep
from okno.cabinet.payments.services.moving import snapshot_apply
from okno.cabinet.payments.services.posting import postings_settle
from okno.cabinet.payments.services.promising.settling import promises_settle
from okno.cabinet.payments.services.receipting.making import ReceiptSettings
from okno.cabinet.payments.services.receipting.refunding import refund_receipt
from okno.cabinet.payments.services.resending.sending import again_send
from okno.cabinet.payments.services.telling import Officers
from okno.cabinet.payments.tasks.afterwards import TOLD_WITHIN, AfterwardsDesk
from okno.cabinet.payments.tasks.autopay import AutopayDesk
from okno.cabinet.payments.tasks.errands import Back, Errand, Words, ask_next, go_of, receipt_for, return_url, run
from okno.cabinet.payments.tasks.returns import (
    Given,
    Giving,
    give,
    given_mark,
    returns_claim,
    returns_due,
    returns_settle,
)
from okno.protocol.money.amount import Money

log = structlog.get_logger("okno.cabinet.till")

DUE = """
    SELECT attempt.id::text, payment.id::text, attempt.number, attempt.state, attempt.provider, attempt.provider_id,
           payment.amount, payment.currency, payment.number, payment.locale, attempt.created_at, attempt.expires_at,
           attempt.asks, attempt.save_card, attempt.card_id::text, card.sealed, contact.id::text, contact.sealed,
           payment.link_id IS NOT NULL, attempt.unattended, NULLIF(challenge.proof, '')
      FROM payments_attempt attempt JOIN payments_payment payment ON payment.id = attempt.payment_id
      LEFT JOIN payments_card card ON card.id = attempt.card_id
      LEFT JOIN payments_contact contact ON contact.id = payment.contact_id
      LEFT JOIN payments_challenge challenge ON challenge.attempt_id = attempt.id
     WHERE attempt.ask_at <= %s ORDER BY attempt.ask_at LIMIT %s FOR UPDATE OF attempt SKIP LOCKED
"""
LEASE = "UPDATE payments_attempt SET ask_at = %s, asks = asks + 1 WHERE id = ANY(%s::uuid[])"
STARTED = """
    UPDATE payments_attempt SET state = 'started', go = %(go)s, provider_id = %(provider_id)s,
           expires_at = COALESCE(%(expires_at)s, expires_at)
     WHERE id = %(id)s AND state = 'created'
"""
# Where the owner of a card that is charged has to confirm.
CONFIRM = "UPDATE payments_attempt SET go = %s WHERE id = %s AND state IN ('pending', 'authorized')"
CHALLENGE = """
    INSERT INTO payments_challenge (attempt_id, form, back) VALUES (%s, %s, %s)
    ON CONFLICT (attempt_id) DO UPDATE SET form = EXCLUDED.form
"""
PROOF_TOLD = "UPDATE payments_challenge SET proof = '' WHERE attempt_id = %s"
RECEIPT = """
    INSERT INTO payments_receipt (attempt_id, ask_at) VALUES (%(id)s, %(ask_at)s) ON CONFLICT (attempt_id) DO NOTHING
"""
# A notice that came while the provider was being asked has brought the moment forward: it stands, since the answer in
# hand may be older than the news.
NEXT = """
    UPDATE payments_attempt SET ask_at = %(next)s
     WHERE id = %(id)s AND state NOT IN ('paid', 'mismatch') AND ask_at > %(now)s
"""


RETURNS_PART = 4


class TillSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`providers`: settings of each adapter that is on, by its name, with a `wire` in each.

    `opening_key` opens what payers let us keep, `keylist` and `root_public` seal it: without them no card is kept and
    no receipt made. `receipts`: what stands in a fiscal receipt.
    `time_zone` cuts the business day; `differences_owner` has what does not agree until somebody takes it.
    `payers`: provider -> INN or account that its transfers to the bank come from. `books_mark`: how keys of our
    payments begin in the books. `pepper` (the portal's) and `systems` find the account that a transfer names; without
    the pepper or a key list staff finds it. `payout_terms` (of `reconciliation.core.terms`) and `bank_holidays`: when
    a payment system's transfer has to have come. `alarm_letters`: addresses that are told when notices are refused or
    do not come; they need the key list.
    """

    dsn: str
    """As role okno_till."""
    providers: dict[str, dict[str, object]]
    return_url: str
    """`https://…/payments/{payment}`."""
    link_return_url: str = ""
    """`https://…/paid/{payment}`: of who pays by a link, without signing in."""
    opening_key: str | None = None
    keylist: str | None = None
    root_public: str | None = None
    receipts: ReceiptSettings | None = None
    time_zone: str = "Europe/Moscow"
    description_ru: str = "Оплата № {number}"
    description_en: str = "Payment {number}"
    takes_test: bool = False
    differences_owner: str = "accounting"
    payers: dict[str, str] = {}
    books_mark: str = "payment:"
    pepper: str = ""
    systems: tuple[str, ...] = ("main",)
    payout_terms: tuple[dict[str, object], ...] = ()
    bank_holidays: tuple[date, ...] = ()
    alarm_letters: tuple[str, ...] = ()
    slots: int = 8
    lease_s: float = 30.0
    """How long a killed till's errand stays untouched: two calls that both run out of their 13 s."""


class TillDesk:
    """See `okno.cabinet.kit.processes.dispatcher.Desk`."""

    def __init__(
        self,
        settings: TillSettings,
        providers: Mapping[str, Provider],
        *,
        clock: Clock = utc_now,
        point: Point = pass_by,
    ) -> None:
        self._settings = settings
        self._providers = providers
        self._keeper = keeper_of(settings)
        self._words = Words(
            description={"ru": settings.description_ru, "en": settings.description_en},
            return_url=settings.return_url,
            link_return_url=settings.link_return_url or settings.return_url,
            keeper=self._keeper,
            receipts=settings.receipts,
            zone=ZoneInfo(settings.time_zone),
        )
        self._clock = clock
        self._point = point
        self._receipts = partial(
            refund_receipt, keeper=self._keeper, settings=settings.receipts, zone=ZoneInfo(settings.time_zone)
        )
        self._watch = Watch(officers_of(settings))

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[Errand | Giving]:
        decisions_settle(connection, now)
        postings_settle(connection, now)
        returns_settle(connection, now)
        again_send(connection)
        promises_settle(connection, now)
        self._watch.turn(connection, now)
        until = now + timedelta(seconds=self._settings.lease_s)
        # What goes back has slots of its own kept free: who pays in does not keep others from their money.
        giving = returns_claim(connection, max(1, slots // RETURNS_PART), now, until, self._receipts)
        free = max(0, slots - len(giving))
        errands = [_errand(row) for row in connection.execute(DUE, [now, free]).fetchall()]
        connection.execute(LEASE, [until, [errand.attempt for errand in errands]])
        return [*errands, *giving]

    def due(self, connection: Connection) -> datetime | None:
        row = connection.execute("SELECT min(ask_at) FROM payments_attempt").fetchone()
        paying: datetime | None = None if row is None else row[0]
        moments = [moment for moment in (paying, returns_due(connection)) if moment is not None]
        return min(moments, default=None)

    def work(self, job: Errand | Giving) -> Back | Given:
        provider = self._providers.get(job.provider)
        if isinstance(job, Giving):
            done: Back | Given = give(job, provider, self._clock)
        else:
            done = run(job, provider, self._words, self._clock)
        self._point("provider-answered")
        return done

    def broken(self, job: Errand | Giving, error: Exception) -> Back | Given:
        if isinstance(job, Giving):
            return Given(giving=job, outcome="away", reason=type(error).__name__)
        return Back(errand=job, outcome="away", reason=type(error).__name__)

    def mark(self, connection: Connection, done: Sequence[Back | Given], now: datetime) -> None:
        for back in done:
            if isinstance(back, Given):
                given_mark(connection, back, now)
            else:
                self._mark(connection, back, now)
        self._point("marked")

    def _mark(self, connection: Connection, back: Back, now: datetime) -> None:
        errand = back.errand
        if back.started is not None:
            values = {
                "id": errand.attempt,
                "go": Jsonb(go_of(back.started.go)),
                "provider_id": back.started.provider_id,
                "expires_at": back.started.expires_at,
            }
            connection.execute(STARTED, values)
        self._receipt_expect(connection, back, now)
        if (told := _told(back)) is not None:
            snapshot_apply(connection, errand.attempt, told, now, takes_test=self._settings.takes_test)
            self._keep(connection, errand, told, now)
        if errand.proof and back.outcome in {"told", "refused"}:
            connection.execute(PROOF_TOLD, [errand.attempt])
        if back.outcome in {"away", "refused"}:
            log.warning("provider-call", provider=errand.provider, outcome=back.outcome, reason=back.reason)
        if back.outcome == "refused":
            detail = {"action": "provider.refused", "provider": errand.provider, "reason": back.reason}
            signal_write(connection, "till", "sequence_fail", detail)
        provider = self._providers.get(errand.provider)
        can_ask = provider is not None and provider.asking is not None
        following = ask_next(back, now, can_ask=can_ask)
        connection.execute(NEXT, {"next": following, "id": errand.attempt, "now": now})

    def _keep(self, connection: Connection, errand: Errand, told: Snapshot, now: datetime) -> None:
        """What the answer brought beside the state: a card to keep, a page to confirm at."""
        if told.go is not None:
            connection.execute(CONFIRM, [Jsonb(go_of(told.go)), errand.attempt])
        if told.challenge is not None:
            row = [errand.attempt, Jsonb(go_of(told.challenge)), return_url(errand, self._words)]
            connection.execute(CHALLENGE, row)
        if told.state == "paid" and told.card is not None and errand.save_card and self._keeper is not None:
            card_keep(connection, errand.attempt, told.card, self._keeper.entry(now))

    def _receipt_expect(self, connection: Connection, back: Back, now: datetime) -> None:
        """A call that was made with a receipt has one; the provider is asked about it, or has a day to tell."""
        errand = back.errand
        provider = self._providers.get(errand.provider)
        begun = back.started is not None or (back.snapshot is not None and errand.state == "created")
        if provider is None or not begun or receipt_for(errand, provider, self._words) is None:
            return
        late = now + TOLD_WITHIN if provider.tells_receipts else None
        first = now if provider.receipt_asking else late
        connection.execute(RECEIPT, {"id": errand.attempt, "ask_at": first})


def officers_of(settings: TillSettings) -> Officers | None:
    """Whom alarms are told by letter; nobody without addresses, or without what seals to the sender."""
    if not settings.alarm_letters or settings.keylist is None or settings.root_public is None:
        return None
    return Officers(settings.alarm_letters, Trust(settings.keylist, settings.root_public).ring)


def keeper_of(settings: TillSettings) -> Keeper | None:
    """What opens and seals, from the files that the settings name."""
    if settings.opening_key is None or settings.keylist is None or settings.root_public is None:
        return None
    return Keeper(opening_key(settings.opening_key), Trust(settings.keylist, settings.root_public).ring)


def _told(back: Back) -> Snapshot | None:
    """What moves the attempt: an answer, a refusal to begin at all, the end of its time."""
    if back.snapshot is not None:
        return back.snapshot
    if back.outcome == "refused" and back.errand.state == "created":
        return Snapshot(state="failed", reason=back.reason)
    return Snapshot(state="expired") if back.outcome == "expired" else None


def _errand(row: TupleRow) -> Errand:
    return Errand(
        attempt=row[0],
        payment=row[1],
        number=row[2],
        state=row[3],
        provider=row[4],
        provider_id=row[5],
        amount=Money(row[6], row[7]),
        payment_number=row[8],
        locale=row[9],
        created_at=row[10],
        expires_at=row[11],
        asks=row[12],
        save_card=row[13],
        card=row[14],
        card_sealed=row[15],
        contact=row[16],
        contact_sealed=row[17],
        by_link=row[18],
        unattended=row[19],
        proof=row[20],
    )


def turns_of(settings: TillSettings, providers: Mapping[str, Provider]) -> Turns | None:
    """Auto-payment, for a till that keeps cards; the customer stops a charge at `/autopay` of the portal."""
    if settings.keylist is None or settings.root_public is None or settings.opening_key is None:
        return None
    ring = Trust(settings.keylist, settings.root_public).ring
    link = f"{settings.return_url.partition('/payments/')[0]}/autopay"
    return Turns(providers=providers, ring=ring, zone=ZoneInfo(settings.time_zone), link=link)


def _autopay_of(
    settings: TillSettings, providers: Mapping[str, Provider], clock: Clock
) -> Dispatcher[None, None] | None:
    turns = turns_of(settings, providers)
    return Dispatcher("till-autopay", settings.dsn, AutopayDesk(turns), slots=1, clock=clock) if turns else None


class Till:
    """The process."""

    def __init__(
        self,
        settings: TillSettings,
        providers: Mapping[str, Provider],
        *,
        clock: Clock = utc_now,
        point: Point = pass_by,
    ) -> None:
        desk = TillDesk(settings, providers, clock=clock, point=point)
        self._dispatcher = Dispatcher("till", settings.dsn, desk, slots=settings.slots, clock=clock)
        afterwards = AfterwardsDesk(providers, keeper_of(settings), lease_s=settings.lease_s)
        self._afterwards = Dispatcher("till-afterwards", settings.dsn, afterwards, slots=2, clock=clock)
        self._autopay = _autopay_of(settings, providers, clock)
        self._bell = Bell("till-bell", settings.dsn, ["okno_till", "okno_answer"], self._ring)

    def start(self) -> None:
        self._bell.start()
        self._dispatcher.start()
        self._afterwards.start()
        if self._autopay is not None:
            self._autopay.start()

    def stop(self) -> None:
        self._bell.stop()
        self._dispatcher.stop()
        self._afterwards.stop()
        if self._autopay is not None:
            self._autopay.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        self._dispatcher.ring()
        self._afterwards.ring()
        if self._autopay is not None:
            self._autopay.ring()
