"""`okno bench`: measurements against a limit or a peer, interleaved in the same run."""

from okno.cli.bench.command import app

__all__ = ["app"]
