"""One campaign on a running full stack: payers, faults, a forger, quiet, judgement."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

import okno
from okno.cli.drill.billing import DrillError
from okno.cli.drill.campaign.bounds import Indicator
from okno.cli.drill.campaign.forging import Forger
from okno.cli.drill.campaign.judging import PAGES, Judgement, Report, indicators_of
from okno.cli.drill.campaign.pages import Pages
from okno.cli.drill.campaign.paying import Browser, troubles_set
from okno.cli.drill.campaign.plan import AWAY_S, TWINS, Fault, Payer, Plan, plan_draw
from okno.cli.drill.campaign.registers import ACQUIRER, SBP, Places
from okno.cli.drill.campaign.wishes import Wishes
from okno.cli.drill.killing import Killed, kill, state_read, state_read_again
from okno.cli.drill.levels.regulars import regulars_draw, regulars_for, regulars_settle
from okno.cli.drill.levels.visitor import Door
from okno.cli.drill.levels.visits import Visits
from okno.cli.instance.layout import LEGACY_PAYERS, PAYERS, Secrets
from okno.cli.instance.reach import reach_of
from okno.protocol.ids import new_id
from okno.sandbox.payers.troubles import Troubles

HANDS = 32
LOOK_S = 0.25
PROBE_TIMEOUT_S = 10
FAULTY = 500
START = "start `okno demo --stack full --qiwi`"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    payments: int
    rounds: int
    seed: int
    settled_s_max: float
    """How long to wait for the last of it after the work."""


class Campaign:
    """Raises DrillError when something does not come back."""

    def __init__(self, directory: Path, wanted: Wanted, *, told: Callable[[str], object]) -> None:
        self._directory = directory
        self._wanted = wanted
        self._told = told
        state = state_read(directory, inside="book", start=START)
        self._twins = {name: state.ports[name] for name in (*PAYERS, *LEGACY_PAYERS) if name in state.ports}
        self._front = state.ports["front"]
        self._hosts = {name: url.partition("://")[2] for name, url in state.addresses.items()}
        secrets = msgspec.json.decode((directory / "etc" / "secrets.json").read_bytes(), type=Secrets)
        self._token = secrets.payers["control"]
        self._journals = {name: directory / "log" / f"{name}.jsonl" for name in self._twins}
        reach = reach_of(directory)
        self._door = Door(self._front, state.addresses["portal"])
        self._reach = reach
        self._given_up = 0
        self._places = Places(self._journals, reach.cabinet, reach.book)
        self._payable = self._places.payable()
        if not self._payable:
            raise DrillError("nobody may pay for any account: has the demo been furnished?")
        self._begun: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._forged: Counter[str] = Counter()
        self._pages = Pages(self._places)
        self._troubles: Callable[[str], Troubles] = lambda _: Troubles(seed=wanted.seed)

    @property
    def providers(self) -> list[str]:
        return sorted((*self._twins, SBP)) if ACQUIRER in self._twins else sorted(self._twins)

    def run(self) -> Report:
        wanted = self._wanted
        plan = plan_draw(
            self.providers, len(self._payable), payments=wanted.payments, rounds=wanted.rounds, seed=wanted.seed
        )
        regulars = regulars_draw(regulars_for(wanted.payments))
        regulars_settle(self._directory, regulars, self._reach.cabinet)
        with (
            Visits(self._directory, regulars, self._door, self._reach.book, seed=wanted.seed) as visits,
            Wishes(self._directory, self.providers) as wishes,
            Browser() as browser,
            self._aside(self._look),
        ):
            began = time.monotonic()
            faults = self._under_faults(wishes, browser, plan, began)
            worked = time.monotonic()
            self._quiet()
            visits.catch_up()
            settled_s = round(time.monotonic() - worked, 1)
            self._told(f"all quiet after {settled_s:.0f} s; {len(plan.calm)} payments without a fault")
            calm = self._places.calm_begin()
            visits.calm()
            self._all_pay(wishes, browser, plan.calm)
            judgement = self._quiet()
            levels = visits.finish()
        page = Indicator.of(PAGES, len(plan.payers) - self._given_up, len(plan.payers))
        forged = self._forged.total()
        return Report(
            seed=wanted.seed,
            commit=commit(),
            payments=len(plan.payers),
            calm=len(plan.calm),
            providers=judgement.sums(),
            forged=dict(self._forged),
            troubles=dict(judgement.registers.troubles + Counter(forged=forged)),
            faults=faults,
            seconds=round(worked - began, 1),
            settled_s=settled_s,
            indicators=[page, *judgement.indicators(self._requests, calm), *indicators_of(levels)],
            problems=[*judgement.problems(), *levels.problems],
        )

    def _under_faults(self, wishes: Wishes, browser: Browser, plan: Plan, began: float) -> list[Killed]:
        """The payers at work, while this thread brings faults and others forge and ask."""
        self._troubles = plan.troubles
        troubles_set(self._twins, self._token, plan.troubles)
        try:
            with self._aside(self._probe, self._forge), ThreadPoolExecutor(HANDS) as pool:
                return self._worked(
                    pool, [pool.submit(self._pay, wishes, browser, one) for one in plan.payers], plan, began
                )
        finally:
            self._given_up = len(self._pages.given_up)
            troubles_set(self._twins, self._token, lambda _: Troubles(seed=self._wanted.seed))

    def _worked(
        self, pool: ThreadPoolExecutor, works: Sequence[Future[None]], plan: Plan, began: float
    ) -> list[Killed]:
        faults: list[Killed] = []
        try:
            for fault in plan.faults:
                while self._begun.total() < fault.after and not all(work.done() for work in works):
                    time.sleep(LOOK_S)
                faults.append(self._fault(fault, began))
                self._told(f"{fault.kind} {faults[-1].process} after {faults[-1].after}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        for work in works:
            work.result()
        return faults

    def _all_pay(self, wishes: Wishes, browser: Browser, payers: Sequence[Payer]) -> None:
        with ThreadPoolExecutor(HANDS) as pool:
            for work in [pool.submit(self._pay, wishes, browser, payer) for payer in payers]:
                work.result()

    @contextmanager
    def _aside(self, *works: Callable[[threading.Event], None]) -> Iterator[None]:
        """Threads of their own, each told when it is over."""
        over = threading.Event()
        threads = [threading.Thread(target=work, args=(over,), name="campaign") for work in works]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _pay(self, wishes: Wishes, browser: Browser, payer: Payer) -> None:
        user, account, currency = self._payable[payer.account]
        line = {"user": user, "account": account, "currency": currency, "minor": payer.minor}
        payment = wishes.wish(payer.provider, {**line, "key": new_id()})
        self._begun[payer.provider] += 1
        go = self._pages.wait(payment)
        if go is not None and payer.choice != "nothing":
            browser.press(go, payer.choice)

    def _fault(self, fault: Fault, began: float) -> Killed:
        after = self._begun.total()
        if fault.kind == "kill":
            killed = kill(self._directory, fault.victim, after=after, began=began)
            if fault.victim == TWINS:
                # Money and notices are in their journals; what goes wrong there they have to be told anew.
                troubles_set(self._twins, self._token, self._troubles)
            return killed
        pid, at = state_read_again(self._directory).pids[fault.victim], time.monotonic()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(AWAY_S)
        finally:
            os.kill(pid, signal.SIGCONT)
        return Killed(
            victim="inside", process=fault.victim, pid=pid, after=after, at_s=round(at - began, 1), back_s=AWAY_S
        )

    def _look(self, over: threading.Event) -> None:
        while not over.wait(LOOK_S):
            self._pages.look()

    def _probe(self, over: threading.Event) -> None:
        """A customer's requests all the while: a page of the cabinet, and live."""
        with urllib3.PoolManager(retries=False, timeout=PROBE_TIMEOUT_S) as pool:
            while not over.wait(LOOK_S):
                for path in ("/", "/api/session", "/live/v1/overview"):
                    self._requests[self._asked(pool, path)] += 1

    def _asked(self, pool: urllib3.PoolManager, path: str) -> str:
        try:
            answer = pool.request(
                "GET", f"http://127.0.0.1:{self._front}{path}", headers={"Host": self._hosts["portal"]}, redirect=False
            )
        except HTTPError:
            return "failed"
        return "answered" if answer.status < FAULTY else "failed"

    def _forge(self, over: threading.Event) -> None:
        with Forger(f"http://127.0.0.1:{self._front}", self._hosts["pay"], self._journals) as forger:
            while not over.wait(LOOK_S):
                forger.turn()
            self._forged = forger.answers

    def _quiet(self) -> Judgement:
        """When the registers agree, or after the patience is over: what is late shows in the judgement."""
        until = time.monotonic() + self._wanted.settled_s_max
        while True:
            judgement = Judgement(self._places.read())
            if not any(judgement.problems()) or time.monotonic() > until:
                return judgement
            time.sleep(LOOK_S * 4)


def commit() -> str:
    """Of the tree that this code stands in, and whether it was changed since; empty where there is none."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12"],
        cwd=Path(okno.__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()
