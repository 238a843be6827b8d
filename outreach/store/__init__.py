"""PostgreSQL: functions that take a connection, SQL in named constants, forward-only migrations."""
