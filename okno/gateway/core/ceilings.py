"""How many queries may be under way at once: per operation, and per system with a reserved share for each class.

A class may always use its reserved share. What no class has reserved is shared by all. So no flood of exports takes a
login's place, and the sum never passes the system's ceiling.
"""

from collections import Counter
from collections.abc import Sequence


class Ceilings:
    """Counts what is under way. `reserved` are slots per priority class (0 is the most urgent)."""

    def __init__(self, *, ceiling: int, reserved: Sequence[int]) -> None:
        if sum(reserved) > ceiling:
            raise ValueError("more is reserved than there is")
        self._reserved = tuple(reserved)
        self._shared = ceiling - sum(reserved)
        self._by_class: Counter[tuple[str, int]] = Counter()
        self._by_operation: Counter[tuple[str, str]] = Counter()

    def refuses(self, system: str, operation: str, priority: int, operation_ceiling: int) -> str | None:
        """The name of the ceiling that is reached, or None."""
        if self._by_operation[system, operation] >= operation_ceiling:
            return "operation-ceiling"
        if self._by_class[system, priority] < self._reserved[priority]:
            return None
        in_shared = sum(
            max(0, self._by_class[system, number] - reserved) for number, reserved in enumerate(self._reserved)
        )
        return None if in_shared < self._shared else "system-ceiling"

    def enter(self, system: str, operation: str, priority: int) -> None:
        self._by_class[system, priority] += 1
        self._by_operation[system, operation] += 1

    def leave(self, system: str, operation: str, priority: int) -> None:
        self._by_class[system, priority] -= 1
        self._by_operation[system, operation] -= 1

    def under_way(self, system: str) -> int:
        return sum(self._by_class[system, number] for number in range(len(self._reserved)))
