"""The handout on paper: large print, boxes, pictures only where a time of day is said, words escaped."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zipfile import ZipFile

import pytest

from assistant.domain.answer import Answer, MedicationChange, Origin, Section, Sentence, Verdict
from assistant.domain.medicine_row import DayTime
from assistant.errors import BadInput
from assistant.export import export_bytes
from assistant.export.day_pictures import picture

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def _line(text: str, change: MedicationChange | None = None) -> Sentence:
    return Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (), change)


HANDOUT = Answer(
    "handout",
    "en",
    "none",
    (
        Section("medicines", "Your medicines", (
            _line("Ramipril: take 2.5 mg, twice a day. When: morning, evening. This one is new.", MedicationChange.NEW),
            _line("Losartan: take 50 mg, once a day. Same as before.", MedicationChange.CONTINUED),
        )),
        Section("warning_signs", "Go to emergency", (_line("Call 911 for <b>chest pain</b>."),)),
    ),
)  # fmt: skip


def test_the_print_view_has_a_picture_for_each_time_said_and_none_for_others() -> None:
    page = export_bytes(HANDOUT, None, "html", now=NOW).decode()
    assert page.count("<img") == 2
    assert "The time is not written down" in page
    assert 'class="box red"' in page
    assert "&lt;b&gt;chest pain" in page
    assert "<script" not in page
    assert "Not valid until" in page


def test_word_holds_the_pictures_and_the_box() -> None:
    with ZipFile(io.BytesIO(export_bytes(HANDOUT, None, "docx", now=NOW))) as file:
        body = file.read("word/document.xml").decode()
        pictures = [n for n in file.namelist() if n.startswith("word/media/")]
    assert len(pictures) == 2
    assert "FDE8E8" in body
    assert "2.5 mg, twice a day" in body


def test_the_pdf_is_written_in_both_languages() -> None:
    import dataclasses

    chinese = dataclasses.replace(HANDOUT, language="zh")
    assert export_bytes(HANDOUT, None, "pdf", now=NOW).startswith(b"%PDF")
    assert export_bytes(chinese, None, "pdf", now=NOW).startswith(b"%PDF")


def test_each_time_of_day_has_its_own_picture() -> None:
    assert len({picture(t) for t in DayTime}) == 4
    assert picture(DayTime.NOON, on=False) not in {picture(t) for t in DayTime}


def test_only_a_handout_has_a_print_view() -> None:
    with pytest.raises(BadInput):
        export_bytes(Answer("discharge", "en", "none"), None, "html", now=NOW)
