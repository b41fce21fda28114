"""One way in: what is read, and the one clear line for what is not."""

from __future__ import annotations

import json

import pytest

from assistant.errors import RecordUnreadable, UnknownEncounter
from assistant.records import reader
from assistant.records.encodings import decode_text
from assistant.records.numbers import display_number
from assistant.records.reader import read_record

PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Müller", "given": ["Eva"]}],
    "gender": "female",
}
BUNDLE = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": PATIENT}]}


def pdf(*lines: str, password: str | None = None) -> bytes:
    """A one-page PDF with these lines."""
    from fpdf import FPDF

    page = FPDF()
    page.add_page()
    page.set_font("Helvetica", size=11)
    for line in lines:
        page.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    if password:
        page.set_encryption(owner_password="owner", user_password=password)
    return bytes(page.output())


UNREADABLE = [
    ("empty file", b"", "empty"),
    ("blank file", b" \n\t ", "empty"),
    ("cut-off JSON", json.dumps(BUNDLE)[:60].encode(), "cut off after line 1, column"),
    ("broken JSON", b'{"resourceType": "Bundle",, "entry": []}', "not valid JSON at line 1, column 27"),
    ("JSON that is not FHIR", b'{"name": "x", "age": 3}', "no resourceType (it has name, age)"),
    ("a list of nothing", b"[{}, {}]", "none of them a FHIR resource"),
    (
        "a single resource",
        b'{"resourceType": "Observation", "id": "o"}',
        "single FHIR Observation, not a Bundle",
    ),
    ("an empty bundle", b'{"resourceType": "Bundle", "entry": []}', "no entries"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(50), "PNG"),
    ("an archive", b"PK\x03\x04" + bytes(50), "zip archive or an Office document"),
    ("bytes of nothing", bytes(range(256)) * 8, "binary"),
    ("deep JSON", b'{"resourceType":' + b"[" * 200_000, "nested too deeply"),
    ("a number of 10,000 digits", b'{"resourceType": "Bundle", "total": ' + b"9" * 10_000 + b"}", "too long"),
    ("a PDF without text", pdf(), "OCR"),
    ("a locked PDF", pdf("Secret", password="1234"), "password"),
    ("a damaged PDF", b"%PDF-1.7\n" + b"x" * 200, "damaged"),
]


@pytest.mark.parametrize(
    ("source", "said"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE]
)
def test_what_cannot_be_read_is_said_in_one_line_with_the_file_name(source: bytes, said: str) -> None:
    with pytest.raises(RecordUnreadable) as caught:
        read_record(source, filename="ward9.json")
    message = str(caught.value)
    assert said in message
    assert message.startswith("ward9.json: ")
    assert "\n" not in message


def test_a_file_over_the_limit_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_BYTES", 1024 * 1024)
    with pytest.raises(RecordUnreadable, match="2 MB, at most 1 MB"):
        read_record(b" " * 2 * 1024 * 1024)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_a_bundle_is_read_in_any_usual_encoding(encoding: str) -> None:
    raw = json.dumps(BUNDLE, ensure_ascii=False).encode(encoding)
    assert read_record(raw).patient.name == "Eva Müller"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_chinese_text_is_decoded(encoding: str) -> None:
    text = "患者，男，63岁。主诉：胸痛3天。既往史：高血压10年。"
    assert decode_text(text.encode(encoding), name="x") == text


def test_western_accents_are_not_taken_for_chinese() -> None:
    text = "Patiente âgée, née à Besançon, fièvre élevée. Prénom: Zoë. Température 38°C"
    assert decode_text(text.encode("cp1252"), name="x") == text


@pytest.mark.parametrize(
    "source",
    [
        BUNDLE,
        json.dumps(BUNDLE),
        [PATIENT],
        PATIENT,
        {"bundle": BUNDLE},
        {"resourceType": "Parameters", "parameter": [{"name": "return", "resource": BUNDLE}]},
    ],
    ids=["object", "text", "list of resources", "single patient", "wrapped", "parameters"],
)
def test_a_patient_is_found_in_the_shapes_that_exports_take(source: object) -> None:
    given = json.dumps(source) if isinstance(source, list) else source
    assert read_record(given).patient.name == "Eva Müller"  # type: ignore[arg-type]


def test_an_unknown_encounter_names_those_there_are() -> None:
    stay = {
        "resourceType": "Encounter",
        "id": "stay-1",
        "status": "finished",
        "class": {"code": "IMP"},
        "period": {"start": "2024-05-01", "end": "2024-05-04"},
    }
    bundle = {**BUNDLE, "entry": [*BUNDLE["entry"], {"resource": stay}]}
    with pytest.raises(UnknownEncounter, match=r"'nope'.*stay-1 \(2024-05-01\)"):
        read_record(bundle, encounter="nope")


def test_the_words_and_columns_of_a_pdf_chart_are_kept() -> None:
    from assistant.records.pdf import pdf_text

    text = pdf_text(pdf("Ward 9, Example Hospital", "Na 138   K 4.2", "Amlodipine 5 mg od"), name="x.pdf")
    assert text.splitlines()[0] == "Ward 9, Example Hospital"
    assert "Amlodipine 5 mg od" in text


def test_a_pdf_of_many_pages_keeps_their_order() -> None:
    from fpdf import FPDF

    from assistant.records.pdf import pdf_text

    page = FPDF()
    page.set_font("Helvetica", size=11)
    for number in range(3):
        page.add_page()
        page.cell(0, 8, f"Page {number} of the chart")
    text = pdf_text(bytes(page.output()), name="x.pdf")
    assert [int(n) for n in (line.split()[1] for line in text.splitlines() if line)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("72.3", "72.3"),
        ("72", "72"),
        ("7.350", "7.350"),
        ("117.86911681496026", "117.869"),
        ("83.85227370945988", "83.85"),
        ("177.3817125", "177.38"),
        ("99.99951", "99.9995"),
        ("0.00146", "0.00146"),
        ("0.04999", "0.04999"),
        ("-12.34012", "-12.3"),
        ("abc", "abc"),
        ("1E+999999", "1E+999999"),
    ],
)
def test_numbers_are_shortened_so_that_a_search_of_the_source_still_finds_them(
    source: str, shown: str
) -> None:
    assert display_number(source) == shown
