"""How long a statement may run and wait, set on the role: a pooler allows no session settings."""

import asyncpg

LIMITS = {"lock_timeout": "2s", "statement_timeout": "10s"}
"""What every new session of the service's role gets from the database."""
UNLIMITED = dict.fromkeys(LIMITS, "0")
"""For sessions whose statements take as long as they need: those of migrations."""

ALLOW_LONG = "SET LOCAL statement_timeout = '60s'"
"""Lets the further statements of a transaction run longer, whatever the limit of the role is."""

_ALTER = "ALTER ROLE CURRENT_USER IN DATABASE {database} SET {name} = '{value}'"


async def set_limits(connection: asyncpg.Connection) -> str | None:
    """Set the limits on this connection's role; if it may not, the SQL that somebody else must run.

    They apply to sessions that start from now on, in this database.
    """
    row = await connection.fetchrow(
        "SELECT quote_ident(current_database()) AS database, quote_ident(current_user) AS role"
    )
    statements = [
        _ALTER.format(database=row["database"], name=name, value=value)
        for name, value in LIMITS.items()
    ]
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError):
        return "; ".join(each.replace("CURRENT_USER", row["role"]) for each in statements) + ";"
    return None
