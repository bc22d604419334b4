"""The connector's own store of versions, outbox, inbox and work items."""
