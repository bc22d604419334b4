"""Appeals (обращения): a line of an act that a customer disagrees with, and what staff answers him.

The customer raises and reads his own; staff takes and answers, as the role `okno_desk`. What both write is sealed under
the customer's key. Each step is done once: it begins with the row locked, and from the state before it.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from okno.cabinet.accounts.selectors import NotFoundError
from okno.cabinet.documents.core.periods import term_day, term_end
from okno.cabinet.documents.core.reconciliations import ActRow, ActSheet, act_line
from okno.cabinet.documents.models import Appeal, Document
from okno.cabinet.documents.services.asking import KEPT_FOR
from okno.cabinet.documents.services.making import act_of, act_row
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import Detail, audit_write
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.kit.statements import Value, rows
from okno.cabinet.kit.vault import VaultError, field_open, field_seal
from okno.cabinet.notices.services import sms_enqueue
from okno.protocol.ids import new_id

log = structlog.get_logger("okno.documents")

DATABASE = "desk"
TEXT_CHARS_MAX = 2000
#: An open appeal keeps its act for so long; an answered one as a new document is kept.
KEPT_OPEN = timedelta(days=365)
PURPOSE = "appeal"
SMS_LIVES = timedelta(days=1)
REACH = "SELECT phone_sealed, locale FROM documents_appeal_reach(%s)"
NEWS = {
    "ru": "Мы ответили на ваше обращение № {number} по акту сверки. Ответ в личном кабинете{link}",
    "en": "We have answered your appeal No. {number} about a reconciliation statement. See your account{link}",
}
# The database gives the number.
RAISE = """
    INSERT INTO documents_appeal (id, user_id, document_id, account_id, line, day, document, debit, credit,
        content_sha256, note, due_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING number
"""


@dataclass(frozen=True)
class AppealTold:
    """An appeal in words: as its customer and whoever answers it read it. `answer` is None until there is one.

    `answer_by`: the last day of its term; `is_late`: that has passed without an answer.
    """

    number: int
    line: int
    state: str
    note: str
    raised_at: datetime
    answer_by: date
    is_late: bool
    taken_at: datetime | None
    answer: str | None
    answered_at: datetime | None


def appeal_raise(*, user_id: UUID, document_id: UUID, line: int, note: str) -> UUID:
    """The customer disagrees with that line of his act, in his own words; returns the appeal's id.

    Raises as `act_row` does, bad-request for a line that is not there, words-wrong, already-said for a line named
    before, ThrottledError. Nothing is stored then.
    """
    row = act_row(user_id, document_id)
    sheet = act_of(row)
    printed = act_line(sheet, line)
    if printed is None:
        raise RefusalError(Refusal.BAD_REQUEST)
    words = _words(note)
    take("appeal-raise", str(user_id))
    appeal = _drafted(row, sheet, printed)
    try:
        with rls.acting(user_id):
            appeal.note = field_seal(user_id, _place(appeal, "note"), words)
            rows(RAISE, _members(appeal))
            Document.objects.filter(id=row.id).update(expires_at=datetime.now(UTC) + KEPT_OPEN)
            audit_write(
                actor=f"user:{user_id}",
                action="appeal.raise",
                subject=f"account:{row.account_id}",
                detail=_named(appeal),
            )
    except IntegrityError as error:
        raise RefusalError(Refusal.ALREADY_SAID) from error
    return appeal.id


def appeals_of(*, user_id: UUID, document_id: UUID) -> list[AppealTold]:
    """The customer's own on that act, by line. Raises as `act_row` does."""
    row = act_row(user_id, document_id)
    with rls.acting(user_id):
        found = Appeal.objects.filter(user_id=user_id, document_id=row.id).order_by("line")
        return [_told(appeal, DEFAULT_DB_ALIAS) for appeal in found]


def appeal_told(appeal_id: UUID) -> AppealTold:
    """One in words, for whoever of the staff answers it. Raises NotFoundError."""
    with transaction.atomic(using=DATABASE):
        appeal = Appeal.objects.using(DATABASE).filter(id=appeal_id).first()
        if appeal is None:
            raise NotFoundError("appeal")
        return _told(appeal, DATABASE)


def appeal_take(*, staff: int, appeal_id: UUID) -> None:
    """From now on it is that person's; one in work may pass from hand to hand.

    Raises NotFoundError, RefusalError wrong-step for an answered one.
    """
    with transaction.atomic(using=DATABASE):
        appeal = _locked(appeal_id, {"new", "taken"})
        appeal.state, appeal.owner = "taken", f"staff:{staff}"
        appeal.taken_at = appeal.taken_at or datetime.now(UTC)
        appeal.save(using=DATABASE, update_fields=["state", "owner", "taken_at"])
        audit_write(
            actor=appeal.owner,
            action="appeal.take",
            subject=f"account:{appeal.account_id}",
            detail=_named(appeal),
            using=DATABASE,
        )


def appeal_answer(*, staff: int, appeal_id: UUID, answer: str) -> None:
    """Answer one in work, once: the customer reads it beside the line, and is told by SMS that it is there.

    Raises NotFoundError, RefusalError words-wrong, wrong-step when it is not in work, unavailable when the customer's
    key is gone. Nothing is stored then.
    """
    words, now = _words(answer), datetime.now(UTC)
    with transaction.atomic(using=DATABASE):
        appeal = _locked(appeal_id, {"taken"})
        appeal.answer = _answer_sealed(appeal, words)
        appeal.state, appeal.answered_by, appeal.answered_at = "answered", f"staff:{staff}", now
        appeal.save(using=DATABASE, update_fields=["state", "answer", "answered_by", "answered_at"])
        waits = Appeal.objects.using(DATABASE).filter(document_id=appeal.document_id, answered_at=None)
        if not waits.exists():
            kept = Document.objects.using(DATABASE).filter(id=appeal.document_id)
            kept.update(expires_at=now + KEPT_FOR)
        _tell(appeal)
        audit_write(
            actor=appeal.answered_by,
            action="appeal.answer",
            subject=f"account:{appeal.account_id}",
            detail=_named(appeal),
            using=DATABASE,
        )


def _answer_sealed(appeal: Appeal, words: str) -> bytes:
    """Under the key that opens what was asked: the desk may make nobody a new one. Raises RefusalError unavailable."""
    try:
        field_open(appeal.user_id, _place(appeal, "note"), bytes(appeal.note), using=DATABASE)
        return field_seal(appeal.user_id, _place(appeal, "answer"), words, using=DATABASE)
    except VaultError as error:
        raise RefusalError(Refusal.UNAVAILABLE) from error


def _tell(appeal: Appeal) -> None:
    """No name, no account, nothing of what was said: whoever holds the phone signs in to read it."""
    reached = rows(REACH, [appeal.id], using=DATABASE)
    if not reached:
        return
    ((phone_sealed, locale),) = reached
    link = f": {settings.OKNO.portal_url}/documents/{appeal.document_id}" if settings.OKNO.portal_url else "."
    text = NEWS["en" if locale == "en" else "ru"].format(link=link, number=appeal.number)
    sms_enqueue(to_sealed=phone_sealed, purpose=PURPOSE, text=text, lifetime=SMS_LIVES, using=DATABASE)


def _locked(appeal_id: UUID, states: set[str]) -> Appeal:
    """The row, ours until the transaction ends. Raises NotFoundError, RefusalError wrong-step."""
    appeal = Appeal.objects.using(DATABASE).select_for_update().filter(id=appeal_id).first()
    if appeal is None:
        raise NotFoundError("appeal")
    if appeal.state not in states:
        raise RefusalError(Refusal.WRONG_STEP)
    return appeal


def _drafted(row: Document, sheet: ActSheet, printed: ActRow) -> Appeal:
    return Appeal(
        id=UUID(new_id()),
        user_id=row.user_id,
        document_id=row.id,
        account_id=row.account_id,
        line=printed.line,
        day=printed.day,
        document=printed.document,
        debit=printed.debit,
        credit=printed.credit,
        content_sha256=hashlib.sha256(msgspec.json.encode(sheet)).hexdigest(),
        due_at=term_end(datetime.now(UTC), settings.OKNO.appeal_days, _zone()),
    )


def _members(appeal: Appeal) -> list[Value]:
    """In the order of RAISE."""
    return [
        appeal.id,
        appeal.user_id,
        appeal.document_id,
        appeal.account_id,
        appeal.line,
        appeal.day,
        appeal.document,
        appeal.debit,
        appeal.credit,
        appeal.content_sha256,
        bytes(appeal.note),
        appeal.due_at,
    ]


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.OKNO.time_zone)


