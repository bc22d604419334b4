"""kill -9 of all that stands between the books and the customer while both work: counted once more by the drill."""

from typing import Any

import msgspec
import psycopg
import pytest
from factories.street import Demo

from okno.cli.drill.plan import VICTIMS
from okno.cli.instance.reach import reach_of

pytestmark = pytest.mark.timeout(900)
OPERATIONS, PAYMENTS = 100, 30
COUNT = "SELECT count(*) FROM accounts_operation"
FALSIFY = """
UPDATE accounts_operation SET amount = amount + %s WHERE (account_id, key) IN
    (SELECT account_id, key FROM accounts_operation ORDER BY account_id, key LIMIT 1)
"""


def drill(street: Demo, *more: str) -> tuple[int, dict[str, Any]]:
    done = street.okno("drill", "tryton", "--dir", str(street.directory), "--json", *more)
    assert done.stdout, done.stderr
    return done.returncode, msgspec.json.decode(done.stdout)


def operations(street: Demo) -> int:
    with psycopg.connect(reach_of(street.directory).projector) as cabinet:
        (count,) = cabinet.execute(COUNT).fetchone() or (0,)
    return int(count)


def test_nothing_is_lost_or_doubled_whoever_dies(tryton_street: Demo) -> None:
    before = operations(tryton_street)
    flow = ("--operations", str(OPERATIONS), "--postings", str(PAYMENTS), "--rounds", "1", "--seed", "7")
    status, report = drill(tryton_street, *flow)
    assert (status, report["problems"], report["verify"]["differences"]) == (0, [], [])
    assert sorted(one["victim"] for one in report["kills"]) == sorted(VICTIMS)
    assert set(report["depths"].values()) == {0}
    assert operations(tryton_street) == before + OPERATIONS + PAYMENTS
    assert report["verify"]["operations"] == operations(tryton_street)


def test_a_kopeck_is_named(tryton_street: Demo) -> None:
    quiet = ("--operations", "1", "--postings", "1", "--rounds", "0", "--settle", "5")
    with psycopg.connect(reach_of(tryton_street.directory).projector, autocommit=True) as cabinet:
        cabinet.execute(FALSIFY, [1])
        done = tryton_street.okno("drill", "tryton", "--dir", str(tryton_street.directory), *quiet)
        cabinet.execute(FALSIFY, [-1])
    assert done.returncode == 1
    assert "operations 0 missing, 0 too many, 1 of another amount" in done.stdout
    assert "sync verify: " in done.stdout
    assert "operation-differs" in done.stdout
    assert done.stdout.endswith("2 problems\n")


def test_it_needs_a_full_street_on_a_tryton(embedded_street: Demo, tmp_path: Any) -> None:  # noqa: ANN401 (a path)
    for directory in (embedded_street.directory, tmp_path):
        refused = embedded_street.okno("drill", "tryton", "--dir", str(directory))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "--stack full --system tryton" in refused.stderr
