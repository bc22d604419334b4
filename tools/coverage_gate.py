"""Print the coverage of lines and, counted apart, of branches, beside the bar; fail below it.

    python tools/coverage_gate.py coverage.json [--worst N]

Source: the JSON report of coverage.py. Only what `[tool.coverage]` omits by name is left out.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

BAR_PERCENT = 93.0


def percent(covered: int, total: int) -> float:
    """Share in percent; nothing to cover counts as whole."""
    return 100.0 * covered / total if total else 100.0


def verdict(totals: dict[str, Any]) -> tuple[float, float]:
    """(lines, branches), each in percent."""
    return (
        percent(totals["covered_lines"], totals["num_statements"]),
        percent(totals["covered_branches"], totals["num_branches"]),
    )


def worst(files: dict[str, Any], count: int) -> list[str]:
    """The files that hold most of what is uncovered."""
    left = [(f["summary"]["missing_lines"] + f["summary"]["missing_branches"], name) for name, f in files.items()]
    return [f"  {missing:5} {name}" for missing, name in sorted(left, reverse=True)[:count] if missing]


def main(arguments: list[str]) -> int:
    data = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    lines, branches = verdict(data["totals"])
    print(f"Python coverage: {lines:.2f} % of lines, {branches:.2f} % of branches (bar: {BAR_PERCENT:.0f} % each)")
    count = int(arguments[arguments.index("--worst") + 1]) if "--worst" in arguments else 10
    print("\n".join(["lines and branches not covered:", *worst(data["files"], count)]))
    return int(min(lines, branches) < BAR_PERCENT)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
