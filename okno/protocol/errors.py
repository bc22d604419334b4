"""The closed catalogue of refusals (PR-03) and the one base error that carries them.

Two faces of one refusal: the log keeps the exact `ErrorCode`; what leaves the house is `ErrorCode.public`, the same
answer for every refusal of a security check, so that a prober learns nothing from the difference.
"""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus
from typing import Literal, Self

import msgspec

URN = "urn:okno:problem:"
CONTENT_TYPE = "application/problem+json"

Origin = Literal["cabinet", "gateway", "broker", "connector", "system"]
Retry = Literal["never", "same-key", "after"]


class ErrorCode(Enum):
    """Members are (code, HTTP status, retry, title). 403 with `never` is a refusal of a security check."""

    status: int
    retry: Retry
    title: str

    def __new__(cls, code: str, status: int, retry: Retry, title: str) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.status, member.retry, member.title = status, retry, title
        return member

    # The bytes (RFC 8259 read strictly, RFC 7493).
    TOO_LARGE = "too-large", 413, "never", "The message is larger than the protocol allows"
    NOT_UTF8 = "not-utf8", 400, "never", "The bytes are not UTF-8"
    JSON_SYNTAX = "json-syntax", 400, "never", "The bytes are not one complete JSON text"
    TOO_DEEP = "too-deep", 400, "never", "The JSON text is nested too deeply"
    DUPLICATE_MEMBER = "duplicate-member", 400, "never", "A member name stands twice in one object"
    NUMBER_CONSTANT = "number-constant", 400, "never", "NaN and Infinity are no JSON numbers"
    NUMBER_FRACTION = "number-fraction", 400, "never", "The protocol has no numbers with a fraction or an exponent"
    NUMBER_RANGE = "number-range", 400, "never", "The integer is outside of the interoperable range"
    BAD_TEXT = "bad-text", 400, "never", "A string holds a lone surrogate or NUL"
    NOT_AN_OBJECT = "not-an-object", 400, "never", "The JSON text is not an object"
    BASE64 = "base64", 400, "never", "The text is not canonical base64url"

    # The signature (RFC 7515, RFC 9864).
    JWS_FORM = "jws-form", 400, "never", "Not a JWS in the General JSON Serialization"
    UNPROTECTED_HEADER = "unprotected-header", 403, "never", "An unprotected JWS header is not allowed"
    HEADER_FORM = "header-form", 400, "never", "The protected header is not of the required form"
    HEADER_UNEXPECTED = "header-unexpected", 403, "never", "The protected header has an unexpected parameter"
    ALGORITHM = "algorithm", 403, "never", "The algorithm is not the one of the key"
    HEADER_TYPE = "header-type", 403, "never", "The signed thing is of another typ"
    SIGNATURE_MISSING = "signature-missing", 403, "never", "A demanded signature is missing"
    SIGNATURE_EXTRA = "signature-extra", 403, "never", "There are more signatures than demanded"
    SIGNATURE_BAD = "signature-bad", 403, "never", "A signature does not match"
    SIGNER_WRONG = "signer-wrong", 403, "never", "A signature is by another party than demanded"
    KEY_UNKNOWN = "key-unknown", 403, "never", "The key is not in the list"
    KEY_EARLY = "key-early", 403, "never", "The key is not yet valid"
    KEY_EXPIRED = "key-expired", 403, "never", "The key has expired"
    KEY_REVOKED = "key-revoked", 403, "never", "The key has been revoked"
    KEY_USE = "key-use", 403, "never", "The key is for another use"
    KEY_WEAK = "key-weak", 403, "never", "The key is not a valid public key"
    KEY_FORM = "key-form", 400, "never", "The key file is not of the required form"
    KEY_LIST_FORM = "key-list-form", 400, "never", "The key list is not of the required form"
    KEY_LIST_CROWDED = "key-list-crowded", 400, "never", "More than two keys of one party and use are valid at once"
    KEY_LIST_OLD = "key-list-old", 409, "never", "A key list with a higher number is in force"

    # The envelope.
    ENVELOPE = "envelope", 400, "never", "The envelope does not have the required members"
    TIME_FORM = "time-form", 400, "never", "A time is not in UTC"
    UNKNOWN_OPERATION = "unknown-operation", 404, "never", "The operation is not in the registry"
    KIND_WRONG = "kind-wrong", 400, "never", "The operation is of another kind"
    SOURCE_WRONG = "source-wrong", 403, "never", "The source does not speak for this"
    AUDIENCE_WRONG = "audience-wrong", 403, "never", "The message is for somebody else"
    DIRECTION_WRONG = "direction-wrong", 403, "never", "The operation does not go this way"
    REQUEST_HASH = "request-hash", 403, "never", "The answer belongs to another request"
    SUBJECT_WRONG = "subject-wrong", 403, "never", "The subject is not the one of the data"
    SCHEMA = "schema", 422, "never", "The data does not match the closed schema"
    MONEY = "money", 422, "never", "The amount is not a canonical decimal of its currency"
    BUNDLE_MEMBER = "bundle-member", 422, "never", "A member of the bundle is refused"
    LABEL_UNKNOWN = "label-unknown", 422, "never", "The operation has no such label"
    KEY_MISSING = "idempotency-key-missing", 422, "never", "A command needs an idempotency key"

    # Time.
    STALE = "stale", 403, "same-key", "The message is too old"
    EARLY = "early", 403, "same-key", "The message is from the future"
    EXPIRED = "expired", 410, "same-key", "The message has expired"
    EXPIRY_TOO_LONG = "expiry-too-long", 422, "never", "The message may live longer than its kind allows"
    REPLAYED = "replayed", 403, "never", "The message has been seen before"

    # Who may.
    AUTHTYPE = "authtype", 403, "never", "The operation is not for callers of this kind"
    GRANT_MISSING = "grant-missing", 403, "never", "The operation needs a grant"
    GRANT_FORM = "grant-form", 403, "never", "The grant is not of the required form"
    GRANT_EXPIRED = "grant-expired", 403, "never", "The grant has expired"
    SUBJECT_NOT_GRANTED = "subject-not-granted", 403, "never", "The grant does not cover this caller and subject"
    RIGHT_NOT_GRANTED = "right-not-granted", 403, "never", "The grant does not carry this right"
    FORBIDDEN = "forbidden", 403, "never", "Not allowed"

    # The sealed part (RFC 7516).
    SEALED_FORM = "sealed-form", 400, "never", "The sealed part is not of the required form"
    SEALED_KEY = "sealed-key", 403, "never", "The sealed part is for another key"
    SEALED_BINDING = "sealed-binding", 403, "never", "The sealed part belongs to another message"
    SEALED_BROKEN = "sealed-broken", 403, "never", "The sealed part does not open"

    # What happens behind the checks.
    REFUSED = "refused", 403, "never", "The message was refused"
    QUOTA_EXCEEDED = "quota-exceeded", 429, "after", "A limit has been reached"
    DEADLINE_EXCEEDED = "deadline-exceeded", 504, "same-key", "No answer in time"
    SYSTEM_UNAVAILABLE = "system-unavailable", 503, "same-key", "The internal system cannot be reached"
    BREAKER_OPEN = "breaker-open", 503, "same-key", "The internal system is being spared"
    STANDBY = "standby", 503, "same-key", "Another gateway is active"
    BROKER_UNAVAILABLE = "broker-unavailable", 503, "same-key", "The broker did not take the message"
    IDEMPOTENCY_CONFLICT = "idempotency-conflict", 422, "never", "The same key came with other content"
    IDEMPOTENCY_IN_PROGRESS = "idempotency-in-progress", 409, "after", "The command is still running"
    NOT_FOUND = "not-found", 404, "never", "There is no such thing"
    PERIOD_TOO_LARGE = "period-too-large", 422, "never", "The period has more lines than one document takes"
    REJECTED = "rejected", 422, "never", "The internal system said no"
    INTERNAL = "internal", 500, "same-key", "Something went wrong"

    @property
    def urn(self) -> str:
        return f"{URN}{self.value}"

    @property
    def origin(self) -> Origin:
        """Who is at fault when the raiser does not say otherwise."""
        return _ORIGINS.get(self, "gateway")

    @property
    def public(self) -> ErrorCode:
        """What the outside is told: every security refusal is the same `refused`."""
        return ErrorCode.REFUSED if (self.status, self.retry) == (HTTPStatus.FORBIDDEN, "never") else self


