from __future__ import annotations

from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import Observation, ObservationKind, PatientRecord, Place, SourceDocument
from assistant.ui.components.sources import course_table, parts_of

TEXT = "".join(f"line {n} of the note\n" for n in range(100))


def test_the_parts_joined_are_the_text_and_only_the_place_is_marked() -> None:
    start = TEXT.index("line 50")
    parts = parts_of(TEXT, start, start + 7)
    assert "".join(p["text"] for p in parts) == TEXT
    assert [p["text"] for p in parts if p.get("mark")] == ["line 50"]


def test_a_cut_is_made_at_line_ends_and_shown() -> None:
    start = TEXT.index("line 50")
    before, place, after = parts_of(TEXT, start, start + 7, around=60)
    assert before["text"].startswith("…line ")
    assert after["text"].endswith("note…")
    assert place["text"] == "line 50"


def test_places_outside_the_text_do_no_harm() -> None:
    assert "".join(p["text"] for p in parts_of("abc", 5, 9)) == "abc"
    assert "".join(p["text"] for p in parts_of("abc", -4, 2)) == "abc"


def test_the_course_of_a_cited_result_marks_the_cited_value_alone() -> None:
    document = SourceDocument("labs", "Labs", "cr 1.9\ncr 1.1\n", "note")
    places = [Place("labs", 0, 6, "cr 1.9"), Place("labs", 7, 13, "cr 1.1")]
    results = tuple(
        Observation("Creatinine", value, ObservationKind.LAB, place, "mg/dL", float(value), time)
        for value, place, time in zip(("1.9", "1.1"), places, ("2026-03-01", "2026-03-05"), strict=True)
    )
    record = PatientRecord("r", "en", (document,), observations=results)
    table = course_table(record, Evidence(EvidenceKind.RECORD, "labs", "cr 1.1", 7, 13))
    assert table is not None
    assert [cell["text"] for cell in table[1]] == ["Creatinine mg/dL", "1.9", "1.1"]
    assert [cell.get("mark") for cell in table[1][1:]] == [False, True]


def test_a_place_without_a_result_has_no_table() -> None:
    record = PatientRecord("r", "en", (SourceDocument("n", "Note", "hello", "note"),))
    assert course_table(record, Evidence(EvidenceKind.RECORD, "n", "hello", 0, 5)) is None
