"""How many signals one session may cause, so that a loop of refused requests does not fill the table of signals."""

from dataclasses import dataclass, field


@dataclass
class Allowance:
    """At most `per_key_max` a key and `total_max` in all within `window_s`. `spent_out`: how many were turned away."""

    per_key_max: int = 20
    total_max: int = 500
    window_s: int = 60
    spent_out: int = 0
    _began: float = float("-inf")
    _spent: dict[bytes, int] = field(default_factory=dict)
    _total: int = 0

    def spend(self, key: bytes, now: float) -> bool:
        """Whether one more is allowed at `now` (seconds on any steady clock)."""
        if now - self._began >= self.window_s:
            self._began, self._total = now, 0
            self._spent.clear()
        spent = self._spent.get(key, 0)
        if spent >= self.per_key_max or self._total >= self.total_max:
            self.spent_out += 1
            return False
        self._spent[key] = spent + 1
        self._total += 1
        return True
