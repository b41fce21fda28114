"""SQLAlchemy engines for SQLite and PostgreSQL, with the settings that durability rests on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
)

from assistant.errors import ConfigurationError, StorageFailed

BUSY_TIMEOUT_S = 15.0


def parse_url(url: str) -> URL:
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


def sqlite_engine(url: URL) -> Engine:
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


def postgresql_engine(url: URL) -> Engine:
    options = f"-c synchronous_commit=on -c lock_timeout={int(BUSY_TIMEOUT_S * 1000)} -c timezone=UTC"
    return create_engine(
        url,
        connect_args={"options": options, "connect_timeout": 10},
        pool_pre_ping=True,
        pool_size=8,
        max_overflow=24,
        hide_parameters=True,
    )
