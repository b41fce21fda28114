"""A killed night's run goes on where it stopped: no row lost, none twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.batch import run_batch
from assistant.errors import BadInput

ROWS = [{"id": i, "text": f"message {i}: I need a refill."} for i in range(100)]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(json.dumps(r) for r in ROWS) + "\n", encoding="utf-8")
    return source, target


def ids(target: Path) -> list[Any]:
    return [json.loads(line)["id"] for line in target.read_text(encoding="utf-8").splitlines()]


def test_a_hundred_cases_in_one_call(files: tuple[Path, Path]) -> None:
    source, target = files
    assert run_batch("triage", source, target) == 0
    assert ids(target) == list(range(100))


@pytest.mark.parametrize("torn", ["", '{"id": 40, "urg', '{"id": 40, "urgency": "routine"}'])
def test_a_killed_run_goes_on_and_a_half_line_is_mended(files: tuple[Path, Path], torn: str) -> None:
    source, target = files
    run_batch("triage", source, target)
    whole = target.read_text(encoding="utf-8").splitlines()
    target.write_text("\n".join(whole[:40]) + "\n" + torn, encoding="utf-8")
    run_batch("triage", source, target, resume=True)
    assert ids(target) == list(range(100))


def test_rows_that_are_done_are_kept_to_the_letter(files: tuple[Path, Path]) -> None:
    source, target = files
    target.write_text('{"id": 3, "mine": "kept"}\n', encoding="utf-8")
    run_batch("triage", source, target, resume=True)
    assert target.read_text(encoding="utf-8").splitlines()[0] == '{"id": 3, "mine": "kept"}'
    assert sorted(ids(target)) == list(range(100))


def test_two_rows_of_one_id_need_two_results(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"id": "a", "text": "one"}\n{"id": "a", "text": "two"}\n{"text": "three"}\n')
    target.write_text('{"id": "a", "urgency": "routine"}\n')
    run_batch("triage", source, target, resume=True)
    assert ids(target) == ["a", "a", "row-3"]


def test_without_resume_the_file_is_written_anew(files: tuple[Path, Path]) -> None:
    source, target = files
    target.write_text('{"id": 3, "old": true}\n', encoding="utf-8")
    run_batch("triage", source, target)
    assert ids(target) == list(range(100))


def test_resume_without_a_file_begins_one(files: tuple[Path, Path]) -> None:
    source, target = files
    run_batch("triage", source, target, resume=True)
    assert ids(target) == list(range(100))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("notes of mine\nmore\n", "row 1: not a result"),
        ('{"a": 1}\n', "row 1: not a result"),
        ('{"id": 1, "task": "plan"}\n', "of “plan”"),
    ],
)
def test_a_file_of_something_else_is_left_as_it_is(
    files: tuple[Path, Path], content: str, words: str
) -> None:
    source, target = files
    target.write_text(content, encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        run_batch("triage", source, target, resume=True)
    assert target.read_text(encoding="utf-8") == content
