"""One drill on a running full stack with a Tryton inside: work, kills, quiet, judgement."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from okno.cabinet.config.instance import ENVIRONMENT
from okno.cli.drill.billing import Accountant, DrillError, Invoice
from okno.cli.drill.counting import Books
from okno.cli.drill.judging import Counts, Report, problems_of
from okno.cli.drill.killing import Killed, kill, state_read
from okno.cli.drill.plan import Move, Plan, plan_draw
from okno.cli.drill.queues import depths
from okno.cli.instance.layout import Secrets
from okno.cli.instance.reach import reach_of
from okno.cli.servers.tryton import ACCOUNTANT, DATABASE
from okno.cli.tryton.company import companies_read
from okno.cli.tryton.rights import ADMIN
from okno.connectors.tryton.companies import decimal_of
from okno.connectors.tryton.references import Place, place_of
from okno.connectors.tryton.rpc import Rpc
from okno.couriers.port import CourierError
from okno.protocol.ids import new_id

HANDS = 2
LOOK_S = 0.5
# A call ends with the life of one of its ends, never by our own impatience: only then its outcome can be looked up.
CALL_TIMEOUT_S = 600


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    operations: int
    payments: int
    rounds: int
    seed: int
    settled_s_max: float
    """How long to wait for the last of it after the work."""


@dataclass
class Progress:
    """Operations posted and payments handed over, counted from several threads; `error` ends it all."""

    operations: int = 0
    payments: int = 0
    error: Exception | None = None
    over: threading.Event = field(default_factory=threading.Event)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def posted(self, count: int) -> None:
        with self._guard:
            self.operations += count

    def paid(self) -> None:
        with self._guard:
            self.payments += 1

    @property
    def done(self) -> int:
        return self.operations + self.payments

    def guarded(self, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 (handed to the drill's own thread, which raises it)
                self.error = error
                self.over.set()

        thread = threading.Thread(target=run, name="drill")
        thread.start()
        return thread


class Drill:
    """Raises DrillError when something does not come back."""

    def __init__(self, directory: Path, wanted: Wanted, *, told: Callable[[str], object]) -> None:
        self._directory = directory
        self._wanted = wanted
        self._told = told
        self._url = f"http://127.0.0.1:{state_read(directory).ports['tryton']}"
        file = directory / "etc" / "secrets.json"
        self._passwords = msgspec.json.decode(file.read_bytes(), type=Secrets).tryton
        admin = self._rpc(ADMIN)
        self._companies = {company.id: company for company in companies_read(admin)}
        rows = admin.search_read("company.company", [], ["currency.code"])
        currencies = {row["id"]: row["currency."]["code"] for row in rows}
        reach = reach_of(directory)
        self._books = Books(admin, currencies, reach.book, reach.projector)
        self._named = {place_of(reference): account for reference, account in self._books.accounts().items()}
        self._deepest: dict[str, int] = {}

    def run(self) -> Report:
        wanted = self._wanted
        plan = plan_draw(
            sorted(self._named),
            operations=wanted.operations,
            payments=wanted.payments,
            rounds=wanted.rounds,
            seed=wanted.seed,
        )
        invoices = [Invoice(new_id(), move) for move in plan.operations]
        payments = [(new_id(), move) for move in plan.payments]
        began = time.monotonic()
        kills = self._worked(plan, invoices, payments, began)
        worked = time.monotonic()
        self._await_quiet([payment for payment, _ in payments])
        settled = time.monotonic()
        counts = self._counts(invoices, [payment for payment, _ in payments])
        return Report(
            seed=wanted.seed,
            operations=len(invoices),
            payments=len(payments),
            accounts=len(self._named),
            seconds=round(worked - began, 1),
            settled_s=round(settled - worked, 1),
            kills=kills,
            depths=counts.depths,
            deepest=self._deepest,
            verify=counts.verify,
            problems=list(problems_of([one.key for one in invoices], [payment for payment, _ in payments], counts)),
        )

    def _worked(
        self, plan: Plan[Place], invoices: Sequence[Invoice], payments: Sequence[tuple[str, Move[Place]]], began: float
    ) -> list[Killed]:
        """The accountant's hands and the payers at work, while this thread kills."""
        progress = Progress()
        accountant = Accountant(lambda: self._rpc(ACCOUNTANT), self._companies, progress.posted)
        shares = [invoices[hand::HANDS] for hand in range(HANDS)]
        threads = [
            *(progress.guarded(lambda share=share: accountant.work(share, progress.over)) for share in shares),  # type: ignore[misc]
            progress.guarded(lambda: self._pay(payments, progress)),
        ]
        kills = []
        try:
            for one in plan.kills:
                while progress.done < one.after and not progress.over.wait(LOOK_S):
                    self._look()
                if progress.error is None:
                    kills.append(kill(self._directory, one.victim, after=progress.done, began=began))
                    self._told(f"{one.victim} killed after {kills[-1].after}, back after {kills[-1].back_s} s")
            while any(thread.is_alive() for thread in threads) and not progress.over.wait(LOOK_S):
                self._look()
        finally:
            progress.over.set()
            for thread in threads:
                thread.join()
        if progress.error is not None:
            raise progress.error
        return kills

    def _pay(self, payments: Sequence[tuple[str, Move[Place]]], progress: Progress) -> None:
        """In step with the accountant, so that both flow until the end."""
        child = subprocess.Popen(
            [sys.executable, "-m", "okno.cli.drill.paying"],
            env={**os.environ, ENVIRONMENT: str(self._directory / "etc" / "web.toml")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdin is not None
        assert child.stdout is not None
        with child:
            for number, (payment, move) in enumerate(payments):
                due = number * self._wanted.operations // len(payments)
                while progress.operations < due and not progress.over.wait(LOOK_S / 10):
                    pass
                if progress.over.is_set():
                    break
                self._hand_over(child.stdin, payment, move)
                if not child.stdout.readline():
                    raise DrillError("payments cannot be handed to the outbox any more")
                progress.paid()
            child.stdin.close()

    def _hand_over(self, stdin: IO[str], payment: str, move: Move[Place]) -> None:
        place = move.account
        line = {
            "payment": payment,
            "account": self._named[place],
            "amount": str(decimal_of(move.minor, place.currency)),
            "currency": place.currency,
        }
        stdin.write(msgspec.json.encode(line).decode() + "\n")
        stdin.flush()

    def _await_quiet(self, payments: Sequence[str]) -> None:
        """Until every payment is answered and everything that Tryton has is seen; what is late shows in the counts."""
        until = time.monotonic() + self._wanted.settled_s_max
        while time.monotonic() < until:
            if self._books.done(payments) == len(payments) and not self._books.waiting():
                break
            self._look()
            time.sleep(LOOK_S)
        while time.monotonic() < until and self._books.seen()[0] != self._books.told():
            time.sleep(LOOK_S)

    def _counts(self, invoices: Sequence[Invoice], payments: Sequence[str]) -> Counts:
        verify = self._verify()
        seen, twice = self._books.seen()
        return Counts(
            invoices=self._books.invoices_posted(invoices),
            payments=self._books.payments_posted(payments),
            told=self._books.told(),
            seen=seen,
            twice=twice,
            balances=self._books.balances(),
            waiting=self._books.waiting(),
            untaken=self._books.untaken(),
            depths=depths(self._directory),
            verify=verify,
        )

    def _verify(self) -> dict[str, object]:
        arguments = [*("sync", "verify", "--json"), "--dir", str(self._directory)]
        done = subprocess.run(
            [sys.executable, "-m", "okno.cli.main", *arguments], capture_output=True, text=True, check=False
        )
        if not done.stdout:
            raise DrillError(f"sync verify came to no end: {done.stderr.strip()}")
        return msgspec.json.decode(done.stdout, type=dict[str, object])

    def _look(self) -> None:
        """Remember the most that waits in the broker; while it is down nobody can say."""
        try:
            found = depths(self._directory)
        except (CourierError, OSError):
            return
        for queue, depth in found.items():
            self._deepest[queue] = max(depth, self._deepest.get(queue, 0))

    def _rpc(self, user: str) -> Rpc:
        return Rpc(self._url, database=DATABASE, user=user, password=self._passwords[user], timeout_s=CALL_TIMEOUT_S)
