"""The one way in for a record: bytes, text or an object → PatientRecord.

Owns telling formats apart by content (never by extension) and the one clear line for what cannot be read. Refuses to
know what a resource or a chart means.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from assistant.domain.record import PatientRecord
from assistant.errors import RecordUnreadable
from assistant.records.drug_names import DrugNames
from assistant.records.encodings import decode_text
from assistant.records.fhir import read_bundle
from assistant.records.pdf import pdf_text

MAX_BYTES = 100 * 1024 * 1024
MAX_DEPTH = 100
"""Deepest nesting of JSON that is read; real FHIR stays below 20."""
_READABLE = "Give a FHIR R4 bundle (.json), a chart as text or Markdown, or a PDF with text"
_BINARY = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"II*\x00": "a TIFF picture",
    b"MM\x00*": "a TIFF picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"SQLite format 3": "a database",
}


def read_record(
    source: bytes | str | dict[str, Any],
    *,
    filename: str | None = None,
    encounter: str | None = None,
    formulary: DrugNames | None = None,
    strict: bool = False,
) -> PatientRecord:
    """Read one patient's record from a FHIR bundle, a chart in text or Markdown, or a PDF chart.

    ``encounter`` picks a stay of a bundle by id. Raises RecordUnreadable or UnknownEncounter with one line that names
    the file, what was found and what to do.
    """
    name = filename or "record"
    if isinstance(source, dict):
        return _from_object(source, name, encounter, formulary, strict)
    if isinstance(source, bytes):
        refuse_size(len(source), name)
        if source[:1024].lstrip().startswith(b"%PDF"):
            return _from_chart(pdf_text(source, name=name), name, formulary)
        _refuse_binary(source, name)
        text = decode_text(source, name=name)
    else:
        refuse_size(len(source), name)
        text = source.lstrip("\ufeff")
    if not text.strip():
        raise RecordUnreadable(f"{name}: the file is empty. {_READABLE}.")
    if text.lstrip()[0] in "{[" and (_looks_like_json(text) or _is_json(text)):
        return _from_object(_parse(text, name), name, encounter, formulary, strict)
    return _from_chart(text, name, formulary)


def refuse_size(size: int, name: str) -> None:
    """Raises RecordUnreadable for more bytes than any one patient's record has."""
    if size > MAX_BYTES:
        raise RecordUnreadable(
            f"{name}: {size / 1024 / 1024:.0f} MB, at most {MAX_BYTES // 1024 // 1024} MB; "
            "export one patient, or leave out claims and pictures."
        )


def _refuse_binary(source: bytes, name: str) -> None:
    for mark, kind in _BINARY.items():
        if source.startswith(mark):
            raise RecordUnreadable(f"{name}: this is {kind}, not a record. {_READABLE}.")
    if source.startswith(b"PK\x03\x04"):
        raise RecordUnreadable(
            f"{name}: this is a zip archive or an Office document; unpack it, or save it as text or PDF."
        )


def _looks_like_json(text: str) -> bool:
    """A chart may open with a bracket (``[Ward 9]``); JSON goes on with a quote, a brace or the end."""
    opened = text.lstrip()
    after = opened[1:200].lstrip()
    return after[:1] in {'"', "}", "]", "{", ""} and (opened[0] == "{" or after[:1] in {"{", "]", ""})


def _is_json(text: str) -> bool:
    """True for whole JSON that opens like a chart: ``[1, 2, 3]``."""
    try:
        json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _parse(text: str, name: str) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) - 1 or "Unterminated string" in error.msg:
            raise RecordUnreadable(
                f"{name}: the JSON is cut off after line {error.lineno}, column {error.colno} "
                f"(character {error.pos} of {len(text)}); export or copy the file again."
            ) from error
        raise RecordUnreadable(
            f"{name}: not valid JSON at line {error.lineno}, column {error.colno} ({error.msg}); export the file again."
        ) from error
    except RecursionError as error:
        raise RecordUnreadable(
            f"{name}: the JSON is nested too deeply to be a record; export the file again."
        ) from error
    except ValueError as error:  # an integer of thousands of digits
        raise RecordUnreadable(
            f"{name}: the JSON holds a number too long to be real; export the file again."
        ) from error


def _from_object(
    found: Any, name: str, encounter: str | None, formulary: DrugNames | None, strict: bool
) -> PatientRecord:
    _refuse_depth(found, name)
    bundle = _as_bundle(found, name)
    return read_bundle(bundle, encounter=encounter, formulary=formulary, strict=strict)


def _refuse_depth(found: Any, name: str) -> None:
    level = [found]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise RecordUnreadable(f"{name}: the JSON is nested too deeply to be a record; export the file again.")


def _as_bundle(found: Any, name: str) -> dict[str, Any]:
    """The bundle itself, or one made of a list of resources, a Parameters result or a single Patient."""
    if isinstance(found, list):
        resources = [one for one in found if isinstance(one, dict) and one.get("resourceType")]
        if len(resources) == 1 and resources[0]["resourceType"] == "Bundle":
            return _as_bundle(resources[0], name)
        if resources:
            return {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": r} for r in resources],
            }
        raise RecordUnreadable(
            f"{name}: a JSON list of {len(found)} items, none of them a FHIR resource. {_READABLE}."
        )
    if not isinstance(found, dict):
        raise RecordUnreadable(
            f"{name}: the JSON is a single {type(found).__name__}, not a FHIR bundle. {_READABLE}."
        )
    kind = found.get("resourceType")
    if kind == "Bundle":
        if not found.get("entry"):
            raise RecordUnreadable(
                f"{name}: the FHIR bundle has no entries; export it again with the patient's data."
            )
        return found
    if isinstance(found.get("bundle"), dict):
        return _as_bundle(found["bundle"], name)
    if kind == "Parameters":
        inner = [p.get("resource") for p in found.get("parameter") or [] if isinstance(p, dict)]
        return _as_bundle([r for r in inner if r], name)
    if isinstance(kind, str) and kind:
        contained = [r for r in found.get("contained") or [] if isinstance(r, dict)]
        if kind == "Patient" or any(r.get("resourceType") == "Patient" for r in contained):
            return _as_bundle([found, *contained], name)
        raise RecordUnreadable(
            f"{name}: a single FHIR {kind}, not a Bundle; export the whole patient (Patient/$everything) as a Bundle."
        )
    keys = ", ".join(list(map(str, found))[:4]) or "nothing"
    raise RecordUnreadable(
        f"{name}: JSON, but not FHIR: no resourceType (it has {keys}). Export the patient as a FHIR R4 Bundle."
    )


def _from_chart(text: str, name: str, formulary: DrugNames | None) -> PatientRecord:
    from assistant.records.chart import read_chart

    title = name.rpartition("/")[2] if name != "record" else "Chart"
    return read_chart(text, document_id="chart", title=title, formulary=formulary)
