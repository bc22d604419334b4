"""Work put off to the worker."""
