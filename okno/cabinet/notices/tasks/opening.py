"""Opens what is sealed to the sender: the address and the text of one message."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from okno.cabinet.kit import notice_binding as binding
from okno.protocol.keys import OpeningKey
from okno.protocol.messages import CodeMessage
from okno.protocol.sealing import open_sealed


@dataclass(frozen=True)
class Errand:
    """A message to send, by `channel` (`sms`, `email`).

    `to_sealed` None: the inside wrote it for `subject`. `doubtful`: a try without an answer; `doubts`: so many.
    """

    id: str
    channel: str
    to_sealed: str | None
    body_sealed: str
    subject: str | None
    expires_at: datetime
    attempts: int
    doubtful: bool
    doubts: int


@dataclass(frozen=True)
class Opened:
    """In this process's memory alone. `to` is a phone or an address; an empty one is a blank."""

    to: str
    text: str


class _Phone(msgspec.Struct):
    phone: str


class _Email(msgspec.Struct):
    email: str


class _Body(msgspec.Struct):
    text: str


def opened(errand: Errand, key: OpeningKey) -> Opened:
    """Raises ProtocolError for what is not sealed to this key and message, MsgspecError for other content."""
    if errand.to_sealed is None:
        whole = open_sealed(errand.body_sealed, key, subject=errand.subject, type=binding.WHOLE_TYPE)
        message = msgspec.json.decode(whole, type=CodeMessage)
        return Opened(message.phone, message.text)
    to = open_sealed(errand.to_sealed, key, subject=binding.TO_SUBJECT, type=binding.TO_TYPE)
    body = open_sealed(errand.body_sealed, key, subject=binding.body_subject(errand.id), type=binding.BODY_TYPE)
    text = msgspec.json.decode(body, type=_Body).text
    if errand.channel == "email":
        return Opened(msgspec.json.decode(to, type=_Email).email, text)
    return Opened(msgspec.json.decode(to, type=_Phone).phone, text)
