"""A bank's file and the comparison of a day, from the command line of a running instance."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from factories.statements import written_camt
from factories.street import Demo

from okno.cabinet.reconciliation.core.calendar import day_last
from okno.cabinet.reconciliation.core.statements.model import Line, Statement

ZONE = "Europe/Moscow"


@pytest.fixture(scope="module", params=["embedded", "full"])
def demo(request: pytest.FixtureRequest) -> Demo:
    street: Demo = request.getfixturevalue(f"{request.param}_street")
    return street


def test_a_statement_is_imported_and_a_day_compared(demo: Demo, tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    line = Line(at=1, day=today, direction="in", minor=500, payer="Выдумкин", purpose="Спасибо", reference="1")
    told = Statement(
        account="40702810600000000001",
        currency="RUB",
        since=today,
        until=today,
        opening=0,
        closing=500,
        lines=(line,),
    )
    file = tmp_path / "statement.xml"
    file.write_bytes(written_camt([told]))
    for fresh in (1, 0):
        done = demo.okno("statement", "import", str(file), "--dir", str(demo.directory))
        assert (done.returncode, done.stdout) == (0, f"1 lines, {fresh} of them new\n"), done.stderr
    file.write_bytes(written_camt([told]).replace(b"5.00", b"5.01", 1))
    refused = demo.okno("statement", "import", str(file), "--dir", str(demo.directory))
    assert refused.returncode == 1
    assert "nothing was imported: line 7: sums-differ" in refused.stderr

    # Nobody paid on the street yesterday; without a day it is the last one that was cut, whoever had it cut.
    yesterday = (day_last(datetime.now(UTC), ZONE)).isoformat()
    for _ in range(2):
        done = demo.okno("reconcile", "--day", yesterday, "--dir", str(demo.directory))
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{yesterday}: 0 matched, 0 open differences")
    last = demo.okno("reconcile", "--dir", str(demo.directory))
    assert last.returncode == 0, last.stderr
    assert last.stdout[:10] >= yesterday
    missing = demo.okno("reconcile", "--day", "2020-01-01", "--dir", str(demo.directory))
    assert missing.returncode == 1
    assert "no business day 2020-01-01" in missing.stderr
