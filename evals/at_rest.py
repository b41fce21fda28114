"""Identifiers planted in every kind of row, then looked for in everything on disk: what a stolen disk would tell.

Owns the planting and the raw search. ``figures`` also asks questions with planted words and lets every log speak at its
most talkative, so that the guideline index, caches, logs and temporary files are searched too.
"""

from __future__ import annotations

import base64
import contextlib
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import BedsideError
from assistant.private_temp import private_temp
from assistant.store import (
    SYSTEM,
    Actor,
    DocumentKind,
    PatientDisplay,
    RecordSource,
    Role,
    SourceKind,
    Speaker,
    Store,
    Thumb,
    open_store,
    operator,
)

PER_PATIENT = 14


def identifiers(count: int) -> list[str]:
    """Words that stand nowhere else, some of them Chinese."""
    return [f"Zqx{n:04d}vk" if n % 5 else f"昇{n:04d}鑫淼" for n in range(count)]


def plant(store: Store, actor: Actor, words: list[str]) -> None:
    """Put the words into rows of every kind: an account, then patients with all that is kept on them."""
    store.users.add(SYSTEM, words[0], words[1], Role.CLINICIAN)
    with contextlib.suppress(BedsideError):
        store.users.sign_in(words[2], words[3])
    for start in range(4, len(words), PER_PATIENT):
        part = words[start : start + PER_PATIENT]
        part += [part[0]] * (PER_PATIENT - len(part))
        display = PatientDisplay(part[0], part[1], part[2], part[3], part[4], "zh", part[5], None, part[6])
        source = RecordSource(SourceKind.CHART, f"王芳 {part[7]}".encode(), f"{part[8]}.txt")
        patient = store.patients.add(actor, source, display)
        talk = store.conversations.start(actor, patient, title=part[9])
        store.conversations.append(actor, talk.id, Speaker.USER, part[10])
        said = store.conversations.append(actor, talk.id, Speaker.ASSISTANT, "见", answer={"text": part[11]})
        store.conversations.rate(actor, said.id, Thumb.DOWN, part[12])
        draft = store.documents.save_draft(
            actor, patient, DocumentKind.PLAN, part[13], part[10], {"text": part[11]}
        )
        edited = store.documents.edit(actor, draft.document_id, part[12], {"text": part[11]}, base=1)
        store.documents.sign(actor, draft.document_id, 2, sha256=edited.sha256)


def found(raw: bytes, words: list[str]) -> list[str]:
    """The words that lie in ``raw``: as UTF-8, in lower case, UTF-16, JSON escapes, base64 or hexadecimal."""
    shapes: list[Callable[[str], bytes]] = [
        lambda w: w.encode(),
        lambda w: w.casefold().encode(),
        lambda w: w.encode("utf-16-le"),
        lambda w: w.encode("ascii", "backslashreplace"),
        lambda w: base64.b64encode(w.encode())[:10],
        lambda w: w.encode().hex().encode(),
    ]
    return [word for word in words if any(shape(word) in raw for shape in shapes)]


def files_below(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def figures(count: int = 500) -> dict[str, Any]:
    """How many of ``count`` planted identifiers are found on disk, by place; every number should be 0."""
    words = identifiers(count)
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        log_file = home / "bedside.log"
        home.mkdir()
        handler = logging.FileHandler(log_file, encoding="utf-8")
        root, level = logging.getLogger(), logging.getLogger().level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        try:
            with private_temp(home):
                store = _store(home, words)
                _ask(home / "knowledge", words[-20:])
                while_open = files_below(home)
                store.upkeep.backup(operator(), home / "backup.bedside")
                store.close()
        finally:
            root.removeHandler(handler)
            root.setLevel(level)
            handler.close()
        places = {
            "database and log": b"".join(p.read_bytes() for p in home.glob("bedside.db*")),
            "index": files_below(home / "knowledge"),
            "logs": log_file.read_bytes(),
            "temporary files": files_below(home / "tmp"),
            "backup": (home / "backup.bedside").read_bytes(),
            "everything while open": while_open,
            "everything after closing": files_below(home),
        }
        return {"planted": count, **{name: len(found(raw, words)) for name, raw in places.items()}}


def _store(home: Path, words: list[str]) -> Store:
    store = open_store(f"sqlite:///{home / 'bedside.db'}", anchor=home / "audit.anchor")
    _, first = store.users.add(SYSTEM, "ada", "Ada", Role.CLINICIAN)
    session = store.users.sign_in("ada", first)
    actor = store.users.change_password(session.token, first, "grey herons wade far").actor
    plant(store, actor, words)
    return store


def _ask(guidelines: Path, words: list[str]) -> None:
    """Questions about records that hold the words, over a library on disk; no model."""
    from assistant.jobs import Job
    from knowledge.open import STARTER, open_library

    with open_library(guidelines) as library:
        library.ingest([STARTER / "hypertension-adults-esc-2024.md"])
    job = Job.open("ask", store_dir=guidelines, model="none")
    for name, number in zip(words[::2], words[1::2], strict=True):
        record = job.read(
            f"Patient: {name}\nMRN: {number}\nDiagnosis: hypertension\nAmlodipine 5 mg daily.\n"
        )
        job.answer({"question": f"What is the blood pressure goal for {name}, {number}?"}, record)
    job.parts.library.close()
