"""The bar of coverage counts lines and branches apart."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

SPEC = importlib.util.spec_from_file_location(
    "house_coverage_gate", Path(__file__).resolve().parents[2] / "tools" / "coverage_gate.py"
)
assert SPEC is not None
assert SPEC.loader is not None
gate = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(gate)


@pytest.mark.parametrize(
    ("lines", "branches", "status"),
    [
        ((93, 100), (93, 100), 0),
        ((92, 100), (100, 100), 1),
        ((100, 100), (92, 100), 1),
        ((10, 10), (0, 0), 0),
    ],
)
def test_both_bars_count(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    lines: tuple[int, int],
    branches: tuple[int, int],
    status: int,
) -> None:
    totals = dict(
        zip(("covered_lines", "num_statements", "covered_branches", "num_branches"), (*lines, *branches), strict=True)
    )
    files = {"okno/a.py": {"summary": {"missing_lines": 2, "missing_branches": 1}}}
    report = tmp_path / "coverage.json"
    report.write_text(json.dumps({"totals": totals, "files": files}), encoding="utf-8")
    assert gate.main([str(report), "--worst", "1"]) == status
    assert "3 okno/a.py" in capsys.readouterr().out
