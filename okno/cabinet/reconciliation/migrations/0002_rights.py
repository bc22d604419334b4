"""Who may do what with statements, days and differences: staff brings and decides, the till's process matches."""

from django.db import migrations

GRANTS = """
GRANT SELECT, INSERT ON reconciliation_statement, reconciliation_line TO okno_desk;
GRANT UPDATE (state, account_id, system, decided_by, decided_at) ON reconciliation_line TO okno_desk;
GRANT SELECT ON reconciliation_day, reconciliation_difference, reconciliation_payout TO okno_desk;
GRANT UPDATE (run_at) ON reconciliation_day TO okno_desk;
GRANT UPDATE (state, owner, word, closed_by, closed_at) ON reconciliation_difference TO okno_desk;

GRANT SELECT (id, format) ON reconciliation_statement TO okno_till;
GRANT SELECT ON reconciliation_line TO okno_till;
GRANT UPDATE (state, reason, attempt_id, account_id, system, ask_at, ask_until) ON reconciliation_line TO okno_till;
GRANT SELECT, INSERT ON reconciliation_question TO okno_till;
GRANT UPDATE (outbox, taken) ON reconciliation_question TO okno_till;
GRANT SELECT, INSERT ON reconciliation_payout TO okno_till;
GRANT SELECT, INSERT, DELETE ON reconciliation_answer TO okno_till;
GRANT SELECT, INSERT, UPDATE ON reconciliation_day, reconciliation_difference TO okno_till;
GRANT SELECT (id, currency) ON accounts_account TO okno_till;
GRANT SELECT (account_id, key, kind, channel, amount, posted_at) ON accounts_operation TO okno_till;
CREATE POLICY accounts_account_reconciler ON accounts_account FOR SELECT TO okno_till USING (true);
CREATE POLICY accounts_operation_reconciler ON accounts_operation FOR SELECT TO okno_till USING (true);
"""
GUARDED = "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
TRUSTED = "CREATE POLICY {table}_{role} ON {table} TO okno_{role} USING (true) WITH CHECK (true)"
TABLES = (
    *("reconciliation_statement", "reconciliation_line", "reconciliation_question"),
    *("reconciliation_day", "reconciliation_answer", "reconciliation_difference", "reconciliation_payout"),
)

STATEMENTS = (
    *(GUARDED.format(table=table) for table in TABLES),
    GRANTS,
    *(TRUSTED.format(table=table, role=role) for table in TABLES for role in ("till", "desk", "owner")),
)


class Migration(migrations.Migration):
    dependencies = [
        ("reconciliation", "0001_initial"),
        ("payments", "0008_agents_links_promises_rights"),
        ("accounts", "0002_rights"),
    ]

    operations = [migrations.RunSQL(sql) for sql in STATEMENTS]
