"""Hostile uploads: 200 generated files, each read or refused in a child process within its limits, the app still up.

Owns what counts as kept within limits. The files are made by ``hostile_files.py``.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.hostile_files import FULL, HostileFile, generate
from evals.suite import Suite

GRACE_S = 5.0
CANARY = "CANARY-7f3a"
"""Stands in a file beside the store: an answer that holds it has read what it was never given."""


@dataclass(frozen=True)
class Outcome:
    """``fault`` is empty where the file was read or refused as promised."""

    kind: str
    way: str
    read: bool
    seconds: float
    line: str
    fault: str


def try_both(
    file: HostileFile, folder: Path, *, seconds: float = 10.0, memory_mb: int = 512
) -> list[Outcome]:
    """The file as a record and as a guideline, as an upload would go."""
    return [_as_record(file, seconds, memory_mb), _as_guideline(file, folder, seconds, memory_mb)]


def _as_record(file: HostileFile, seconds: float, memory_mb: int) -> Outcome:
    from assistant.errors import BadInput
    from assistant.records.apart import read_record_apart
    from knowledge.apart import Limits

    began = time.monotonic()
    try:
        record = read_record_apart(file.content, filename=file.name, limits=Limits(seconds, memory_mb))
        read, line, said = True, "", record.text()
    except BadInput as refused:
        read, line, said = False, str(refused), str(refused)
    return _judged(file, "record", read, time.monotonic() - began, line, said, seconds)


def _as_guideline(file: HostileFile, folder: Path, seconds: float, memory_mb: int) -> Outcome:
    from assistant.upload_names import shown_name, stored_name
    from knowledge.apart import Limits
    from knowledge.load_apart import load_apart
    from knowledge.types import Skipped

    path = folder / stored_name(file.name)
    path.write_bytes(file.content)
    began = time.monotonic()
    found = list(load_apart([path], names={path: shown_name(file.name)}, limits=Limits(seconds, memory_mb)))
    path.unlink()
    refusals = [entry.reason for entry in found if isinstance(entry, Skipped)]
    said = " ".join(entry.reason if isinstance(entry, Skipped) else entry.text for entry in found)
    took = time.monotonic() - began
    return _judged(file, "guideline", not refusals, took, " ".join(refusals), said, seconds)


def _judged(
    file: HostileFile, way: str, read: bool, took: float, line: str, said: str, limit: float
) -> Outcome:
    fault = ""
    if took > limit + GRACE_S:
        fault = f"took {took:.1f} s"
    elif CANARY in said:
        fault = "read a file it was not given"
    elif not read and not line.strip():
        fault = "refused without a reason"
    elif "Traceback" in line or "\n" in line.strip():
        fault = "the refusal is not one line"
    return Outcome(file.kind, way, read, took, line, fault)


def run(_: Path) -> dict[str, Any]:
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as scratch:
        secret = Path(scratch) / "secret.txt"
        secret.write_text(CANARY, encoding="utf-8")
        uploads = Path(scratch) / "uploads"
        uploads.mkdir()
        for file in generate(FULL, secret=secret):
            outcomes += try_both(file, uploads)
        strays = [p.name for p in (*Path("/tmp").glob("bedside-escaped*"), *uploads.iterdir())]
    return {
        "files": FULL,
        "survived": len(outcomes) - sum(bool(o.fault) for o in outcomes),
        "readings": len(outcomes),
        "read": sum(o.read for o in outcomes),
        "refused": sum(not o.read for o in outcomes),
        "slowest_s": round(max(o.seconds for o in outcomes), 1),
        "files_left_behind": len(strays),
        "rows": [o.__dict__ for o in outcomes if o.fault],
    }


SUITE = Suite("hostile", "200 hostile uploads, read or refused within 10 s and 512 MB", "", run)
