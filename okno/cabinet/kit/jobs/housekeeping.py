"""Terms of rows: what is blanked or removed, and after how long. Each is one repeatable statement, bounded in rows.

The tables of the apps above stand here by name: the worker's role sees them, and a rule on rows needs no code of
theirs.
"""

from collections.abc import Mapping
from datetime import timedelta

from okno.cabinet.kit.jobs.kinds import Kind, statement

#: Protocol, "After a loss": payloads of done outbox rows are blanked after 30 days.
OUTBOX_BLANK = """
    UPDATE kit_outbox SET data = '', grant_token = NULL, outcome = NULL
     WHERE id IN (SELECT id FROM kit_outbox
                   WHERE state = 'done' AND finished_at < now() - interval '30 days' AND data <> '' LIMIT 10000)
"""

#: A session is dead at its end; its row goes a day later, so that its owner can still be told why.
SESSIONS_END = """
    WITH dead AS (
        DELETE FROM identity_session
         WHERE token_hash IN (SELECT token_hash FROM identity_session
                               WHERE LEAST(ended_at, expires_at, idle_until) < now() - interval '1 day' LIMIT 10000)
        RETURNING token_hash)
    SELECT pg_notify('okno_session', encode(token_hash, 'hex')) FROM dead
"""

CODES_END = """
    DELETE FROM identity_challenge
     WHERE id IN (SELECT id FROM identity_challenge WHERE expires_at < now() - interval '1 day' LIMIT 10000)
"""

#: A registration that ran out goes a day later: until then its browser is told that it has.
REGISTRATIONS_END = """
    DELETE FROM accounts_registration
     WHERE token_hash IN (SELECT token_hash FROM accounts_registration
                           WHERE expires_at < now() - interval '1 day' LIMIT 10000)
"""

#: No window of a throttle is longer than a day: an older bucket is full, which is what no bucket means.
BUCKETS_PRUNE = """
    DELETE FROM kit_bucket
     WHERE (scope, key) IN (SELECT scope, key FROM kit_bucket
                             WHERE updated_at < now() - interval '2 days' LIMIT 50000)
"""

#: Sealed texts of messages that are over, and of those that no sender has taken up: their time has long been over too.
NOTICES_PRUNE = """
    DELETE FROM notices_message
     WHERE id IN (SELECT id FROM notices_message
                   WHERE (state IN ('sent', 'failed') AND created_at < now() - interval '30 days')
                      OR expires_at < now() - interval '30 days' LIMIT 10000)
"""

JOBS_PRUNE = """
    DELETE FROM kit_job
     WHERE id IN (SELECT id FROM kit_job WHERE state = 'done' AND run_at < now() - interval '7 days' LIMIT 10000)
"""

#: What a document was made from goes with its term; an asked one with it, whatever became of it.
DOCUMENTS_END = """
    DELETE FROM documents_document
     WHERE id IN (SELECT id FROM documents_document WHERE expires_at < now() LIMIT 10000)
"""

#: Printed slips are fetched and gone: a week is for whoever forgot.
RUNS_END = """
    WITH over AS (SELECT id FROM documents_run WHERE expires_at < now() LIMIT 10),
         parts AS (DELETE FROM documents_run_part WHERE run_id IN (SELECT id FROM over)),
         slips AS (DELETE FROM documents_run_slip WHERE run_id IN (SELECT id FROM over))
    DELETE FROM documents_run WHERE id IN (SELECT id FROM over)
"""

KINDS: Mapping[str, Kind] = {
    "kit.outbox.blank": Kind(statement(OUTBOX_BLANK), timedelta(hours=1)),
    "kit.buckets.prune": Kind(statement(BUCKETS_PRUNE), timedelta(hours=1)),
    "kit.jobs.prune": Kind(statement(JOBS_PRUNE), timedelta(hours=1)),
    "identity.sessions.end": Kind(statement(SESSIONS_END), timedelta(minutes=10)),
    "identity.codes.end": Kind(statement(CODES_END), timedelta(minutes=10)),
    "accounts.registrations.end": Kind(statement(REGISTRATIONS_END), timedelta(minutes=10)),
    "documents.runs.end": Kind(statement(RUNS_END), timedelta(hours=1)),
    "documents.end": Kind(statement(DOCUMENTS_END), timedelta(hours=1)),
    "notices.prune": Kind(statement(NOTICES_PRUNE), timedelta(hours=1)),
}
