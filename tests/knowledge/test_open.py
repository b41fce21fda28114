from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from knowledge import index as index_module
from knowledge import ingest as ingest_module
from knowledge import open as open_module
from knowledge.errors import StoreInUse, StoreTooNew, StoreUnavailable, UnknownDocument
from knowledge.open import open_library

pytestmark = pytest.mark.usefixtures("quick_vectors")
Write = Callable[..., Path]
TOPICS = ("gout", "asthma", "sepsis", "delirium", "stroke", "migraine", "scabies", "anaemia")


def _fill(write: Write) -> list[Path]:
    return [
        write(
            t,
            f"# {t.title()}\n\n## Treatment\nFor {t} give remedy {i} twice daily. [Class I, Level A]\n",
            doc_id=t,
            title=t.title(),
        )
        for i, t in enumerate(TOPICS)
    ]


def test_offsets_point_at_the_exact_characters(tmp_path: Path, guideline: Write) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(_fill(guideline))
        best = library.search("treatment of asthma").passages[0].passage
        assert best.doc_id == "asthma"
        assert library.document("asthma").text[best.start : best.end] == best.text
        assert (best.section, best.grade) == ("Treatment", "Class I, Level A")
        assert library.passages("asthma") == [best]


def test_taking_in_again_replaces_and_never_doubles(tmp_path: Path, guideline: Write) -> None:
    paths = _fill(guideline)
    with open_library(tmp_path / "store") as library:
        first = library.ingest(paths)
        assert library.ingest(paths) == first
        guideline("gout", "Rest only, with ice.\n", doc_id="gout", title="Gout")
        library.ingest([tmp_path / "gout.md"])
        assert len(library.documents()) == len(TOPICS)
        assert [p.text for p in library.passages("gout")] == ["Rest only, with ice."]
        texts = [h.passage.text for h in library.search("gout").passages if h.passage.doc_id == "gout"]
        assert texts == ["Rest only, with ice."]


def test_the_same_content_under_another_path_is_one_document(tmp_path: Path, guideline: Write) -> None:
    a = guideline("a", "Rest the joint and cool it.\n")
    b = guideline("b", "Rest the joint and cool it.\n")
    with open_library(tmp_path / "store") as library:
        report = library.ingest([a, b])
        assert report.documents == 1
        assert "already in the library as 'a'" in report.skipped[0].reason


def test_two_files_with_one_id_are_reported_and_the_first_goes_in(tmp_path: Path, guideline: Write) -> None:
    a = guideline("a", "First.\n", doc_id="same")
    b = guideline("b", "Second.\n", doc_id="same")
    with open_library(tmp_path / "store") as library:
        report = library.ingest([a, b])
        assert "already taken by" in report.skipped[0].reason
        assert library.document("same").text == "First.\n"


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ({"edition": "1"}, {"edition": "2", "supersedes": "old"}, True),
        ({"publisher": "WHO", "published": "2019"}, {"publisher": "WHO", "published": "2024"}, True),
        ({"publisher": "WHO", "published": "2019"}, {"publisher": "NICE", "published": "2024"}, False),
        ({"publisher": "", "published": "2019"}, {"publisher": "", "published": "2024"}, False),
    ],
)
def test_a_new_edition_marks_the_old_and_stands_above_it(
    tmp_path: Path, guideline: Write, old: dict[str, str], new: dict[str, str], marked: bool
) -> None:
    body = "Gout gout gout: colchicine for gout attacks.\n"
    paths = [
        guideline("old", body, doc_id="old", title="Gout", **old),
        guideline("new", "Colchicine for gout.\n", doc_id="new", title="Gout", **new),
    ]
    with open_library(tmp_path / "store") as library:
        library.ingest([*paths, *_fill(guideline)[1:]])
        assert (library.document("old").superseded_by == "new") is marked
        assert library.document("new").superseded_by == ""
        if marked:
            ranked = [h.passage.doc_id for h in library.search("colchicine for gout attacks").passages]
            assert ranked.index("new") < ranked.index("old")
            library.remove("new")
            assert library.document("old").superseded_by == ""