def _words(text: str) -> str:
    """What was typed, without what surrounds it: a form sends each new line as two signs. Raises RefusalError."""
    words = text.replace("\r\n", "\n").strip()
    if not 0 < len(words) <= TEXT_CHARS_MAX:
        raise RefusalError(Refusal.WORDS_WRONG)
    return words


def _told(appeal: Appeal, using: str) -> AppealTold:
    return AppealTold(
        number=appeal.number,
        line=appeal.line,
        state=appeal.state,
        note=_opened(appeal, "note", using) or "",
        raised_at=appeal.raised_at,
        answer_by=term_day(appeal.due_at, _zone()),
        is_late=appeal.answered_at is None and appeal.due_at <= datetime.now(UTC),
        taken_at=appeal.taken_at,
        answer=_opened(appeal, "answer", using),
        answered_at=appeal.answered_at,
    )


def _opened(appeal: Appeal, what: str, using: str) -> str | None:
    """None where there is nothing; empty where the key is gone."""
    sealed = getattr(appeal, what)
    if sealed is None:
        return None
    try:
        return field_open(appeal.user_id, _place(appeal, what), bytes(sealed), using=using)
    except VaultError:
        log.warning("vault-unreadable", place=f"documents_appeal|{what}")
        return ""


def _place(appeal: Appeal, what: str) -> str:
    """Bound to its row: a person's words of one line cannot be moved to another."""
    return f"documents_appeal|{what}|{appeal.id}"


def _named(appeal: Appeal) -> Detail:
    return {"appeal": str(appeal.id), "document": str(appeal.document_id), "line": appeal.line}
