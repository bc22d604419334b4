-- State of an account (null: the first one granted) with its last 20 operations, newest first, and the list of all
-- accounts of the session's user. One row per hash, in no promised order: match by ord and token_hash.
create function live.overview_v1(hashes bytea[], accounts uuid[])
returns table (ord bigint, token_hash bytea, verdict text, body text)
language plpgsql stable security definer rows 32
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set timezone = 'UTC'
as $function$
#variable_conflict use_column
begin
return query
select
    k.ord,
    k.token_hash,
    case
        when s.user_id is null then 'no-session'
        when k.account is not null and a.id is null then 'not-found'
        else 'ok'
    end,
    case when s.user_id is not null and (k.account is null or a.id is not null) then concat(
        '{"accounts":[', l.list, '],"account":',
        case when a.id is null then 'null' else concat(
            '{"account":"', a.id, '","tail":', to_json(a.tail), ',"title":', to_json(a.title),
            ',"currency":"', a.currency, '","balance":"', a.balance * a.unit, '","status":"', a.status,
            '","due":', live.due_json(a.due_amount, a.due_on, a.unit),
            ',"as_of":', to_json(a.as_of), ',"stale":', to_json(a.stale), ',"position":', a.position,
            ',"operations":[', h.list, ']}'
        ) end,
        '}'
    ) end
from unnest(hashes, accounts) with ordinality as k (token_hash, account, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    -- offset 0 keeps the planner from working out the unit anew for each operation
    select v.*, live.unit(v.currency) as unit
    from live.account as v
    where v.user_id = s.user_id and (k.account is null or v.id = k.account)
    order by v.access_id
    limit 1 offset 0
) as a on true
left join lateral (
    select string_agg(
        concat(
            '{"account":"', v.id, '","tail":', to_json(v.tail), ',"title":', to_json(v.title), ',"currency":"', v.currency,
            '","balance":"', v.balance * live.unit(v.currency), '","status":"', v.status, '","as_of":', to_json(v.as_of),
            ',"stale":', to_json(v.stale), '}'
        ),
        ',' order by v.access_id
    ) as list
    from live.account as v
    where v.user_id = s.user_id
) as l on true
left join lateral (
    select string_agg(
        live.operation_json(o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text, a.unit), ','
    ) as list
    from (
        select o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text
        from public.accounts_operation as o
        where o.account_id = a.id
        order by o.position desc
        limit 20
    ) as o
) as h on true;
end
$function$;
