"""Notes inside a bundle: DocumentReference, Composition narrative, and the reading of them as charts.

Owns decoding and the merge of what a note says with the structured facts, where the structured fact wins. Refuses to
know how free text is read (``chart``).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from html.parser import HTMLParser

from assistant.domain.record import (
    Allergy,
    Assertion,
    Condition,
    Encounter,
    MedicationStatement,
    Observation,
    PatientRecord,
    Procedure,
    SourceDocument,
)
from assistant.domain.stay import Period
from assistant.records.drug_names import comparable
from assistant.records.encodings import decode_text
from assistant.records.fhir_facts import Reading, is_struck_out
from assistant.records.fhir_json import (
    Json,
    Resource,
    codes,
    first_date,
    items,
    mapping,
    objects,
    string,
    words,
)
from assistant.records.pdf import pdf_text


@dataclass(frozen=True)
class Note:
    document: SourceDocument
    period: Period
    author: str | None = None


_BREAKS = {
    "p",
    "div",
    "br",
    "li",
    "tr",
    "table",
    "ul",
    "ol",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "thead",
    "tbody",
}


class _Words(HTMLParser):
    """The words of an XHTML narrative, a line per block, cells apart by two spaces."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "style"}:
            self._silent += 1
        elif tag in _BREAKS:
            self.parts.append("\n")
        elif tag in {"td", "th"}:
            self.parts.append("  ")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent = max(0, self._silent - 1)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(re.sub(r"\s+", " ", data))


def html_words(markup: str) -> str:
    parser = _Words()
    parser.feed(markup)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def notes_in(reading: Reading) -> list[Note]:
    """Every note of the bundle with text in it, oldest last as the bundle has them."""
    found: list[Note] = []
    for resource in reading.bundle.of_kind("DocumentReference"):
        found += _document_reference(resource, reading)
    for resource in reading.bundle.of_kind("Composition"):
        found += _composition(resource, reading)
    for resource in reading.bundle.of_kind("DiagnosticReport"):
        found += _presented_form(resource, reading)
    return found


def _document_reference(resource: Resource, reading: Reading) -> list[Note]:
    json = resource.json
    if is_struck_out(json) or "entered-in-error" in codes(json.get("docStatus")):
        reading.struck_out.append(resource.key)
        return []
    texts = [
        _attachment(mapping(c.get("attachment")), resource.key, reading) for c in objects(json.get("content"))
    ]
    text = next((t for t in texts if t), None)
    if not text:
        return []
    title = (
        string(json.get("description")) or words(json.get("type")) or words(json.get("category")) or "Note"
    )
    author = reading.bundle.name_of(next(iter(items(json.get("author"))), None), json)
    return [_note(resource, reading, text, title, author, first_date(json, "date", "created", "indexed"))]


def _presented_form(resource: Resource, reading: Reading) -> list[Note]:
    json = resource.json
    if is_struck_out(json):
        return []
    texts = [_attachment(form, resource.key, reading) for form in objects(json.get("presentedForm"))]
    text = next((t for t in texts if t), None)
    title = words(json.get("code")) or "Report"
    date = first_date(json, "effectiveDateTime", "effectivePeriod", "issued")
    return [_note(resource, reading, text, title, None, date, suffix="/text")] if text else []


def _composition(resource: Resource, reading: Reading) -> list[Note]:
    """Sections that have only narrative; sections with entries are read from the entries."""
    json = resource.json
    parts: list[str] = []
    pending = objects(json.get("section"))
    while pending:
        section = pending.pop(0)
        pending[:0] = objects(section.get("section"))
        text = html_words(string(mapping(section.get("text")).get("div")) or "")
        if text and not items(section.get("entry")) and not section.get("emptyReason"):
            title = string(section.get("title")) or words(section.get("code"))
            parts.append(f"{title}:\n{text}" if title and not text.startswith(title) else text)
    if not parts:
        return []
    title = string(json.get("title")) or words(json.get("type")) or "Document"
    author = reading.bundle.name_of(next(iter(items(json.get("author"))), None), json)
    return [_note(resource, reading, "\n\n".join(parts), title, author, first_date(json, "date"))]


def _note(
    resource: Resource,
    reading: Reading,
    text: str,
    title: str,
    author: str | None,
    date: str | None,
    suffix: str = "",
) -> Note:
    document = SourceDocument(resource.key + suffix, title, text, "note", date)
    return Note(document, reading.stay.period(resource.json, reading.bundle, date), author)


