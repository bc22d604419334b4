"""Who has been heard lately: a party that misses its heartbeats is away, and its commands wait in the outbox."""

from datetime import datetime

import msgspec

from okno.protocol.messages import Breaker, Heartbeat

CLOCK_SKEW_MAX_S = 2.0


class Heard(msgspec.Struct, frozen=True):
    """The last heartbeat of one party."""

    tick: float
    skew_s: float
    operations: dict[str, str]
    breakers: dict[str, Breaker]


class HeardTable:
    """`silence_max_s`: three heartbeats of 2 s, no more."""

    def __init__(self, *, silence_max_s: float) -> None:
        self._silence_max_s = silence_max_s
        self._heard: dict[str, Heard] = {}

    def hear(self, party: str, *, tick: float, at: datetime, sent_at: datetime, beat: Heartbeat) -> None:
        """`party` is the urn of the source. The skew holds the transport's time, so it is an upper bound."""
        self._heard[party] = Heard(tick, (at - sent_at).total_seconds(), beat.operations, beat.breakers)

    def is_present(self, party: str, tick: float) -> bool:
        heard = self._heard.get(party)
        return heard is not None and tick - heard.tick <= self._silence_max_s

    def is_away(self, party: str, system: str) -> bool:
        """Whether the connector that was heard last says that its system does not answer."""
        heard = self._heard.get(party)
        return heard is not None and heard.breakers.get(system) == "open"

    def present(self, tick: float) -> dict[str, Heard]:
        return {party: heard for party, heard in self._heard.items() if self.is_present(party, tick)}

    def skewed(self, tick: float) -> list[str]:
        """Parties whose clock seems to differ by more than 2 s: the classical cause of refused messages."""
        return [party for party, heard in self.present(tick).items() if abs(heard.skew_s) > CLOCK_SKEW_MAX_S]

    def forget(self) -> None:
        self._heard.clear()
