"""The limit: pgbench with the two SELECTs that an overview needs, prepared, over PostgreSQL's own socket."""

import os
import re
import subprocess
from pathlib import Path

from dataset import Dataset

# Session with its two terms and its second factor, access, account, age; then the operations.
STATE = """
select a.id, a.tail, a.title, a.currency, a.balance, a.status, a.due_amount, a.due_on, a.as_of, y.watermark, a.position,
       a.gap_since
  from identity_session s
  join accounts_access x on x.user_id = s.user_id
  join accounts_account a on a.id = x.account_id
  join accounts_system y on y.id = a.system_id
 where s.token_hash = sha256(sha256(convert_to('bench-token-' || :i::int, 'UTF8')))
   and s.ended_at is null and s.expires_at > now() and s.idle_until > now() and s.factors >= 2
   and x."right" = 'view' and x.until > now();
"""
OPERATIONS = """
select o.position, o.key, o.kind, o.channel, o.amount, o.balance, o.posted_at, o.text
  from accounts_operation o
 where o.account_id = md5('bench-account-' || :i::int)::uuid
 order by o.position desc limit 20;
"""
SCRIPT = f"\\set i random(0, {{last}})\n{STATE}{OPERATIONS}"
SAMPLED = 0.1
# 32 logins by SCRAM take a good part of a second on a busy machine.
PGBENCH_S_MIN = 2


def pgbench(data: Dataset, home: Path, *, clients: int, seconds: float, seed: int) -> dict[str, float]:
    """Transactions a second, p50 and p99 in ms, CPU seconds of pgbench itself."""
    script = home / "two-selects.sql"
    script.write_text(SCRIPT.format(last=data.customers - 1), encoding="utf-8")
    for old in home.glob("limit-log.*"):
        old.unlink()
    before = os.times()
    done = subprocess.run(
        [
            *(str(data.cluster.binaries().directory / "pgbench"), "-n", "-M", "prepared", "-f", str(script)),
            *("-c", str(clients), "-j", "1", "-T", str(max(PGBENCH_S_MIN, round(seconds))), f"--random-seed={seed}"),
            *("-l", f"--sampling-rate={SAMPLED}", f"--log-prefix={home / 'limit-log'}", data.superuser_dsn()),
        ],
        check=True,
        capture_output=True,
        text=True,
        env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
    )
    after = os.times()
    tps = re.search(r"^tps = ([0-9.]+) \(without initial connection time\)", done.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: 0 ", done.stdout)
    processed = re.search(r"number of transactions actually processed: (\d+)", done.stdout)
    assert tps is not None, done.stdout
    assert processed is not None, done.stdout
    assert failed is not None, done.stdout
    took = sorted(
        int(line.split()[2]) / 1000 for file in home.glob("limit-log.*") for line in file.read_text().splitlines()
    )
    return {
        "per_s": float(tps[1]),
        "answers": int(processed[1]),
        "p50_ms": took[len(took) // 2],
        "p99_ms": took[len(took) * 99 // 100],
        "cpu_s": (after.children_user - before.children_user) + (after.children_system - before.children_system),
    }
