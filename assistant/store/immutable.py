"""The triggers that keep audit rows, versions and signatures as they are, put aside for the few acts that may not be so held.

Those are: sealing anew under another key, and restoring a backup. Both write no other words than were there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
_POSTGRESQL = """
    SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND n.nspname = current_schema() ORDER BY 1
"""


@contextmanager
def put_aside(connection: Connection) -> Iterator[None]:
    """Inside the transaction of ``connection``: without the triggers, and with them again on leaving in good order."""
    if connection.dialect.name == "sqlite":
        kept = connection.execute(text(_SQLITE)).all()
        for name, _ in kept:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _, statement in kept:
            connection.exec_driver_sql(statement)
        return
    held = connection.execute(text(_POSTGRESQL)).all()
    for name, table in held:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER "{name}"')
    yield
    for name, table in held:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER "{name}"')
