"""What is kept for a payer: who may do what with his cards, contacts and receipts.

The portal puts a contact in and never reads it back; of a card it sees what the customer knows it by. What is sealed is
the till's. A card or a contact of somebody else's can stand in no payment, whoever writes the row.
"""

from django.db import migrations

from okno.cabinet.payments.states import TABLES

WAY = "INSERT INTO payments_way (\"table\", before, after) VALUES ('{table}', '{before}', '{after}')"
GUARD = "CREATE TRIGGER state_guard BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION payments_state_guard()"
WAYS_NEW = ("payments_receipt", "payments_autopay", "payments_autopay_turn")

OWNED = """
CREATE FUNCTION payments_card_owned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    IF NEW.card_id IS NOT NULL AND NOT EXISTS (SELECT FROM payments_card card
        JOIN payments_payment payment ON payment.user_id = card.user_id
        WHERE card.id = NEW.card_id AND payment.id = NEW.payment_id AND card.provider = NEW.provider
          AND card.removed_at IS NULL)
    THEN
        RAISE EXCEPTION 'the card pays for its owner alone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;
CREATE TRIGGER payments_card_owned BEFORE INSERT ON payments_attempt
    FOR EACH ROW EXECUTE FUNCTION payments_card_owned();

CREATE FUNCTION payments_autopay_owned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM payments_card card
        WHERE card.id = NEW.card_id AND card.user_id = NEW.user_id AND card.removed_at IS NULL)
    THEN
        RAISE EXCEPTION 'the card pays for its owner alone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;
CREATE TRIGGER payments_autopay_owned BEFORE INSERT OR UPDATE OF card_id ON payments_autopay
    FOR EACH ROW EXECUTE FUNCTION payments_autopay_owned();

CREATE FUNCTION payments_contact_owned() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_catalog, pg_temp AS $function$
BEGIN
    IF NEW.contact_id IS NOT NULL AND NOT EXISTS (SELECT FROM payments_contact contact
        WHERE contact.id = NEW.contact_id
          AND (contact.user_id = NEW.user_id OR contact.link_id = (to_jsonb(NEW) ->> 'link_id')::uuid))
    THEN
        RAISE EXCEPTION 'the contact is of its owner alone' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$function$;
CREATE TRIGGER payments_contact_owned BEFORE INSERT OR UPDATE OF contact_id ON payments_payment
    FOR EACH ROW EXECUTE FUNCTION payments_contact_owned();
CREATE TRIGGER payments_contact_owned BEFORE INSERT OR UPDATE OF contact_id ON payments_autopay
    FOR EACH ROW EXECUTE FUNCTION payments_contact_owned();
"""

GRANTS = """
GRANT SELECT (id, user_id, mask, created_at), INSERT ON payments_contact TO okno_web;
GRANT SELECT (id, user_id, provider, title, expires, is_default, created_at, removed_at) ON payments_card TO okno_web;
GRANT UPDATE (is_default, removed_at, forget_at) ON payments_card TO okno_web;
GRANT SELECT ON payments_receipt TO okno_web;

GRANT SELECT, INSERT, UPDATE (state, look_at) ON payments_autopay TO okno_web;
GRANT SELECT, UPDATE (state, act_at) ON payments_autopay_turn TO okno_web;

GRANT SELECT ON payments_contact TO okno_till;
GRANT SELECT, UPDATE ON payments_autopay TO okno_till;
GRANT SELECT, INSERT, UPDATE ON payments_autopay_turn TO okno_till;
GRANT INSERT ON payments_payment, payments_share, payments_attempt, notices_message TO okno_till;
GRANT SELECT (id, phone_sealed, locale) ON identity_user TO okno_till;
GRANT SELECT ON accounts_account, accounts_access TO okno_till;
GRANT SELECT, INSERT, UPDATE ON payments_card, payments_receipt, payments_challenge TO okno_till;

GRANT SELECT (id, mask) ON payments_contact TO okno_desk;
GRANT SELECT (id, provider, title, expires, is_default, created_at, removed_at) ON payments_card TO okno_desk;
GRANT SELECT (attempt_id, state, number, drive, sign, registered_at, created_at, ask_at) ON payments_receipt TO okno_desk;
GRANT SELECT (id, account_id, card_id, method, currency, kind, day, ceiling, state, look_at, created_at)
    ON payments_autopay TO okno_desk;
GRANT SELECT (id, rule_id, due_on, amount, state, reason, tries, payment_id) ON payments_autopay_turn TO okno_desk;
"""

HELD = "(SELECT decode(NULLIF(current_setting('app.link', true), ''), 'hex'))"
OWN = "(SELECT NULLIF(current_setting('app.user', true), '')::uuid)"
OF_ATTEMPT = f"""EXISTS (SELECT FROM payments_attempt mine JOIN payments_payment own ON own.id = mine.payment_id
    WHERE mine.id = attempt_id AND own.user_id = {OWN})"""

OF_RULE = f"EXISTS (SELECT FROM payments_autopay own WHERE own.id = rule_id AND own.user_id = {OWN})"

TABLES_OWN = ("payments_contact", "payments_card", "payments_autopay")
TABLES_NEW = (*TABLES_OWN, "payments_receipt", "payments_autopay_turn", "payments_challenge")
TILL_READS = ("identity_user", "accounts_access")

STATEMENTS = (
    *(
        WAY.format(table=table, before=before, after=after)
        for table in WAYS_NEW
        for before, afters in TABLES[table].items()
        for after in sorted(afters)
    ),
    *(GUARD.format(table=table) for table in WAYS_NEW),
    OWNED,
    GRANTS,
    *(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY" for table in TABLES_NEW),
    *(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY" for table in TABLES_NEW),
    *(
        f"CREATE POLICY {table}_web ON {table} TO okno_web USING (user_id = {OWN}) WITH CHECK (user_id = {OWN})"
        for table in TABLES_OWN
    ),
    f"""CREATE POLICY payments_contact_link ON payments_contact FOR INSERT TO okno_web
        WITH CHECK (link_id = (SELECT id FROM payments_link WHERE token_hash = {HELD}))""",
    f"CREATE POLICY payments_receipt_web ON payments_receipt FOR SELECT TO okno_web USING ({OF_ATTEMPT})",
    # The customer may stop what was announced, and do nothing else to a turn.
    f"""CREATE POLICY payments_autopay_turn_web ON payments_autopay_turn TO okno_web
        USING ({OF_RULE}) WITH CHECK ({OF_RULE} AND state = 'stopped')""",
    *(f"CREATE POLICY {table}_till ON {table} FOR SELECT TO okno_till USING (true)" for table in TILL_READS),
    *(
        f"CREATE POLICY {table}_{role} ON {table} TO okno_{role} USING (true) WITH CHECK (true)"
        for table in TABLES_NEW
        for role in ("till", "desk", "owner")
    ),
)


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0009_keeping"),
        ("accounts", "0002_rights"),
        ("identity", "0002_rights"),
        ("notices", "0002_rights"),
    ]

    operations = [migrations.RunSQL(sql) for sql in STATEMENTS]
