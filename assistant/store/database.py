"""The database: opening it, bringing its schema forward, and one transaction at a time for writers.

Owns connections, durability settings and the translation of storage faults into one plain line. Refuses to know what is stored.

Writers queue, on SQLite by ``BEGIN IMMEDIATE`` and on PostgreSQL by an advisory lock, so that both behave alike and the
audit chain has one order. A transaction is on disk before ``write`` returns (SQLite: WAL with synchronous=FULL).
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, IntegrityError, TimeoutError

from assistant.errors import BadInput, ConfigurationError, StorageFailed

BUSY_TIMEOUT_S = 15.0
_WRITERS_LOCK = 0x42656473  # "Beds": the advisory lock's number on PostgreSQL
_MIGRATIONS = Path(__file__).with_name("migrations")

_SQLITE_FAULTS = {
    "SQLITE_FULL": "The disk is full. Nothing was half saved; free some space and try again.",
    "SQLITE_READONLY": "The database cannot be written: its file or folder is read-only. Mend the permissions and try again.",
    "SQLITE_BUSY": "The database is locked by another process. Nothing was half saved; try again in a moment.",
    "SQLITE_LOCKED": "The database is locked by another process. Nothing was half saved; try again in a moment.",
    "SQLITE_CANTOPEN": "The database file cannot be opened. Check that its folder exists and may be written.",
    "SQLITE_NOTADB": "The database file is not a Bedside database, or it is encrypted with another key.",
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

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.Lock()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits on leaving, durably, and leaves nothing behind when anything is raised.

        Raises:
            StorageFailed: disk full, read-only, locked for longer than BUSY_TIMEOUT_S, server gone.
        """
        with self._faults(), self._in_turn(), self._engine.connect() as connection:
            connection = connection.execution_options(bedside_writer=True)
            if self._is_sqlite:
                connection.begin()
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _WRITERS_LOCK})
            yield connection
            if connection.in_transaction():
                connection.commit()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; what is written in it is rolled back."""
        with self._faults(), self._engine.connect() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._is_sqlite:
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
        except TimeoutError as fault:
            raise StorageFailed(
                "The database is busy: all its connections are taken. Try again in a moment."
            ) from fault


def open_database(url: str) -> Database:
    """Open the database at a SQLAlchemy URL and bring its schema forward.

    Raises:
        ConfigurationError: the URL is not one of SQLite or PostgreSQL.
        StorageFailed: it cannot be opened or written, or a newer Bedside wrote it.
    """
    parsed = _parse(url)
    engine = _sqlite(parsed) if parsed.get_backend_name() == "sqlite" else _postgresql(parsed)
    database = Database(engine)
    try:
        _migrate(database)
    except BaseException:
        database.close()
        raise
    return database


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
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    with database.read() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    with database.write() as connection:
        # Read again: another process may have brought it forward while this one waited its turn.
        current = MigrationContext.configure(connection).get_current_revision()
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise StorageFailed(
                f"The database has schema {current}, and this Bedside knows up to {newest}: a newer Bedside wrote it. "
                "Start that version, or restore a backup made before the update."
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _plain_line(fault: DatabaseError) -> str:
    original = fault.orig
    if isinstance(original, sqlite3.Error):
        name = getattr(original, "sqlite_errorname", "") or ""
        for prefix, line in _SQLITE_FAULTS.items():
            if name.startswith(prefix):
                return line
    code = getattr(original, "sqlstate", None)
    if code in _POSTGRES_FAULTS:
        return _POSTGRES_FAULTS[code]
    if code is None and not isinstance(original, sqlite3.Error):
        return "The database server cannot be reached. Nothing was half saved; check DATABASE_URL and the server."
    return f"The database refused ({type(original).__name__}). Nothing was half saved."
