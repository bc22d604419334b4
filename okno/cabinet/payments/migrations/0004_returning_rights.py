"""Money back: what the tables hold by themselves, and who may do what.

The desk asks and approves, and can write no state in which money has moved; the till alone does. Nothing is given back
twice: a part of a posting is held from the asking on, and the database counts what is left.
"""

from django.db import migrations

from okno.cabinet.payments.states import TABLES

NEW = ("payments_chargeback", "payments_move", "payments_unposting")

# The row of the posting is locked first: of two that ask for the same money at once, the second counts the first.
LEFT = """
CREATE FUNCTION payments_posting_left(asked uuid) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
    SELECT posting.amount - COALESCE((SELECT sum(part.amount) FROM payments_unposting part
        WHERE part.posting_id = posting.id AND part.state <> 'dropped'), 0)::bigint
      FROM payments_posting posting WHERE posting.id = asked
$function$;
REVOKE ALL ON FUNCTION payments_posting_left(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments_posting_left(uuid) TO okno_desk, okno_till;

CREATE FUNCTION payments_unposting_within() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    PERFORM FROM payments_posting WHERE id = NEW.posting_id FOR UPDATE;
    IF NEW.amount > payments_posting_left(NEW.posting_id) THEN
        RAISE EXCEPTION 'more than is left of the posting' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'payments_unposting_within';
    END IF;
    RETURN NEW;
END
$function$;
CREATE TRIGGER payments_unposting_within BEFORE INSERT ON payments_unposting
    FOR EACH ROW EXECUTE FUNCTION payments_unposting_within();

CREATE FUNCTION payments_cause_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    UPDATE payments_unposting SET state = 'dropped'
     WHERE NEW.id IN (refund_id, move_id) AND state IN ('planned', 'rejected');
    RETURN NULL;
END
$function$;
CREATE TRIGGER payments_refund_over AFTER UPDATE OF state ON payments_refund FOR EACH ROW
    WHEN (NEW.state IN ('declined', 'failed')) EXECUTE FUNCTION payments_cause_over();
CREATE TRIGGER payments_move_over AFTER UPDATE OF state ON payments_move FOR EACH ROW
    WHEN (NEW.state IN ('declined', 'failed')) EXECUTE FUNCTION payments_cause_over();
"""

# A customer is told what of his payment was moved, and to which account if he sees that account himself. Whose another
# one is stays here.
MOVED = """
CREATE FUNCTION payments_moved(asked uuid) RETURNS TABLE (source uuid, target uuid, amount bigint, at timestamptz)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_catalog, pg_temp AS $function$
    SELECT posting.account_id, (SELECT own.account_id FROM accounts_access own
               WHERE own.account_id = move.account_id AND own.user_id = payment.user_id AND own.until > now() LIMIT 1),
           move.amount, move.done_at
      FROM payments_move move JOIN payments_posting posting ON posting.id = move.posting_id
      JOIN payments_attempt attempt ON attempt.id = posting.attempt_id
      JOIN payments_payment payment ON payment.id = attempt.payment_id
     WHERE payment.id = asked AND move.state = 'done'
       AND payment.user_id = NULLIF(current_setting('app.user', true), '')::uuid
     ORDER BY move.done_at, move.id
$function$;
REVOKE ALL ON FUNCTION payments_moved(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments_moved(uuid) TO okno_web;
"""

# What the books refused is sent once more under its own key: the row of the outbox itself is queued again, so that they
# have it once, also when the first did arrive. It is recorded anew: the inside judges what was recorded after its
# refusal, and answers an attempt of the earlier sending, that was still under way, by that refusal.
AGAIN = """
CREATE FUNCTION payments_outbox_again(asked uuid) RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
    WITH queued AS (
        UPDATE kit_outbox SET state = 'queued', outcome = NULL, attempts = 0, finished_at = NULL, next_attempt_at = now(),
               recorded_at = now()
         WHERE id = asked AND state = 'failed' AND kind = 'command' RETURNING id)
    SELECT EXISTS (SELECT FROM queued)
$function$;
REVOKE ALL ON FUNCTION payments_outbox_again(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION payments_outbox_again(uuid) TO okno_till;
CREATE POLICY kit_outbox_owner_payments ON kit_outbox TO okno_owner
    USING (type LIKE 'okno.payment.%') WITH CHECK (type LIKE 'okno.payment.%');
GRANT UPDATE (again, again_by, again_reason) ON payments_posting, payments_unposting TO okno_desk;
CREATE POLICY payments_posting_desk_again ON payments_posting AS RESTRICTIVE FOR UPDATE TO okno_desk
    USING (state = 'rejected') WITH CHECK (state = 'rejected');
"""

