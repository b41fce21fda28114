from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from evals.hostile import CANARY, Outcome, try_both
from evals.hostile_files import FULL, HostileFile, generate

SMALL = {
    "docx_laughs",
    "docx_xxe",
    "docx_traversal",
    "zip_lying",
    "pdf_bomb",
    "pdf_circle",
    "json_deep",
    "json_deep_closed",
    "polyglot",
    "yaml_head",
}
READ_AS_TEXT = {"json_deep", "json_deep_closed", "docx_traversal", "polyglot", "yaml_head"}


def test_two_hundred_files_are_made_the_same_from_the_same_seed() -> None:
    assert sum(1 for _ in generate(FULL)) == FULL
    first, again = list(islice(generate(8), 8)), list(islice(generate(8), 8))
    assert [f.name for f in first] == [f.name for f in again]
    assert len({f.kind for f in first}) == 8
    assert any(".." in f.name for f in first)


@pytest.mark.slow
def test_hostile_files_are_read_or_refused_in_one_line_within_the_limits(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    files = [f for f in generate(30, secret=secret) if f.kind in SMALL]
    outcomes: list[Outcome] = [o for f in files for o in try_both(f, uploads, seconds=20.0)]
    assert {o.kind for o in outcomes} == SMALL
    assert not [o for o in outcomes if o.fault]
    assert {o.kind for o in outcomes if o.read} <= READ_AS_TEXT, "bombs, entities and lies are refused"
    assert not list(uploads.iterdir())
    assert not list(Path("/tmp").glob("bedside-escaped*"))


def test_the_judge_notices_a_file_that_was_never_given(tmp_path: Path) -> None:
    leaking = HostileFile("leak", "leak.txt", f"Patient: A B\n{CANARY}\n".encode())
    assert [o.fault for o in try_both(leaking, tmp_path)] == ["read a file it was not given"] * 2
