"""Notes inside a bundle: DocumentReference, Composition narrative, and the reading of them as charts.

Owns decoding and the merge of what a note says with the structured facts, where the structured fact wins. Refuses to
know how free text is read (``chart``).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from html.parser import HTMLParser

from assistant.domain.record import (
    SourceDocument,
)
from assistant.domain.stay import Period
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
