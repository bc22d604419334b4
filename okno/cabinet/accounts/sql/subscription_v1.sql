-- What a stream begins with and is checked by: the session's id, until when it stands if nobody touches it, and where
-- each of its accounts is now.
create function live.subscription_v1(hashes bytea[])
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
    case when s.user_id is not null then convert_to(concat(
        '{"session":"', s.id, '","until":', to_json(s.until), ',"accounts":[', l.list, ']}'
    ), 'UTF8') end
from unnest(hashes) with ordinality as k (token_hash, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    select string_agg(
        concat('{"account":"', v.id, '","position":', v.position, ',"system":', to_json(v.system_id), '}'),
        ',' order by v.access_id
    ) as list
    from live.account as v
    where v.user_id = s.user_id
) as l on true;
end
$function$;
