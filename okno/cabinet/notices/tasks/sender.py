"""The sender: opens what is sealed to it and hands it to its channel's carrier, at most once accepted per message.

A row is `sending` from before the carrier is asked until its answer is stored. Whoever finds a row left in that state
asks the carrier what it knows of the message's id before sending: only a certain "not accepted" is followed by another
try. SMTP knows nothing of ids: a letter in doubt goes out again, with the same Message-ID. Letters wait for a relay for
days, by a dispatcher of their own: a relay that is slow or away holds up no code. Phones, addresses and texts
live in this process's memory alone; no log and no row holds them in the clear.

Of what the inside wrote nobody before the sender knows the phone, or whether there is one: blanks cost no budget here
(whoever asks about nobody must not use up other people's codes), and the phone's own budget is counted here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from okno.cabinet.kit.processes.bell import Bell
from okno.cabinet.kit.processes.dispatcher import Clock, Connection, Dispatcher, Point, pass_by, utc_now
from okno.cabinet.kit.processes.rows import signal_write
from okno.cabinet.kit.processes.trust import opening_key
from okno.cabinet.notices.tasks import budget, phones
from okno.cabinet.notices.tasks.opening import Errand, Opened, opened
from okno.cabinet.notices.tasks.patience import Patience, Pauses, next_try
from okno.carriers.http_sms import HttpSms, HttpSmsSettings
from okno.carriers.mail_address import address_of
from okno.carriers.port import Carrier, NoAnswer, NotAccepted
from okno.carriers.smtp import Smtp, SmtpSettings
from okno.protocol.errors import ProtocolError

log = structlog.get_logger("okno.cabinet.sender")

#: How often one claim looks again when all it found needs no carrier.
LOOKS_MAX = 25
CHANNELS = ("sms", "email")


# Why a letter never left stays to be read; why a code did not is of no use any more.
EXPIRE = """
    UPDATE notices_message SET state = 'failed',
           last_error = CASE channel WHEN 'email' THEN concat_ws(': ', 'expired', last_error) ELSE 'expired' END
     WHERE state = 'queued' AND next_attempt_at <= %(now)s AND expires_at <= %(now)s AND channel = ANY(%(channels)s)
    RETURNING id::text, channel, last_error
"""
DUE = """
    SELECT id::text, channel, to_sealed, body_sealed, subject, expires_at, attempts + 1, state = 'sending',
           doubts + (state = 'sending')::int
      FROM notices_message
     WHERE state IN ('queued', 'sending') AND next_attempt_at <= %s AND channel = ANY(%s)
     ORDER BY created_at LIMIT %s FOR UPDATE SKIP LOCKED
"""


class SenderSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dsn: str
    """As role okno_sender."""
    opening_key: str
    """Path of the sender's opening key."""
    sms_url: str
    sms_token: str
    sms_origin: str = "Okno"
    regions: tuple[str, ...] = ("RU",)
    """Regions (ISO 3166) whose mobile numbers get messages."""
    budget_per_hour: int = 3_000
    phone_per_minute: int = 2
    """To one phone, of what the inside writes: rules 3.2 of the security reference; a little slack in place of 1 per
    30 s, since a message is counted when it arrives."""
    phone_per_hour: int = 3
    phone_per_day: int = 6
    smtp: SmtpSettings | None = None
    """Without a relay no letter leaves: the portal must not offer any then (`letters` of its settings)."""
    letters_per_hour: int = 1_000
    slots: int = 4
    lease_s: float = 30.0
    backoff_s_min: float = 1.0
    backoff_s_max: float = 30.0
    attempts_max: int = 20
    """Of an SMS; a letter is tried until its time is over."""
    letter_slots: int = 2
    letter_backoff_s_max: float = 900.0
    letter_doubt_s_min: float = 60.0
    letter_doubt_s_max: float = 21_600.0
    """After a try without an answer, doubled up to this: each further one may be one more copy."""

    def patience(self, channel: str) -> Patience:
        if channel == "email":
            doubt = Pauses(self.letter_doubt_s_min, self.letter_doubt_s_max)
            return Patience(Pauses(self.backoff_s_min, self.letter_backoff_s_max), doubt, None)
        return Patience(Pauses(self.backoff_s_min, self.backoff_s_max), None, self.attempts_max)


