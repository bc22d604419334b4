"""A slip on the screen: the lines and the symbol that the file would print, and whether the payee is still the same.

The customer may print it from the browser, so it passes the very checks of the file (decision 0010).
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from okno.cabinet.documents.core.payees import Payee, payee_of
from okno.cabinet.documents.core.slips import SlipSheet, slip_of
from okno.cabinet.documents.core.troubles import DocumentError
from okno.cabinet.documents.models import Document, PayeeSeen
from okno.cabinet.documents.press.slips import drawing
from okno.cabinet.documents.press.symbols import Matrix
from okno.cabinet.documents.services.making import not_made, ready_of, told_of
from okno.cabinet.kit import rls
from okno.cabinet.kit.buckets import take
from okno.cabinet.kit.problems import Refusal, RefusalError

Payees = Literal["same", "changed", "outdated"]


@dataclass(frozen=True)
class Preview:
    """`sbp`: the payee's static link, if it has one.

    `payees`: `changed` since the slip before, or `outdated`: a later slip has other requisites.
    """

    sheet: SlipSheet
    symbol: Matrix
    sbp: Matrix | None
    as_of: datetime
    payees: Payees


def slip_preview(*, user_id: UUID, document_id: UUID) -> Preview:
    """The user's slip, drawn and read again.

    Raises NotFoundError, ThrottledError, RefusalError not-ready, document-failed, unavailable, and bad-request for a
    document of another kind.
    """
    row = ready_of(user_id, document_id)
    if row.kind != "slip":
        raise RefusalError(Refusal.BAD_REQUEST)
    take("documents-file", str(user_id))
    requisites, payer = told_of(row)
    try:
        payee = payee_of(requisites)
        made = drawing(slip_of(payee, requisites.purpose, payer, row.minor))
    except DocumentError as error:
        raise not_made(row, error) from error
    return Preview(made.sheet, made.symbol, made.sbp, requisites.as_of, _payees(row, payee))


def _payees(row: Document, payee: Payee) -> Payees:
    """Compares with the latest slip of the account that this customer has seen, and remembers a later one."""
    digest = hashlib.sha256(msgspec.json.encode(payee)).hexdigest()
    with rls.acting(row.user_id):
        PayeeSeen.objects.bulk_create(
            [
                PayeeSeen(
                    user_id=row.user_id,
                    account_id=row.account_id,
                    payee_sha256=digest,
                    document_id=row.id,
                    asked_at=row.asked_at,
                    is_changed=False,
                )
            ],
            ignore_conflicts=True,
        )
        seen = PayeeSeen.objects.select_for_update().get(user_id=row.user_id, account_id=row.account_id)
        if seen.document_id == row.id:
            return "changed" if seen.is_changed else "same"
        is_other = seen.payee_sha256 != digest
        if seen.asked_at > row.asked_at:
            return "outdated" if is_other else "same"
        PayeeSeen.objects.filter(user_id=row.user_id, account_id=row.account_id).update(
            payee_sha256=digest, document_id=row.id, asked_at=row.asked_at, is_changed=is_other
        )
    return "changed" if is_other else "same"
