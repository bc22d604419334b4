"""A letter is tried for days after growing pauses, an SMS for minutes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from okno.cabinet.notices.tasks.patience import next_try
from okno.cabinet.notices.tasks.sender import SenderSettings

SETTINGS = SenderSettings(dsn="", opening_key="", sms_url="", sms_token="")
NOW = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)
HOUR_S, DAY_S = 3_600, 86_400


def moments(channel: str, *, in_doubt: bool, until_s: float) -> list[float]:
    """Seconds of each try, the first at zero, until it is given up."""
    patience, at, tries = SETTINGS.patience(channel), [0.0], 1
    while not patience.is_over(tries):
        following = at[-1] + patience.pause_s(tries, tries - 1 if in_doubt else None)
        if following > until_s:
            break
        at.append(following)
        tries += 1
    return at


def test_a_letter_is_tried_all_the_time_it_has_and_ever_more_rarely() -> None:
    tries = moments("email", in_doubt=False, until_s=2 * DAY_S)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses == sorted(pauses)
    assert pauses[-1] == 900
    assert tries[-1] > 2 * DAY_S - 900
    assert len([one for one in tries if one < HOUR_S]) < 15


def test_a_letter_in_doubt_is_few_copies() -> None:
    tries = moments("email", in_doubt=True, until_s=2 * DAY_S)
    assert tries[1:4] == [60, 180, 420]
    assert tries[-1] > DAY_S
    assert len(tries) <= 16


@pytest.mark.parametrize("in_doubt", [False, True])
def test_a_code_is_given_up_within_minutes(in_doubt: bool) -> None:  # noqa: FBT001 - a parameter of the test
    tries = moments("sms", in_doubt=in_doubt, until_s=DAY_S)
    assert len(tries) == SETTINGS.attempts_max
    assert tries[-1] < 600


def test_a_pause_never_outlasts_the_letter_and_a_carrier_may_ask_for_more() -> None:
    ends = NOW + timedelta(minutes=10)
    assert next_try(NOW, 900, None, ends) == ends
    assert next_try(NOW, 60, 120, ends) == NOW + timedelta(minutes=2)
    assert next_try(NOW, 900, None, NOW - timedelta(minutes=1)) == NOW
    assert next_try(NOW, 900, None, None) == NOW + timedelta(minutes=15)
