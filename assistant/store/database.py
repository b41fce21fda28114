"""The database: opening it, bringing its schema forward, and one transaction at a time for writers.

Owns connections, durability settings and the translation of storage faults into one plain line. Refuses to know what is stored.

Writers queue, on SQLite by ``BEGIN IMMEDIATE`` and on PostgreSQL by an advisory lock, so that both behave alike and the
audit chain has one order. A transaction is on disk before ``write`` returns (SQLite: WAL with synchronous=FULL).

Opening also brings the key: a database that is sealed with another one is refused before anything in it is touched.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from alembic import command
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    IntegrityError,
    StatementError,
    TimeoutError,
)

from assistant.errors import BadInput, StorageFailed
from assistant.store.encryption import DataKeys, WrappedKey
from assistant.store.engines import BUSY_TIMEOUT_S, parse_url, postgresql_engine, sqlite_engine
from assistant.store.master_keys import KeySource
from assistant.store.schema import alembic_config, known_schemas, newest_schema
from assistant.store.storage_faults import SQLITE_FAULTS, plain_line, sqlite_line

log = logging.getLogger(__name__)
_WRITERS_LOCK = 0x42656473  # "Beds": the advisory lock's number on PostgreSQL
_SCRUBBED = 1


def stamp(moment: datetime) -> str:
    """UTC as fixed-width text. ``moment`` must be aware."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(stamped: str) -> datetime:
    return datetime.strptime(stamped, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


class Database:
    """One open database. Safe to share between threads; a thread holds one transaction at a time."""

    def __init__(self, engine: Engine, source: KeySource) -> None:
        self._engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.source = source
        self.keys = DataKeys(source)
        # The column types find their keys here: each engine has a dialect of its own.
        engine.dialect.bedside_keys = self.keys  # type: ignore[attr-defined]
        self._sealed = False
        self._turn = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits on leaving, durably, and leaves nothing behind when anything is raised.

        Raises:
            StorageFailed: disk full, read-only, locked for longer than BUSY_TIMEOUT_S, server gone.
        """
        with self._faults(), self._in_turn(), self._engine.connect() as connection:
            connection = connection.execution_options(bedside_writer=True)
            if self.is_sqlite:
                connection.begin()
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _WRITERS_LOCK})
            self._take_keys(connection)
            yield connection
            if connection.in_transaction():
                connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; what is written in it is rolled back."""
        with self._faults(), self._engine.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")
            self._take_keys(connection)
            yield connection

    def sealed_from_now(self) -> None:
        """From here on every transaction begins with the key as the database then has it: another process may rotate it."""
        self._sealed = True

    def scrub(self) -> None:
        """Leave no trace of deleted or rewritten rows: not in free pages, not in the write-ahead log.

        What a PostgreSQL server keeps in its own log and its archives is the server's.
        """
        if self.is_sqlite:
            self._scrub_sqlite()
            return
        with self._faults(), self._engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            for name in inspect(alone).get_table_names():
                alone.exec_driver_sql(f'VACUUM FULL "{name}"')

    def _scrub_sqlite(self) -> None:
        with self._in_turn(), closing(self._engine.raw_connection()) as pooled:
            raw = pooled.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            try:
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                raw.execute("VACUUM")
                busy = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.Error as fault:
                raise StorageFailed(sqlite_line(fault)) from fault
        if busy:
            raise StorageFailed(
                "The write-ahead log still holds what the rows were, because another process reads the database. "
                "Close the app and run the command again."
            )

    def _take_keys(self, connection: Connection) -> None:
        if self._sealed:
            self.keys.hold(wrapped_keys(connection))

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_S):
            raise StorageFailed(SQLITE_FAULTS["SQLITE_LOCKED"])
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError:
            raise
        except (DataError, UnicodeEncodeError) as fault:
            raise BadInput(
                "The text holds characters that cannot be kept, or a field is too long. Paste it as plain text."
            ) from fault
        except DatabaseError as fault:
            raise StorageFailed(plain_line(fault)) from fault
        except StatementError as fault:
            # What sealing raises reaches us in this wrapping.
            if isinstance(fault.orig, UnicodeEncodeError):
                raise BadInput(
                    "The text holds characters that cannot be kept. Paste it as plain text."
                ) from fault
            if isinstance(fault.orig, StorageFailed):
                raise fault.orig from fault
            raise
        except TimeoutError as fault:
            raise StorageFailed(
                "The database is busy: all its connections are taken. Try again in a moment."
            ) from fault


def wrapped_keys(connection: Connection) -> list[WrappedKey]:
    """The data keys as they lie in the database, the active one last."""
    rows = connection.execute(text("SELECT id, master_id, wrapped FROM data_keys ORDER BY position"))
    return [WrappedKey(*row) for row in rows]


def open_database(url: str, source: KeySource) -> Database:
    """Open the database at a SQLAlchemy URL and bring its schema forward.

    Args:
        source: the master keys. Made on the spot where none is there and the database holds nothing sealed.

    Raises:
        ConfigurationError: the URL is not one of SQLite or PostgreSQL; the key is none, or another database's (WrongKey).
        StorageFailed: it cannot be opened or written, or a newer Bedside wrote it.
    """
    parsed = parse_url(url)
    engine = sqlite_engine(parsed) if parsed.get_backend_name() == "sqlite" else postgresql_engine(parsed)
    database = Database(engine, source)
    try:
        _check_key(database)
        _migrate(database)
        database.sealed_from_now()
        with database.read():
            pass  # takes the key of a database that another process has just made
        if database.is_sqlite:
            _scrub_once(database)
    except BaseException:
        database.close()
        raise
    return database


def _check_key(database: Database) -> None:
    with database.read() as connection:
        if inspect(connection).has_table("data_keys"):
            database.keys.hold(wrapped_keys(connection))


def _scrub_once(database: Database) -> None:
    """After the first sealing, what lay in the file in plain is overwritten; ``user_version`` remembers that it was."""
    with database.read() as connection:
        if connection.exec_driver_sql("PRAGMA user_version").scalar_one() >= _SCRUBBED:
            return
    try:
        database.scrub()
    except StorageFailed as fault:
        log.warning(
            "what lay in plain before sealing is not overwritten yet, the next start tries again: %s", fault
        )
        return
    with database.write() as connection:
        connection.exec_driver_sql(f"PRAGMA user_version = {_SCRUBBED}")


def _migrate(database: Database) -> None:
    newest = newest_schema()
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    with database.write() as connection:
        # Read again: another process may have brought it forward while this one waited its turn.
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known_schemas():
            raise StorageFailed(
                f"The database has schema {current}, and this Bedside knows up to {newest}: a newer Bedside wrote it. "
                "Start that version, or restore a backup made before the update."
            )
        upgrade(database, connection, "head")
        if current is None and database.is_sqlite:
            connection.exec_driver_sql(f"PRAGMA user_version = {_SCRUBBED}")  # nothing ever lay here in plain


def upgrade(database: Database, connection: Connection, target: str) -> None:
    """Bring the schema behind ``connection`` forward to ``target`` in its transaction."""
    config = alembic_config()
    config.attributes.update(connection=connection, keys=database.keys, source=database.source)
    command.upgrade(config, target)
