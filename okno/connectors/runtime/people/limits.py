"""Limits on what the inside tells and grants, each named with its unit. They are settings of the connector."""

from __future__ import annotations

import msgspec


class PeopleLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of proofs: a code of six digits lives `attempt_ttl_s` and may be typed `tries_max` times.

    Whatever comes after `attempts_per_account_hour_max` attempts for one number is answered as if nobody fitted; after
    `failures_per_person_day_max` wrong codes every further one is wrong. Neither is told, so neither is an oracle.

    Of payments: `pay_least_units` to `pay_most_units` of the account's currency (whole ones) are taken at once.
    """

    tries_max: int = 5
    attempt_ttl_s: int = 600
    attempts_per_account_hour_max: int = 5
    failures_per_person_day_max: int = 10
    pay_least_units: int = 1
    pay_most_units: int = 500_000
