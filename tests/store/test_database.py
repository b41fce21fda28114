from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from assistant.errors import BedsideError, ConfigurationError, StorageFailed
from assistant.store import Speaker, open_store
from assistant.store import database as database_module
from assistant.store.database import Database
from assistant.store.database import open_database as open_with
from assistant.store.master_keys import KeySource
from assistant.store.schema import newest_schema
from assistant.store.tables import metadata

KEY = KeySource(value="A" * 43 + "=")


def open_database(url: str) -> Database:
    return open_with(url, KEY)


def test_the_migrations_make_the_tables_that_the_code_expects(url: str) -> None:
    database = open_database(url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_opening_again_and_eight_at_once_changes_nothing(url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        databases = list(pool.map(lambda _: open_database(url), range(8)))
    for database in databases:
        with database.read() as connection:
            versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
            assert versions == [newest_schema()]
            assert connection.exec_driver_sql("SELECT count(*) FROM wards").scalar() == 1
        database.close()


def test_a_database_of_a_newer_bedside_is_left_alone(hospital: Any) -> None:
    hospital.person("ada")
    hospital.sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageFailed, match=r"schema 9999.*newer Bedside"):
        hospital.open()
    hospital.sql(f"UPDATE alembic_version SET version_num = '{newest_schema()}'")
    assert hospital.open().users.sign_in("ada", hospital.password("ada"))


def test_a_migration_that_fails_leaves_nothing_half_made(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(config: Any, _target: str) -> None:
        config.attributes["connection"].exec_driver_sql("CREATE TABLE half (n INTEGER)")
        raise StorageFailed("power cut")

    with monkeypatch.context() as patched:
        patched.setattr(database_module.command, "upgrade", fails)
        with pytest.raises(StorageFailed, match="power cut"):
            open_database(url)
    database = open_database(url)
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_sqlite_is_set_to_lose_nothing(sqlite_hospital: Any, tmp_path: Path) -> None:
    with sqlite_hospital.store.database.write() as connection:
        pragmas = {
            p: connection.exec_driver_sql(f"PRAGMA {p}").scalar() for p in ("journal_mode", "synchronous")
        }
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 5000
    for file in tmp_path.glob("bedside.db*"):
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("url", ["mysql://u:secret@h/x", "not a url", "sqlite://", "", "sqlite:///:memory:"])
def test_an_address_that_is_no_database_of_ours_is_said_so_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_database(url)
    assert "secret" not in str(refused.value)


def test_a_server_that_is_not_there_is_one_plain_line(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="server cannot be reached") as failed:
        open_database(f"postgresql://u:secret@/x?host={tmp_path}")
    assert "secret" not in str(failed.value)


@pytest.mark.parametrize("content", [b"this is a text file, and no database at all" * 40, os.urandom(8192)])
def test_a_file_that_is_no_database_is_one_plain_line_and_stays_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "b.db"
    file.write_bytes(content)
    with pytest.raises(StorageFailed, match="not a Bedside database"):
        open_database(f"sqlite:///{file}")
    assert file.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_one_plain_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageFailed, match="cannot be made"):
        open_database(f"sqlite:///{tmp_path}/file/b.db")


def test_a_database_that_another_process_holds_is_one_plain_line(
    sqlite_hospital: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.store.engines.BUSY_TIMEOUT_S", 0.2)
    hospital = sqlite_hospital
    ada = hospital.person("ada")
    talk = hospital.store.conversations.start(ada)
    store = hospital.open()
    other = sqlite3.connect(tmp_path / "bedside.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageFailed, match="locked by another process"):
        store.conversations.append(ada, talk.id, Speaker.USER, "x")
    other.execute("ROLLBACK")
    assert store.conversations.append(ada, talk.id, Speaker.USER, "x").position == 1
    other.close()
    store.close()


def test_a_read_only_database_is_one_plain_line(sqlite_hospital: Any) -> None:
    hospital = sqlite_hospital
    ada = hospital.person("ada")
    hospital.store.close()
    read_only = open_store(
        f"{hospital.url}?mode=ro&uri=true".replace(":///", ":///file:"), anchor=hospital.anchor
    )
    with pytest.raises(StorageFailed, match="read-only"):
        read_only.conversations.start(ada)
    read_only.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True
    ).returncode:
        pytest.skip("a size-limited file system can be mounted by root alone")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_full_disk_keeps_nothing_by_half_and_works_again_without_a_restart(
    small_disk: Path, hospital: Any
) -> None:
    if not hospital.url.startswith("sqlite"):
        pytest.skip("the server's disk is the server's")
    hospital.url, hospital.anchor = f"sqlite:///{small_disk}/b.db", small_disk / "audit.anchor"
    hospital.store.close()
    store = hospital.store = hospital.open()
    ada = hospital.person("ada")
    talk = store.conversations.start(ada)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 200_000)
    kept: list[str] = []

    def fill() -> None:
        for n in range(400):
            store.conversations.append(ada, talk.id, Speaker.USER, f"{n} " + "word " * 400)
            kept.append(str(n))

    with pytest.raises(BedsideError, match=r"disk is full|No space left"):
        fill()
    with pytest.raises(BedsideError):
        store.conversations.append(ada, talk.id, Speaker.USER, "still full " * 4000)
    ballast.unlink()
    store.conversations.append(ada, talk.id, Speaker.USER, "again")
    assert [m.text.split()[0] for m in store.conversations.history(ada, talk.id)] == [*kept, "again"]
    assert store.audit.verify().whole
    with store.database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
