-- The connector's own store: what makes every command and event arrive once in effect. It knows no system of accounting.
CREATE SCHEMA store;

-- One row. The epoch rises when this store is restored or rebuilt: versions of another epoch are then not comparable.
CREATE TABLE store.state (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    system text NOT NULL CHECK (system <> ''),
    epoch integer NOT NULL DEFAULT 1 CHECK (epoch >= 1),
    raised_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Last version of each account. The row lock taken by the update puts an account's events in one order, n without gaps.
CREATE TABLE store.version (
    account uuid PRIMARY KEY,
    n bigint NOT NULL CHECK (n >= 1)
);

-- Events, written in the transaction of what they tell. A row stays until the broker confirmed it and the time in which
-- the gateway may refuse its bundle is over; a refused one until its work item is settled.
CREATE TABLE store.outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    account uuid,
    epoch integer,
    n bigint,
    data bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at timestamptz,
    -- hash of the payload that carried it last: a refusal names the message by this
    carried_by text,
    -- travels in a bundle of its own after a bundle was refused without naming a member
    alone boolean NOT NULL DEFAULT false,
    refused boolean NOT NULL DEFAULT false,
    UNIQUE (account, epoch, n)
);
CREATE INDEX outbox_waiting ON store.outbox (seq) WHERE sent_at IS NULL AND NOT refused;
CREATE INDEX outbox_carried ON store.outbox (carried_by) WHERE carried_by IS NOT NULL;
CREATE INDEX outbox_sent ON store.outbox (sent_at) WHERE sent_at IS NOT NULL;

-- Commands by idempotency key: the digest of type, subject and data tells a repeat from another content.
CREATE TABLE store.inbox (
    key text PRIMARY KEY CHECK (key <> ''),
    digest bytea NOT NULL,
    type text NOT NULL,
    money boolean NOT NULL,
    -- whose money is moved: of one payment's commands one at a time runs in a system that shares no transaction
    payment text,
    state text NOT NULL CHECK (state IN ('running', 'done')),
    -- which process runs it: a stranger's claim is taken over when it is older than the claim's term
    claimed_by uuid,
    claimed_at timestamptz,
    result bytea,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz,
    CHECK ((state = 'done') = (result IS NOT NULL))
);
CREATE INDEX inbox_running ON store.inbox (payment) WHERE state = 'running';
CREATE INDEX inbox_old ON store.inbox (finished_at) WHERE NOT money;

-- Messages that could not be taken, with the reason, before the broker buries them.
CREATE TABLE store.bad (
    id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    queue text NOT NULL,
    code text NOT NULL,
    detail text NOT NULL,
    attempt integer NOT NULL,
    size integer NOT NULL,
    raw bytea NOT NULL
);

-- What a person has to settle.
CREATE TABLE store.work (
    id uuid PRIMARY KEY,
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    settled_at timestamptz,
    outcome text,
    CHECK ((settled_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX work_open ON store.work (opened_at) WHERE settled_at IS NULL;

-- What the gateway tells the inside (heads of its log's chain, settings in force), kept as it was signed.
CREATE TABLE store.message (
    id uuid PRIMARY KEY,
    type text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    raw bytea NOT NULL
);
CREATE INDEX message_type ON store.message (type, received_at);
