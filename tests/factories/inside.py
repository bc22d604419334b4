"""The inside as a first registration meets it: answers signed like the connector's, and what carries them there.

The relay's desks and the registrar are the product's own, driven round by round; only the hop to the gateway is a
twin, behind which stands a connector with a handful of customers.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psycopg
from factories.django_ready import HttpResponse
from factories.portal import PASSWORD, Browser, Json, Portal
from factories.sms_centre import TOKEN, Centre

from okno.cabinet.accounts.tasks.projector import ProjectorSettings
from okno.cabinet.accounts.tasks.registering.registrar import Registrar
from okno.cabinet.kit.jobs import housekeeping
from okno.cabinet.kit.outbox.hop import Answered, Refused, Verdict
from okno.cabinet.kit.outbox.relay import OutboxDesk, RelaySettings
from okno.cabinet.kit.processes.dispatcher import Point, pass_by
from okno.cabinet.notices.tasks.sender import NoticeDesk, SenderSettings, carriers_of
from okno.protocol import grants, jws
from okno.protocol import messages as m
from okno.protocol.envelope import Envelope
from okno.protocol.errors import ErrorCode, ProtocolError
from okno.protocol.ids import new_id
from okno.protocol.keys import keyring_from_signed_list
from okno.protocol.messages import Message
from okno.protocol.pen import Glass, Pen, Received
from okno.protocol.sealing import open_sealed, seal

SYSTEM = "urn:okno:system:main"
CODE_TRIES = 5
RIGHTS: tuple[grants.Right, ...] = ("view", "pay", "documents", "manage")
NUMBER = "4000 0000 0000 0000 0042"
CONTRACT = "100-200-042"
PHONE = "+79161234501"
T = TypeVar("T", bound=Message)


@dataclass
class Customer:
    """Somebody of the books."""

    number: str = NUMBER
    contract: str = CONTRACT
    born: str = "1980-11-05"
    phone: str = PHONE
    name: str = "Вымышленная Анна Петровна"
    accounts: list[str] = field(default_factory=lambda: [new_id()])

    def fits(self, facts: m.IdentifyFacts) -> bool:
        known = {"contract": self.contract, "birth-date": self.born}
        return facts.number.replace(" ", "") == self.number.replace(" ", "") and known.get(facts.fact) == facts.value


@dataclass
class Attempt:
    customer: Customer | None
    code: str
    tries: int = 0


@dataclass
class Inside:
    """The connector behind the hop. `away`: nothing answers. `asked` are the questions as it read them,
    `refused` those it says no to, by type.
    """

    portal: Portal
    folder: Path
    customers: list[Customer] = field(default_factory=list)
    attempts: dict[str, Attempt] = field(default_factory=dict)
    asked: list[Received] = field(default_factory=list)
    facts: list[m.IdentifyFacts] = field(default_factory=list)
    away: bool = False
    refused: dict[str, ErrorCode] = field(default_factory=dict)
    deaf_to: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        keys = self.portal.keys
        (self.folder / "cabinet.sign").write_bytes(keys.cabinet.dump())
        (self.folder / "sender.open").write_bytes(keys.sender.dump())
        self.ring = keyring_from_signed_list(keys.signed_list(), keys.root.public, datetime.now(UTC))
        self.pen = Pen(party="connector.main", source=SYSTEM, key=keys.connector)

    def post(self, raw: bytes) -> Verdict:
        """The hop: countersign, read, answer, countersign."""
        at = datetime.now(UTC)
        if self.away:
            return Refused("system-unavailable", "same-key", 2.0)
        arrived = jws.countersign(raw, self.portal.keys.gateway)
        asked = Glass(self.ring, receiver=SYSTEM).read(arrived, at=at, online=True)
        self.asked.append(asked)
        if asked.envelope.type in self.deaf_to:
            return Refused("deadline-exceeded", "same-key")
        if (code := self.refused.get(asked.envelope.type)) is not None:
            return Answered(self.countersigned(self.pen.problem(asked, ProtocolError(code).problem(), at=at)))
        return Answered(self.countersigned(self.pen.reply(asked, self.answer(asked), at=at)))

    def countersigned(self, envelope: Envelope) -> bytes:
        """As it comes to the cabinet: by the connector, then by the gateway."""
        return jws.countersign(self.pen.write(envelope), self.portal.keys.gateway)

    def answer(self, asked: Received) -> Message:
        match asked.data:
            case m.CustomerIdentify():
                return self.identified(asked)
            case m.CustomerProve() as data:
                return self.proved(asked, data)
            case m.ProfileGet(account=account):
                customer = next(one for one in self.customers if account in one.accounts)
                profile = m.Profile(name=customer.name, number=customer.number, phone=customer.phone)
                return m.ProfileAnswer(account, datetime.now(UTC), self.sealed(profile, "cabinet", asked))
        raise AssertionError(asked.envelope.type)

    def identified(self, asked: Received) -> m.IdentifyAnswer:
        facts = self.opened(asked, m.IdentifyFacts)
        self.facts.append(facts)
        customer = next((one for one in self.customers if one.fits(facts)), None)
        attempt, code = new_id(), f"{secrets.randbelow(10**6):06d}"
        self.attempts[attempt] = Attempt(customer, code)
        message = m.CodeMessage(phone="", text="")
        if customer is not None:
            message = m.CodeMessage(phone=customer.phone, text=f"Код для доступа: {code}. Никому его не сообщайте.")
        return m.IdentifyAnswer(attempt, self.sealed(message, "sender", asked))

    def proved(self, asked: Received, data: m.CustomerProve) -> m.GrantsAnswer:
        attempt = self.attempts[data.attempt]
        attempt.tries += 1
        typed = self.opened(asked, m.TypedCode).code
        if attempt.customer is None or attempt.tries > CODE_TRIES or typed != attempt.code:
            return m.GrantsAnswer(granted=False)
        given = tuple(self.granted(data.user, account) for account in attempt.customer.accounts)
        return m.GrantsAnswer(granted=True, grants=given)

    def granted(self, user: str, account: str, **changes: object) -> m.GrantedAccount:
        grant = grants.Grant(new_id(), user, f"acct:{account}", RIGHTS, datetime.now(UTC) + timedelta(days=29))
        token = grants.issue(msgspec.structs.replace(grant, **changes), self.portal.keys.connector)
        return m.GrantedAccount(account, "main", token)

    def opened(self, asked: Received, kind: type[T]) -> T:
        sealed = asked.envelope.data["sealed"]
        key = self.portal.keys.connector_open
        plain = open_sealed(sealed, key, subject=asked.envelope.subject, type=asked.envelope.type)
        return msgspec.json.decode(plain, type=kind)

    def sealed(self, content: Message, party: str, asked: Received) -> str:
        entry = self.ring.opening_for(party, datetime.now(UTC))
        subject, type_ = asked.envelope.subject, asked.envelope.type
        return seal(msgspec.json.encode(content), entry, subject=subject, type=type_)

    def carry(self) -> None:
        """All that is due goes out, is answered and taken in: until nothing is left to do."""
        while self.relay() or self.register():
            pass

    def relay(self) -> int:
        """One round of the relay's urgent classes; how many rows it sent."""
        sent = 0
        for priority in (0, 1):
            desk = OutboxDesk(self._relay_settings(), priority, self)  # type: ignore[arg-type]
            now = datetime.now(UTC)
            with psycopg.connect(self.portal.database.dsn("relay")) as connection:
                errands = desk.claim(connection, 10, now)
                connection.commit()
                desk.mark(connection, [desk.work(errand) for errand in errands], now)
                sent += len(errands)
        return sent

    def register(self) -> bool:
        """The registrar's turn."""
        with psycopg.connect(self.portal.database.dsn("projector")) as connection:
            return self.registrar().turn(connection)

    def registrar(self, point: Point = pass_by) -> Registrar:
        settings = ProjectorSettings(
            dsn=self.portal.database.dsn("projector"),
            keylist=self.portal.config.keylist or "",
            root_public=self.portal.config.root_public or "",
        )
        return Registrar(settings, point=point)

    def housekeep(self, kind: str) -> None:
        """One run of a job of the worker."""
        with psycopg.connect(self.portal.database.dsn("worker")) as connection:
            housekeeping.KINDS[kind].run(connection, {})

    def send(
        self,
        centre: Centre,
        *,
        point: Point = pass_by,
        later_s: float = 0,
        **changes: Any,  # noqa: ANN401 - fields of the settings
    ) -> None:
        """The sender's round: messages reach the twin of the SMS centre and its post office."""
        settings = SenderSettings(
            dsn=self.portal.database.dsn("sender"),
            opening_key=str(self.folder / "sender.open"),
            sms_url=centre.url,
            sms_token=TOKEN,
            **{"smtp": centre.mail(), **changes},
        )
        now = datetime.now(UTC) + timedelta(seconds=later_s)
        desk = NoticeDesk(settings, carriers_of(settings), clock=lambda: now, point=point)
        with psycopg.connect(settings.dsn) as connection:
            errands = desk.claim(connection, settings.slots, now)
            connection.commit()
            desk.mark(connection, [desk.work(errand) for errand in errands], now)

    def code(self) -> str:
        """The code of the latest attempt; of one that matched nobody, a code that never left the house."""
        return list(self.attempts.values())[-1].code

    def wrong_code(self) -> str:
        return f"{(int(self.code()) + 1) % 1_000_000:06d}"

    def _relay_settings(self) -> RelaySettings:
        return RelaySettings(
            dsn=self.portal.database.dsn("relay"),
            gateway_urls=("http://127.0.0.1:1",),
            signing_key=str(self.folder / "cabinet.sign"),
            keylist=self.portal.config.keylist or "",
            root_public=self.portal.config.root_public or "",
        )


class Newcomer(Browser):
    """A browser whose person registers."""

    def __init__(self, address: str = "203.0.113.7") -> None:
        super().__init__(address=address)

    def begin(self, number: str = NUMBER, fact: str = "contract", value: str = CONTRACT, **more: str) -> HttpResponse:
        body = {"number": number, "fact": fact, "value": value, "locale": "ru", **more}
        return self.send("POST", "/api/registration", body)

    def stands(self) -> dict[str, Json]:
        return self.send("GET", "/api/registration").json()

    def again(self) -> HttpResponse:
        return self.send("POST", "/api/registration/again", {})

    def prove(self, code: object) -> HttpResponse:
        return self.send("POST", "/api/registration/code", {"code": code})

    def choose(self, password: object = PASSWORD) -> HttpResponse:
        return self.send("POST", "/api/registration/password", {"password": password})
