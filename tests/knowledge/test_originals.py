"""Originals of PDFs, their pages as pictures, and documents that may not leave their collection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fpdf import FPDF

from knowledge.open import Library, open_library
from knowledge.page_image import page_image

Write = Callable[..., Path]
FIRST = "Treat community-acquired pneumonia for five days or more."
SECOND = "Review the patient at 48 hours and stop when stable."


@pytest.fixture
def library(tmp_path: Path, quick_vectors: None) -> Iterator[Library]:
    with open_library(tmp_path / "store") as found:
        yield found


def pdf(path: Path, *pages: str) -> Path:
    made = FPDF()
    made.set_font("Helvetica", size=14)
    for words in pages:
        made.add_page()
        made.multi_cell(0, 10, (words + " ") * 4 + "\n" + words)
    made.output(str(path))
    return path


def test_a_page_of_a_pdf_is_drawn_and_the_cited_lines_are_marked(tmp_path: Path) -> None:
    file = pdf(tmp_path / "cap.pdf", FIRST, SECOND)
    plain = page_image(file, 2)
    marked = page_image(file, 2, [SECOND, "words that stand nowhere on it"])
    assert plain is not None
    assert marked is not None
    assert plain[0].startswith(b"\x89PNG")
    assert (plain[1], marked[1]) == (0, 1)
    assert plain[0] != marked[0]


@pytest.mark.parametrize("what", ["no such page", "page zero", "damaged"])
def test_a_page_that_cannot_be_drawn_is_none(tmp_path: Path, what: str) -> None:
    file = pdf(tmp_path / "cap.pdf", FIRST)
    if what == "damaged":
        file.write_bytes(b"%PDF-1.7\n" + b"\0" * 200)
    assert page_image(file, {"no such page": 9, "page zero": 0}.get(what, 1)) is None


def test_the_original_is_kept_replaced_with_its_document_and_deleted_with_it(
    library: Library, tmp_path: Path
) -> None:
    file = pdf(tmp_path / "cap.pdf", FIRST, SECOND)
    assert [t.change for t in library.ingest([file]).taken] == ["added"]
    assert library.page_image("cap", 1) is not None
    assert [t.change for t in library.ingest([file]).taken] == ["unchanged"]
    pdf(file, SECOND)
    assert [t.change for t in library.ingest([file]).taken] == ["replaced"]
    kept = list((library.directory / "originals").iterdir())
    assert [k.read_bytes() for k in kept] == [file.read_bytes()]
    library.remove("cap")
    assert list((library.directory / "originals").iterdir()) == []


def test_a_document_that_is_no_pdf_has_no_page_image(library: Library, guideline: Write) -> None:
    library.ingest([guideline("flu", "# Flu\n\nRest and drink.\n")])
    assert library.page_image("flu", 1) is None


def test_a_confined_document_neither_leaves_its_collection_nor_takes_anothers_place(
    library: Library, guideline: Write
) -> None:
    library.ingest(
        [guideline("a", "# A\n\nGive five days.\n", doc_id="shared", title="A")], collection="starter"
    )
    poison = guideline("b", "# B\n\nGive fifty days.\n", doc_id="shared", title="B", collection="starter")
    astray = guideline("c", "# C\n\nGive six days.\n", doc_id="own", title="C", collection="starter")
    report = library.ingest([poison, astray], collection="c-1", confined=True)
    assert [t.doc_id for t in report.taken] == ["own"]
    assert ["another collection" in s.reason for s in report.skipped] == [True]
    assert {g.doc_id: (g.title, g.collection) for g in library.documents()} == {
        "shared": ("A", "starter"),
        "own": ("C", "c-1"),
    }
    again = guideline("c", "# C\n\nGive seven days.\n", doc_id="own", title="C")
    assert [t.change for t in library.ingest([again], collection="c-1", confined=True).taken] == ["replaced"]


def test_what_a_summary_rests_on_and_what_was_not_checked_come_back(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "s.md"
    file.write_text('---\ntitle: S\nsources: ["One", "Two"]\nunchecked: ["a dose"]\n---\n# S\n\nText here.\n')
    library.ingest([file])
    found = library.document("s")
    assert (found.sources, found.unchecked) == (("One", "Two"), ("a dose",))
