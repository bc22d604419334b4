"""Decisions about streams: what is read, what is sent, in which order, and when a stream ends."""

import json
from collections.abc import Sequence

import pytest

from okno.live.core.streams import (
    AGE,
    CHECK,
    Action,
    Change,
    Close,
    Place,
    Read,
    Retry,
    Send,
    StreamLimits,
    Streams,
    TooManyStreamsError,
)

ANNA, BORIS = b"a" * 32, b"b" * 32
FLAT, SHOP = "flat", "shop"


def opened(streams: Streams, *places: Place, token: bytes = ANNA, **after: int) -> int:
    """A stream whose first reads are answered, with nothing unsent."""
    number = streams.announce(token, "192.0.2.1")
    for action in streams.open(number, places, after):
        if isinstance(action, Read):
            settle(streams, number, action.what, action.after)
    streams.flushed(number)
    return number


def settle(streams: Streams, number: int, account: str, reached: int, *, frame: bytes = b"f") -> list[Action]:
    """Answer a read and let its frame leave."""
    actions = streams.changed(number, account, "ok", change(frame, reached))
    if any(isinstance(action, Send) for action in actions):
        actions += streams.flushed(number)
    return actions


def change(frame: bytes, reached: int, *, more: bool = False) -> Change:
    return Change(frame, frame, reached, more)


def reads(actions: Sequence[Action]) -> list[tuple[str, int]]:
    return [(action.what, action.after) for action in actions if isinstance(action, Read)]


def frames(actions: Sequence[Action]) -> list[bytes]:
    return [action.frame for action in actions if isinstance(action, Send)]


def byes(actions: Sequence[Action]) -> list[str]:
    return [json.loads(action.frame)["reason"] for action in actions if isinstance(action, Close)]


def test_open_says_hello_and_reads_each_account_from_what_the_client_has() -> None:
    streams = Streams(StreamLimits())
    number = streams.announce(ANNA, "192.0.2.1")
    actions = streams.open(number, [Place(FLAT, 7, "main"), Place(SHOP, 3, "main")], {FLAT: 5, "foreign": 1})
    hello = actions[0]
    assert isinstance(hello, Send)
    assert json.loads(hello.frame) == {
        "type": "hello",
        "accounts": [{"account": FLAT, "position": 7}, {"account": SHOP, "position": 3}],
    }
    assert hello.cursor == f"{FLAT}:5,{SHOP}:3"
    assert reads(actions) == [(FLAT, 5), (SHOP, 3)]
    assert all(action.token_hash == ANNA for action in actions if isinstance(action, Read))


def test_open_of_a_stream_that_went_meanwhile_is_nothing() -> None:
    streams = Streams(StreamLimits())
    number = streams.announce(ANNA, "192.0.2.1")
    streams.gone(number)
    assert streams.open(number, [Place(FLAT, 1, "main")], {}) == []
    assert streams.hinted([FLAT]) == []
    assert streams.gone(number) == []


def test_frame_moves_the_position_and_names_the_cursor() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    assert reads(streams.hinted([FLAT, "of nobody"])) == [(FLAT, 5)]
    actions = streams.changed(number, FLAT, "ok", change(b"frame 6", 6))
    assert actions == [Send(number, b"frame 6", f"{FLAT}:6")]
    assert reads(streams.hinted([FLAT])) == [(FLAT, 6)]


def test_hints_during_a_read_ask_for_one_more() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    assert [streams.hinted([FLAT]) for _ in range(5)] == [[]] * 5
    actions = streams.changed(number, FLAT, "ok", change(b"frame 6", 6))
    assert reads(actions) == [(FLAT, 6)]
    assert reads(streams.changed(number, FLAT, "ok", change(b"frame 9", 9))) == []


def test_more_reads_on_at_once_from_where_the_frame_ended() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    assert reads(streams.changed(number, FLAT, "ok", change(b"frame 55", 55, more=True))) == [(FLAT, 55)]


def test_same_frame_is_not_sent_twice_but_a_changed_state_is() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    assert frames(settle(streams, number, FLAT, 5, frame=b"same")) == [b"same"]
    streams.hinted([FLAT])
    assert frames(settle(streams, number, FLAT, 5, frame=b"same")) == []
    streams.hinted([FLAT])
    assert frames(settle(streams, number, FLAT, 5, frame=b"other due date")) == [b"other due date"]


def test_ended_session_says_bye_whatever_was_read() -> None:
    for answer in (
        lambda streams, number: streams.changed(number, FLAT, "no-session", change(b"", 0)),
        lambda streams, number: streams.aged(number, "no-session", b""),
        lambda streams, number: streams.checked(number, "no-session"),
    ):
        streams = Streams(StreamLimits())
        number = opened(streams, Place(FLAT, 5, "main"))
        streams.hinted([FLAT])
        streams.watermark("main")
        streams.session_hinted(ANNA)
        assert byes(answer(streams, number)) == ["session-ended"]
        assert len(streams) == 0
        assert streams.hinted([FLAT]) == []


def test_session_hint_is_looked_up_and_a_false_one_changes_nothing() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    assert streams.session_hinted(BORIS) == []
    assert reads(streams.session_hinted(ANNA)) == [(CHECK, 0)]
    assert streams.checked(number, "ok") == []
    assert len(streams) == 1


def test_end_of_term_is_looked_up() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    assert reads(streams.due(number)) == [(CHECK, 0)]
    assert streams.due(number + 1) == []


