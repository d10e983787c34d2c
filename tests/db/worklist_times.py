"""How long the pages of the lists take on a million payments: python -m tests.db.worklist_times."""

import asyncio
import sys
import time
from statistics import quantiles

import asyncpg

from tests.db.million import create_million
from tests.db.worklists import cases, statement_of
from tests.servers import Servers, server_url

_TIMES = 40


async def measure(url: str) -> None:
    """Print, for each list, the median and the 95th percentile of its pages."""
    connection = await asyncpg.connect(url)
    worst = 0.0
    for case in cases():
        statement, values = await statement_of(case.query)
        times = []
        for _ in range(_TIMES):
            begun = time.perf_counter()
            await connection.fetch(statement, *values)
            times.append((time.perf_counter() - begun) * 1000)
        cuts = quantiles(times, n=20)
        worst = max(worst, cuts[18])
        sys.stdout.write(f"{cuts[9]:7.1f} ms {cuts[18]:7.1f} ms  {case.name}\n")
    sys.stdout.write(f"the slowest list: {worst:.1f} ms at its 95th percentile\n")
    await connection.close()


def main() -> None:
    """Start a server, fill it, and measure."""
    servers = Servers()
    servers.open()
    try:
        url = asyncio.run(create_million(server_url("postgres"), payments=1_000_000))
        asyncio.run(measure(url))
    finally:
        servers.close()


if __name__ == "__main__":
    main()
