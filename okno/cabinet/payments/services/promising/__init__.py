"""Promised payments: asked of the inside, which alone decides."""
