"""PostgreSQL: connection, tables, every hand-written statement."""
