-- A page of operations before a position (null: from the newest), newest first. Filters by kind and by days of the
-- company's calendar (both ends included); null = any. One call looks at 1,000 positions at most, so a page may be
-- short or empty and still name a `next` to go on from; `next` null = nothing older.
create function live.operations_v1(
    hashes bytea[], accounts uuid[], before bigint[], sizes integer[], kinds text[], since date[], until date[],
    zone text
)
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
    case when s.user_id is null then 'no-session' when a.id is null then 'not-found' else 'ok' end,
    case when a.id is not null then convert_to(concat(
        '{"operations":[', p.list, '],"next":',
        coalesce(case when p.found > a.size then p.last when a.bottom > 1 then a.bottom end::text, 'null'), '}'
    ), 'UTF8') end
from unnest(hashes, accounts, before, sizes, kinds, since, until)
    with ordinality as k (token_hash, account, before, size, kind, since, until, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    select
        v.id, v.unit, least(coalesce(k.before, v.position + 1), v.position + 1) as top,
        greatest(least(coalesce(k.before, v.position + 1), v.position + 1) - 1000, 1) as bottom,
        least(greatest(coalesce(k.size, 50), 1), 200) as size
    from live.account as v
    where v.user_id = s.user_id and v.id = k.account
    offset 0
) as a on true
left join lateral (
    select
        count(*) as found,
        min(o.position) filter (where o.number <= a.size) as last,
        string_agg(
            live.operation_json(o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text, a.unit),
            ',' order by o.position desc
        ) filter (where o.number <= a.size) as list
    from (
        select
            o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text,
            row_number() over (order by o.position desc) as number
        from public.accounts_operation as o
        where o.account_id = a.id and o.position < a.top and o.position >= a.bottom
            and (k.kind is null or o.kind = k.kind)
            and (k.since is null or o.posted_at >= k.since::timestamp at time zone zone)
            and (k.until is null or o.posted_at < (k.until + 1)::timestamp at time zone zone)
        order by o.position desc
        limit a.size + 1
    ) as o
) as p on true;
end
$function$;
