from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from knowledge.loaders import LoadedDocument, count_documents, kind_of, load
from knowledge.types import Skipped


def _only(path: Path) -> LoadedDocument:
    (entry,) = load(path)
    assert isinstance(entry, LoadedDocument), entry
    return entry


def _reason(path: Path) -> str:
    (entry,) = load(path)
    assert isinstance(entry, Skipped), entry
    return entry.reason


def _pdf(*pages: str) -> bytes:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_font("helvetica", size=12)
    for text in pages:
        pdf.add_page()
        if text:
            pdf.multi_cell(0, 8, text)
    return bytes(pdf.output())


def test_front_matter_is_read_and_the_body_kept_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(
        "---\ndoc_id: gout-2024\ntitle: Gout\npublished: 2024-05-01\nedition: 2\ntopics: [gout]\n---\n# Gout\n\nRest.\n"
    )
    entry = _only(path)
    assert (entry.doc_id, entry.named, entry.text) == ("gout-2024", True, "# Gout\n\nRest.\n")
    assert (entry.head.published, entry.head.edition, entry.head.topics) == ("2024-05-01", "2", ("gout",))


@pytest.mark.parametrize(
    ("head", "reason"),
    [("titel: Gout", "titel"), ("title: [", "not valid YAML"), ("- a\n- b", "field: value")],
)
def test_bad_front_matter_is_named(tmp_path: Path, head: str, reason: str) -> None:
    path = tmp_path / "x.md"
    path.write_text(f"---\n{head}\n---\nText.\n")
    assert reason in _reason(path)


def test_html_keeps_headings_lists_and_tables_and_drops_scripts(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(
        "<!doctype html><html lang=en><title>Gout care</title><script>steal()</script><h2>Treatment</h2>"
        "<p>Rest the joint.</p><ul><li>Naproxen</li></ul><table><tr><th>Drug</th><th>Dose</th></tr>"
        "<tr><td>Colchicine</td><td>0.5 mg</td></tr></table></html>"
    )
    entry = _only(path)
    assert entry.head.title == "Gout care"
    assert (
        entry.text
        == "## Treatment\n\nRest the joint.\n\n- Naproxen\n\n| Drug | Dose |\n| Colchicine | 0.5 mg |"
    )


def test_pdf_pages_are_known(tmp_path: Path) -> None:
    path = tmp_path / "g.bin"
    path.write_bytes(
        _pdf("Gout is treated with rest and with colchicine.", "Allopurinol lowers urate over the long term.")
    )
    entry = _only(path)
    assert len(entry.pages) == 2
    assert entry.text[entry.pages[1] :].startswith("Allopurinol")


def test_docx_styles_become_headings_and_tables_stay_in_place(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("Treatment", 1)
    document.add_paragraph("Rest the joint.")
    table = document.add_table(1, 2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Colchicine", "0.5 mg"
    document.save(str(tmp_path / "g.docx"))
    assert _only(tmp_path / "g.docx").text == "# Treatment\n\nRest the joint.\n\n| Colchicine | 0.5 mg |"


def test_a_bad_row_is_skipped_with_its_number_and_the_others_go_in(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows = [
        json.dumps({"doc_id": "a", "title": "A", "text": "One."}),
        "{broken",
        '{"doc_id": "b"}',
        "[]",
        '{"doc_id": 7, "text": "Seven."}',
    ]
    path.write_text("\n".join(rows))
    found = list(load(path))
    assert [e.doc_id for e in found if isinstance(e, LoadedDocument)] == ["a", "7"]
    assert [e.path.rsplit(":", 1)[1] for e in found if isinstance(e, Skipped)] == ["2", "3", "4"]


def _encrypted() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(_pdf("Secret text of the guideline."))))
    writer.encrypt("password", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.md", b"  \n", "empty"),
        ("scan.pdf", _pdf("", ""), "OCR"),
        ("locked.pdf", _encrypted(), "encrypted"),
        ("cut.pdf", _pdf("Some text. " * 200)[:700], "damaged or cut off"),
        ("liar.pdf", b"just words", "not a PDF"),
        ("image.md", b"\x89PNG\r\n\0\0\0", "binary"),
        ("cut.docx", b"PK\x03\x04" + b"x" * 50, "damaged"),
        ("head-only.md", b"---\ntitle: T\n---\n", "no text"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert reason in _reason(path)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    assert "no such file" in _reason(tmp_path / "gone.md")


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", _pdf("x"), "pdf"),
        ("a.md", b"<html><body>hi</body></html>", "html"),
        ("a.txt", b'{"doc_id": "a", "text": "b"}\n', "jsonl"),
        ("a.md", b"# Title", "markdown"),
        ("a.txt", b"BP <90 mmHg is low", "text"),
        ("a.txt", "血压".encode("utf-16"), "text"),
    ],
)
def test_the_type_comes_from_the_content(tmp_path: Path, name: str, content: bytes, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert kind_of(path) == kind


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.pdf"
    with path.open("wb") as stream:
        stream.write(b"%PDF-1.7\n")
        stream.truncate(300_000_000)
    assert "300 MB; the limit is 200 MB. Split the file." in _reason(path)


def test_documents_are_counted_by_row_and_by_file(tmp_path: Path) -> None:
    rows, note = tmp_path / "rows.jsonl", tmp_path / "note.md"
    rows.write_text("{}\n" * 7)
    note.write_text("one")
    assert count_documents([rows, note, tmp_path / "gone.jsonl"]) == 9
