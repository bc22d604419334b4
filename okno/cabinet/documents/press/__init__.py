"""From the lines of a document to its file: symbols, PDF, tables. No database, no keys, the same bytes each time."""
