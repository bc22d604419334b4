-- State of an account (null: the first one granted) with its last 20 operations, newest first, and the list of all
-- accounts of the session's user. One row per hash, in no promised order: match by ord and token_hash.
create function live.overview_v1(hashes bytea[], accounts uuid[])
returns table (ord bigint, token_hash bytea, verdict text, body bytea)
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
    case
        when s.user_id is null then 'no-session'
        when k.account is not null and m.chosen is null then 'not-found'
        else 'ok'
    end,
    case when s.user_id is not null and (k.account is null or m.chosen is not null) then convert_to(
        concat(
            '{"accounts":[', m.list, '],"account":',
            case when m.chosen is null then 'null' else concat(m.state[1], h.list, ']}') end,
            '}'
        ),
        'UTF8'
    ) end
from unnest(hashes, accounts) with ordinality as k (token_hash, account, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    -- One pass over the user's accounts: each into the list, those asked for with their state; the first of them counts.
    select
        string_agg(concat('{', v.head, v.tail, '}'), ',') as list,
        array_agg(v.unit) filter (where v.asked) as unit,
        array_agg(v.id) filter (where v.asked) as chosen,
        array_agg(
            concat(
                '{', v.head, ',"due":', live.due_json(v.due_amount, v.due_on, v.unit), v.tail, ',"position":', v.position,
                ',"operations":['
            )
        ) filter (where v.asked) as state
    from (
        select
            a.id, a.due_amount, a.due_on, a.position, a.unit, k.account is null or a.id = k.account as asked,
            concat(
                '"account":"', a.id, '","tail":', to_json(a.tail), ',"title":', to_json(a.title), ',"currency":"',
                a.currency, '","balance":"', a.balance * a.unit, '","status":"', a.status, '"'
            ) as head,
            concat(',"as_of":', to_json(a.as_of), ',"stale":', a.stale_json) as tail
        from live.account as a
        where a.user_id = s.user_id
        order by a.access_id
        offset 0
    ) as v
) as m on true
left join lateral (
    select string_agg(
        live.operation_json(o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text, m.unit[1]), ','
    ) as list
    from (
        select o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text
        from public.accounts_operation as o
        where o.account_id = m.chosen[1]
        order by o.position desc
        limit 20
    ) as o
) as h on true;
end
$function$;
