"""What watches the process: alive, ready, figures."""

from collections.abc import Callable, Iterator, Sequence

from okno.live.edge.pusher import Pusher
from okno.live.edge.store.listener import Listener
from okno.live.edge.store.reader import SIZES, WAITS_MS, Reader
from okno.live.edge.web.handler import Refusing


class Alive(Refusing):
    """204 while the loop turns."""

    def get(self) -> None:
        self.set_status(204)
        self.clear_header("Content-Type")


class Ready(Refusing):
    """204 while the database is heard, else 503."""

    def initialize(self, listener: Listener) -> None:
        self.listener = listener

    def get(self) -> None:
        self.set_status(204 if self.listener.hearing else 503)
        self.clear_header("Content-Type")


class Figures(Refusing):
    """Metrics in the text format of Prometheus."""

    def initialize(self, reader: Reader, pusher: Pusher, listener: Listener) -> None:
        self.lines: Callable[[], Iterator[str]] = lambda: figures(reader, pusher, listener)

    def get(self) -> None:
        self.set_header("Content-Type", "text/plain; version=0.0.4")
        self.finish("".join(line + "\n" for line in self.lines()))


def figures(reader: Reader, pusher: Pusher, listener: Listener) -> Iterator[str]:
    """One line a figure."""
    metrics = reader.metrics
    yield f"okno_live_reads_total {metrics.reads}"
    yield f"okno_live_batches_total {metrics.batches}"
    yield f"okno_live_batches_failed_total {metrics.fails}"
    yield f"okno_live_batches_lost_total {metrics.lost}"
    yield f"okno_live_overloads_total {metrics.overloads}"
    yield f"okno_live_queue_keys {reader.waiting}"
    yield f"okno_live_statements_in_flight {reader.in_flight}"
    yield f"okno_live_database_away {int(reader.away)}"
    yield f"okno_live_streams {pusher.count}"
    yield f"okno_live_hearing {int(listener.hearing)}"
    yield from _histogram("okno_live_batch_keys", SIZES, metrics.sizes)
    yield from _histogram("okno_live_wait_ms", WAITS_MS, metrics.waits)


def _histogram(name: str, bounds: Sequence[int], counts: Sequence[int]) -> Iterator[str]:
    total = 0
    for bound, count in zip((*map(str, bounds), "+Inf"), counts, strict=True):
        total += count
        yield f'{name}_bucket{{le="{bound}"}} {total}'
    yield f"{name}_count {total}"
