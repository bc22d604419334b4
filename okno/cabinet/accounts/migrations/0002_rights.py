"""Who sees which account: the projector writes, `live` reads by its functions, the portal only what `access` allows.

Operations are read by `live` alone, so the portal's role has no right on them at all.
"""

from django.db import migrations

GRANTS = """
GRANT SELECT ON accounts_system, accounts_account, accounts_access, accounts_operation TO okno_reader;
GRANT SELECT, INSERT, UPDATE ON accounts_system, accounts_account TO okno_projector;
GRANT SELECT, INSERT, UPDATE, DELETE ON accounts_operation TO okno_projector;
GRANT SELECT, UPDATE, DELETE ON accounts_access TO okno_projector;
GRANT SELECT, UPDATE ON accounts_grant TO okno_projector;
GRANT SELECT ON accounts_system, accounts_account TO okno_web;
GRANT SELECT, INSERT, UPDATE ON accounts_access, accounts_grant TO okno_web;
GRANT SELECT ON accounts_system TO okno_relay;
GRANT SELECT ON accounts_system, accounts_account TO okno_worker;
GRANT SELECT, DELETE ON accounts_access, accounts_grant TO okno_worker;
GRANT SELECT ON accounts_system, accounts_account, accounts_access TO okno_desk;
"""

POLICIES = """
ALTER TABLE accounts_system ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_system FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_system_read ON accounts_system FOR SELECT
    TO okno_web, okno_desk, okno_relay, okno_worker, okno_reader USING (true);
CREATE POLICY accounts_system_projector ON accounts_system TO okno_projector USING (true) WITH CHECK (true);

ALTER TABLE accounts_access ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_access FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_access_web ON accounts_access TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY accounts_access_projector ON accounts_access TO okno_projector USING (true) WITH CHECK (true);
CREATE POLICY accounts_access_worker ON accounts_access TO okno_worker USING (true);
CREATE POLICY accounts_access_desk ON accounts_access FOR SELECT TO okno_desk USING (true);
CREATE POLICY accounts_access_reader ON accounts_access FOR SELECT TO okno_reader USING (true);

ALTER TABLE accounts_account ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_account FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_account_web ON accounts_account FOR SELECT TO okno_web
    USING (EXISTS (SELECT 1 FROM accounts_access access WHERE access.account_id = accounts_account.id
        AND access.user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid) AND access.until > now()));
CREATE POLICY accounts_account_projector ON accounts_account TO okno_projector USING (true) WITH CHECK (true);
CREATE POLICY accounts_account_worker ON accounts_account FOR SELECT TO okno_worker USING (true);
CREATE POLICY accounts_account_desk ON accounts_account FOR SELECT TO okno_desk USING (true);
CREATE POLICY accounts_account_reader ON accounts_account FOR SELECT TO okno_reader USING (true);

ALTER TABLE accounts_operation ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_operation FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_operation_projector ON accounts_operation TO okno_projector USING (true) WITH CHECK (true);
CREATE POLICY accounts_operation_reader ON accounts_operation FOR SELECT TO okno_reader USING (true);

ALTER TABLE accounts_grant ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_grant FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_grant_web ON accounts_grant TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY accounts_grant_projector ON accounts_grant TO okno_projector USING (true) WITH CHECK (true);
CREATE POLICY accounts_grant_worker ON accounts_grant TO okno_worker USING (true);
"""

# Room in each page for the next state of its accounts: then an update touches no index.
ROOM = "ALTER TABLE accounts_account SET (fillfactor = 80)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("identity", "0002_rights")]

    operations = [migrations.RunSQL(sql) for sql in (GRANTS, POLICIES, ROOM)]
