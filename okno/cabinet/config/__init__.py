"""Settings, urls, wiring of the processes."""
