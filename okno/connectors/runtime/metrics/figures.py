"""Counts of what was asked and answered, by names of our own: never what a sender wrote."""

from __future__ import annotations

from collections import Counter, defaultdict

from okno.connectors.runtime.store.inbox import Answer

REPLY = "reply"


class Figures:
    """`outcome` is `reply`, or the code of the problem that was answered."""

    def __init__(self) -> None:
        self.queries: Counter[tuple[str, str]] = Counter()
        self.query_seconds: defaultdict[str, float] = defaultdict(float)
        self.commands: Counter[tuple[str, str]] = Counter()

    def queried(self, type_: str, answer: Answer, seconds: float) -> None:
        """A query was answered; `seconds` from its delivery, waiting included."""
        self.queries[type_, _outcome(answer)] += 1
        self.query_seconds[type_] += seconds

    def commanded(self, type_: str, answer: Answer) -> None:
        self.commands[type_, _outcome(answer)] += 1


def _outcome(answer: Answer) -> str:
    return REPLY if answer.kind == "reply" else str(answer.data["code"])