_ORIGINS: dict[ErrorCode, Origin] = {
    ErrorCode.BROKER_UNAVAILABLE: "broker",
    ErrorCode.DEADLINE_EXCEEDED: "connector",
    ErrorCode.SYSTEM_UNAVAILABLE: "system",
    ErrorCode.BREAKER_OPEN: "system",
    ErrorCode.IDEMPOTENCY_CONFLICT: "connector",
    ErrorCode.IDEMPOTENCY_IN_PROGRESS: "connector",
    ErrorCode.NOT_FOUND: "system",
    ErrorCode.PERIOD_TOO_LARGE: "connector",
    ErrorCode.REJECTED: "system",
}


class Problem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """RFC 9457 problem details, in HTTP bodies and as the data of an envelope of kind `problem`.

    `index` names the first bad member of a refused bundle, from 0. `violated_policies` is the member of the RateLimit
    draft (`violated-policies`).
    """

    type: str
    title: str
    status: int
    code: str
    origin: Origin
    retry: Retry
    detail: str | None = None
    instance: str | None = None
    index: int | None = None
    violated_policies: tuple[str, ...] = msgspec.field(default=(), name="violated-policies")

    @classmethod
    def of(
        cls,
        code: ErrorCode,
        detail: str | None = None,
        *,
        origin: Origin | None = None,
        instance: str | None = None,
        index: int | None = None,
        violated_policies: tuple[str, ...] = (),
    ) -> Problem:
        return cls(
            type=code.urn,
            title=code.title,
            status=code.status,
            code=code.value,
            origin=origin or code.origin,
            retry=code.retry,
            detail=detail,
            instance=instance,
            index=index,
            violated_policies=violated_policies,
        )

    def to_json(self) -> bytes:
        """Body of an HTTP answer; absent members are left out, as RFC 9457 wants it."""
        members = msgspec.to_builtins(self)
        return msgspec.json.encode({name: value for name, value in members.items() if value not in (None, [], ())})


class ProtocolError(Exception):
    """One refusal. `detail` is for our own log; `index` is the first bad member of a bundle."""

    def __init__(self, code: ErrorCode, detail: str = "", *, index: int | None = None) -> None:
        super().__init__(f"{code.value}: {detail}" if detail else code.value)
        self.code = code
        self.detail = detail
        self.index = index

    def problem(self, *, origin: Origin | None = None, instance: str | None = None) -> Problem:
        """The form for the outside: the public code, and no detail where the refusal is one of security."""
        public = self.code.public
        detail = self.detail if public is self.code and self.detail else None
        return Problem.of(public, detail, origin=origin, instance=instance, index=self.index)
