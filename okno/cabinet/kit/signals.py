"""Security signals for the detectors, named by the OWASP logging vocabulary; no relation to Django's signals."""

from typing import Literal
from uuid import UUID

import msgspec
from django.db import DEFAULT_DB_ALIAS

from okno.cabinet.kit.audit import Detail
from okno.cabinet.kit.statements import changed

Name = Literal[
    "authn_login_success",
    "authn_login_fail",
    "authn_login_fail_max",
    "authn_password_change",
    "authz_fail",
    "excess_rate_limit_exceeded",
    "malicious_csrf",
]


def signal_write(
    name: Name,
    *,
    session_id: UUID | None = None,
    user_id: UUID | None = None,
    detail: Detail | None = None,
    source: str = "web",
    using: str = DEFAULT_DB_ALIAS,
) -> None:
    """Insert one signal. A refusal rolls its own work back first and raises the signal after, or it would be lost."""
    changed(
        "INSERT INTO kit_signal (source, name, session_id, user_id, detail) VALUES (%s, %s, %s, %s, %s)",
        [source, name, session_id, user_id, msgspec.json.encode(detail or {}).decode()],
        using=using,
    )
