"""The way to a provider: whatever is no whole answer is no answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories.payers import Bench, wire

from okno.cabinet.payments.providers.port import ProviderAway
from okno.cabinet.payments.providers.wire import ANSWER_BYTES_MAX, Wire, WireSettings


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench("yookassa", tmp_path)
    yield made
    made.stop()


def test_an_answer_has_a_bound(bench: Bench) -> None:
    there = wire(f"http://127.0.0.1:{bench.house.shop_port}/")
    bench.house.answers = lambda _: (200, b"x" * ANSWER_BYTES_MAX)
    assert len(there.send("GET", "/").body) == ANSWER_BYTES_MAX
    bench.house.answers = lambda _: (200, b"x" * (ANSWER_BYTES_MAX + 1))
    with pytest.raises(ProviderAway, match="answer-too-long"):
        there.send("GET", "/")
    bench.house.answers = lambda _: (200, b"still there")
    assert there.send("GET", "/").body == b"still there"


def test_an_answer_is_not_waited_for_for_ever_and_its_query_is_not_told(bench: Bench) -> None:
    bench.house.trouble(lose_answer=1, hang_ms=5_000)
    there = Wire(WireSettings(base_url=bench.house.url, answer_timeout_ms=100))
    for method, path in (("GET", "/v3/payments?secret=1"), ("POST", "/v3/payments?secret=1")):
        with pytest.raises(ProviderAway) as away:
            there.send(method, path, body=b"secret")
        assert "secret" not in f"{away.value!r}{away.value.__cause__!r}"
    with pytest.raises(ProviderAway):
        wire("http://127.0.0.1:1").send("GET", "/")
