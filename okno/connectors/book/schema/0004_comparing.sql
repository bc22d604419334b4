-- When a row came or changed, by the clock of the database: `posted_at` may be dated back.
ALTER TABLE book.entry ADD COLUMN written_at timestamptz NOT NULL DEFAULT clock_timestamp();
ALTER TABLE book.account ADD COLUMN changed_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX entry_written ON book.entry USING brin (written_at);
-- Payments of the cabinet among all the others.
CREATE INDEX entry_posting ON book.entry (id) WHERE kind = 'payment' AND key LIKE 'payment:%';
