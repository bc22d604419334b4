"""Customers: identification, grants, profile, consents. The inside stays the book of record."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from okno.protocol.messages.base import (
    Day,
    Instant,
    Line,
    Locale,
    Message,
    Name,
    Right,
    Sealed,
    Sha256,
    Text,
    Token,
    Uuid,
    Version,
)

GRANTS_MAX = 32
Contact = Literal["phone", "email", "address"]
FactKind = Literal["birth-date", "last-bill", "last-payment", "contract", "paper-code"]


class CustomerIdentify(Message, frozen=True):
    """Query: is there such a customer? The facts are sealed (`IdentifyFacts`)."""

    locale: Locale
    sealed: Sealed


class IdentifyFacts(Message, frozen=True):
    """Sealed content: what the person typed."""

    number: Line
    fact: FactKind
    value: Line


class IdentifyAnswer(Message, frozen=True):
    """Reply of one shape and size whether or not anybody matched; `sealed` is for `sender` alone (`CodeMessage`)."""

    attempt: Uuid
    sealed: Sealed


class CodeMessage(Message, frozen=True):
    """Sealed content: what to send and where to. An empty phone is a blank, to be thrown away."""

    phone: Line
    text: Line


class CustomerProve(Message, frozen=True):
    """Query: the code of an attempt, typed by the user `user` (opaque); sealed (`TypedCode`)."""

    attempt: Uuid
    user: Uuid
    sealed: Sealed


class TypedCode(Message, frozen=True):
    """Sealed content: the code from the SMS or from paper."""

    code: Annotated[str, Meta(min_length=4, max_length=32)]


class GrantedAccount(Message, frozen=True):
    """One grant, and the account it opens."""

    account: Uuid
    system: Name
    token: Token


class GrantsAnswer(Message, frozen=True):
    """Reply: the grants, or none and `granted` false: the one refusal, whatever its reason."""

    granted: bool
    grants: Annotated[tuple[GrantedAccount, ...], Meta(max_length=GRANTS_MAX)] = ()


class GrantRenew(Message, frozen=True):
    """Query: a new grant in place of the one in the envelope, while the contract stands."""

    account: Uuid


class DelegateSet(Message, frozen=True):
    """Command: a narrower grant for another user; no rights takes it away."""

    account: Uuid
    delegate: Uuid
    rights: Annotated[tuple[Right, ...], Meta(max_length=3)]
    until: Day | None = None


class ProfileGet(Message, frozen=True):
    """Query: the personal data behind an account."""

    account: Uuid


class ProfileAnswer(Message, frozen=True):
    """Reply: `Profile`, sealed to the cabinet."""

    account: Uuid
    as_of: Instant
    sealed: Sealed


class Profile(Message, frozen=True):
    """Sealed content: who the customer is, as the books have it."""

    name: Line
    number: Line
    phone: Line = ""
    email: Line = ""
    address: Line = ""


class ContactChange(Message, frozen=True):
    """Command: a contact changes; the new value is sealed (`ContactValue`)."""

    account: Uuid
    contact: Contact
    sealed: Sealed


class ContactValue(Message, frozen=True):
    """Sealed content: the new phone, e-mail or postal address."""

    value: Line


class ConsentChanged(Message, frozen=True):
    """Command: a consent was given or taken back; `text` is the hash of the words that were shown."""

    account: Uuid
    purpose: Name
    given: bool
    text: Sha256
    changed_at: Instant


class ErasureRequested(Message, frozen=True):
    """Command: the customer asks to be forgotten."""

    account: Uuid
    request: Uuid
    requested_at: Instant


class Kept(Message, frozen=True):
    """What must be kept, until when, by which rule."""

    what: Name
    until: Day
    basis: Line


class ErasureAnswer(Message, frozen=True):
    """Reply: what was erased and what has to stay."""

    request: Uuid
    erased: Annotated[tuple[Name, ...], Meta(max_length=64)]
    kept: Annotated[tuple[Kept, ...], Meta(max_length=64)]


class CustomerChanged(Message, frozen=True):
    """Event: name, phone or address changed in the books (`Profile`, sealed to the cabinet)."""

    account: Uuid
    system: Name
    version: Version
    as_of: Instant
    sealed: Sealed | None = None


class GrantRevoked(Message, frozen=True):
    """Event: a grant ended: one (`grant`), or all of the account (None)."""

    account: Uuid
    system: Name
    revoked_at: Instant
    grant: Uuid | None = None


class NoticePublished(Message, frozen=True):
    """Event: news, an outage, a maintenance window; no account means everybody."""

    notice: Uuid
    system: Name
    title: Line
    text: Text
    starts_at: Instant
    ends_at: Instant | None = None
    accounts: Annotated[tuple[Uuid, ...], Meta(max_length=1000)] = ()


class CallLogged(Message, frozen=True):
    """Event: a customer called; what about, how long."""

    call: Uuid
    system: Name
    started_at: Instant
    seconds: Annotated[int, Meta(ge=0)]
    topic: Name
    account: Uuid | None = None


class FeedbackSubmitted(Message, frozen=True):
    """Command: a comment, review or appeal (`FeedbackText`, sealed) for a system that keeps them."""

    feedback: Uuid
    account: Uuid
    kind: Literal["comment", "review", "appeal"]
    submitted_at: Instant
    sealed: Sealed
    stars: Annotated[int, Meta(ge=1, le=5)] | None = None


class FeedbackReplied(Message, frozen=True):
    """Event: an answer to feedback (`FeedbackText`, sealed to the cabinet)."""

    feedback: Uuid
    account: Uuid
    system: Name
    state: Literal["answered", "closed", "declined"]
    replied_at: Instant
    sealed: Sealed | None = None


class FeedbackText(Message, frozen=True):
    """Sealed content: the words."""

    text: Text
