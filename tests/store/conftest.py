"""Every test of the store runs twice: on SQLite, and on a real PostgreSQL server where its binaries are at hand."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from assistant.store import (
    DEMONSTRATION_WARD,
    SYSTEM,
    Actor,
    PatientDisplay,
    RecordSource,
    Role,
    SourceKind,
    Store,
    open_store,
)

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Clock:
    now: datetime = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Hospital:
    """A store with ways to people it; what a test would otherwise repeat."""

    url: str
    anchor: Path
    clock: Clock
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = self.open()

    def open(self) -> Store:
        return open_store(self.url, anchor=self.anchor, clock=self.clock, hasher=QUICK)

    def person(
        self, username: str, role: Role = Role.CLINICIAN, wards: tuple[str, ...] | None = None
    ) -> Actor:
        """An account that has chosen its own password, ``PASSWORD`` with its name, and is signed in."""
        _, first = self.store.users.add(SYSTEM, username, username.title(), role, wards=wards)
        session = self.store.users.sign_in(username, first)
        return self.store.users.change_password(session.token, first, self.password(username)).actor

    def password(self, username: str) -> str:
        return f"grey herons wade {len(username)}"

    def patient(self, content: bytes = b"Admitted with pneumonia.", actor: Actor = SYSTEM) -> str:
        ward = DEMONSTRATION_WARD if actor == SYSTEM else None
        source = RecordSource(SourceKind.CHART, content, "chart.txt")
        return self.store.patients.add(actor, source, PatientDisplay(name="Ada Example"), ward_id=ward)

    def sql(self, *statements: str) -> None:
        """What an intruder at the database could do, immutability triggers put aside."""
        engine = create_engine(self.url.replace("postgresql:", "postgresql+psycopg:"))
        tables = {
            "audit": "audit_no_update audit_no_delete",
            "document_versions": "document_versions_no_update",
        }
        with engine.begin() as connection:
            for table, triggers in tables.items():
                for trigger in triggers.split():
                    on = "" if self.url.startswith("sqlite") else f" ON {table}"
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}{on}"))
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """A server of its own on a socket of its own; calling the fixture makes an empty database and gives its URL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        pytest.skip("PostgreSQL's server is not installed (apt-get install postgresql)")
    as_root = os.geteuid() == 0
    if as_root and not shutil.which("runuser"):
        pytest.skip("PostgreSQL refuses to run as root, and runuser is not here to change that")
    folder = Path(tempfile.mkdtemp(prefix="bedside-pg-"))
    if as_root:
        shutil.chown(folder, "postgres")
    prefix = ["runuser", "-u", "postgres", "--"] if as_root else []

    def call(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    binaries, files = found[-1], str(folder / "files")
    call(
        f"{binaries}/initdb",
        "-D",
        files,
        "-U",
        "bedside",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    call(f"{binaries}/pg_ctl", "-D", files, "-w", "-l", str(folder / "log"), "-o", options, "start")
    admin = create_engine(
        f"postgresql+psycopg://bedside@/postgres?host={folder}", isolation_level="AUTOCOMMIT"
    )

    def fresh() -> str:
        name = f"t{uuid4().hex[:12]}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        return f"postgresql://bedside@/{name}?host={folder}"

    yield fresh
    admin.dispose()
    call(f"{binaries}/pg_ctl", "-D", files, "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bedside.db'}"
    make: Callable[[], str] = request.getfixturevalue("postgresql")
    return make()


@pytest.fixture
def hospital(url: str, tmp_path: Path) -> Iterator[Hospital]:
    hospital = Hospital(url, tmp_path / "audit.anchor", Clock())
    yield hospital
    hospital.store.close()


@pytest.fixture
def sqlite_hospital(tmp_path: Path) -> Iterator[Hospital]:
    """For what only a file can suffer."""
    hospital = Hospital(f"sqlite:///{tmp_path / 'bedside.db'}", tmp_path / "audit.anchor", Clock())
    yield hospital
    hospital.store.close()