GRANTS = """
REVOKE INSERT, UPDATE ON payments_refund FROM okno_desk;
GRANT INSERT (id, attempt_id, amount, by_hand, reason, asked_by) ON payments_refund TO okno_desk;
GRANT UPDATE (state, decided_by, decided_at, ask_at, by_hand, failure) ON payments_refund TO okno_desk;
GRANT SELECT, INSERT (id, attempt_id, amount, reference, reason, opened_at, respond_by, entered_by),
    UPDATE (state, changed_by, changed_at) ON payments_chargeback TO okno_desk;
GRANT SELECT, INSERT (id, posting_id, account_id, system, amount, reason, asked_by),
    UPDATE (state, decided_by, decided_at) ON payments_move TO okno_desk;
GRANT SELECT, INSERT (id, posting_id, refund_id, chargeback_id, move_id, amount) ON payments_unposting TO okno_desk;

GRANT INSERT ON payments_refund TO okno_till;
GRANT SELECT, INSERT, UPDATE (booked, state, changed_by, changed_at) ON payments_chargeback TO okno_till;
GRANT SELECT, UPDATE (state, failure, done_at) ON payments_move TO okno_till;
GRANT SELECT, INSERT, UPDATE (state, kind, outbox, operation, posted_at, again, refusal) ON payments_unposting TO okno_till;

GRANT SELECT ON payments_chargeback TO okno_web;
"""

OWN = "(SELECT NULLIF(current_setting('app.user', true), '')::uuid)"
OF_ATTEMPT = f"""EXISTS (SELECT FROM payments_attempt mine JOIN payments_payment own ON own.id = mine.payment_id
    WHERE mine.id = attempt_id AND own.user_id = {OWN})"""

POLICIES = f"""
DROP POLICY payments_refund_desk ON payments_refund;
CREATE POLICY payments_refund_desk ON payments_refund FOR SELECT TO okno_desk USING (true);
CREATE POLICY payments_refund_desk_ask ON payments_refund FOR INSERT TO okno_desk
    WITH CHECK (state = 'asked' AND origin = 'desk');
CREATE POLICY payments_refund_desk_decide ON payments_refund FOR UPDATE TO okno_desk
    USING (state IN ('asked', 'manual')) WITH CHECK (state IN ('approved', 'declined', 'manual', 'failed'));
CREATE POLICY payments_chargeback_web ON payments_chargeback FOR SELECT TO okno_web USING ({OF_ATTEMPT});
CREATE POLICY payments_chargeback_desk ON payments_chargeback TO okno_desk USING (true) WITH CHECK (booked <> state);
CREATE POLICY payments_move_desk ON payments_move FOR SELECT TO okno_desk USING (true);
CREATE POLICY payments_move_desk_ask ON payments_move FOR INSERT TO okno_desk WITH CHECK (state = 'asked');
CREATE POLICY payments_move_desk_decide ON payments_move FOR UPDATE TO okno_desk
    USING (state = 'asked') WITH CHECK (state IN ('approved', 'declined'));
CREATE POLICY payments_move_desk_leave ON payments_move FOR UPDATE TO okno_desk
    USING (state = 'approved' AND failure = 'books') WITH CHECK (state = 'failed' AND failure = 'books');
CREATE POLICY payments_unposting_desk ON payments_unposting FOR SELECT TO okno_desk USING (true);
CREATE POLICY payments_unposting_desk_hold ON payments_unposting FOR INSERT TO okno_desk WITH CHECK (state = 'planned');
CREATE POLICY payments_unposting_desk_again ON payments_unposting FOR UPDATE TO okno_desk
    USING (state = 'rejected') WITH CHECK (state = 'rejected');
"""

WAY = "INSERT INTO payments_way (\"table\", before, after) VALUES ('{table}', '{before}', '{after}')"
GUARD = "CREATE TRIGGER state_guard BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_state_guard()"
SEALED = "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
TRUSTED = "CREATE POLICY {table}_{role} ON {table} TO okno_{role} USING (true) WITH CHECK (true)"

STATEMENTS = (
    *(
        WAY.format(table=table, before=before, after=after)
        for table in NEW
        for before, afters in TABLES[table].items()
        for after in sorted(afters)
    ),
    *(GUARD.format(table=table) for table in NEW),
    LEFT,
    MOVED,
    AGAIN,
    GRANTS,
    *(SEALED.format(table=table) for table in NEW),
    POLICIES,
    *(TRUSTED.format(table=table, role=role) for table in NEW for role in ("till", "owner")),
)


class Migration(migrations.Migration):
    dependencies = [("payments", "0003_returning")]

    operations = [migrations.RunSQL(sql) for sql in STATEMENTS]
