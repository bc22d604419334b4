"""A twin of YooKassa, API v3."""
