"""Identification and proof: who fits the facts gets a code, who types it back is granted the customer's accounts.

Both are made so that an answer says nothing about whom it was asked: identification always ends with an attempt and a
message of one size, which is a blank where nobody fitted; a proof is refused in one way whatever the reason.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Sequence

from okno.connectors.runtime.grants import grant_issue
from okno.connectors.runtime.people.codes import HASH_BYTES, Hashes, code_message, code_new, is_phone
from okno.connectors.runtime.people.inside import Inside
from okno.connectors.runtime.port import Facts, Identified, Refusal
from okno.connectors.runtime.store.attempts import NewAttempt, Tripped, attempt_begin, attempt_prove, attempt_try
from okno.connectors.runtime.system import Directory, Reads
from okno.protocol import grants, messages
from okno.protocol.ids import new_id
from okno.protocol.messages import Message
from okno.protocol.messages.customers import GRANTS_MAX
from okno.protocol.pen import Received

log = logging.getLogger(__name__)

RIGHTS: tuple[grants.Right, ...] = ("view", "pay", "documents", "manage")
REFUSED = messages.GrantsAnswer(granted=False)
_NOBODY = Identified((), "")
# Of the OWASP logging vocabulary; the limits by their names in the settings.
RATE_EXCEEDED, ATTEMPTS_LIMIT = "excess_rate_limit_exceeded", "attempts_per_account_hour_max"
TRIES_LIMIT, FAILURES_LIMIT = "tries_max", "failures_per_person_day_max"
NUMBER_CHARS = 16


def identify(inside: Inside, directory: Directory, asked: Received) -> Message:
    """Reply `IdentifyAnswer`. The path is the same for somebody, for nobody, and above the limit."""
    data = asked.data
    assert isinstance(data, messages.CustomerIdentify)
    facts = inside.opened(asked, data.sealed, messages.IdentifyFacts)
    person = _fitting(directory, Facts(facts.number, facts.fact, facts.value))
    attempt, code, hashes = new_id(), code_new(), Hashes(inside.keys.opening)
    number, blank = hashes.number(facts.number), secrets.token_bytes(HASH_BYTES)
    new = NewAttempt(
        id=attempt,
        number=number,
        person=hashes.person(min(person.accounts)) if person.accounts else number,
        code=hashes.code(attempt, code) if person.accounts else blank,
        blank=blank,
        accounts=person.accounts[:GRANTS_MAX],
    )
    with inside.connections.borrow() as connection:
        within = attempt_begin(connection, new, attempts_max=inside.limits.attempts_per_account_hour_max)
    if not within:
        log.warning("attempt %s is one too many for its number", attempt)
        _tripped(inside, asked, ATTEMPTS_LIMIT, number)
    message = code_message(person.phone if within else "", code, number=facts.number, locale=data.locale)
    return messages.IdentifyAnswer(attempt, inside.sealed_to_sender(asked, message))


def _tripped(inside: Inside, asked: Received, limit: str, number: bytes) -> None:
    """By the hash of the number the watch tells one number that is guessed from many."""
    inside.alarm(asked, RATE_EXCEEDED, {"limit": limit, "number": number.hex()[:NUMBER_CHARS]})


def _fitting(directory: Directory, facts: Facts) -> Identified:
    """A system that refuses what was typed has nobody of that kind; whom no code can reach is nobody either."""
    try:
        found = directory.identify(facts)
    except Refusal:
        return _NOBODY
    return found if found is not None and found.accounts and is_phone(found.phone) else _NOBODY


def prove(inside: Inside, asked: Received) -> Message:
    """Reply `GrantsAnswer`: a grant on each account of the customer to the user, or the one refusal."""
    data = asked.data
    assert isinstance(data, messages.CustomerProve)
    typed = inside.opened(asked, data.sealed, messages.TypedCode)
    limits = inside.limits
    with inside.connections.borrow() as connection:
        found = attempt_try(
            connection,
            data.attempt,
            data.user,
            tries_max=limits.tries_max,
            ttl_s=limits.attempt_ttl_s,
            failures_max=limits.failures_per_person_day_max,
        )
    if isinstance(found, Tripped):
        log.warning("a code for attempt %s is one too many", data.attempt)
        _tripped(inside, asked, TRIES_LIMIT if found.is_attempt else FAILURES_LIMIT, found.number)
        return REFUSED
    if found is None or not hmac.compare_digest(found.code, Hashes(inside.keys.opening).code(data.attempt, typed.code)):
        return REFUSED
    # Before the attempt is used up: a system that is away at this moment may be asked again with the same code.
    ids = inside.names.ids(found.accounts)
    with inside.connections.borrow() as connection:
        if not attempt_prove(connection, data.attempt, data.user):
            return REFUSED
    accounts = [ids[account] for account in found.accounts if account in ids]
    return _granted(inside, data.user, accounts, RIGHTS)


def renew(inside: Inside, directory: Directory, reads: Reads, asked: Received) -> Message:
    """Reply `GrantsAnswer`: the grant of the envelope anew, with its rights, while account and customer stand."""
    data, held = asked.data, asked.grant
    assert isinstance(data, messages.GrantRenew)
    assert held is not None  # the registry demands it of an app_user
    try:
        account = inside.names.reference(data.account)
        state = reads.snapshot(account, after=None, limit=1).state
        directory.profile(account)
    except Refusal:
        return REFUSED
    if state.status == "closed":
        return REFUSED
    return _granted(inside, held.authid, [data.account], held.rights)


def _granted(inside: Inside, user: str, accounts: Sequence[str], rights: Sequence[grants.Right]) -> Message:
    at, system = inside.clock(), inside.system.id
    tokens = [
        grant_issue(key=inside.keys.signing, authid=user, account=account, rights=rights, at=at).token
        for account in accounts
    ]
    granted = [messages.GrantedAccount(account, system, token) for account, token in zip(accounts, tokens, strict=True)]
    return messages.GrantsAnswer(bool(granted), tuple(granted))
