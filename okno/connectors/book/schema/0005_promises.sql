-- Promises to pay that the company has granted. Not money: no entry refers to one.
CREATE TABLE book.promise (
    id uuid PRIMARY KEY,
    account uuid NOT NULL REFERENCES book.account,
    amount bigint NOT NULL CHECK (amount > 0),
    until date NOT NULL,
    granted_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX promise_latest ON book.promise (account, granted_at DESC);
