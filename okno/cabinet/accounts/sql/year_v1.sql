-- Twelve months of the company's calendar, oldest first, the running one last. Charged less paid is what the months
-- added to the balance: charges, credits and corrections on one side, payments and refunds on the other.
-- Looks at the account's last 20,000 operations at most.
create function live.year_v1(hashes bytea[], accounts uuid[], zone text)
returns table (ord bigint, token_hash bytea, verdict text, body bytea)
language plpgsql stable security definer rows 8
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_memoize = off
as $function$
#variable_conflict use_column
declare
    this_month timestamp := date_trunc('month', now() at time zone zone);
begin
return query
select
    k.ord,
    k.token_hash,
    case when s.user_id is null then 'no-session' when a.id is null then 'not-found' else 'ok' end,
    case when a.id is not null then convert_to(concat('{"months":[', y.list, ']}'), 'UTF8') end
from unnest(hashes, accounts) with ordinality as k (token_hash, account, ord)
left join live.session as s on s.token_hash = k.token_hash
left join lateral (
    select v.id, v.position, v.unit
    from live.account as v
    where v.user_id = s.user_id and v.id = k.account
    offset 0
) as a on true
left join lateral (
    select string_agg(
        concat(
            '{"month":"', to_char(m.month, 'YYYY-MM'), '","charged":"', coalesce(o.charged, 0) * a.unit,
            '","paid":"', coalesce(o.paid, 0) * a.unit, '"}'
        ),
        ',' order by m.month
    ) as list
    from generate_series(this_month - interval '11 months', this_month, interval '1 month') as m (month)
    left join (
        select
            date_trunc('month', o.posted_at at time zone zone) as month,
            sum(o.amount) filter (where o.kind not in ('payment', 'refund')) as charged,
            -sum(o.amount) filter (where o.kind in ('payment', 'refund')) as paid
        from public.accounts_operation as o
        where o.account_id = a.id and o.position > a.position - 20000
            and o.posted_at >= (this_month - interval '11 months') at time zone zone
        group by 1
    ) as o on o.month = m.month
) as y on true;
end
$function$;
