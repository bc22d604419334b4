"""Business events that nobody may deny later, in the same transaction as the change they tell of.

The database numbers and chains them (migration 0002): no writer can skip, change or remove one unseen. `detail` holds
ids and kinds, never personal data. Write the audit row last: the chain's head stays locked until the transaction ends.
"""

import msgspec
from django.db import DEFAULT_DB_ALIAS

from okno.cabinet.kit.statements import changed, rows

Detail = dict[str, str | int | bool | None]


def audit_write(
    *, actor: str, action: str, subject: str, detail: Detail | None = None, using: str = DEFAULT_DB_ALIAS
) -> None:
    """`actor` like `user:<id>` or `staff:<id>`; `action` like `session.open`."""
    changed(
        "INSERT INTO kit_audit (actor, action, subject, detail, prev_hash, hash) VALUES (%s, %s, %s, %s, '', '')",
        [actor, action, subject, msgspec.json.encode(detail or {}).decode()],
        using=using,
    )


def audit_verify(*, using: str) -> int | None:
    """The number of the first row whose link is broken, or None for a whole chain. For the desk's or worker's role."""
    ((first,),) = rows("SELECT kit_audit_verify()", using=using)
    return None if first is None else int(first)
