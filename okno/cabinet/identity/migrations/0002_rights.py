"""Who sees which person: the portal only the one it acts for, or whose login or session token it was just given.

Before sign-in there is no `app.user`; `app.login` and `app.session` (hex of the token's hash) name exactly one row.
"""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT, UPDATE ON identity_user, identity_session, identity_challenge TO okno_web;
GRANT SELECT (id, login, phone_mask, locale, is_active, created_at) ON identity_user TO okno_desk;
GRANT SELECT (id, user_id, factors, created_at, expires_at, idle_until, ended_at, user_agent) ON identity_session
    TO okno_desk;
GRANT SELECT, DELETE ON identity_session, identity_challenge TO okno_worker;
GRANT SELECT ON identity_session TO okno_reader;
"""

POLICIES = """
ALTER TABLE identity_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_user FORCE ROW LEVEL SECURITY;
CREATE POLICY identity_user_web_read ON identity_user FOR SELECT TO okno_web
    USING (id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid)
        OR login = (SELECT NULLIF(current_setting('app.login', true), '')));
CREATE POLICY identity_user_web_new ON identity_user FOR INSERT TO okno_web
    WITH CHECK (id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY identity_user_web_change ON identity_user FOR UPDATE TO okno_web
    USING (id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY identity_user_desk ON identity_user FOR SELECT TO okno_desk USING (true);

ALTER TABLE identity_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_session FORCE ROW LEVEL SECURITY;
CREATE POLICY identity_session_web_read ON identity_session FOR SELECT TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid)
        OR token_hash = (SELECT decode(NULLIF(current_setting('app.session', true), ''), 'hex')));
CREATE POLICY identity_session_web_new ON identity_session FOR INSERT TO okno_web
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY identity_session_web_change ON identity_session FOR UPDATE TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY identity_session_desk ON identity_session FOR SELECT TO okno_desk USING (true);
CREATE POLICY identity_session_worker ON identity_session TO okno_worker USING (true);
CREATE POLICY identity_session_reader ON identity_session FOR SELECT TO okno_reader USING (true);

ALTER TABLE identity_challenge ENABLE ROW LEVEL SECURITY;
ALTER TABLE identity_challenge FORCE ROW LEVEL SECURITY;
CREATE POLICY identity_challenge_web ON identity_challenge TO okno_web
    USING (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid))
    WITH CHECK (user_id = (SELECT NULLIF(current_setting('app.user', true), '')::uuid));
CREATE POLICY identity_challenge_worker ON identity_challenge TO okno_worker USING (true);
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial"), ("kit", "0002_rights")]

    operations = [migrations.RunSQL(sql) for sql in (GRANTS, POLICIES)]
