"""Rows in, rows out: a bad row is told in one line and the run goes on; nothing of the input is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.batch import run_batch
from assistant.errors import BadInput
from tests.turns import CHART, SAMPLES

if TYPE_CHECKING:
    from knowledge.open import Library

Batch = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def batch(tmp_path: Path, shelf: Library, monkeypatch: pytest.MonkeyPatch) -> Batch:
    """Writes lines (objects or raw text), runs a task over them, reads the results."""
    monkeypatch.setenv("MODEL", "none")
    monkeypatch.setenv("BEDSIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("assistant.wiring.open_guidelines", lambda *_: shelf)

    def batch(task: str, *rows: Any, **options: Any) -> list[dict[str, Any]]:
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        failed = run_batch(task, source, target, **options)
        results = [json.loads(line) for line in target.read_text(encoding="utf-8").split("\n") if line]
        assert failed == sum("error" in r for r in results)
        return results

    return batch


BAD_ROWS: dict[str, tuple[str, str]] = {
    "not JSON": ('{"id": "a", ', "not JSON"),
    "a bare word": ("pneumonia", "not JSON"),
    "a list": ('["a"]', "not a JSON object"),
    "a number": ("5", "not a JSON object"),
    "no record": ('{"id": "a"}', "record"),
    "a record that is a number": ('{"id": "a", "record": 5}', "record is 5"),
    "a record that is a list": ('{"id": "a", "record": [1]}', "record is [1]"),
    "a record that is true": ('{"id": "a", "record": true}', "record is true"),
    "an empty chart": ('{"id": "a", "record": ""}', "empty"),
    "an object that is no bundle": ('{"id": "a", "record": {"x": 1}}', "FHIR"),
    "a question that is a number": ('{"id": "a", "record": "CHART", "question": 7}', "question is 7"),
    "an encounter that is a number": ('{"id": "a", "record": "CHART", "encounter": 7}', "encounter is 7"),
    "another language": ('{"id": "a", "record": "CHART", "language": "fr"}', "en or zh"),
    "another audience": ('{"id": "a", "record": "CHART", "audience": "dog"}', "clinician or patient"),
    "another kind": ('{"id": "a", "record": "CHART", "kind": []}', "care or rehab"),
    "a deep nest": ('{"id": "a", "record": ' + "[" * 100_000, "nested"),
}


@pytest.mark.parametrize("task", ["discharge", "plan"])
def test_bad_rows_are_told_and_the_run_goes_on(batch: Batch, task: str) -> None:
    chart = json.dumps(CHART)
    rows = [raw.replace('"CHART"', chart) for raw, _ in BAD_ROWS.values()]
    *bad, good = batch(task, *rows, {"id": "good", "record": CHART})
    for (name, (_, words)), result in zip(BAD_ROWS.items(), bad, strict=True):
        assert set(result) == {"id", "error"}, name
        assert words in result["error"], (name, result["error"])
        assert "\n" not in result["error"]
        assert "internal error" not in result["error"], (name, result["error"])
    assert good["id"] == "good"
    assert good["task"] == task
    assert good["seconds"] >= 0


def test_a_row_holds_its_id_what_the_single_command_prints_and_seconds(batch: Batch) -> None:
    (row,) = batch("discharge", {"id": 7, "record": CHART, "language": "zh"})
    assert set(row) >= {
        "id",
        "seconds",
        "task",
        "sections",
        "alerts",
        "missing",
        "withheld",
        "text",
        "timings",
    }
    assert (row["id"], row["task"], row["language"]) == (7, "discharge", "zh")


def test_a_bundle_is_given_as_an_object_or_as_text(batch: Batch) -> None:
    raw = (SAMPLES / "knee-replacement-rehabilitation.json").read_text(encoding="utf-8")
    first, second = batch("discharge", {"id": 1, "record": json.loads(raw)}, {"id": 2, "record": raw})
    assert first["sections"] == second["sections"]


def test_rows_without_an_id_are_numbered_by_line_and_blank_lines_are_skipped(batch: Batch) -> None:
    results = batch("triage", "", {"text": "I need a refill."}, "", {"text": "Thank you!"})
    assert [r["id"] for r in results] == ["row-2", "row-4"]


def test_triage_and_redact_rows_take_text_or_question(batch: Batch) -> None:
    first, second, third = batch(
        "triage", {"id": 1, "text": "crushing chest pain and sweating"}, {"id": 2, "question": "thanks"}, {"id": 3, "text": 4}
    )  # fmt: skip
    assert (first["urgency"], second["urgency"]) == ("emergency", second["urgency"])
    assert "text is 4" in third["error"]
    (row,) = batch("redact", {"id": 1, "text": "Mr. Otto Lindqvist, 555-0137"})
    assert {"id", "text", "spans", "seconds"} == set(row)


def test_separators_inside_a_text_do_not_split_a_row(batch: Batch) -> None:
    text = "line one\u2028line two\u0085line three\x0bline four"
    (row,) = batch("redact", json.dumps({"id": 1, "text": text}, ensure_ascii=False))
    assert row["text"] == text


def test_half_a_surrogate_pair_does_not_end_the_run(batch: Batch) -> None:
    first, second = batch(
        "redact", '{"id": "a\\ud83d", "text": "hello \\ud83d there"}', {"id": 2, "text": "fine"}
    )
    assert first["id"] == "a\ud83d"
    assert second["text"] == "fine"


def test_an_unforeseen_error_says_its_place_and_not_what_the_record_says(
    batch: Batch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: str) -> None:
        raise LookupError("Edith Marlowe")

    monkeypatch.setattr("assistant.safety.triage.triage", fails)
    (row,) = batch("triage", {"id": 1, "text": "hello"})
    assert row["error"].startswith("internal error: LookupError at ")
    assert "Marlowe" not in row["error"] + caplog.text


def test_what_cannot_begin_says_so_before_the_work(
    batch: Batch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.jobs.build", lambda *_, **__: pytest.fail("the work was begun"))
    source = tmp_path / "cases.jsonl"
    source.write_text('{"id": 1, "record": "x"}\n')
    for task, rows, target, words in (
        ("sing", source, tmp_path / "out.jsonl", "no task “sing”"),
        ("plan", tmp_path / "gone.jsonl", tmp_path / "out.jsonl", "no such file"),
        ("plan", tmp_path, tmp_path / "out.jsonl", "folder"),
        ("plan", source, tmp_path / "nowhere" / "out.jsonl", "cannot be written"),
        ("plan", source, tmp_path, "folder"),
        ("plan", source, source, "same file"),
    ):
        with pytest.raises(BadInput, match=words):
            run_batch(task, rows, target)
    with pytest.raises(BadInput, match="no guideline store"):
        run_batch("plan", source, tmp_path / "out.jsonl", store_dir=tmp_path / "gone")
    assert source.read_text() == '{"id": 1, "record": "x"}\n'


def test_rows_in_another_encoding_are_one_line(batch: Batch, tmp_path: Path) -> None:
    source = tmp_path / "latin.jsonl"
    source.write_bytes('{"id": 1, "text": "Müller"}\n'.encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8"):
        run_batch("redact", source, tmp_path / "out.jsonl")
