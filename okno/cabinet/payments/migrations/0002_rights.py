"""What the tables hold by themselves: numbers, ways between states, the ledger; and who may do what.

The portal writes a wish and reads its own; the till alone speaks with providers and moves what they prove; the desk
asks for refunds and approves them.
"""

from django.db import migrations

from okno.cabinet.payments.states import TABLES

NUMBERS = """
ALTER TABLE payments_payment ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (START 1001);
ALTER TABLE payments_attempt ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY;
"""

WAYS = """
CREATE TABLE payments_way (
    "table" text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    PRIMARY KEY ("table", before, after)
);

CREATE FUNCTION payments_state_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    IF NEW.state IS DISTINCT FROM OLD.state AND NOT EXISTS (SELECT FROM payments_way way
        WHERE way."table" = TG_TABLE_NAME AND way.before = OLD.state AND way.after = NEW.state)
    THEN
        RAISE EXCEPTION '% does not go from % to %', TG_TABLE_NAME, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;
"""

WAY = "INSERT INTO payments_way (\"table\", before, after) VALUES ('{table}', '{before}', '{after}')"

GUARD = "CREATE TRIGGER state_guard BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_state_guard()"

# Sums are made anew from the ledger each time, so a sum can never drift from it.
LEDGER = """
CREATE FUNCTION payments_entry_sum() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    UPDATE payments_payment SET
        captured = COALESCE((SELECT sum(amount) FROM payments_entry
            WHERE payment_id = NEW.payment_id AND kind = 'captured'), 0),
        refunded = COALESCE((SELECT sum(amount) FROM payments_entry
            WHERE payment_id = NEW.payment_id AND kind = 'refunded'), 0),
        reversed = COALESCE((SELECT sum(CASE kind WHEN 'charged_back' THEN amount ELSE -amount END) FROM payments_entry
            WHERE payment_id = NEW.payment_id AND kind IN ('charged_back', 'chargeback_won')), 0)
     WHERE id = NEW.payment_id;
    RETURN NULL;
END
$function$;

CREATE FUNCTION payments_entry_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RAISE EXCEPTION 'payments_entry is append-only' USING ERRCODE = 'insufficient_privilege';
END
$function$;

CREATE TRIGGER payments_entry_sum AFTER INSERT ON payments_entry FOR EACH ROW EXECUTE FUNCTION payments_entry_sum();
CREATE TRIGGER payments_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_entry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_entry_refuse();
"""

GRANTS = """
GRANT SELECT, INSERT ON payments_payment, payments_share, payments_attempt TO okno_web;
GRANT SELECT ON payments_posting, payments_refund TO okno_web;
GRANT UPDATE (state) ON payments_payment TO okno_web;

GRANT SELECT, UPDATE ON payments_payment, payments_attempt, payments_refund TO okno_till;
GRANT SELECT ON payments_share TO okno_till;
GRANT SELECT, INSERT, UPDATE ON payments_posting, payments_notice TO okno_till;
GRANT SELECT, INSERT ON payments_entry TO okno_till;
GRANT SELECT, INSERT ON kit_outbox TO okno_till;
GRANT INSERT ON kit_audit, kit_signal, kit_job TO okno_till;

GRANT SELECT ON payments_payment, payments_share, payments_attempt, payments_posting, payments_entry TO okno_desk;
GRANT UPDATE (decision, decided_by) ON payments_attempt TO okno_desk;
GRANT SELECT, INSERT ON payments_refund TO okno_desk;
GRANT UPDATE (state, approved_by, ask_at) ON payments_refund TO okno_desk;
GRANT SELECT (id, provider, key, peer, state, reason, attempt_id, times, received_at) ON payments_notice TO okno_desk;
"""

OWN = "(SELECT NULLIF(current_setting('app.user', true), '')::uuid)"
MINE = f"EXISTS (SELECT FROM payments_payment own WHERE own.id = payment_id AND own.user_id = {OWN})"
OF_ATTEMPT = f"""EXISTS (SELECT FROM payments_attempt mine JOIN payments_payment own ON own.id = mine.payment_id
    WHERE mine.id = attempt_id AND own.user_id = {OWN})"""

POLICIES = f"""
ALTER TABLE payments_payment ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_payment FORCE ROW LEVEL SECURITY;
CREATE POLICY payments_payment_web ON payments_payment TO okno_web
    USING (user_id = {OWN}) WITH CHECK (user_id = {OWN});
ALTER TABLE payments_share ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_share FORCE ROW LEVEL SECURITY;
CREATE POLICY payments_share_web ON payments_share TO okno_web USING ({MINE}) WITH CHECK ({MINE});
ALTER TABLE payments_attempt ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_attempt FORCE ROW LEVEL SECURITY;
CREATE POLICY payments_attempt_web ON payments_attempt TO okno_web USING ({MINE}) WITH CHECK ({MINE});
ALTER TABLE payments_posting ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_posting FORCE ROW LEVEL SECURITY;
CREATE POLICY payments_posting_web ON payments_posting FOR SELECT TO okno_web USING ({OF_ATTEMPT});
ALTER TABLE payments_refund ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_refund FORCE ROW LEVEL SECURITY;
CREATE POLICY payments_refund_web ON payments_refund FOR SELECT TO okno_web USING ({OF_ATTEMPT});

ALTER TABLE payments_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_entry FORCE ROW LEVEL SECURITY;
ALTER TABLE payments_notice ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments_notice FORCE ROW LEVEL SECURITY;
CREATE POLICY kit_outbox_till ON kit_outbox TO okno_till
    USING (authtype = 'service' AND type LIKE 'okno.payment.%') WITH CHECK (authtype = 'service' AND authid IS NULL);
"""

TRUSTED = "CREATE POLICY {table}_{role} ON {table} TO okno_{role} USING (true) WITH CHECK (true)"

TRUSTED_TABLES = (
    *("payments_payment", "payments_share", "payments_attempt", "payments_posting", "payments_refund"),
    *("payments_entry", "payments_notice"),
)

# Tables of later migrations bring their own ways.
FIRST = ("payments_attempt", "payments_payment", "payments_posting", "payments_refund")

STATEMENTS = (
    NUMBERS,
    WAYS,
    *(
        WAY.format(table=table, before=before, after=after)
        for table in FIRST
        for before, afters in TABLES[table].items()
        for after in sorted(afters)
    ),
    *(GUARD.format(table=table) for table in FIRST),
    LEDGER,
    GRANTS,
    POLICIES,
    *(TRUSTED.format(table=table, role=role) for table in TRUSTED_TABLES for role in ("till", "desk", "owner")),
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial"), ("kit", "0002_rights"), ("accounts", "0002_rights")]

    operations = [migrations.RunSQL(sql) for sql in STATEMENTS]