def test_removing_takes_it_out_of_the_search_at_once(tmp_path: Path, guideline: Write) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(_fill(guideline))
        library.search("sepsis")
        library.remove("sepsis")
        assert "sepsis" not in {h.passage.doc_id for h in library.search("sepsis").passages}
        with pytest.raises(UnknownDocument, match="'sepsis'"):
            library.remove("sepsis")


def test_one_document_cannot_fill_the_page(tmp_path: Path, guideline: Write) -> None:
    long = guideline(
        "long", "".join(f"## Part {i}\nGout gout remedy {i}.\n" for i in range(20)), doc_id="long"
    )
    with open_library(tmp_path / "store") as library:
        library.ingest([long, *_fill(guideline)])
        ids = [h.passage.doc_id for h in library.search("gout remedy", 6).passages]
        assert ids.count("long") == 3
        assert len(library.search("gout remedy", 6, doc_ids=["long"]).passages) == 6


def test_filters_leave_only_what_they_name(tmp_path: Path, guideline: Write) -> None:
    zh = guideline("zh", "痛风急性期可用秋水仙碱，remedy。\n", doc_id="zh", publisher="中华医学会")
    with open_library(tmp_path / "store") as library:
        library.ingest(_fill(guideline))
        library.ingest([zh], collection="china")
        for filters in (
            {"language": "zh"},
            {"collections": ["china"]},
            {"doc_ids": ["zh"]},
            {"publishers": ["中华医学会"]},
        ):
            assert [h.passage.doc_id for h in library.search("remedy", **filters).passages] == ["zh"]
        assert library.search("remedy", doc_ids=["none"]).passages == ()
        assert library.search("痛风 秋水仙碱").passages[0].passage.doc_id == "zh"


def test_an_empty_library_abstains(tmp_path: Path) -> None:
    with open_library(tmp_path / "store") as library:
        result = library.search("gout")
        assert result.abstained
        assert result.passages == ()


def _ranking(library: open_module.Library) -> list[tuple[str, float]]:
    return [
        (h.passage.passage_id, round(h.score, 3))
        for h in library.search("give remedy for stroke", 8).passages
    ]


def _index_files(store: Path) -> list[Path]:
    return [p for p in (store / "index").rglob("*") if p.is_file()]


@pytest.mark.parametrize("damage", ["truncate", "zero", "delete", "stamp lies"])
def test_a_damaged_index_is_noticed_and_made_again_with_the_same_results(
    tmp_path: Path, guideline: Write, damage: str
) -> None:
    store = tmp_path / "store"
    with open_library(store) as library:
        library.ingest(_fill(guideline))
        before = _ranking(library)
    for file in _index_files(store):
        if damage == "truncate":
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 3])
        elif damage == "zero":
            file.write_bytes(b"\0" * file.stat().st_size)
        elif damage == "delete":
            file.unlink()
        elif file.name == "current.json":
            file.write_text(file.read_text().replace('"revision": 1', '"revision": 99'))
    with open_library(store) as library:
        assert _ranking(library) == before
        library.ingest([guideline("croup", "Give remedy 99 for croup.\n", doc_id="croup")])
        assert library.search("croup").passages[0].passage.doc_id == "croup"