@dataclass(frozen=True)
class Back:
    """The state that the row takes: sent, failed, queued (not accepted), sending (still in doubt)."""

    errand: Errand
    state: str
    carrier_id: str | None = None
    reason: str | None = None
    after_s: float | None = None


class NoticeDesk:
    """See `okno.cabinet.kit.processes.dispatcher.Desk`."""

    def __init__(
        self,
        settings: SenderSettings,
        carriers: Mapping[str, Carrier],
        *,
        channels: Sequence[str] = CHANNELS,
        clock: Clock = utc_now,
        point: Point = pass_by,
    ) -> None:
        self._settings = settings
        self._carriers = carriers
        self._channels = list(channels)
        self._clock = clock
        self._point = point
        self._key = opening_key(settings.opening_key)

    def claim(self, connection: Connection, slots: int, now: datetime) -> Sequence[Errand]:
        over = connection.execute(EXPIRE, {"now": now, "channels": self._channels}).fetchall()
        for message, channel, reason in over:
            if channel == "email":
                log.error("letter-given-up", message=message, reason=reason)
        for _ in range(LOOKS_MAX):
            found = self._due(connection, slots, now)
            taken = self._take(connection, found, now)
            if taken or not found:
                return taken
        return []

    def _due(self, connection: Connection, slots: int, now: datetime) -> list[Errand]:
        rows = connection.execute(DUE, [now, self._channels, slots]).fetchall()
        return [Errand(*row) for row in rows]

    def _take(self, connection: Connection, errands: Sequence[Errand], now: datetime) -> list[Errand]:
        """Those for the carrier, within the budgets; what needs no carrier ends here, what is too much is put off."""
        fresh = [errand for errand in errands if errand.attempts == 1]
        judged = [back for errand in fresh if (back := self._judge(connection, errand, now)) is not None]
        over = {back.errand.id for back in judged}
        fresh = [errand for errand in fresh if errand.id not in over]
        late: list[Errand] = []
        budgets = {"sms": self._settings.budget_per_hour, "email": self._settings.letters_per_hour}
        for channel, per_hour in budgets.items():
            wanted = [errand for errand in fresh if errand.channel == channel]
            if wanted:
                reserved = budget.reserve(connection, channel, len(wanted), per_hour, now)
                self._put_off(connection, wanted[reserved.granted :], reserved.again_at)
                late += wanted[reserved.granted :]
        begun = [errand for errand in errands if errand not in late]
        connection.execute(
            "UPDATE notices_message SET state = 'sending', attempts = attempts + 1, next_attempt_at = %s,"
            " doubts = doubts + (state = 'sending')::int WHERE id = ANY(%s::uuid[])",
            [now + timedelta(seconds=self._settings.lease_s), [errand.id for errand in begun]],
        )
        self.mark(connection, judged, now)
        return [errand for errand in begun if errand.id not in over]

    def _judge(self, connection: Connection, errand: Errand, now: datetime) -> Back | None:
        """What becomes of a message that the inside wrote, if no carrier is to be asked."""
        if errand.to_sealed is not None:
            return None
        found = self._opened(errand)
        if isinstance(found, Back):
            return found
        windows = budget.phone_windows(
            self._settings.phone_per_minute, self._settings.phone_per_hour, self._settings.phone_per_day
        )
        if not budget.phone_take(connection, budget.phone_key(found.to, self._key), windows, now):
            return Back(errand, "failed", reason="phone-budget")
        return None

    def due(self, connection: Connection) -> datetime | None:
        row = connection.execute(
            "SELECT min(next_attempt_at) FROM notices_message"
            " WHERE state IN ('queued', 'sending') AND channel = ANY(%s)",
            [self._channels],
        ).fetchone()
        return row[0] if row is not None else None

    def work(self, errand: Errand) -> Back:
        found = self._opened(errand)
        return found if isinstance(found, Back) else self._carry(errand, found.to, found.text)

    def _opened(self, errand: Errand) -> Opened | Back:
        """A text and the number in E.164 or the address that it may go to, or what the row ends as."""
        try:
            found = opened(errand, self._key)
        except ProtocolError as error:
            return Back(errand, "failed", reason=error.code.value)
        except msgspec.MsgspecError:
            return Back(errand, "failed", reason="content")
        if not found.to:
            # A blank: the inside answers alike whether or not it knows the customer.
            return Back(errand, "sent", reason="blank")
        if errand.channel == "email":
            to, refused = address_of(found.to), "address-not-allowed"
        else:
            to, refused = phones.allowed(found.to, self._settings.regions), "phone-not-allowed"
        return Opened(to, found.text) if to is not None else Back(errand, "failed", reason=refused)

    def broken(self, errand: Errand, error: Exception) -> Back:
        # What the carrier knows is uncertain now.
        return Back(errand, "sending", reason=type(error).__name__)

    def mark(self, connection: Connection, done: Sequence[Back], now: datetime) -> None:
        for back in done:
            self._mark_one(connection, back, now)

    def _carry(self, errand: Errand, to: str, text: str) -> Back:
        carrier = self._carriers.get(errand.channel)
        if carrier is None:
            return Back(errand, "failed", reason="no-carrier")
        try:
            if errand.doubtful and (known := carrier.find(errand.id)) is not None:
                return Back(errand, "sent", carrier_id=known.carrier_id)
            if errand.expires_at <= self._clock():
                return Back(errand, "failed", reason="expired")
            self._point("before-carrier")
            accepted = carrier.send(errand.id, to, text)
            self._point("after-carrier")
        except NotAccepted as refusal:
            state = "queued" if refusal.retryable else "failed"
            return Back(errand, state, reason=refusal.reason, after_s=refusal.after_s)
        except NoAnswer as silence:
            return Back(errand, "sending", reason=str(silence))
        return Back(errand, "sent", carrier_id=accepted.carrier_id)

    def _mark_one(self, connection: Connection, back: Back, now: datetime) -> None:
        errand, state = back.errand, back.state
        patience = self._settings.patience(errand.channel)
        if state in {"queued", "sending"} and patience.is_over(errand.attempts):
            state = "failed"
        wait_s = patience.pause_s(errand.attempts, errand.doubts if state == "sending" else None)
        ends = errand.expires_at if errand.channel == "email" else None
        connection.execute(
            """
            UPDATE notices_message SET state = %s, carrier_id = COALESCE(%s, carrier_id), last_error = %s,
                   next_attempt_at = %s
             WHERE id = %s AND state = 'sending'
            """,
            [state, back.carrier_id, back.reason, next_try(now, wait_s, back.after_s, ends), errand.id],
        )
        log.info("notice", message=errand.id, state=state, reason=back.reason, attempts=errand.attempts)
        if back.reason in {"phone-not-allowed", "address-not-allowed"}:
            signal_write(connection, "sender", "input_validation_fail", {"message": errand.id, "reason": back.reason})

    def _put_off(self, connection: Connection, late: Sequence[Errand], again_at: datetime) -> None:
        connection.execute(
            "UPDATE notices_message SET next_attempt_at = %s, last_error = 'budget' WHERE id = ANY(%s::uuid[])",
            [again_at, [errand.id for errand in late]],
        )


