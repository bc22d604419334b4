-- Attempts to prove who somebody is. Nothing here says who: numbers, people and codes are keyed hashes whose key is not
-- in this database, and a row for nobody looks like any other.
CREATE TABLE store.attempt (
    id uuid PRIMARY KEY,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- of the number as typed
    number_hash bytea NOT NULL,
    -- whose wrong codes count together, whichever of his numbers was typed
    person_hash bytea NOT NULL,
    -- of the only code that proves it; random where no code does
    code_hash bytea NOT NULL,
    -- references of the accounts that the proof opens
    accounts text[] NOT NULL,
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    -- the user whom it proved, once and for good
    proved_at timestamptz,
    proved_by uuid,
    CHECK ((proved_at IS NULL) = (proved_by IS NULL))
);
CREATE INDEX attempt_number ON store.attempt (number_hash, begun_at);
CREATE INDEX attempt_person ON store.attempt (person_hash, begun_at);
CREATE INDEX attempt_begun ON store.attempt (begun_at);
