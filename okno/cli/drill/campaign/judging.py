"""The judgement of a campaign: what payment systems took, against Okno's ledger and the books, to the kopeck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from okno.cli.drill.campaign.bounds import FLOOR, Indicator
from okno.cli.drill.campaign.registers import Attempt, Captured, Registers
from okno.cli.drill.killing import Killed
from okno.cli.drill.levels.visits import Levels

IN_TIME = timedelta(minutes=15)
"""Of reliability: the final state stands in the cabinet so soon after a fault ends."""
AT_ONCE = timedelta(seconds=60)
"""Of reliability as well: so soon after the payment system's, where there is no fault."""
SHOWN_MAX = 20
PAGES, ONCE, FINAL, FINAL_CALM, NOTICES, REQUESTS, SESSIONS, SIGNED_IN, FRESH, PUSHED = (
    "payers who were sent to a page within 2 minutes, under faults",
    "captured payments that reached the books exactly once",
    "final state in the cabinet within 15 minutes, under faults",
    "final state in the cabinet within 60 seconds, without faults",
    "true notices answered without 5xx or silence, under faults",
    "requests to cabinet and live without 5xx or time-out, under faults",
    "requests of signed-in customers without 5xx or time-out, under faults",
    "sign-ins with the right password and code that were through within a minute",
    "figures at most 60 seconds old, or told to be older",
    "operations on an open page within 2 seconds of their commit, without faults",
)
INDICATORS = (PAGES, ONCE, FINAL, FINAL_CALM, NOTICES, REQUESTS, SESSIONS, SIGNED_IN, FRESH, PUSHED)


class Sums(msgspec.Struct, kw_only=True):
    """Of one payment system: captures and minor units in each register."""

    captured: int = 0
    twin_minor: int = 0
    ledger_minor: int = 0
    books_minor: int = 0


class Report(msgspec.Struct, kw_only=True):
    """`problems` is empty when the three registers agree to the kopeck."""

    seed: int
    commit: str
    payments: int
    calm: int
    """Payments after the faults, beside the others."""
    providers: dict[str, Sums]
    forged: dict[str, int]
    """Mutated notices that a stranger sent, by what the counter answered: `refused`, `taken` (and not believed)."""
    troubles: dict[str, int]
    """Notices by what befell them: `lost`, `duplicated`, `reordered`, `delayed`, `forged`."""
    faults: list[Killed]
    seconds: float
    settled_s: float
    indicators: list[Indicator]
    floor: float = FLOOR
    problems: list[str]


