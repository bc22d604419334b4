-- The push frame that follows a watermark: how old the figures of each account of the session are.
create function live.freshness_v1(hashes bytea[])
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
    case when s.user_id is null then 'no-session' else 'ok' end,
    case when s.user_id is not null then convert_to(concat('{"type":"age","accounts":[', l.list, ']}'), 'UTF8') end
from unnest(hashes) with ordinality as k (token_hash, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    select string_agg(
        concat('{"account":"', v.id, '","as_of":', to_json(v.as_of), ',"stale":', v.stale_json, '}'),
        ',' order by v.access_id
    ) as list
    from live.account as v
    where v.user_id = s.user_id
) as l on true;
end
$function$;
