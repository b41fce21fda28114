"""The library in other people's chains: the documented example runs as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge.errors import DocumentUnreadable
from knowledge.langchain import GuidelineLoader, GuidelineRetriever, PassageSplitter
from knowledge.open import open_library

pytestmark = pytest.mark.usefixtures("quick_vectors")
DOCS = Path(__file__).parents[2] / "docs" / "knowledge.md"
GOUT = "# Gout\n\n## Treatment\nColchicine 0.5 mg two to four times daily for an acute attack of gout.\n\n## Diet\nLess beer.\n"


def test_the_documented_example_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = re.search(r"<!-- example: langchain -->\n```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line.strip() and not re.match(r"from|import", line)]
    assert len(lines) <= 10
    (tmp_path / "gout.md").write_text(GOUT)
    monkeypatch.chdir(tmp_path)
    exec(compile(found[1], str(DOCS), "exec"), {})
    printed = capsys.readouterr().out
    assert "Colchicine 0.5 mg two to four times daily" in printed
    assert printed.splitlines()[-1] == "2 Treatment"


def test_a_retriever_keeps_to_its_filters(tmp_path: Path, guideline: Callable[..., Path]) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(
            [guideline("a", "Gout: colchicine for an attack of gout.\n", doc_id="a")], collection="x"
        )
        library.ingest(
            [guideline("b", "Gout: naproxen for an attack of gout.\n", doc_id="b")], collection="y"
        )
        retriever = GuidelineRetriever(library=library, filters={"collections": ["y"]})
        assert [d.metadata["doc_id"] for d in retriever.invoke("attack of gout")] == ["b"]


def test_pieces_are_exact_ranges_of_what_the_loader_read(tmp_path: Path) -> None:
    (tmp_path / "long.md").write_text(
        "# Sepsis\n\n" + "".join(f"## Part {i}\n" + "Give fluids early. " * 60 + "\n" for i in range(3))
    )
    (whole,) = GuidelineLoader(tmp_path / "long.md").load()
    pieces = PassageSplitter().split_documents([whole])
    assert len(pieces) >= 3
    for piece in pieces:
        assert whole.page_content[piece.metadata["start"] : piece.metadata["end"]] == piece.page_content
    assert {p.metadata["section"] for p in pieces} == {"Part 0", "Part 1", "Part 2"}


def test_a_file_that_cannot_be_read_is_named_or_left_out(tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.7 and no more")
    (tmp_path / "good.md").write_text(GOUT)
    with pytest.raises(DocumentUnreadable, match=r"bad\.pdf"):
        GuidelineLoader(tmp_path).load()
    assert [d.id for d in GuidelineLoader(tmp_path, strict=False).load()] == ["good"]
