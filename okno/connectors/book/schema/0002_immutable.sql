-- What is posted stays as it was posted. Rights keep the role from it, triggers keep whoever has rights.
CREATE FUNCTION book.refuse_rewriting() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'book.% is append-only: correct by a reversing entry', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.entry
    FOR EACH STATEMENT EXECUTE FUNCTION book.refuse_rewriting();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.line
    FOR EACH STATEMENT EXECUTE FUNCTION book.refuse_rewriting();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.allocation
    FOR EACH STATEMENT EXECUTE FUNCTION book.refuse_rewriting();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON book.register
    FOR EACH STATEMENT EXECUTE FUNCTION book.refuse_rewriting();

-- Each entry balances per currency, at commit.
CREATE FUNCTION book.demand_balance(entry_id bigint) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    uneven text;
BEGIN
    SELECT string_agg(format('%s %s', l.currency, l.debit - l.credit), ', ') INTO uneven
    FROM (SELECT currency, sum(debit) AS debit, sum(credit) AS credit FROM book.line
          WHERE entry = entry_id GROUP BY currency) AS l
    WHERE l.debit <> l.credit;
    IF uneven IS NOT NULL THEN
        RAISE EXCEPTION 'entry % does not balance: %', entry_id, uneven USING ERRCODE = 'check_violation';
    END IF;
END
$$;

CREATE FUNCTION book.entry_whole() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF (SELECT count(*) FROM book.line WHERE entry = NEW.id) < 2 THEN
        RAISE EXCEPTION 'entry % has fewer than two lines', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION book.line_belongs() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM book.entry WHERE id = NEW.entry AND made_in = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'entry % is not of this transaction', NEW.entry USING ERRCODE = 'check_violation';
    END IF;
    PERFORM book.demand_balance(NEW.entry);
    RETURN NULL;
END
$$;

-- An entry has lines, each line joins an entry of its own transaction and leaves it balanced.
CREATE CONSTRAINT TRIGGER entry_whole AFTER INSERT ON book.entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION book.entry_whole();
CREATE CONSTRAINT TRIGGER line_belongs AFTER INSERT ON book.line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION book.line_belongs();

REVOKE UPDATE, DELETE, TRUNCATE ON book.entry, book.line, book.allocation, book.register FROM CURRENT_USER;
