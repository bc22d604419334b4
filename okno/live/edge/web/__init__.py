"""HTTP: handlers, streams, refusals."""
