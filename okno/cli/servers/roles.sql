-- Roles of the whole cluster (one database role per process, each with its own password).
-- Run as a superuser; repeatable. By hand:
--   psql -v okno_owner=SECRET -v okno_web=SECRET … -f roles.sql postgres
-- Tables, grants on them and row policies belong to the schema's own migrations.

DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'okno_owner', 'okno_web', 'okno_desk', 'okno_relay', 'okno_projector', 'okno_worker', 'okno_sender', 'okno_till',
        'okno_live', 'okno_reader', 'okno_book', 'okno_connector'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
        -- Every statement of ours takes milliseconds; compiling one whose rows were guessed too high takes seconds.
        EXECUTE format('ALTER ROLE %I SET jit = off', wanted);
    END LOOP;
END
$roles$;

ALTER ROLE okno_owner LOGIN PASSWORD :'okno_owner';
ALTER ROLE okno_web LOGIN PASSWORD :'okno_web';
ALTER ROLE okno_desk LOGIN PASSWORD :'okno_desk';
ALTER ROLE okno_relay LOGIN PASSWORD :'okno_relay';
ALTER ROLE okno_projector LOGIN PASSWORD :'okno_projector';
ALTER ROLE okno_worker LOGIN PASSWORD :'okno_worker';
ALTER ROLE okno_sender LOGIN PASSWORD :'okno_sender';
ALTER ROLE okno_till LOGIN PASSWORD :'okno_till';
ALTER ROLE okno_live LOGIN PASSWORD :'okno_live';
ALTER ROLE okno_book LOGIN PASSWORD :'okno_book';
ALTER ROLE okno_connector LOGIN PASSWORD :'okno_connector';

-- The functions of `live` run with the rights of a role that nobody can log in as; the schema's owner hands them over.
GRANT okno_reader TO okno_owner;
