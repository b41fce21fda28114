"""Exported files open in the programs they are for, and hold label, sections, medicines and sources."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pypdfium2
import pytest
from docx import Document
from pypdf import PdfReader

from assistant.domain.answer import Answer, MedicationChange, Verdict
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput
from assistant.export import export_bytes
from assistant.export.fhir_document import Signature
from tests.turns import answer, chart, sample, services

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
SIGNED = Signature("Dr. A. Reviewer", datetime(2026, 3, 9, 11, 0, tzinfo=UTC), "ab" * 32)
LABEL = {"en": "AI-assisted draft. Not valid until a clinician", "zh": "人工智能辅助生成的草稿"}
SIGNED_LABEL = {"en": "reviewed and signed by Dr. A. Reviewer", "zh": "已由 Dr. A. Reviewer"}
SOURCES = {"en": "Sources", "zh": "来源"}
Draft = tuple[Answer, PatientRecord]


@pytest.fixture(scope="module")
def drafts(formulary: Formulary) -> dict[str, Draft]:
    records = {"en": chart(formulary), "zh": sample("diabetic-foot-zh.json", formulary)}
    return {
        language: (answer(services(None, formulary), "discharge", record=record, language=language), record)
        for language, record in records.items()
    }


def pdf_pages(content: bytes) -> list[str]:
    """The text of each page as PDFium reads it (pypdf drops lines whose two-byte codes hold a control character)."""
    document = pypdfium2.PdfDocument(content)
    return [tight(document[number].get_textpage().get_text_range()) for number in range(len(document))]


def tight(text: str) -> str:
    """Without the blanks that page layout moves about, and the zero bytes that pypdf makes of two-byte codes."""
    return re.sub(r"[\s\x00]+", "", text)


def exported(draft: Draft, kind: str, signature: Signature | None = None) -> bytes:
    return export_bytes(*draft, kind, signature=signature, now=NOW)


languages = pytest.mark.parametrize("language", ["en", "zh"])


@languages
def test_a_word_document_opens_and_holds_everything(drafts: dict[str, Draft], language: str) -> None:
    result, record = drafts[language]
    document = Document(io.BytesIO(exported(drafts[language], "docx")))
    lines = [p.text for p in document.paragraphs]
    said = "\n".join([*lines, *(c.text for t in document.tables for r in t.rows for c in r.cells)])
    assert any(line.startswith(LABEL[language]) for line in lines)
    assert document.core_properties.keywords == "AI-assisted draft"
    assert record.patient.name is not None
    assert record.patient.name in said
    headings = [p.text for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert [s.title for s in result.sections] + [SOURCES[language]] == headings
    for section in result.sections:
        for sentence in section.sentences:
            assert sentence.medicine or sentence.text in said
    (table,) = document.tables
    medicines = [x.medicine for s in result.sections if s.key == "medications" for x in s.sentences]
    printed = [tuple(c.text for c in row.cells) for row in table.rows][1:]
    assert [row[1:5] for row in printed] == [
        tuple(text or "–" for text in (m.name, m.home, m.discharge, m.note)) for m in medicines if m
    ]
    assert all(row[0] and row[5].startswith("R") for row in printed)
    assert lines[-1].startswith("[")
    assert all(alert.text in said for alert in result.alerts)


@languages
def test_a_pdf_can_be_searched_and_says_on_each_page_that_it_is_a_draft(
    drafts: dict[str, Draft], language: str
) -> None:
    result, _ = drafts[language]
    reader = PdfReader(io.BytesIO(exported(drafts[language], "pdf")))
    pages = pdf_pages(exported(drafts[language], "pdf"))
    assert all(tight(LABEL[language]) in page for page in pages)
    assert reader.metadata is not None
    assert reader.metadata["/Keywords"] == "AI-assisted draft"
    assert reader.metadata.title
    whole = "".join(pages)
    for section in result.sections:
        assert tight(section.title) in whole
    for sentence in next(s for s in result.sections if s.key == "allergies").sentences:
        assert tight(sentence.text) in whole
    assert tight(SOURCES[language]) in whole


@languages
def test_markdown_opens_with_the_label(drafts: dict[str, Draft], language: str) -> None:
    text = exported(drafts[language], "md").decode()
    assert text.startswith(f"_{LABEL[language]}")
    assert f"### {SOURCES[language]}" in text


@languages
@pytest.mark.parametrize("kind", ["md", "docx", "pdf"])
def test_a_signature_takes_the_place_of_the_draft_label(
    drafts: dict[str, Draft], language: str, kind: str
) -> None:
    content = exported(drafts[language], kind, SIGNED)
    if kind == "md":
        text = content.decode()
    elif kind == "docx":
        document = Document(io.BytesIO(content))
        assert document.core_properties.keywords == "AI-assisted"
        text = "\n".join(p.text for p in document.paragraphs)
    else:
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert tight(SIGNED_LABEL[language]) in tight(text)
    assert tight(LABEL[language]) not in tight(text)


def test_what_is_not_fully_supported_and_what_is_missing_is_marked(drafts: dict[str, Draft]) -> None:
    result, record = drafts["en"]
    first, second, *rest = result.sections
    shaky = replace(first, sentences=tuple(replace(s, verdict=Verdict.PARTIAL) for s in first.sentences))
    empty = replace(second, sentences=(), complete=False)
    changed = (replace(result, sections=(shaky, empty, *rest)), record)
    document = Document(io.BytesIO(exported(changed, "docx")))
    lines = [p.text for p in document.paragraphs]
    assert any("(unverified)" in line for line in lines)
    assert "Missing: not found in the record." in lines
    text = PdfReader(io.BytesIO(exported(changed, "pdf"))).pages[0].extract_text()
    assert "(unverified)" in tight(text)
    assert tight("Missing: not found") in tight(text)


def test_a_long_word_and_rare_signs_do_not_stop_a_pdf(drafts: dict[str, Draft]) -> None:
    result, record = drafts["en"]
    first, *rest = result.sections
    odd = replace(
        first.sentences[0],
        text="x" * 500 + " ≥ ≤ µ β₂ → ° ½ \U0001f600 \x0b \ud83d α-gal 𠮷",
        change=MedicationChange.NEW,
    )
    changed = (replace(result, sections=(replace(first, sentences=(odd,)), *rest)), record)
    for kind in ("pdf", "docx", "md"):
        assert exported(changed, kind)


def test_an_unknown_ending_names_those_there_are(drafts: dict[str, Draft]) -> None:
    with pytest.raises(BadInput, match=r"\.md, \.docx, \.pdf, \.json"):
        exported(drafts["en"], "rtf")


def test_a_chat_answer_has_no_draft_label(formulary: Formulary) -> None:
    record = chart(formulary)
    result = answer(services(None, formulary), "ask", record=record, question="What allergies does she have?")
    assert LABEL["en"] not in export_bytes(result, record, "md", now=NOW).decode()
    assert "penicillin" in export_bytes(result, record, "md", now=NOW).decode()
