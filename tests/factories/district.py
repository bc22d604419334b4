"""A company whose customers live in streets: the inside tells them page by page, the worker prints their slips."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from factories.paper_inside import Papers
from factories.papers import requisites

from okno.cabinet.documents.tasks.runs import RUN, RunSettings, SlipRuns
from okno.cabinet.kit.jobs.worker import JobDesk, WorkerSettings
from okno.cabinet.kit.outbox.relay import OutboxDesk
from okno.protocol import messages as m
from okno.protocol.messages import Message
from okno.protocol.pen import Received

DOCUMENTS_KEY = base64.b64encode(secrets.token_bytes(32)).decode()
ROUNDS_MAX = 200


@dataclass
class District(Papers):
    """`people` by account; `page` customers stand on one page; `wrong` accounts have a payee that a bank refuses."""

    people: dict[str, m.Profile] = field(default_factory=dict)
    page: int = 3
    wrong: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def settle(self, street: str, count: int, *, name: str = "Голубева Анна Сергеевна") -> list[str]:
        """Customers of a street, with accounts of the read model."""
        found = []
        for number in range(count):
            account = str(self.portal.account(balance=1_000 + number))
            address = f"190000, Примерск, ул. {street}, д. {number + 1}"
            self.people[account] = m.Profile(name=name, number=f"40-{len(self.people):06}", address=address)
            found.append(account)
        return found

    def answer(self, asked: Received) -> Message:
        match asked.data:
            case m.SyncPage(what="customers", after=after):
                begun = int(after or 0)
                shown = list(self.people.items())[begun : begun + self.page]
                customers = m.SyncCustomers(tuple(m.SyncCustomer(*one) for one in shown))
                more = begun + self.page < len(self.people)
                return m.SyncRows(
                    system="main",
                    as_of=datetime.now(UTC),
                    count=len(shown),
                    sealed=self.sealed(customers, "cabinet", asked),
                    next=str(begun + self.page) if more else None,
                )
            case m.RequisitesGet(account=account):
                changes = {"inn": "0000123451"} if account in self.wrong else {}
                sealed = self.sealed(self.people[account], "cabinet", asked)
                return requisites(account=account, sealed=sealed, **changes)
        return super().answer(asked)

    def relay(self) -> int:
        """One round of the classes that a run asks in."""
        sent = 0
        for priority in (2, 3):
            desk = OutboxDesk(self._relay_settings(), priority, self)  # type: ignore[arg-type]
            now = datetime.now(UTC)
            with psycopg.connect(self.portal.database.dsn("relay")) as connection:
                errands = desk.claim(connection, 1000, now)
                connection.commit()
                desk.mark(connection, [desk.work(errand) for errand in errands], now)
            sent += len(errands)
        return sent

    def runs(self) -> SlipRuns:
        config = self.portal.config
        return SlipRuns(
            RunSettings(
                keylist=config.keylist or "",
                root_public=config.root_public or "",
                opening_key=config.opening_key or "",
                documents_key=DOCUMENTS_KEY,
                source="urn:okno:cabinet:1",
            )
        )

    def work(self) -> bool:
        """The worker's due jobs, once each; False when no run is under way."""
        settings = WorkerSettings(dsn=self.portal.database.dsn("worker"))
        desk = JobDesk(settings, self.runs().kinds())
        self.portal.peek("UPDATE kit_job SET run_at = now() WHERE state = 'queued'")
        with psycopg.connect(settings.dsn) as connection:
            jobs = desk.claim(connection, 10, datetime.now(UTC))
            connection.commit()
        done = [desk.work(job) for job in jobs if job.kind == RUN]
        assert all(one.error is None for one in done), done
        return bool(done)

    def finish(self) -> None:
        """Steps and rounds until every run has ended."""
        for _ in range(ROUNDS_MAX):
            if not self.work():
                return
            self.relay()
        raise AssertionError("the run does not end")
