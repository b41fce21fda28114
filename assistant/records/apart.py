"""A record from a file that somebody gave, read in a child process with limits of time, memory and size.

Owns the crossing: bytes and a name in, a record as JSON out. Refuses to know formats (``reader.py``). Files that come
with the program, and rows of ``batch``, are read in this process by ``reader.read_record`` itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from enum import StrEnum
from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from assistant.domain.record import PatientRecord
from assistant.errors import BadInput, RecordUnreadable, UnknownEncounter
from knowledge.apart import Apart, LimitReached, Limits

_KINDS: dict[str, type[BadInput]] = {
    kind.__name__: kind for kind in (RecordUnreadable, UnknownEncounter, BadInput)
}
DEFAULT_LIMITS = Limits(seconds=10.0, memory_mb=512)


def read_record_apart(
    content: bytes, *, filename: str, encounter: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> PatientRecord:
    """As :func:`assistant.records.reader.read_record`, in a child process of its own.

    It costs about a second: the formulary is loaded there anew, so that no file meets what another one left behind.
    Raises RecordUnreadable or UnknownEncounter, also where a limit ended the reading.
    """
    from assistant.records.reader import refuse_size

    refuse_size(len(content), filename)
    head = json.dumps({"filename": filename, "encounter": encounter}).encode()
    try:
        with Apart("assistant.records.apart:read_here", limits) as child:
            answer = b"".join(child.answers(head + b"\n" + content))
    except LimitReached as error:
        raise RecordUnreadable(f"{filename}: the file {error}") from error
    mark, _, body = answer.partition(b"\n")
    if mark != b"record":
        raise _KINDS.get(mark.decode(), RecordUnreadable)(body.decode("utf-8", "backslashreplace"))
    try:
        record = _built(PatientRecord, json.loads(body))
    except (ValueError, TypeError, RecursionError) as error:
        raise RecordUnreadable(f"{filename}: the file is damaged; export or save it again.") from error
    assert isinstance(record, PatientRecord)
    return record


def read_here(payload: bytes) -> Iterator[bytes]:
    """What the child does: ``record`` and its JSON, or the kind of error and its line."""
    from assistant.records.reader import read_record
    from knowledge.formulary import open_formulary

    head, _, content = payload.partition(b"\n")
    asked = json.loads(head)
    name = str(asked["filename"])
    try:
        record = read_record(content, filename=name, encounter=asked["encounter"], formulary=open_formulary())
        yield b"record\n" + json.dumps(asdict(record)).encode("ascii")
    except BadInput as error:
        yield f"{type(error).__name__}\n{error}".encode("utf-8", "backslashreplace")
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - the child's edge: whatever a hostile file breaks is a refusal of that file
        line = f"{name}: the file is damaged ({type(error).__name__}); export or save it again."
        yield f"RecordUnreadable\n{line}".encode("utf-8", "backslashreplace")


def _built(kind: Any, value: Any) -> Any:
    """``value`` of the JSON as ``kind`` of ``assistant.domain.record`` has it; a stranger's shape is a refusal."""
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, dict):
        shapes = _shapes(kind)
        return kind(**{f.name: _built(shapes[f.name], value.get(f.name)) for f in fields(kind)})
    inner = get_args(kind)
    if get_origin(kind) is tuple and isinstance(value, list):
        return tuple(_built(inner[0], one) for one in value)
    if NoneType in inner:
        return None if value is None else _built(next(i for i in inner if i is not NoneType), value)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if isinstance(value, (int, float) if kind is float else kind):
        return value
    raise TypeError(f"{type(value).__name__} where {kind} was expected")


@lru_cache(maxsize=32)
def _shapes(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
