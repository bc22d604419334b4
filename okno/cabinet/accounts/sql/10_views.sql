-- Run as okno_reader. The two rules that every function shares, each written once. okno_live has no right on either.

-- Minor units to units of the currency, ISO 4217: minor * unit prints with exactly the currency's number of decimals.
create function live.unit(currency text) returns numeric
language sql immutable parallel safe
return case
    when currency in ('RUB', 'USD', 'EUR') then 0.01
    when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV',
        'XAF', 'XOF', 'XPF') then 1
    when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 0.001
    else 0.01
end;

-- A session that may read: not ended, in neither of its two terms late, both factors shown.
create view live.session as
select s.token_hash, s.id, s.user_id, least(s.expires_at, s.idle_until) as until
from public.identity_session as s
where s.ended_at is null and s.expires_at > now() and s.idle_until > now() and s.factors >= 2;

-- What a user may view. A figure is as old as the later of its account's and its system's last word; while a version
-- of the account is missing, the system's word says nothing about it. Stale after a minute: six watermarks missed.
create view live.account as
select a.*, case when a.gap or a.as_of < now() - interval '60 seconds' then 'true' else 'false' end as stale_json
from (
    select
        x.user_id, x.id as access_id, a.id, a.system_id, a.tail, a.title, a.currency, a.balance, a.status, a.due_amount,
        a.due_on, a.position, live.unit(a.currency) as unit, a.gap_since is not null as gap,
        case when a.gap_since is null then greatest(a.as_of, y.watermark) else a.as_of end as as_of
    from public.accounts_access as x
    join public.accounts_account as a on a.id = x.account_id
    join public.accounts_system as y on y.id = a.system_id
    where x."right" = 'view' and x.until > now()
) as a;

-- One operation as the portal sees it. concat() prints null as nothing, hence the coalesce.
create function live.operation_json(
    operation_position bigint, key text, kind text, channel text, amount bigint, balance bigint, posted_at timestamptz,
    operation_text text, unit numeric
) returns text
language sql stable parallel safe
return concat(
    '{"position":', operation_position, ',"key":', to_json(key), ',"kind":"', kind, '","channel":',
    coalesce(to_json(channel)::text, 'null'), ',"amount":"', amount * unit, '","balance":"', balance * unit,
    '","posted_at":', to_json(posted_at), ',"text":', to_json(operation_text), '}'
);

create function live.due_json(amount bigint, due_on date, unit numeric) returns text
language sql stable parallel safe
return case
    when amount is null then 'null'
    else concat('{"amount":"', amount * unit, '","on":', coalesce(to_json(due_on)::text, 'null'), '}')
end;
