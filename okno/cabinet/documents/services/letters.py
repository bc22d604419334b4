"""A link to a document by e-mail: what waits and until when, and nothing that anybody but its owner may read.

The address is typed each time and kept nowhere but in the letter's own row, sealed to the sender; throttles know it by
a keyed hash. Whoever gets the letter by mistake has a link that opens a sign-in.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from okno.cabinet.documents.core.figures import Locale, day_long
from okno.cabinet.documents.models import Document
from okno.cabinet.documents.services.making import ready_of
from okno.cabinet.identity.selectors import locale_of
from okno.cabinet.kit import rls
from okno.cabinet.kit.audit import audit_write
from okno.cabinet.kit.buckets import give_back, take
from okno.cabinet.kit.problems import Refusal, RefusalError
from okno.cabinet.notices.services import letter_enqueue
from okno.carriers.mail_address import address_of

PURPOSE = "document"
#: What could not be sent within a day is no longer waited for.
LIFETIME_MAX = timedelta(days=2)
KINDS: dict[Locale, dict[str, str]] = {
    "ru": {
        "slip": "Квитанция на оплату",
        "statement": "Выписка по счёту",
        "reconciliation": "Акт сверки",
        "bill": "Счёт на оплату",
    },
    "en": {
        "slip": "Payment slip",
        "statement": "Account statement",
        "reconciliation": "Reconciliation statement",
        "bill": "Bill",
    },
}
TEXTS: dict[Locale, str] = {
    "ru": """{kind}: ссылка на документ

Здравствуйте!

Документ ждёт в личном кабинете до {day}. После входа его можно посмотреть и скачать:
{link}

Без входа по ссылке ничего не видно. Если вы не просили её присылать, удалите это письмо.

{company}
""",
    "en": """{kind}: a link to the document

Hello,

The document waits in your personal account until {day}. Sign in to see and download it:
{link}

Without signing in the link shows nothing. If you did not ask for it, delete this letter.

{company}
""",
}


def letter_send(*, user_id: UUID, document_id: UUID, key: UUID, email: str) -> str:
    """Send a link to the user's ready document; returns the address, masked. One letter per key and address.

    Raises NotFoundError, ThrottledError, RefusalError not-ready, document-failed, no-letters, wrong-address. Nothing is
    stored then.
    """
    row = ready_of(user_id, document_id)
    if not row.can_mail:
        raise RefusalError(Refusal.NO_LETTERS)
    address = address_of(email.strip())
    if address is None:
        raise RefusalError(Refusal.WRONG_ADDRESS)
    budgets = {"letter-user": str(user_id), "letter-address": address.lower()}
    for scope, thing in budgets.items():
        take(scope, thing)
    text, now = _text(row, locale_of(user_id)), datetime.now(UTC)
    with rls.acting(user_id):
        is_new = letter_enqueue(
            wish=_wish(row, key, address),
            email=address,
            purpose=PURPOSE,
            text=text,
            lifetime=min(LIFETIME_MAX, row.expires_at - now),
        )
        if is_new:
            audit_write(
                actor=f"user:{user_id}",
                action="document.letter",
                subject=f"account:{row.account_id}",
                detail={"document": str(row.id)},
            )
    if not is_new:
        for scope, thing in budgets.items():
            give_back(scope, thing)
    name, _, host = address.rpartition("@")
    return f"{name[0]}…@{host}"


def _text(row: Document, locale: Locale) -> str:
    day = row.expires_at.astimezone(ZoneInfo(settings.OKNO.time_zone)).date()
    return TEXTS[locale].format(
        kind=KINDS[locale][row.kind],
        day=day_long(day, locale),
        link=f"{settings.OKNO.portal_url}/documents/{row.id}",
        company=settings.OKNO.company,
    )


def _wish(row: Document, key: UUID, address: str) -> str:
    """A hash, since an address can be guessed."""
    text = f"letter|{row.id}|{key}|{address}".encode()
    return hmac.new(settings.OKNO.pepper_bytes, text, hashlib.sha256).hexdigest()
