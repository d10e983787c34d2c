"""How fast PostgreSQL itself takes an init: pgbench, prepared, as one statement."""

import re
import shutil
import subprocess
from pathlib import Path

from bench.load.wrk import Burst
from payment_engine.demo.postgres import Postgres

_SCRIPT = """\\set n random(1, 9000000000000000)
WITH p AS (INSERT INTO payment (id, merchant_id, order_id, status, amount, currency, breakdown,
    customer, return_url, version, created_at, expires_at)
  VALUES ('pay_' || :n, 'mer_bench', 'order-' || :n, 'open', 116400, 'INR', '[]', '{}',
    'https://shop.example/return', 1, now(), now() + interval '15 min')),
k AS (INSERT INTO idempotency_key (merchant_id, key, fingerprint, status_code, response, created_at)
  VALUES ('mer_bench', 'key-' || :n, repeat('f', 64), 201, repeat('r', 900), now())),
j AS (INSERT INTO job (kind, subject, run_at)
  VALUES ('expire', 'pay_' || :n, now() + interval '15 min'))
INSERT INTO payment_event (payment_id, type, at) VALUES ('pay_' || :n, 'opened', now());
"""


def pgbench(server: Postgres, database: str, folder: Path, *, clients: int = 16) -> Burst:
    """One burst; needs pgbench (Debian: postgresql-client), 0 without it."""
    program = shutil.which("pgbench") or shutil.which("pgbench", path="/usr/lib/postgresql/15/bin")
    if program is None:
        return Burst(0, 0, 0, 0)
    script = folder / "init.sql"
    script.write_text(_SCRIPT)
    command = [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", "1",
               "-f", str(script), server.database(database)]  # fmt: skip
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"tps = ([0-9.]+)", output)
    latency = re.search(r"latency average = ([0-9.]+)", output)
    return Burst(float(rate[1]) if rate else 0, float(latency[1]) if latency else 0, 0, 0)
