"""Whose documents: the portal sees its user's own, the filer (role okno_projector) writes what the inside told."""

from django.db import migrations

RIGHTS = """
GRANT SELECT, INSERT ON documents_document, documents_disagreement TO okno_web;
GRANT SELECT, UPDATE (state, trouble, requisites, data, ready_at) ON documents_document TO okno_projector;
GRANT SELECT (id, expires_at), DELETE ON documents_document TO okno_worker;
GRANT SELECT (id, kind, state, trouble, asked_at, ready_at, expires_at) ON documents_document TO okno_desk;
GRANT SELECT (id, document_id, account_id, line, day, document, debit, credit, content_sha256, raised_at, appeal_id),
    UPDATE (appeal_id) ON documents_disagreement TO okno_desk;

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
CREATE POLICY documents_document_desk ON documents_document FOR SELECT TO okno_desk USING (true);

ALTER TABLE documents_disagreement ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents_disagreement FORCE ROW LEVEL SECURITY;
CREATE POLICY documents_disagreement_web ON documents_disagreement TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY documents_disagreement_desk ON documents_disagreement TO okno_desk USING (true) WITH CHECK (true);

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

    operations = [migrations.RunSQL(RIGHTS)]
