"""The projector: what the inside tells about accounts, applied to the read model."""