def carriers_of(settings: SenderSettings) -> dict[str, Carrier]:
    """By channel."""
    sms = HttpSmsSettings(
        url=settings.sms_url,
        token=settings.sms_token,
        origin=settings.sms_origin,
        connections_max=settings.slots,
    )
    letters: dict[str, Carrier] = {"email": Smtp(settings.smtp)} if settings.smtp is not None else {}
    return {"sms": HttpSms(sms), **letters}


class Sender:
    """The process, with the carriers of its settings."""

    def __init__(
        self,
        settings: SenderSettings,
        *,
        clock: Clock = utc_now,
        point: Point = pass_by,
    ) -> None:
        carriers = carriers_of(settings)
        lines = {"sender": ("sms", settings.slots), "sender-letters": ("email", settings.letter_slots)}
        self._dispatchers = [
            Dispatcher(
                name,
                settings.dsn,
                NoticeDesk(settings, carriers, channels=[channel], clock=clock, point=point),
                slots=slots,
                clock=clock,
            )
            for name, (channel, slots) in lines.items()
        ]
        self._bell = Bell("sender-bell", settings.dsn, ["okno_notice"], self._ring)

    def start(self) -> None:
        for dispatcher in self._dispatchers:
            dispatcher.start()
        self._bell.start()

    def stop(self) -> None:
        self._bell.stop()
        for dispatcher in self._dispatchers:
            dispatcher.stop()

    def _ring(self, _channel: str, _payload: str) -> None:
        for dispatcher in self._dispatchers:
            dispatcher.ring()
