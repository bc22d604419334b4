"""What a connector says of itself to whoever watches it: on loopback, in the text format of Prometheus."""
