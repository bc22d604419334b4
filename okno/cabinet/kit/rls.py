"""Row-level security's context: who the next statements act for, for one transaction and never longer.

Unset means no rows. The outermost block alone may set it (`durable`), so a context never outlives or changes inside
the transaction that it was given to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import transaction

from okno.cabinet.kit.statements import rows

SET = """
    SELECT set_config('app.user', %s, true), set_config('app.login', %s, true), set_config('app.session', %s, true),
        set_config('app.registration', %s, true), set_config('app.link', %s, true), set_config('app.payment', %s, true)
"""


@contextmanager
def acting(user_id: UUID) -> Iterator[None]:
    """One transaction on behalf of a user."""
    with _context(user=str(user_id)):
        yield


@contextmanager
def naming(login: str) -> Iterator[None]:
    """One transaction that sees only the user of a login (canonical form)."""
    with _context(login=login):
        yield


@contextmanager
def holding(token_hash: bytes) -> Iterator[None]:
    """One transaction that sees only the session of a token."""
    with _context(session=token_hash.hex()):
        yield


@contextmanager
def registering(token_hash: bytes, *, becoming: UUID | None = None) -> Iterator[None]:
    """One transaction that sees only the registration of a token; `becoming`: it acts for the user it makes as well."""
    with _context(registration=token_hash.hex(), user=str(becoming or "")):
        yield


@contextmanager
def following(token_hash: bytes) -> Iterator[None]:
    """One transaction that sees only the payment link of a token, and what was paid by it."""
    with _context(link=token_hash.hex()):
        yield


@contextmanager
def returning(payment_id: UUID) -> Iterator[None]:
    """One transaction that sees only a payment by link, for whoever comes back from the payment system."""
    with _context(payment=str(payment_id)):
        yield


@contextmanager
def _context(
    *,
    user: str = "",
    login: str = "",
    session: str = "",
    registration: str = "",
    link: str = "",
    payment: str = "",
) -> Iterator[None]:
    with transaction.atomic(durable=True):
        rows(SET, [user, login, session, registration, link, payment])
        yield
