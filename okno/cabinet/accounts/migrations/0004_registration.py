"""First registrations, and who sees which: the portal the one of the token it was just given, and no other.

The registrar (role okno_projector) writes what the inside answered; what was typed and whose browser it is, it never
sees. `app.registration` is the hex of the token's hash, set for one transaction.
"""

import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models.functions import Now

RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON accounts_registration TO okno_web;
GRANT SELECT (id, user_id, state, asked, tries_left, expires_at),
    UPDATE (state, attempt, grants, profile, asked, asked_at) ON accounts_registration TO okno_projector;
GRANT SELECT (token_hash, expires_at), DELETE ON accounts_registration TO okno_worker;

ALTER TABLE accounts_registration ENABLE ROW LEVEL SECURITY;
ALTER TABLE accounts_registration FORCE ROW LEVEL SECURITY;
CREATE POLICY accounts_registration_web ON accounts_registration TO okno_web
    USING (token_hash = (SELECT decode(NULLIF(current_setting('app.registration', true), ''), 'hex')))
    WITH CHECK (token_hash = (SELECT decode(NULLIF(current_setting('app.registration', true), ''), 'hex')));
CREATE POLICY accounts_registration_projector ON accounts_registration TO okno_projector
    USING (true) WITH CHECK (true);
CREATE POLICY accounts_registration_worker ON accounts_registration TO okno_worker USING (true);
"""

# Two browsers in which one person proves two of his accounts wait for each other here, until one has made the user.
TAKEN = """
CREATE POLICY accounts_access_owner ON accounts_access FOR SELECT TO okno_owner USING (true);

CREATE FUNCTION accounts_taken(accounts uuid[], beside uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(ordered.id::text, 0))
       FROM (SELECT id FROM unnest(accounts) AS id ORDER BY id OFFSET 0) ordered;
    RETURN EXISTS (SELECT FROM accounts_access held
        WHERE held.account_id = ANY(accounts) AND held.user_id <> beside AND held."right" = 'manage'
          AND held.until > now());
END
$function$;
REVOKE ALL ON FUNCTION accounts_taken(uuid[], uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts_taken(uuid[], uuid) TO okno_web;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_live_functions")]

    operations = [
        migrations.CreateModel(
            name="Registration",
            fields=[
                ("token_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("id", models.UUIDField(unique=True)),
                ("user_id", models.UUIDField()),
                ("login", models.TextField()),
                ("locale", models.TextField()),
                ("labels", models.JSONField()),
                ("state", models.TextField(db_default="asking")),
                ("facts", models.BinaryField()),
                ("typed", models.BinaryField(null=True)),
                ("attempt", models.UUIDField(null=True)),
                (
                    "grants",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), null=True, size=None),
                ),
                ("profile", models.TextField(null=True)),
                ("asked", models.UUIDField(unique=True)),
                ("asked_at", models.DateTimeField(db_default=Now())),
                ("coded_at", models.DateTimeField(db_default=Now())),
                ("tries_left", models.SmallIntegerField(db_default=5)),
                ("codes_left", models.SmallIntegerField(db_default=3)),
                ("created_at", models.DateTimeField(db_default=Now())),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "db_table": "accounts_registration",
                "indexes": [models.Index(models.F("expires_at"), name="accounts_registration_ends")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("asking", "code-sent", "refused", "checking", "proving", "proven", "linked", "done"),
                            )
                        ),
                        name="accounts_registration_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("codes_left__gte", 0), ("tries_left__gte", 0)),
                        name="accounts_registration_counts",
                    ),
                ],
            },
        ),
        migrations.RunSQL(RIGHTS),
        migrations.RunSQL(TAKEN),
    ]
