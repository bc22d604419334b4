"""What a carrier of messages promises.

The caller's promise is "at most one accepted message per id", and it rests on two answers that every adapter must tell
apart: *not accepted*, after which sending again is harmless, and *no answer*, after which only `find` may decide. A way
that cannot be asked (SMTP) finds nothing: there it is "at least one", each with the same id for the receiver to see.
"""

from typing import Protocol

import msgspec

#: A short message of this product is one purpose, one amount, one code: ten segments of 67 characters are enough.
TEXT_LENGTH_MAX = 670
MESSAGE_ID_LENGTH_MAX = 64


class Accepted(msgspec.Struct, frozen=True):
    """The carrier has taken the message and will not take this id a second time."""

    carrier_id: str


class CarrierError(Exception):
    """The base of every refusal of a carrier; its text holds no phone and no message."""


class NotAccepted(CarrierError):  # noqa: N818 - an answer of the wire, named as such
    """The carrier certainly has not taken the message. `retryable`: the same message may be taken later."""

    def __init__(self, reason: str, *, retryable: bool, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        #: What the carrier asked to wait, in seconds.
        self.after_s = after_s


class NoAnswer(CarrierError):  # noqa: N818 - likewise
    """The request may have arrived and its answer is lost: ask `find` before anything else."""


class Carrier(Protocol):
    """One way to people. Both calls block, are bounded in time by the adapter, and may come from several threads."""

    def send(self, message_id: str, to: str, text: str) -> Accepted:
        """`to` is E.164 ("+79161234567") or an e-mail address; `message_id` is the carrier's idempotency id.

        The first line of a letter's text is its subject.

        Raises NotAccepted or NoAnswer.
        """
        ...

    def find(self, message_id: str) -> Accepted | None:
        """What the carrier knows of an id: its acceptance, or None when it never took it. Raises NoAnswer."""
        ...
