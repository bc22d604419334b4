"""The cabinet's half of questions about people: seals what a person types, opens what the inside sealed to it."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from factories.book_street import now

from okno.protocol import grants
from okno.protocol import messages as m
from okno.protocol.ids import new_id
from okno.protocol.keys import Keyring, OpeningKey
from okno.protocol.messages import Message
from okno.protocol.pen import Received
from okno.protocol.sealing import open_sealed, seal

IDENTIFY = "okno.customer.identify.v1"
PROVE = "okno.customer.prove.v1"
RENEW = "okno.customer.grant.renew.v1"
PROFILE = "okno.customer.profile.get.v1"
REQUISITES = "okno.requisites.get.v1"
PAYABLE = "okno.payment.payable.v1"
SYNC = "okno.sync.page.v1"
RECONCILE = "okno.account.reconciliation.get.v1"
SERVICE: dict[str, Any] = {"auth": ("service", None)}


@dataclass(frozen=True)
class Told:
    """What the sender would read of an identification; `answer` is what everybody on the way sees."""

    attempt: str
    phone: str
    text: str
    answer: Received

    @property
    def code(self) -> str:
        found = re.search(r"\b[0-9]{6}\b", self.text)
        assert found is not None
        return found[0]


class Trusted(Protocol):
    """What the cabinet and its sender hold."""

    @property
    def ring(self) -> Keyring: ...
    @property
    def cabinet_opening(self) -> OpeningKey: ...
    @property
    def sender_opening(self) -> OpeningKey: ...


class Hop(Protocol):
    """A gateway, a toy or a real one, as the cabinet uses it."""

    @property
    def trust(self) -> Trusted: ...
    async def ask(self, type_: str, data: Message, **rest: object) -> Received:
        """Sends a request and returns its answer."""
        ...


class Asking:
    def __init__(self, gateway: Hop) -> None:
        self.gateway = gateway
        self.trust = gateway.trust

    def sealed(self, content: Message, type_: str, subject: str | None) -> str:
        entry = self.trust.ring.opening_for("connector.main", now())
        return seal(msgspec.json.encode(content), entry, subject=subject, type=type_)

    async def identify(self, number: str, fact: str, value: str, locale: str = "ru") -> Told:
        subject = f"reg:{new_id()}"
        facts = self.sealed(m.IdentifyFacts(number, fact, value), IDENTIFY, subject)
        data = m.CustomerIdentify(locale, facts)
        answer = await self.gateway.ask(IDENTIFY, data, subject=subject, **SERVICE)
        assert isinstance(answer.data, m.IdentifyAnswer), answer.data
        plain = open_sealed(answer.data.sealed, self.trust.sender_opening, subject=subject, type=IDENTIFY)
        message = msgspec.json.decode(plain, type=m.CodeMessage)
        return Told(answer.data.attempt, message.phone, message.text, answer)

    async def prove(self, attempt: str, code: str, user: str) -> m.GrantsAnswer:
        subject = f"reg:{new_id()}"
        data = m.CustomerProve(attempt, user, self.sealed(m.TypedCode(code), PROVE, subject))
        answer = await self.gateway.ask(PROVE, data, subject=subject, **SERVICE)
        assert isinstance(answer.data, m.GrantsAnswer), answer.data
        return answer.data

    def opened(self, answer: Received, content: type[Message]) -> Message:
        """What the inside sealed to the cabinet."""
        envelope = answer.envelope
        token = envelope.data["sealed"]
        plain = open_sealed(token, self.trust.cabinet_opening, subject=envelope.subject, type=envelope.type)
        return msgspec.json.decode(plain, type=content)

    def held(self, grant: m.GrantedAccount, user: str) -> grants.Grant:
        """The grant of an answer, as the cabinet checks it for a user."""
        subject = f"acct:{grant.account}"
        return grants.check(
            grant.token, self.trust.ring, at=now(), authid=user, subject=subject, right="view", system=grant.system
        )
