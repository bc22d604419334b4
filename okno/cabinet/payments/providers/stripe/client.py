"""Calls of Stripe's API: forms go there, JSON comes back, in pages or with a fault. The same key is the same call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from okno.cabinet.payments.providers.port import ProviderAway, ProviderRefusal, Reason
from okno.cabinet.payments.providers.wire import Answer, Wire

PAGE_ITEMS = 100
PAGES_MAX = 1_000
_OK = 200
_PAYMENT_REQUIRED = 402
_NOT_FOUND = 404
#: 409: the same key is at work. 429 and 5xx: later, and after a 500 nobody knows.
_LATER = frozenset({409, 429})
_FAULTS = range(400, 500)

#: By the bank's word (https://docs.stripe.com/declines/codes), else by the error's code
#: (https://docs.stripe.com/error-codes). Stripe asks to say no more of `fraudulent`, `lost_card`, `stolen_card`,
#: `pickup_card` and `merchant_blacklist` than that the card was refused: they are the general refusal, as any other.
_REASONS: dict[str, Reason] = {
    "authentication_required": "authentication_required",
    "payment_intent_authentication_failure": "3d_secure_failed",
    "insufficient_funds": "insufficient_funds",
    "expired_card": "card_expired",
    **dict.fromkeys(("incorrect_number", "invalid_number", "invalid_account"), "invalid_card_number"),
    **dict.fromkeys(("invalid_expiry_month", "invalid_expiry_year"), "invalid_card_number"),
    **dict.fromkeys(("incorrect_cvc", "invalid_cvc"), "invalid_csc"),
    **dict.fromkeys(("card_velocity_exceeded", "withdrawal_count_limit_exceeded"), "payment_method_limit_exceeded"),
    **dict.fromkeys(("issuer_not_available", "processing_error", "reenter_transaction"), "issuer_unavailable"),
    "try_again_later": "issuer_unavailable",
    **dict.fromkeys(("card_not_supported", "currency_not_supported", "restricted_card"), "payment_method_restricted"),
    **dict.fromkeys(("not_permitted", "service_not_allowed"), "payment_method_restricted"),
    "transaction_not_allowed": "payment_method_restricted",
    **dict.fromkeys(("call_issuer", "security_violation", "revocation_of_authorization"), "call_issuer"),
}

Pairs = Sequence[tuple[str, str]]


class Fault(msgspec.Struct, frozen=True):
    type: str = ""
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    payment_intent: msgspec.Raw = msgspec.Raw(b"null")


class Failure(msgspec.Struct, frozen=True):
    error: Fault = Fault()


class Page(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw]
    has_more: bool = False


class Named(msgspec.Struct, frozen=True):
    """What every object has."""

    id: str
    object: str = ""
    client_reference_id: str | None = None
    metadata: dict[str, str] | None = None
    payment_intent: msgspec.Raw = msgspec.Raw(b"null")


class Declined(ProviderRefusal):
    """The bank refused: `intent` is what came of the payment."""

    def __init__(self, refusal: ProviderRefusal, intent: msgspec.Raw) -> None:
        super().__init__(refusal.code)
        self.intent = intent


class Client:
    def __init__(self, wire: Wire, *, key: str, version: str) -> None:
        self._wire = wire
        self._headers = {"Authorization": f"Bearer {key}", **({"Stripe-Version": version} if version else {})}

    def post(self, path: str, key: str, form: Pairs) -> bytes:
        """Raises ProviderAway, ProviderRefusal."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/x-www-form-urlencoded"}
        answer = self._send("POST", path, urlencode(form).encode(), headers)
        if answer.status == _NOT_FOUND:
            raise _refusal(answer)
        return answer.body

    def charged(self, path: str, key: str, form: Pairs) -> bytes:
        """As `post`; of a card that was refused the payment intent as it is then. Raises as it does."""
        try:
            return self.post(path, key, form)
        except Declined as declined:
            return bytes(declined.intent)

    def get(self, path: str, object_id: str, query: Pairs = ()) -> bytes | None:
        """None: there is no such object. Raises ProviderAway, ProviderRefusal."""
        answer = self._send("GET", f"{path}/{quote(object_id, safe='')}?{urlencode(query)}", None, {})
        return None if answer.status == _NOT_FOUND else answer.body

    def items(self, path: str, query: Pairs) -> Iterator[msgspec.Raw]:
        """Every item of a list, page by page, the newest first. Raises ProviderAway, ProviderRefusal."""
        after: Pairs = ()
        for _ in range(PAGES_MAX):
            asked = urlencode([*query, ("limit", str(PAGE_ITEMS)), *after])
            answer = self._send("GET", f"{path}?{asked}", None, {})
            if answer.status == _NOT_FOUND:
                raise _refusal(answer)
            page: Page = decoded(answer.body, Page)
            yield from page.data
            if not page.has_more or not page.data:
                return
            last: Named = decoded(page.data[-1], Named)
            after = [("starting_after", last.id)]
        raise ProviderAway("list-too-long")

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        answer = self._wire.send(method, path, body=body, headers={**headers, **self._headers})
        if answer.status in {_OK, _NOT_FOUND}:
            return answer
        if answer.status in _FAULTS and answer.status not in _LATER:
            raise _refusal(answer)
        raise ProviderAway(f"status-{answer.status}")


def _refusal(answer: Answer) -> ProviderRefusal:
    try:
        error = msgspec.json.decode(answer.body, type=Failure).error
    except (msgspec.MsgspecError, UnicodeDecodeError):
        error = Failure().error
    refusal = ProviderRefusal(error.code or error.type or f"status-{answer.status}", error.message or "")
    is_declined = answer.status == _PAYMENT_REQUIRED and bytes(error.payment_intent) != b"null"
    return Declined(refusal, error.payment_intent) if is_declined else refusal


def decoded(content: bytes | msgspec.Raw, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
    """Raises ProviderAway: what was done, but cannot be read, is to be asked about again."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise ProviderAway("answer-unreadable") from None


def refused(fault: Fault) -> Reason:
    """The bank's own word says more than `card_declined`."""
    return _REASONS.get(fault.decline_code or "") or _REASONS.get(fault.code or "") or "general_decline"
