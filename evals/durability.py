"""Killed again and again while it writes: is what was acknowledged there, and nothing twice?

A process of its own writes messages, signed documents and audit rows, and says each once the store has acknowledged it; it
is killed with SIGKILL at a moment drawn by chance, hundreds of times, and its successor repeats what was not acknowledged,
as a page would. Then everything kept is read and counted. ``kill_figures`` is the whole measurement; ``postgresql_server``
gives it a real server with fsync on.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text

from assistant.store import (
    DEMONSTRATION_WARD,
    SYSTEM,
    Action,
    Actor,
    DocumentKind,
    PatientDisplay,
    RecordSource,
    Right,
    Role,
    SourceKind,
    Speaker,
    Store,
    open_store,
)
from assistant.store.tables import audit as audit_table
from assistant.store.tables import documents, messages, signatures

LONGEST_OPENING_S = 60.0
FIRST_WRITE_S = 0.05


@dataclass
class Said:
    """What was acknowledged, by number; audit rows by the id they were written with."""

    messages: list[int] = field(default_factory=list)
    signatures: list[int] = field(default_factory=list)
    audit: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.messages) + len(self.signatures) + len(self.audit)


@dataclass(frozen=True)
class Place:
    """Where one measurement writes, and as whom."""

    url: str
    anchor: Path
    actor: Actor
    patient_id: str
    conversation_id: str


def kill_figures(
    folder: Path, url: str | None = None, *, kills: int = 200, writes: int = 1000, seed: int = 7
) -> dict[str, Any]:
    """Kill a writer ``kills`` times over at least ``writes`` acknowledged writes.

    Args:
        folder: for the anchor and key, and the database where ``url`` is not given.
        url: an empty database; default SQLite in ``folder``.
    """
    began = time.perf_counter()
    place = _prepare(url or f"sqlite:///{folder / 'killed.db'}", folder / "audit.anchor")
    chance, said, done = random.Random(seed), Said(), 0
    lived_s = FIRST_WRITE_S
    while done < kills or len(said) < writes:
        life_s = chance.uniform(0.0, _window(kills - done, writes - len(said), lived_s / (len(said) + 1)))
        _one_life(place, said, done, life_s)
        lived_s, done = lived_s + life_s, done + 1
    store = open_store(place.url, anchor=place.anchor)
    try:
        figures = _count(store, place, said)
    finally:
        store.close()
    return {"kills": done, **figures, "seconds": round(time.perf_counter() - began, 1)}


def _window(kills_left: int, writes_left: int, write_s: float) -> float:
    """Longest life in seconds, so that the writes spread over the kills on a fast disk and on a slow one."""
    each = max(writes_left, 1) / max(kills_left, 1)
    return min(2 * (each + 0.5) * write_s, 5.0)


def _prepare(url: str, anchor: Path) -> Place:
    store = open_store(url, anchor=anchor)
    try:
        _, first = store.users.add(SYSTEM, "ada", "Ada", Role.CLINICIAN)
        session = store.users.sign_in("ada", first)
        actor = store.users.change_password(session.token, first, "grey herons wade far").actor
        source = RecordSource(SourceKind.CHART, b"Admitted with pneumonia.", "chart.txt")
        patient = store.patients.add(SYSTEM, source, PatientDisplay(), ward_id=DEMONSTRATION_WARD)
        return Place(url, anchor, actor, patient, store.conversations.start(actor, patient).id)
    finally:
        # Closed before any fork: a file's locks do not outlive it.
        store.close()


def _one_life(place: Place, said: Said, life: int, lives_s: float) -> None:
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    first = max([0, *said.messages, *said.signatures]) + 1
    writer = context.Process(target=_write, args=(place, first, life, theirs), daemon=True)
    writer.start()
    theirs.close()
    if not ours.poll(LONGEST_OPENING_S):
        raise TimeoutError("the writer did not open the store within a minute")
    ours.recv()
    time.sleep(lives_s)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    while True:
        try:
            kind, value = ours.recv()
        except (EOFError, OSError):
            break
        getattr(said, kind).append(value)
    ours.close()


def _write(place: Place, first: int, life: int, out: Connection) -> None:
    store = open_store(place.url, anchor=place.anchor)
    out.send(("ready", 0))
    for number in range(first, first + 1_000_000):
        store.conversations.append(
            place.actor, place.conversation_id, Speaker.USER, str(number), idempotency_key=f"m{number}"
        )
        out.send(("messages", number))
        draft = store.documents.save_draft(
            place.actor,
            place.patient_id,
            DocumentKind.PLAN,
            str(number),
            "Walk daily.",
            {},
            idempotency_key=f"d{number}",
        )
        store.documents.sign(place.actor, draft.document_id, 1, sha256=draft.sha256)
        out.send(("signatures", number))
        row = f"{life:08x}{number:08x}"  # a row of the trail has no key: who repeats an act has done it twice
        store.audit.write(
            place.actor, Action.EXPORT, "answer", row, place.patient_id, right=Right.READ_RECORD
        )
        out.send(("audit", row))


def _count(store: Store, place: Place, said: Said) -> dict[str, Any]:
    with store.database.read() as connection:
        kept = Counter(int(row.text) for row in connection.execute(select(messages)))
        joined = select(documents.c.title).join(signatures, signatures.c.document_id == documents.c.id)
        signed = Counter(int(row.title) for row in connection.execute(joined))
        drafts = Counter(int(row.title) for row in connection.execute(select(documents.c.title)))
        rows = connection.execute(select(audit_table)).all()
        whole = "ok"
        if store.database.is_sqlite:
            whole = str(connection.exec_driver_sql("PRAGMA integrity_check").scalar())
    trail = Counter(row.object_id for row in rows if row.object_kind == "answer")
    done = Counter((row.action, row.object_kind) for row in rows if row.outcome == "ok")
    lost = [n for n in said.messages if n not in kept]
    lost += [n for n in said.signatures if n not in signed]
    doubled = [n for counter in (kept, signed, drafts, trail) for n, times in counter.items() if times > 1]
    unaudited = abs(done["ask", "message"] - sum(kept.values()))
    unaudited += abs(done["sign", "document"] - sum(signed.values()))
    return {
        "acknowledged": len(said),
        "messages": len(said.messages),
        "signatures": len(said.signatures),
        "audit_rows": len(said.audit),
        "lost": len(lost) + len([row for row in said.audit if row not in trail]),
        "doubled": len(doubled),
        "acts_without_their_row": unaudited,
        "audit_whole": store.audit.verify().whole,
        "integrity": whole,
    }


@contextmanager
def postgresql_server() -> Iterator[Callable[[], str] | None]:
    """A server of its own, fsync on; calling what is given makes an empty database and gives its URL. None without binaries."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    as_root = os.geteuid() == 0
    if not found or (as_root and not shutil.which("runuser")):
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="bedside-pg-"))
    prefix = ["runuser", "-u", "postgres", "--"] if as_root else []
    if as_root:
        shutil.chown(folder, "postgres")

    def call(name: str, *words: str) -> None:
        command = [*prefix, f"{found[-1]}/{name}", "-D", f"{folder}/files", *words]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    call("initdb", "-U", "bedside", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder}"
    call("pg_ctl", "-w", "-l", f"{folder}/log", "-o", options, "start")
    admin = create_engine(
        f"postgresql+psycopg://bedside@/postgres?host={folder}", isolation_level="AUTOCOMMIT"
    )
    made = 0

    def fresh() -> str:
        nonlocal made
        made += 1
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE killed{made}"))
        return f"postgresql://bedside@/killed{made}?host={folder}"

    try:
        yield fresh
    finally:
        admin.dispose()
        call("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def full_figures(kills: int = 200, writes: int = 1000) -> dict[str, Any]:
    """Both databases; what ``evals security`` prints."""
    with tempfile.TemporaryDirectory() as scratch, postgresql_server() as server:
        (Path(scratch) / "sqlite").mkdir()
        figures = {"sqlite": kill_figures(Path(scratch) / "sqlite", kills=kills, writes=writes)}
        if server is not None:
            (Path(scratch) / "postgresql").mkdir()
            figures["postgresql"] = kill_figures(
                Path(scratch) / "postgresql", server(), kills=kills, writes=writes
            )
    return {f"{name}: {key}": value for name, part in figures.items() for key, value in part.items()}
