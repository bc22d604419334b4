-- The one thing that `live` may write: a security signal, named by the OWASP logging vocabulary, about the session that
-- a hash belongs to (an ended one too; none is also told).
create function live.signal_v1(hashes bytea[], names text[], details text[])
returns table (ord bigint, token_hash bytea, verdict text, body bytea)
language plpgsql volatile security definer rows 32
set search_path = pg_catalog, pg_temp
as $function$
#variable_conflict use_column
begin
insert into public.kit_signal (source, name, session_id, user_id, detail)
select 'live', k.name, s.id, s.user_id, case when length(k.detail) <= 2000 then k.detail::jsonb else '{}' end
from unnest(hashes, names, details) as k (token_hash, name, detail)
left join public.identity_session as s on s.token_hash = k.token_hash
where k.name in ('authz_fail', 'excess_rate_limit_exceeded', 'malicious_cors', 'sys_crash');
return query
select k.ord, k.token_hash, 'ok', null::bytea
from unnest(hashes) with ordinality as k (token_hash, ord);
end
$function$;
