"""What regulars of a campaign were shown, and when: judged without a street."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from okno.cli.drill.levels.pushes import PUSHED_S, Poster, Pushes
from okno.cli.drill.levels.regulars import regulars_draw
from okno.cli.drill.levels.visitor import Door
from okno.cli.drill.levels.visits import Overview, Visits, fresh

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
WAIT_S = 30
LATE_S = 0.2
BEGUN = threading.Event()


def test_what_is_posted_has_to_be_shown_once_and_in_time() -> None:
    pushes = Pushes()
    pushes.committed("a", "faults", 1.0, calm=False)
    pushes.shown("early", 9.9)
    pushes.committed("a", "early", 10.0, calm=True)
    for place, key in enumerate(("soon", "late", "never"), 1):
        pushes.committed("a", key, 10.0 + place, calm=True)
    pushes.shown("soon", 11.0 + PUSHED_S)
    pushes.shown("late", 12.01 + PUSHED_S)
    assert pushes.pushed() == (2, 4)
    assert pushes.waiting == 2
    assert pushes.count("a", 10.5) == 2
    assert pushes.count("b", 10.5) == 0
    pushes.shown("late", 20.0)
    assert pushes.problems() == [
        "account a: 2 operations never came to its page",
        "account a: 1 operations came twice",
    ]
    pushes.shown("faults", 60.0)
    pushes.shown("never", 60.0)
    assert pushes.problems() == ["account a: 1 operations came twice"]


def test_a_poster_gives_up_when_all_is_over() -> None:
    pushes, over = Pushes(), threading.Event()
    poster = Poster("host=/nowhere.example dbname=x", regulars_draw(1), pushes, seed=7)
    posting = threading.Thread(target=poster.post, args=(over,), kwargs={"calm": True})
    posting.start()
    over.set()
    posting.join(WAIT_S)
    assert not posting.is_alive()
    poster.close()
    assert pushes.waiting == 0


class LatePoster:
    """Commits just after it was told that it is enough; the page shows it a moment later."""

    def __init__(self, _book: str, _regulars: object, pushes: Pushes, *, seed: int) -> None:
        self._pushes = pushes
        self._seed = seed

    def post(self, over: threading.Event, *, calm: bool) -> None:
        BEGUN.set()
        over.wait(WAIT_S)
        time.sleep(LATE_S)
        self._pushes.committed("a", "k", time.monotonic(), calm=calm)
        threading.Timer(5 * LATE_S, self._pushes.shown, ("k", time.monotonic())).start()

    def close(self) -> None:
        assert self._seed == 7


def test_what_is_just_being_posted_at_the_end_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okno.cli.drill.levels.visits.Poster", LatePoster)
    with Visits(tmp_path, [], Door(0, ""), "", seed=7) as visits:
        assert BEGUN.wait(WAIT_S)
        levels = visits.finish()
    assert levels.problems == []
    assert levels.pushed == levels.signed_in == (0, 0)


def overview(age_s: float, *, stale: bool = False, position: int = 3) -> Overview:
    as_of = (AT - timedelta(seconds=age_s)).isoformat()
    brief = {"account": "a", "as_of": as_of, "stale": stale}
    body = {"accounts": [brief], "account": {**brief, "position": position, "operations": []}}
    return msgspec.json.decode(json.dumps(body).encode(), type=Overview)


@pytest.mark.parametrize(
    ("seen", "good"),
    [
        (overview(60), True),
        (overview(60.1), False),
        (overview(600, stale=True), True),
        (overview(5, position=2), False),
        (overview(5, position=2, stale=True), True),
        (Overview(accounts=[], account=None), False),
    ],
)
def test_a_figure_is_young_and_knows_of_all_or_says_that_it_is_old(*, seen: Overview, good: bool) -> None:
    assert fresh(seen, AT, due=3) is good