def test_watermark_tells_the_age_of_its_own_systems_accounts_once() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    assert streams.watermark("other") == []
    assert reads(streams.watermark("main")) == [(AGE, 0)]
    assert frames(streams.aged(number, "ok", b"age 1")) == [b"age 1"]
    streams.watermark("main")
    assert frames(streams.aged(number, "ok", b"age 1")) == []


def test_account_no_longer_viewed_drops_out_and_the_others_go_on() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"), Place(SHOP, 1, "main"))
    streams.hinted([FLAT])
    assert streams.changed(number, FLAT, "not-found", change(b"", 0)) == []
    assert streams.hinted([FLAT]) == []
    assert reads(streams.hinted([SHOP])) == [(SHOP, 1)]
    assert streams.changed(number, SHOP, "ok", change(b"s", 2))[0].cursor == f"{SHOP}:2"


def test_account_that_dropped_out_while_it_was_due_is_not_read() -> None:
    streams = Streams(StreamLimits(reads_in_flight_max=1))
    number = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    streams.hinted([FLAT])
    assert streams.changed(number, FLAT, "not-found", change(b"", 0)) == []
    assert streams.reading == 0


def test_full_buffer_waits_and_the_next_frame_holds_all_that_was_missed() -> None:
    streams = Streams(StreamLimits(frames_unsent_max=1))
    number = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    assert frames(streams.changed(number, FLAT, "ok", change(b"frame 6", 6))) == [b"frame 6"]
    assert streams.hinted([FLAT]) == []
    assert streams.watermark("main") == []
    # The session is looked up all the same.
    assert reads(streams.session_hinted(ANNA)) == [(CHECK, 0)]
    assert sorted(reads(streams.flushed(number))) == [(AGE, 0), (FLAT, 6)]


def test_stalled_client_is_told_to_come_again() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    assert byes(streams.stalled(number)) == ["too-slow"]
    assert streams.stalled(number) == []
    assert streams.flushed(number) == []


def test_shutdown_says_bye_to_all() -> None:
    streams = Streams(StreamLimits())
    opened(streams, Place(FLAT, 5, "main"))
    opened(streams, Place(SHOP, 5, "main"), token=BORIS)
    assert byes(streams.shutdown()) == ["shutdown", "shutdown"]
    assert len(streams) == 0


def test_lost_hints_read_everything_anew() -> None:
    streams = Streams(StreamLimits())
    opened(streams, Place(FLAT, 5, "main"), Place(SHOP, 1, "main"))
    assert sorted(reads(streams.resync())) == [(CHECK, 0), (FLAT, 5), (SHOP, 1)]


def test_failed_read_is_asked_again_by_one_retry() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"), Place(SHOP, 1, "main"))
    streams.hinted([FLAT, SHOP])
    assert streams.failed(number, FLAT) == [Retry()]
    assert streams.failed(number, SHOP) == []
    assert sorted(reads(streams.retry())) == [(FLAT, 5), (SHOP, 1)]
    assert streams.retry() == []


def test_answers_for_a_stream_that_has_gone_come_to_nothing() -> None:
    streams = Streams(StreamLimits())
    number = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    streams.watermark("main")
    streams.session_hinted(ANNA)
    streams.gone(number)
    assert streams.changed(number, FLAT, "ok", change(b"f", 6)) == []
    assert streams.aged(number, "ok", b"f") == []
    assert streams.checked(number, "ok") == []
    assert streams.reading == 0
    other = opened(streams, Place(FLAT, 5, "main"))
    streams.hinted([FLAT])
    streams.gone(other)
    assert streams.failed(other, FLAT) == []
    assert streams.retry() == []


def test_reads_in_flight_are_bounded_and_the_rest_follows() -> None:
    streams = Streams(StreamLimits(reads_in_flight_max=2))
    numbers = [opened(streams, Place(FLAT, 5, "main")) for _ in range(3)]
    begun = [action.stream for action in streams.hinted([FLAT]) if isinstance(action, Read)]
    assert len(begun) == 2
    left = next(number for number in numbers if number not in begun)
    actions = streams.changed(begun[0], FLAT, "ok", change(b"f6", 6))
    assert [action.stream for action in actions if isinstance(action, Read)] == [left]


def test_leaving_streams_make_room_for_reads_of_others() -> None:
    streams = Streams(StreamLimits(reads_in_flight_max=1))
    first, second = opened(streams, Place(FLAT, 5, "main")), opened(streams, Place(SHOP, 5, "main"))
    streams.hinted([FLAT])
    streams.hinted([SHOP])
    streams.gone(second)
    assert streams.changed(first, FLAT, "ok", change(b"f6", 6)) == [Send(first, b"f6", f"{FLAT}:6")]


def test_session_and_address_hold_so_many_streams_and_no_more() -> None:
    streams = Streams(StreamLimits(per_session_max=2, per_address_max=3))
    first = streams.announce(ANNA, "192.0.2.1")
    streams.announce(ANNA, "192.0.2.1")
    with pytest.raises(TooManyStreamsError, match="session"):
        streams.announce(ANNA, "192.0.2.9")
    streams.announce(BORIS, "192.0.2.1")
    with pytest.raises(TooManyStreamsError, match="address"):
        streams.announce(BORIS, "192.0.2.1")
    streams.gone(first)
    assert streams.announce(ANNA, "192.0.2.1") > first
