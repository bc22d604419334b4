"""How a call to a payment system fails, and why a card was refused."""

from __future__ import annotations

from typing import Final, Literal

#: Of a ProviderAway while asking about a refund: only the same refund, told again, can say what became of it.
REPEAT = "repeat-to-know"


#: Why a card was refused, in the words that the payer's page knows; each adapter says it in these.
Reason = Literal[
    "insufficient_funds",
    "card_expired",
    "invalid_card_number",
    "invalid_csc",
    "3d_secure_failed",
    "authentication_required",
    "issuer_unavailable",
    "payment_method_limit_exceeded",
    "payment_method_restricted",
    "fraud_suspected",
    "call_issuer",
    "general_decline",  # whatever an adapter does not know
]


#: Why a charge by a saved card failed: the bank wants the owner to confirm, and he is not there. No repetition helps.
AUTHENTICATION = "authentication_required"

#: Why a charge by a saved card will fail tomorrow as well: a card or a token that is no good does not become so.
#: Beside the reasons, two of YooKassa's own and what an adapter or the till says of a token.
FINAL: Final = frozenset(
    {
        AUTHENTICATION,
        "card_expired",
        "invalid_card_number",
        "fraud_suspected",
        "payment_method_restricted",
        "permission_revoked",
        "unknown_token",
        "card-forgotten",
    }
)


class ProviderError(Exception):
    """A call that brought no result."""


class ProviderAway(ProviderError):  # noqa: N818 - named for what happened, as its caller reads it
    """No answer, or one that says "later": whether it took effect is unknown; ask, or repeat with the same key."""


class ProviderRefusal(ProviderError):  # noqa: N818 - likewise
    """The provider will not, for good. `code` is closed and its own (`insufficient_funds`); the text is for staff."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code


class NoticeRefused(Exception):  # noqa: N818 - a verdict on its way out, not a fault
    """A notice that proves nothing. `status` is what its sender is answered with: 400 for a shape, 401 for a proof."""

    def __init__(self, reason: str, status: int = 401) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
