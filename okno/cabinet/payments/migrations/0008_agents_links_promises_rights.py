"""Who may do what with agents' orders, links and promises.

The counter writes what agents bring as the till's role; the portal writes its customers' links and promises, and for
somebody unknown sees the one link whose token he holds, or the one payment that he comes back from.
"""

from django.db import migrations

GRANTS = """
GRANT INSERT ON payments_payment, payments_share, payments_attempt, payments_refund TO okno_till;
GRANT SELECT, INSERT ON payments_agent_order TO okno_till;
GRANT SELECT, INSERT, UPDATE ON payments_agent, payments_agent_account TO okno_till;
GRANT SELECT ON payments_agent TO okno_desk;
GRANT SELECT, INSERT, UPDATE ON kit_bucket TO okno_till;
GRANT SELECT (id, system_id, currency, status, as_of) ON accounts_account TO okno_till;
GRANT SELECT ON accounts_system TO okno_till;
GRANT SELECT (id, agent, txn, kind, tail, amount, currency, txn_at, result, attempt_id, received_at)
    ON payments_agent_order TO okno_desk;

GRANT SELECT, INSERT ON payments_link TO okno_web;
GRANT UPDATE (revoked_at) ON payments_link TO okno_web;
GRANT SELECT (id, user_id, account_id, system, tail, currency, amount, created_at, expires_at, revoked_at)
    ON payments_link TO okno_till;
GRANT SELECT (id, account_id, system, tail, currency, amount, created_at, expires_at, revoked_at, made_by, purpose),
    INSERT (id, token_hash, account_id, system, tail, currency, amount, expires_at, made_by, purpose),
    UPDATE (revoked_at) ON payments_link TO okno_desk;

GRANT SELECT, INSERT ON payments_promise TO okno_web;
GRANT SELECT ON payments_promise TO okno_till;
GRANT SELECT (id, account_id, amount, currency, until, state, granted_until, reason, created_at, answered_at)
    ON payments_promise TO okno_desk;
GRANT UPDATE (state, granted_until, reason, answered_at) ON payments_promise TO okno_till;
"""

# Staff names an account by its number: one at a time, by its keyed hash or by asking the inside. The desk reads neither
# the hashes nor any other answer.
NUMBERS = """
CREATE FUNCTION payments_account_of(asked bytea) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
    SELECT account_id FROM payments_agent_account WHERE key = asked
$function$;
CREATE FUNCTION payments_number_answer(asked uuid) RETURNS TABLE (state text, reply jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_catalog, pg_temp AS $function$
    SELECT state, outcome->'reply' FROM kit_outbox WHERE id = asked AND type = 'okno.payment.payable.v1'
$function$;
REVOKE ALL ON FUNCTION payments_account_of(bytea), payments_number_answer(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments_account_of(bytea), payments_number_answer(uuid) TO okno_desk;

GRANT INSERT (id, type, kind, system, subject, priority, data, authtype, labels, idempotency_key)
    ON kit_outbox TO okno_desk;
CREATE POLICY kit_outbox_desk_numbers ON kit_outbox FOR INSERT TO okno_desk
    WITH CHECK (type = 'okno.payment.payable.v1' AND kind = 'query' AND authtype = 'service' AND authid IS NULL);
"""

OWN = "(SELECT NULLIF(current_setting('app.user', true), '')::uuid)"
HELD = "(SELECT decode(NULLIF(current_setting('app.link', true), ''), 'hex'))"
BACK = "(SELECT NULLIF(current_setting('app.payment', true), '')::uuid)"
# The tables below are read with the rights of whoever asks, so each shows what its own policies show and no more.
BY_LINK = f"""link_id IS NOT NULL AND user_id IS NULL
    AND (id = {BACK} OR EXISTS (SELECT FROM payments_link link WHERE link.id = link_id))"""
OF_LINK = """EXISTS (SELECT FROM payments_payment paid WHERE paid.id = payment_id AND paid.link_id IS NOT NULL)"""

POLICIES = f"""
CREATE POLICY payments_link_web ON payments_link TO okno_web USING (user_id = {OWN}) WITH CHECK (user_id = {OWN});
CREATE POLICY payments_link_held ON payments_link FOR SELECT TO okno_web USING (token_hash = {HELD});
CREATE POLICY payments_link_desk_own ON payments_link AS RESTRICTIVE FOR UPDATE TO okno_desk USING (made_by <> '');
CREATE POLICY payments_payment_link ON payments_payment FOR SELECT TO okno_web USING ({BY_LINK});
CREATE POLICY payments_payment_by_link ON payments_payment FOR INSERT TO okno_web
    WITH CHECK (user_id IS NULL AND link_id = (SELECT id FROM payments_link WHERE token_hash = {HELD}));
CREATE POLICY payments_share_link ON payments_share TO okno_web USING ({OF_LINK}) WITH CHECK ({OF_LINK});
CREATE POLICY payments_attempt_link ON payments_attempt TO okno_web USING ({OF_LINK}) WITH CHECK ({OF_LINK});
CREATE POLICY accounts_account_link ON accounts_account FOR SELECT TO okno_web
    USING (EXISTS (SELECT FROM payments_link link
        WHERE link.account_id = accounts_account.id AND link.token_hash = {HELD}));

CREATE POLICY payments_promise_web ON payments_promise TO okno_web
    USING (user_id = {OWN}) WITH CHECK (user_id = {OWN} AND state = 'asked');

CREATE POLICY accounts_account_till ON accounts_account FOR SELECT TO okno_till USING (true);
CREATE POLICY accounts_system_till ON accounts_system FOR SELECT TO okno_till USING (true);
CREATE POLICY kit_outbox_till_promises ON kit_outbox FOR SELECT TO okno_till
    USING (type = 'okno.promise.request.v1');
"""

GUARDED = "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
TRUSTED = "CREATE POLICY {table}_{role} ON {table} TO okno_{role} USING (true) WITH CHECK (true)"
TABLES = ("payments_agent", "payments_agent_order", "payments_agent_account", "payments_link", "payments_promise")

# What an agent was answered stays as it was answered.
FINAL = """
CREATE TRIGGER payments_agent_order_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments_agent_order
    FOR EACH STATEMENT EXECUTE FUNCTION payments_agent_order_refuse()
"""
REFUSE = """
CREATE FUNCTION payments_agent_order_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    RAISE EXCEPTION 'payments_agent_order is append-only' USING ERRCODE = 'insufficient_privilege';
END
$function$
"""

STATEMENTS = (
    *(GUARDED.format(table=table) for table in TABLES),
    GRANTS,
    NUMBERS,
    POLICIES,
    *(TRUSTED.format(table=table, role=role) for table in TABLES for role in ("till", "desk", "owner")),
    REFUSE,
    FINAL,
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0007_agents_links_promises")]

    operations = [migrations.RunSQL(sql) for sql in STATEMENTS]
