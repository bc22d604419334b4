"""The connector's own store of versions, outbox, inbox and work items, in a PostgreSQL database.

The book shares its database with it; a foreign system's connector has a database with this schema alone.
"""
