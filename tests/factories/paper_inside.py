"""The inside as documents meet it: requisites, statements, acts and bills, signed like the connector's."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import psycopg
from factories.inside import Inside
from factories.papers import PAYER, contract, operation, reconciliation, requisites, statement
from factories.papers import bill as bill_of
from factories.portal import Browser

from okno.cabinet.accounts.services.access import access_grant
from okno.cabinet.accounts.tasks.projector import ProjectorSettings
from okno.cabinet.documents.tasks.filer import Filer
from okno.cabinet.kit.outbox.relay import OutboxDesk
from okno.cabinet.kit.processes.dispatcher import Point, pass_by
from okno.protocol import messages as m
from okno.protocol.messages import Message
from okno.protocol.pen import Received

MONTH = {"first": "2026-10-01", "last": "2026-10-31"}


@dataclass
class Papers(Inside):
    """`changes` are members of the requisites that differ; `told` stands in for an answer of that type."""

    changes: dict[str, object] = field(default_factory=dict)
    told: dict[str, Message] = field(default_factory=dict)
    profile: m.Profile = PAYER

    def answer(self, asked: Received) -> Message:
        account = asked.envelope.subject.removeprefix("acct:") if asked.envelope.subject else ""
        if asked.envelope.type in self.told:
            return msgspec.structs.replace(self.told[asked.envelope.type], account=account)
        match asked.data:
            case m.RequisitesGet():
                sealed = self.sealed(self.profile, "cabinet", asked)
                return requisites(**{"account": account, "sealed": sealed, **self.changes})
            case m.StatementGet(period=period):
                told = statement(operation(12_345, number=1), operation(-20_000, number=2), opening=-1_000)
                return msgspec.structs.replace(told, account=account, period=period)
            case m.ReconciliationGet(period=period):
                told_act = reconciliation(contract((500, 0), (0, 1_500)), contract((100, 0)))
                return msgspec.structs.replace(told_act, account=account, period=period)
            case m.BillList():
                bills = (bill_of(100, 100), msgspec.structs.replace(bill_of(5_000, 2_500), bill="b2", number="7"))
                return m.BillPage(account=account, system="main", as_of=datetime.now(UTC), bills=bills)
        raise AssertionError(asked.envelope.type)

    def relay(self) -> int:
        """One round of the relay's class of documents."""
        desk = OutboxDesk(self._relay_settings(), 2, self)  # type: ignore[arg-type]
        now = datetime.now(UTC)
        with psycopg.connect(self.portal.database.dsn("relay")) as connection:
            errands = desk.claim(connection, 10, now)
            connection.commit()
            desk.mark(connection, [desk.work(errand) for errand in errands], now)
        return len(errands)

    def register(self) -> bool:
        """The filer's turn."""
        with psycopg.connect(self.portal.database.dsn("projector")) as connection:
            return self.filer().turn(connection)

    def filer(self, point: Point = pass_by) -> Filer:
        settings = ProjectorSettings(
            dsn=self.portal.database.dsn("projector"),
            keylist=self.portal.config.keylist or "",
            root_public=self.portal.config.root_public or "",
        )
        return Filer(settings, point=point)


@dataclass
class Reader:
    """A signed-in customer with an account whose documents the inside grants."""

    papers: Papers
    user: UUID
    account: UUID
    browser: Browser

    def ask(self, account: UUID | None = None, **wish: object) -> tuple[int, dict[str, object]]:
        answer = self.browser.send("POST", f"/api/accounts/{account or self.account}/documents", wish)
        return answer.status_code, answer.json()

    def made(self, **wish: object) -> str:
        """A document that was asked for, with its answers; returns its id."""
        status, told = self.ask(**wish)
        assert status == 202, told
        self.papers.carry()
        return str(told["id"])

    def state(self, document: str) -> dict[str, object]:
        return self.browser.send("GET", f"/api/documents/{document}").json()

    def file(self, document: str, form: str = "pdf") -> bytes:
        answer = self.browser.send("GET", f"/api/documents/{document}/file?form={form}")
        assert answer.status_code == 200, answer.content
        return answer.content


def reader_of(papers: Papers, login: str = "anna", phone: str = "+79001110001") -> Reader:
    portal = papers.portal
    user, account = portal.person(login=login, phone=phone), portal.account()
    access_grant(user, portal.grant_token(user, account, rights=("view", "pay", "documents")))
    return Reader(papers, user, account, portal.signed_in(login))