class Judgement:
    """Of registers that are quiet."""

    def __init__(self, registers: Registers) -> None:
        self.registers = registers
        self.known: dict[tuple[str, str], Attempt] = {
            (attempt.twin, order): attempt for attempt in registers.attempts for order in attempt.orders
        }
        self.twin: dict[str, list[Captured]] = defaultdict(list)
        self.strays: list[Captured] = []
        for one in registers.captured:
            attempt = self.known.get((one.provider, one.order))
            if attempt is None:
                self.strays.append(one)
            else:
                self.twin[attempt.id].append(one)
        self.ledger: dict[str, list[int]] = defaultdict(list)
        for attempt_id, minor in registers.ledger:
            self.ledger[attempt_id].append(minor)
        self.books: dict[str, list[int]] = defaultdict(list)
        self.unknown: list[str] = []
        self.misplaced: list[str] = []
        for key, account, minor in registers.booked:
            posting = registers.postings.get(key)
            if posting is None:
                self.unknown.append(key)
                continue
            self.books[posting[0]].append(minor)
            if posting[1] != account:
                self.misplaced.append(key)

    def is_whole(self, attempt: Attempt) -> bool:
        """Whether its money stands in each register once, and the same."""
        taken = [one.minor for one in self.twin[attempt.id]]
        return len(taken) == 1 and taken == self.ledger[attempt.id] == self.books[attempt.id]

    @property
    def paid(self) -> list[Attempt]:
        return [attempt for attempt in self.registers.attempts if self.twin[attempt.id]]

    def problems(self) -> Iterator[str]:
        """Everything that is not as it has to be, each in one line."""
        yield from (f"{one.provider}: order {one.order} was paid and is no attempt here" for one in self.strays)
        yield from (f"the books have {key}, which nobody sent" for key in self.unknown)
        yield from (f"the books have {key} on another account" for key in self.misplaced)
        for attempt in self.registers.attempts:
            if not self.is_whole(attempt) and (
                self.twin[attempt.id] or self.ledger[attempt.id] or self.books[attempt.id]
            ):
                taken = [one.minor for one in self.twin[attempt.id]]
                yield (
                    f"{attempt.provider}: attempt {attempt.id} ({attempt.state}, payment {attempt.payment_state}): the"
                    f" payment system took {taken}, the ledger has {self.ledger[attempt.id]}, the books"
                    f" {self.books[attempt.id]}"
                )
            elif self.is_whole(attempt) and attempt.payment_state != "posted":
                yield f"{attempt.provider}: attempt {attempt.id} is in the books, its payment {attempt.payment_state}"

    def sums(self) -> dict[str, Sums]:
        found: dict[str, Sums] = defaultdict(Sums)
        for attempt in self.registers.attempts:
            sums = found[attempt.provider]
            sums.captured += len(self.twin[attempt.id])
            sums.twin_minor += sum(one.minor for one in self.twin[attempt.id])
            sums.ledger_minor += sum(self.ledger[attempt.id])
            sums.books_minor += sum(self.books[attempt.id])
        return dict(sorted(found.items()))

    def indicators(self, requests: Counter[str], calm: datetime) -> list[Indicator]:
        """Of payments, notices and passers-by. `calm`: the faults were over then, and all they left was settled."""
        paid = self.paid
        once = sum(self.is_whole(attempt) for attempt in paid)
        under = [attempt for attempt in paid if self.twin[attempt.id][0].at < calm]
        after = [attempt for attempt in paid if self.twin[attempt.id][0].at >= calm]
        answers = self.registers.answers
        return [
            Indicator.of(ONCE, once, len(paid) + len(self.strays)),
            Indicator.of(FINAL, self._within(IN_TIME, under), len(under)),
            Indicator.of(FINAL_CALM, self._within(AT_ONCE, after), len(after)),
            Indicator.of(NOTICES, answers["answered"], answers.total()),
            Indicator.of(REQUESTS, requests["answered"], requests.total()),
        ]

    def _within(self, bound: timedelta, paid: list[Attempt]) -> int:
        return sum(
            attempt.posted_at is not None and attempt.posted_at - self.twin[attempt.id][0].at <= bound
            for attempt in paid
        )


def indicators_of(levels: Levels) -> list[Indicator]:
    """Of what the regulars got."""
    return [
        Indicator.of(SESSIONS, *levels.requests),
        Indicator.of(SIGNED_IN, *levels.signed_in),
        Indicator.of(FRESH, *levels.fresh),
        Indicator.of(PUSHED, *levels.pushed),
    ]


def lines_of(report: Report) -> Iterator[str]:
    """For people."""
    for down in report.faults:
        name = f"{down.victim} ({down.process})"
        yield f"{down.at_s:>7.1f} s  after {down.after:>5}  {name} down, back after {down.back_s:.1f} s"
    yield f"seed {report.seed}, commit {report.commit}: {report.payments} payments in {report.seconds:.0f} s,"
    yield f"everything there {report.settled_s:.0f} s later, then {report.calm} payments without a fault;"
    yield f"notices: {_counts(report.troubles)}; answers to mutated ones: {_counts(report.forged)}"
    yield f"{'':<14}{'captured':>9}{'payment system':>18}{'ledger':>18}{'books':>18}"
    for name, sums in report.providers.items():
        amounts = (sums.twin_minor, sums.ledger_minor, sums.books_minor)
        yield f"{name:<14}{sums.captured:>9}" + "".join(f"{_rubles(minor):>18}" for minor in amounts)
    for one in report.indicators:
        share = f"lower 95 % bound {one.lower:.4%}" if one.lower is not None else "no event"
        yield f"{one.name}: {one.good} of {one.valid}, {share} (floor {report.floor:.2%}, Clopper-Pearson)"
    yield from report.problems[:SHOWN_MAX]
    found = len(report.problems)
    yield f"{found} problems" if found else "Every captured payment is in the books once, and nothing else is."


def _rubles(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"