def test_an_index_with_wrong_vectors_fails_its_canaries(
    tmp_path: Path, guideline: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    import chromadb

    store = tmp_path / "store"
    with open_library(store) as library:
        library.ingest(_fill(guideline))
        before = _ranking(library)
        index = library._search._index
        assert index is not None
        ids = index._collection.get(include=[])["ids"]
        index._collection.update(ids=ids, embeddings=[[1.0] + [0.0] * 63] * len(ids))
    rebuilt: list[int] = []
    rebuild = index_module.VectorIndex._rebuild

    def counted(self: index_module.VectorIndex, *rest: object) -> None:
        rebuilt.append(1)
        rebuild(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(index_module.VectorIndex, "_rebuild", counted)
    chromadb.api.client.SharedSystemClient.clear_system_cache()
    with open_library(store) as library:
        assert _ranking(library) == before
    assert rebuilt


def test_a_second_reader_searches_but_may_not_write(tmp_path: Path, guideline: Write) -> None:
    store = tmp_path / "store"
    paths = _fill(guideline)
    with open_library(store) as owner:
        owner.ingest(paths)
        with open_library(store) as reader:
            assert _ranking(reader) == _ranking(owner)
            with pytest.raises(StoreInUse, match="Another process"):
                reader.ingest(paths)
            owner.remove("stroke")
            assert _ranking(reader) == _ranking(owner)
    with open_library(store) as library:
        assert library.ingest(paths).documents == len(TOPICS)


def test_a_kill_while_taking_in_loses_nothing_that_was_done(
    tmp_path: Path, guideline: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"
    paths = _fill(guideline)
    monkeypatch.setattr(ingest_module, "_BATCH_PASSAGES", 2)

    def killed(done: int, _total: int, _name: str) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with open_library(store) as library, pytest.raises(KeyboardInterrupt):
        library.ingest(paths, progress=killed)
    with open_library(store) as library:
        kept = len(library.documents())
        assert 0 < kept < len(TOPICS)
        library.ingest(paths)
        assert len(library.documents()) == len(TOPICS)
        assert sorted({h.passage.doc_id for h in library.search("remedy", 8).passages}) == sorted(TOPICS)


def test_threads_may_search_while_one_takes_documents_in(tmp_path: Path, guideline: Write) -> None:
    failures: list[Exception] = []
    with open_library(tmp_path / "store") as library:
        library.ingest(_fill(guideline)[:4])

        def ask() -> None:
            try:
                for _ in range(10):
                    assert library.search("gout remedy").passages
            except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
                failures.append(error)

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        library.ingest(_fill(guideline)[4:])
        for thread in threads:
            thread.join()
    assert not failures


def test_a_newer_store_and_a_broken_one_are_refused_plainly(tmp_path: Path) -> None:
    open_library(tmp_path / "store").close()
    with sqlite3.connect(tmp_path / "store" / "library.sqlite") as db:
        db.execute("UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    with pytest.raises(StoreTooNew, match="Update the program"):
        open_library(tmp_path / "store")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "library.sqlite").write_bytes(b"not a database, but long enough to look at" * 50)
    with pytest.raises(StoreUnavailable, match="backup"):
        open_library(tmp_path / "bad")


def test_the_starter_library_goes_in_once_and_follows_its_files(
    tmp_path: Path, guideline: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_module, "STARTER", tmp_path)
    _fill(guideline)
    store = tmp_path / "store"
    open_library(store, starter=True).close()
    monkeypatch.setattr(open_module.loaders, "load", lambda path: pytest.fail(f"read again: {path}"))
    with open_library(store, starter=True) as library:
        assert len(library.documents()) == len(TOPICS)
        library.remove("gout")
    monkeypatch.undo()
    monkeypatch.setattr(open_module, "STARTER", tmp_path)
    (tmp_path / "asthma.md").unlink()
    monkeypatch.setattr(open_module.Embedder, "encode", lambda *_: pytest.fail("nothing new, yet embedded"))
    with open_library(store, starter=True) as library:
        left = {g.doc_id for g in library.documents()}
        assert left == set(TOPICS) - {"asthma", "gout"}, (
            "a removed starter guideline stays out; a deleted file's goes"
        )


def test_langchain_gets_documents_with_their_source_and_nothing_when_abstaining(
    tmp_path: Path, guideline: Write
) -> None:
    with open_library(tmp_path / "store") as library:
        library.ingest(_fill(guideline))
        retriever = library.as_langchain_retriever()
        found = retriever.invoke("asthma treatment remedy")
        assert found[0].metadata["doc_id"] == "asthma"
        assert retriever.invoke("rent increase of my landlord's flat in Leeds") == []


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = "import sys, knowledge, knowledge.cli, knowledge.open; print([m for m in ('torch','chromadb','transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
