-- What the runtime keeps of a system that shares no database with the store: its accounts, and every entry as it was
-- told. In the database of a system that numbers its own entries these tables stay empty.
CREATE SCHEMA mirror;

-- One row: how far the system's changes have been followed.
CREATE TABLE mirror.progress (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    -- of the last changes that were applied
    cursor text,
    -- whatever the system committed before this moment is applied here, once nothing is being walked
    complete_before timestamptz,
    -- all accounts are being read: the first load, or again after a cursor was refused; the last one that was read
    walking boolean NOT NULL DEFAULT true,
    walked_after text,
    -- when the first load ended: what is new since then is told
    loaded_at timestamptz
);
INSERT INTO mirror.progress DEFAULT VALUES;

CREATE TABLE mirror.account (
    -- the wire's name of the account, made once and kept
    id uuid PRIMARY KEY,
    -- the system's own name of it
    reference text NOT NULL UNIQUE,
    number text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    status text NOT NULL CHECK (status IN ('active', 'blocked', 'closed')),
    -- the sum of the entries, sign rule: + is owed by the customer
    balance bigint NOT NULL,
    due_amount bigint,
    due_on date,
    -- by the store's clock, just before the system was asked; while `unfit` what it answered could not be told
    read_at timestamptz NOT NULL,
    unfit boolean NOT NULL DEFAULT false,
    -- when its last version was given
    changed_at timestamptz NOT NULL,
    CHECK ((due_amount IS NULL) = (due_on IS NULL))
);

CREATE TABLE mirror.entry (
    -- the order of telling, over all accounts
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    account uuid NOT NULL REFERENCES mirror.account,
    epoch integer NOT NULL,
    n bigint NOT NULL,
    key text NOT NULL CHECK (key <> ''),
    -- the system's own key of the entry that is told or put right here
    source text NOT NULL,
    kind text NOT NULL,
    channel text,
    amount bigint NOT NULL CHECK (amount <> 0),
    balance bigint NOT NULL,
    posted_at timestamptz NOT NULL,
    day date NOT NULL,
    text text NOT NULL,
    document text NOT NULL,
    reverses text,
    told_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account, epoch, n),
    UNIQUE (account, key)
);
CREATE INDEX entry_day ON mirror.entry (account, day);
CREATE INDEX entry_told ON mirror.entry USING brin (told_at);

-- Payments of the cabinet that the system holds, under the key of their entry.
CREATE TABLE mirror.posting (
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    payment uuid PRIMARY KEY,
    account uuid NOT NULL REFERENCES mirror.account,
    key text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    posted_at timestamptz NOT NULL,
    kept_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What was told stays as it was told: an entry that the system changed or lost is put right by another one.
CREATE FUNCTION mirror.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'mirror.% is append-only: put right by another entry', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mirror.entry
    FOR EACH STATEMENT EXECUTE FUNCTION mirror.refuse_rewriting();
REVOKE UPDATE, DELETE, TRUNCATE ON mirror.entry FROM CURRENT_USER;

-- An account as it stands at its version. One whose last answer could not be told is as old as the sound one before it,
-- whatever else is known of the system; and while accounts are being walked, so is each.
CREATE VIEW mirror.head AS
SELECT a.id, a.reference, a.number, a.currency, a.status, a.balance, a.due_amount, a.due_on,
       coalesce((SELECT n FROM store.version WHERE account = a.id), 0) AS n, s.epoch,
       CASE WHEN a.unfit OR p.walking THEN a.read_at ELSE greatest(a.read_at, p.complete_before) END AS as_of, a.changed_at
FROM mirror.account a CROSS JOIN store.state s CROSS JOIN mirror.progress p;
