-- Run as okno_reader: nobody but okno_live calls them, and it calls nothing else.
revoke all on all functions in schema live from public;
grant execute on function
    live.overview_v1(bytea[], uuid[]),
    live.operations_v1(bytea[], uuid[], bigint[], integer[], text[], date[], date[], text),
    live.year_v1(bytea[], uuid[], text),
    live.changes_v1(bytea[], uuid[], bigint[]),
    live.subscription_v1(bytea[]),
    live.freshness_v1(bytea[]),
    live.signal_v1(bytea[], text[], text[])
to okno_live;