def _attachment(attachment: Json, key: str, reading: Reading) -> str | None:
    """Words of an attachment, inline or in a Binary of the bundle; None with a warning where it cannot be read."""
    data, kind = string(attachment.get("data")), (string(attachment.get("contentType")) or "").lower()
    url = string(attachment.get("url"))
    if not data and url:
        binary = reading.bundle.resolve(url if "/" in url or ":" in url else {})
        data, kind = string(binary.get("data")), kind or (string(binary.get("contentType")) or "").lower()
        if not data:
            reading.bundle.warnings.append(f"{key}: its text lies outside the bundle and was not read.")
            return None
    if not data:
        return None
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        return data  # inline text where base64 belongs: common in hand-made bundles
    if raw.startswith(b"%PDF"):
        return pdf_text(raw, name=key)
    text = decode_text(raw, name=key)
    return (
        html_words(text)
        if "html" in kind or re.match(r"\s*<(?:!doctype|html|div)", text, re.I)
        else text.strip()
    )


def merge_note(note: Note, read: PatientRecord, reading: Reading) -> None:
    """Add what a note says to the facts; a note from another time adds its sentences only, as history."""
    if note.period not in {Period.DURING, Period.UNKNOWN}:
        past = note.period is Period.BEFORE
        for said in read.statements:
            historical = past and said.assertion is Assertion.PRESENT
            reading.statements.append(
                replace(
                    said,
                    date=said.date or note.document.date,
                    author=said.author or note.author,
                    assertion=Assertion.HISTORICAL if historical else said.assertion,
                )
            )
        return
    for said in read.statements:
        reading.statements.append(
            replace(said, date=said.date or note.document.date, author=said.author or note.author)
        )
    reading.follow_ups += read.follow_ups
    _merge_pending(read, reading)
    reading.conditions += [c for c in read.conditions if not _has_condition(c, reading)]
    reading.procedures += [p for p in read.procedures if not _has_procedure(p, reading)]
    reading.allergies += [a for a in read.allergies if not _has_allergy(a, reading)]
    reading.observations += [o for o in read.observations if not _has_observation(o, reading)]
    for medicine in read.medications:
        _merge_medicine(medicine, note, reading)


def _merge_pending(read: PatientRecord, reading: Reading) -> None:
    known = {p.name.casefold() for p in reading.pending_results}
    reading.pending_results += [p for p in read.pending_results if p.name.casefold() not in known]


def _has_condition(found: Condition, reading: Reading) -> bool:
    name = found.name.casefold()
    return any(c.name.casefold() == name and c.assertion == found.assertion for c in reading.conditions)


def _has_procedure(found: Procedure, reading: Reading) -> bool:
    name = found.name.casefold()
    return any(p.name.casefold() == name and p.status == found.status for p in reading.procedures)


def _has_allergy(found: Allergy, reading: Reading) -> bool:
    if found.none_known:  # a stated allergy is never overruled by "NKDA" in a note
        return bool(reading.allergies)
    key = comparable(found.substance, found.generic)
    return any(comparable(a.substance, a.generic) == key for a in reading.allergies if not a.none_known)


def _has_observation(found: Observation, reading: Reading) -> bool:
    name, day = found.name.casefold(), (found.time or "")[:10]
    return any(
        o.name.casefold() == name and o.value == found.value and (o.time or "")[:10] == day
        for o in reading.observations
    )


def _merge_medicine(medicine: MedicationStatement, note: Note, reading: Reading) -> None:
    key = comparable(medicine.name, medicine.generic)
    for known in reading.medications:
        same = known.phase is medicine.phase and known.action is medicine.action
        if (
            not same
            or comparable(known.name, known.generic) != key
            or known.place.document_id == note.document.id
        ):
            continue
        if known.place.document_id.startswith("Medication") and known.dose and medicine.dose:
            if known.dose.replace(" ", "").casefold() == medicine.dose.replace(" ", "").casefold():
                break
            reading.bundle.warnings.append(
                f"{medicine.name}: {note.document.title} says {medicine.dose}, {known.place.document_id} says "
                f"{known.dose}; the structured entry was used."
            )
            return
    reading.medications.append(replace(medicine, date=medicine.date or note.document.date))


def fill_encounter(encounter: Encounter | None, notes: list[PatientRecord]) -> Encounter | None:
    """What the structured encounter leaves open, from the notes of the stay."""
    for record in notes:
        said = record.encounter
        if encounter is None or said is None:
            encounter = encounter or said
            continue
        gaps = {
            name: getattr(said, name)
            for name in ("admitted", "discharged", "reason", "ward", "attending", "type", "disposition")
            if getattr(encounter, name) is None and getattr(said, name) is not None
        }
        if gaps:
            encounter = replace(encounter, **gaps, places=encounter.places + said.places)
    return encounter
