"""Whose documents: the portal sees its user's own, the filer (role okno_projector) writes what the inside told.

An appeal is its customer's to raise, and the desk's to take and to answer. The desk opens the words of those alone who
have appealed, and puts their phone, as sealed as it stands, into the message that tells of an answer.
"""

from django.db import migrations

NUMBERS = "ALTER TABLE documents_appeal ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (START 1001)"

RIGHTS = """
GRANT SELECT, INSERT ON documents_document, documents_appeal TO okno_web;
GRANT UPDATE (expires_at) ON documents_document TO okno_web, okno_desk;
GRANT SELECT, UPDATE (state, trouble, requisites, data, ready_at) ON documents_document TO okno_projector;
GRANT SELECT (id, expires_at), DELETE ON documents_document TO okno_worker;
GRANT SELECT (id, kind, state, trouble, asked_at, ready_at, expires_at) ON documents_document TO okno_desk;
GRANT SELECT, UPDATE (state, owner, taken_at, answer, answered_by, answered_at) ON documents_appeal TO okno_desk;
GRANT SELECT ON kit_subject_key TO okno_desk;

-- Slips of districts: staff begins and fetches, the worker does; no customer's role sees them, so no row policies.
GRANT SELECT, INSERT ON documents_run TO okno_desk;
GRANT SELECT ON documents_run_part TO okno_desk;
GRANT SELECT, INSERT, UPDATE, DELETE ON documents_run, documents_run_slip, documents_run_part TO okno_worker;

ALTER TABLE documents_document ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_document FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_document_web ON documents_document TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY documents_document_projector ON documents_document TO okno_projector USING (true) WITH CHECK (true);
CREATE POLICY documents_document_worker ON documents_document TO okno_worker USING (true);
CREATE POLICY documents_document_desk ON documents_document TO okno_desk USING (true) WITH CHECK (true);

ALTER TABLE documents_appeal ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_appeal FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_appeal_web ON documents_appeal TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid) AND state = 'new');
CREATE POLICY documents_appeal_desk ON documents_appeal TO okno_desk USING (true) WITH CHECK (true);
CREATE POLICY documents_appeal_owner ON documents_appeal FOR SELECT TO okno_owner USING (true);

CREATE POLICY kit_subject_key_desk ON kit_subject_key FOR SELECT TO okno_desk
    USING (EXISTS (SELECT FROM documents_appeal appeal WHERE appeal.user_id = subject));
CREATE POLICY identity_user_owner_appeals ON identity_user FOR SELECT TO okno_owner
    USING (EXISTS (SELECT FROM documents_appeal appeal WHERE appeal.user_id = identity_user.id));
CREATE FUNCTION documents_appeal_reach(asked uuid) RETURNS TABLE (phone_sealed text, locale text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_catalog, pg_temp AS $function$
    SELECT person.phone_sealed, person.locale
      FROM documents_appeal appeal JOIN identity_user person ON person.id = appeal.user_id
     WHERE appeal.id = asked AND person.is_active
$function$;
REVOKE ALL ON FUNCTION documents_appeal_reach(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION documents_appeal_reach(uuid) TO okno_desk;

ALTER TABLE documents_run ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_run FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_run_worker ON documents_run TO okno_worker USING (true) WITH CHECK (true);
CREATE POLICY documents_run_desk ON documents_run TO okno_desk USING (true) WITH CHECK (true);

ALTER TABLE documents_run_slip ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_run_slip FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_run_slip_worker ON documents_run_slip TO okno_worker USING (true) WITH CHECK (true);

ALTER TABLE documents_run_part ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_run_part FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_run_part_worker ON documents_run_part TO okno_worker USING (true) WITH CHECK (true);
CREATE POLICY documents_run_part_desk ON documents_run_part TO okno_desk USING (true) WITH CHECK (true);
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("kit", "0002_rights"), ("accounts", "0002_rights")]

    operations = [migrations.RunSQL(NUMBERS), migrations.RunSQL(RIGHTS)]
