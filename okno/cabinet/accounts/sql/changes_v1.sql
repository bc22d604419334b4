-- The push frame of one account: its state and the operations after a position (null: state alone), oldest first, 50 at
-- most; `more` when others wait behind them. Also returned apart, for the sender's book-keeping: the position that the
-- frame reaches, and `more`.
create function live.changes_v1(hashes bytea[], accounts uuid[], after bigint[])
returns table (ord bigint, token_hash bytea, verdict text, body bytea, reached bigint, more boolean)
language plpgsql stable security definer rows 32
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_memoize = off
set timezone = 'UTC'
as $function$
#variable_conflict use_column
begin
return query
select
    k.ord,
    k.token_hash,
    case when s.user_id is null then 'no-session' when a.id is null then 'not-found' else 'ok' end,
    case when a.id is not null then convert_to(concat(
        '{"type":"account","id":"', a.id, ':', a.reached, '","account":"', a.id, '","position":', a.reached,
        ',"balance":"', a.balance * a.unit, '","due":', live.due_json(a.due_amount, a.due_on, a.unit),
        ',"status":"', a.status, '","as_of":', to_json(a.as_of), ',"stale":', a.stale_json,
        ',"operations":[', h.list, '],"more":', to_json(a.reached < a.position), '}'
    ), 'UTF8') end,
    a.reached,
    a.reached < a.position
from unnest(hashes, accounts, after) with ordinality as k (token_hash, account, after, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    select
        v.*,
        least(greatest(coalesce(k.after, v.position), 0), v.position) as first,
        least(least(greatest(coalesce(k.after, v.position), 0), v.position) + 50, v.position) as reached
    from live.account as v
    where v.user_id = s.user_id and v.id = k.account
    offset 0
) as a on true
left join lateral (
    select string_agg(
        live.operation_json(o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text, a.unit),
        ',' order by o.position
    ) as list
    from public.accounts_operation as o
    where o.account_id = a.id and o.position > a.first and o.position <= a.reached
) as h on true;
end
$function$;
