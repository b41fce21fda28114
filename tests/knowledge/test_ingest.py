"""Taking documents in: what was done survives a kill, one bad file never stops the rest, collections stay apart."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from knowledge.embedding import Embedder
from knowledge.open import open_library
from tests.knowledge.conftest import word_vectors

Write = Callable[..., Path]
ROOT = Path(__file__).parents[2]


def _stored(store: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{store / 'library.sqlite'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.Error:
        return 0


def test_after_kill_9_nothing_done_is_lost_and_the_same_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, store = tmp_path / "rows.jsonl", tmp_path / "store"
    rows.write_text(
        "".join(
            json.dumps({"doc_id": f"d{i}", "title": f"T{i}", "text": f"Remedy {i}."}) + "\n"
            for i in range(400)
        )
    )
    script = str(Path(__file__).with_name("slow_ingest.py"))
    process = subprocess.Popen(
        [sys.executable, script, str(rows), str(store)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    deadline = time.monotonic() + 120
    while _stored(store) < 16 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -9
    kept = _stored(store)
    assert 16 <= kept < 400
    embedded: list[str] = []

    def counted(self: Embedder, texts: list[str]) -> object:
        embedded.extend(texts)
        return word_vectors(self, texts)

    monkeypatch.setattr(Embedder, "encode", counted)
    with open_library(store) as library:
        assert all(len(library.passages(g.doc_id)) == 1 for g in library.documents()), "no half document"
        assert library.ingest([rows]).documents == 400
        assert len(library.documents()) == 400
    assert len(embedded) == 400 - kept, "what was done is not done again"


@pytest.mark.usefixtures("quick_vectors")
def test_one_bad_file_of_each_kind_never_stops_the_rest(tmp_path: Path, guideline: Write) -> None:
    good = guideline("good", "Colchicine for gout.\n", doc_id="good")
    twin = guideline("twin", "Another text.\n", doc_id="good")
    bad = {
        "empty.txt": b"",
        "cut.pdf": b"%PDF-1.7 and no more",
        "cut.docx": b"PK\x03\x04 and no more",
        "rows.jsonl": b'{"doc_id": "row", "title": "Row", "text": "Salbutamol for wheeze."}\n{broken\n',
    }
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    page = tmp_path / "page.html"
    page.write_text(
        "<html><body><script>alert('x')</script><h1>Sepsis</h1><p>Fluids early.</p></body></html>"
    )
    files = [*(tmp_path / name for name in bad), good, twin, page, tmp_path / "gone.md"]
    seen: list[tuple[int, int]] = []
    with open_library(tmp_path / "store") as library:
        report = library.ingest(files, progress=lambda done, total, _name: seen.append((done, total)))
        assert {g.doc_id for g in library.documents()} == {"good", "row", "page"}
        assert "alert" not in library.document("page").text
    assert {Path(s.path).name for s in report.skipped} == {
        "empty.txt", "cut.pdf", "cut.docx", "rows.jsonl:2", "twin.md", "gone.md",
    }  # fmt: skip
    assert report.documents == 3
    assert seen[-1][0] == seen[-1][1] == 9
    assert all(done <= total for done, total in seen)


@pytest.mark.usefixtures("quick_vectors")
def test_a_file_that_breaks_the_reading_leaves_what_came_before_it(
    tmp_path: Path, guideline: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.ingest._BATCH_PASSAGES", 1)
    paths = [guideline(f"g{i}", f"Remedy number {i}.\n", doc_id=f"g{i}") for i in range(6)]

    def pulled(done: int, _total: int, _name: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with open_library(tmp_path / "store") as library:
        with pytest.raises(KeyboardInterrupt):
            library.ingest(paths, progress=pulled)
        assert [g.doc_id for g in library.documents()] == ["g0", "g1", "g2"]


@pytest.mark.usefixtures("quick_vectors")
def test_a_search_restricted_to_collections_sees_no_other(tmp_path: Path, guideline: Write) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest([guideline("a", "Gout: colchicine.\n", doc_id="a")], collection="ward-3")
        library.ingest([guideline("b", "Gout: naproxen.\n", doc_id="b")], collection="clinic")
        library.ingest([guideline("c", "Gout: rest.\n", doc_id="c", collection="own")], collection="clinic")
        for chosen, ids in (
            (["ward-3"], {"a"}),
            (["clinic", "own"], {"b", "c"}),
            (["nosuch"], set()),
            (None, {"a", "b", "c"}),
        ):
            found = {h.passage.doc_id for h in library.search("gout", collections=chosen).passages}
            assert found == ids, chosen
        library.ingest([guideline("a", "Gout: colchicine.\n", doc_id="a")], collection="clinic")
        assert library.document("a").collection == "clinic", "taken in again, it moves"
