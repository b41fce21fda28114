"""The database: opening it, bringing its schema forward, and one transaction at a time for writers.

Owns connections, durability settings and the translation of storage faults into one plain line. Refuses to know what is stored.

Writers queue, on SQLite by ``BEGIN IMMEDIATE`` and on PostgreSQL by an advisory lock, so that both behave alike and the
audit chain has one order. A transaction is on disk before ``write`` returns (SQLite: WAL with synchronous=FULL).

Opening also brings the key: a database that is sealed with another one is refused before anything in it is touched.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    StatementError,
    TimeoutError,
)

from assistant.errors import BadInput, ConfigurationError, StorageFailed
from assistant.store.encryption import DataKeys, KeySource, WrappedKey

log = logging.getLogger(__name__)
BUSY_TIMEOUT_S = 15.0
_WRITERS_LOCK = 0x42656473  # "Beds": the advisory lock's number on PostgreSQL
_SCRUBBED = 1
_MIGRATIONS = Path(__file__).with_name("migrations")

_SQLITE_FAULTS = {
    "SQLITE_FULL": "The disk is full. Nothing was half saved; free some space and try again.",
    "SQLITE_READONLY": "The database cannot be written: its file or folder is read-only. Mend the permissions and try again.",
    "SQLITE_BUSY": "The database is locked by another process. Nothing was half saved; try again in a moment.",
    "SQLITE_LOCKED": "The database is locked by another process. Nothing was half saved; try again in a moment.",
    "SQLITE_CANTOPEN": "The database file cannot be opened. Check that its folder exists and may be written.",
    "SQLITE_NOTADB": "The database file is not a Bedside database.",
    "SQLITE_CORRUPT": "The database file is damaged. Restore the last backup.",
    "SQLITE_IOERR": "The disk failed while the database was used. Nothing was half saved; check the disk.",
}
_POSTGRES_FAULTS = {
    "53100": _SQLITE_FAULTS["SQLITE_FULL"],
    "25006": "The database server is read-only. Nothing was half saved.",
    "55P03": _SQLITE_FAULTS["SQLITE_LOCKED"],
    "57014": _SQLITE_FAULTS["SQLITE_LOCKED"],
}


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
                raise StorageFailed(_sqlite_line(fault)) from fault
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
            raise StorageFailed(_SQLITE_FAULTS["SQLITE_LOCKED"])
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
            raise StorageFailed(_plain_line(fault)) from fault
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
    parsed = _parse(url)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
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


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError(
            "DATABASE_URL is not a database address; expected sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME."
        ) from None
    backend = parsed.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
        return parsed
    raise ConfigurationError(
        f"DATABASE_URL names {parsed.render_as_string(hide_password=True)}; expected sqlite:///PATH or postgresql://…"
    )


def _sqlite(url: URL) -> Engine:
    # A SQLite URI ("file:/data/bedside.db?mode=ro") names its file after the scheme.
    path = Path((url.database or "").removeprefix("file:").partition("?")[0])
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as fault:
        raise StorageFailed(
            f"The database {path} cannot be made: {fault.strerror}. Check its folder."
        ) from fault
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=8, max_overflow=56, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def configure(raw: Any, _record: object) -> None:
        raw.isolation_level = (
            None  # transactions begin where "begin" below says, not where the driver guesses
        )
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "trusted_schema=OFF",
        ):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("bedside_writer", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    options = f"-c synchronous_commit=on -c lock_timeout={int(BUSY_TIMEOUT_S * 1000)} -c timezone=UTC"
    return create_engine(
        url,
        connect_args={"options": options, "connect_timeout": 10},
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        hide_parameters=True,
    )


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
    config = _alembic()
    config.attributes.update(connection=connection, keys=database.keys, source=database.source)
    command.upgrade(config, target)


def newest_schema() -> str:
    newest = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert newest is not None
    return newest


def known_schemas() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _plain_line(fault: DatabaseError) -> str:
    original = fault.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite_line(original)
    code = getattr(original, "sqlstate", None)
    if code in _POSTGRES_FAULTS:
        return _POSTGRES_FAULTS[code]
    if code is None:
        return "The database server cannot be reached. Nothing was half saved; check DATABASE_URL and the server."
    return f"The database refused ({type(original).__name__}). Nothing was half saved."


def _sqlite_line(fault: sqlite3.Error) -> str:
    name = getattr(fault, "sqlite_errorname", "") or ""
    for prefix, line in _SQLITE_FAULTS.items():
        if name.startswith(prefix):
            return line
    return f"The database refused ({type(fault).__name__}). Nothing was half saved."
