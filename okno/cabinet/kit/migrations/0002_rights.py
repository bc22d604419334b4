"""Rights of each process on the foundations, row policies, the audit chain.

`app.user` is set for one transaction (`kit.rls.acting`); unset or empty means no rows. FORCE binds the owner too, so
a later data migration that must see rows has to say so with a policy of its own.
"""

from django.db import migrations

SEQUENCE = "ALTER TABLE kit_outbox ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY"

GRANTS = """
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT SELECT, INSERT ON kit_outbox TO okno_web;
GRANT SELECT, UPDATE ON kit_outbox TO okno_relay;
GRANT SELECT, INSERT, UPDATE ON kit_outbox TO okno_projector, okno_worker;
GRANT SELECT (id, seq, type, kind, system, priority, authtype, state, recorded_at, next_attempt_at, attempts,
    finished_at) ON kit_outbox TO okno_desk;

GRANT SELECT, INSERT ON kit_inbox TO okno_projector, okno_relay;
GRANT SELECT, INSERT, DELETE ON kit_inbox TO okno_worker;

GRANT INSERT ON kit_audit TO okno_web, okno_desk, okno_relay, okno_projector, okno_worker, okno_sender;
GRANT SELECT ON kit_audit TO okno_desk, okno_worker;

GRANT INSERT ON kit_signal TO okno_web, okno_desk, okno_relay, okno_projector, okno_worker, okno_sender, okno_reader;
GRANT SELECT ON kit_signal TO okno_desk, okno_worker, okno_relay;

GRANT INSERT ON kit_job TO okno_web, okno_desk, okno_relay, okno_projector, okno_sender;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit_job TO okno_worker;
GRANT SELECT (id, kind, state, run_at, attempts, last_error, locked_until) ON kit_job TO okno_desk;

GRANT SELECT, INSERT, UPDATE ON kit_bucket TO okno_web, okno_desk, okno_sender;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit_bucket TO okno_worker;

GRANT SELECT, INSERT, DELETE ON kit_subject_key TO okno_web;
GRANT SELECT, UPDATE ON kit_subject_key TO okno_worker;
"""

POLICIES = """
ALTER TABLE kit_outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE kit_outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY kit_outbox_web_read ON kit_outbox FOR SELECT TO okno_web
    USING (authid = (SELECT NULLIF(current_setting('app.user', true), '')));
CREATE POLICY kit_outbox_web_write ON kit_outbox FOR INSERT TO okno_web
    WITH CHECK (CASE authtype WHEN 'service' THEN authid IS NULL
        ELSE authid = (SELECT NULLIF(current_setting('app.user', true), '')) END);
CREATE POLICY kit_outbox_relay ON kit_outbox TO okno_relay USING (true) WITH CHECK (true);
CREATE POLICY kit_outbox_projector ON kit_outbox TO okno_projector USING (true) WITH CHECK (true);
CREATE POLICY kit_outbox_worker ON kit_outbox TO okno_worker USING (true) WITH CHECK (true);
CREATE POLICY kit_outbox_desk ON kit_outbox FOR SELECT TO okno_desk USING (true);

ALTER TABLE kit_subject_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE kit_subject_key FORCE ROW LEVEL SECURITY;
CREATE POLICY kit_subject_key_web ON kit_subject_key TO okno_web
    USING (subject = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (subject = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY kit_subject_key_worker ON kit_subject_key TO okno_worker USING (true) WITH CHECK (true);
"""

# The head's row lock orders the writers, so `seq` has no gaps and each hash covers all rows before it. The head also
# betrays rows cut off the end. It is held until the writer commits: an audit row is the last write of a transaction.
AUDIT = """
CREATE TABLE kit_audit_head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    seq bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO kit_audit_head (seq, hash) VALUES (0, sha256(''::bytea));
GRANT SELECT ON kit_audit_head TO okno_worker, okno_desk;

CREATE FUNCTION kit_audit_hash(previous bytea, seq bigint, at timestamptz, actor text, action text, subject text,
    detail jsonb) RETURNS bytea LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $function$
    SELECT sha256(previous || convert_to(jsonb_build_array(seq,
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), actor, action, subject, detail)::text, 'UTF8'))
$function$;

CREATE FUNCTION kit_audit_chain() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    SELECT head.seq + 1, head.hash INTO NEW.seq, NEW.prev_hash FROM kit_audit_head head FOR UPDATE;
    NEW.at := clock_timestamp();
    NEW.hash := kit_audit_hash(NEW.prev_hash, NEW.seq, NEW.at, NEW.actor, NEW.action, NEW.subject, NEW.detail);
    UPDATE kit_audit_head SET seq = NEW.seq, hash = NEW.hash;
    RETURN NEW;
END
$function$;

CREATE FUNCTION kit_audit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $function$
BEGIN
    RAISE EXCEPTION 'kit_audit is append-only' USING ERRCODE = 'insufficient_privilege';
END
$function$;

CREATE TRIGGER kit_audit_chain BEFORE INSERT ON kit_audit FOR EACH ROW EXECUTE FUNCTION kit_audit_chain();
CREATE TRIGGER kit_audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kit_audit
    FOR EACH STATEMENT EXECUTE FUNCTION kit_audit_refuse();

CREATE FUNCTION kit_audit_verify() RETURNS bigint LANGUAGE sql STABLE SET search_path = public, pg_catalog, pg_temp
AS $function$
    WITH chain AS (
        SELECT seq, prev_hash, hash, kit_audit_hash(prev_hash, seq, at, actor, action, subject, detail) AS computed,
            lag(hash, 1, sha256(''::bytea)) OVER (ORDER BY seq) AS before, row_number() OVER (ORDER BY seq) AS place
        FROM kit_audit
    ), broken AS (
        SELECT seq FROM chain WHERE prev_hash <> before OR hash <> computed OR seq <> place
        UNION ALL
        SELECT head.seq FROM kit_audit_head head
        WHERE head.seq <> (SELECT count(*) FROM kit_audit)
            OR head.hash <> COALESCE((SELECT hash FROM kit_audit ORDER BY seq DESC LIMIT 1), sha256(''::bytea))
    )
    SELECT min(seq) FROM broken
$function$;
GRANT EXECUTE ON FUNCTION kit_audit_verify(), kit_audit_hash(bytea, bigint, timestamptz, text, text, text, jsonb)
    TO okno_worker, okno_desk;
"""


class Migration(migrations.Migration):
    dependencies = [("kit", "0001_initial")]

    operations = [migrations.RunSQL(sql) for sql in (SEQUENCE, GRANTS, POLICIES, AUDIT)]
