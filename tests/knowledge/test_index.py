"""The index is disposable: embedded or on a real Chroma server, what is damaged, missing or stale is made again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import IndexAddress, IndexUnavailable
from knowledge.index import VectorIndex
from knowledge.open import Library, open_library
from tests.knowledge.chroma_server import ChromaServer

pytestmark = [pytest.mark.usefixtures("quick_vectors"), pytest.mark.slow]
Write = Callable[..., Path]
TOPICS = ("gout", "asthma", "sepsis", "delirium", "stroke", "migraine", "scabies", "anaemia")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaServer]:
    running = ChromaServer(tmp_path_factory.mktemp("chroma"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(params=["embedded", "server"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "embedded" else str(request.getfixturevalue("server").url)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one with each index made anew."""
    made: list[str] = []
    rebuild = VectorIndex._rebuild

    def counted(self: VectorIndex, *rest: Any) -> None:
        made.append("built")
        rebuild(self, *rest)

    monkeypatch.setattr(VectorIndex, "_rebuild", counted)
    return made


def _paths(write: Write) -> list[Path]:
    body = "# {0}\n\n## Treatment\nFor {0} give remedy {1} twice daily.\n"
    return [write(t, body.format(t, i), doc_id=t, title=t.title()) for i, t in enumerate(TOPICS)]


def _ranking(library: Library) -> list[tuple[str, float]]:
    hits = library.search("give remedy for stroke", 8).passages
    return [(h.passage.passage_id, round(h.score, 3)) for h in hits]


def _collection(library: Library) -> Any:
    library.search("open the index")
    index = library._search._index
    assert index is not None
    return index._collection


def _forget_clients() -> None:
    import chromadb

    chromadb.api.client.SharedSystemClient.clear_system_cache()


def test_an_index_that_is_sound_is_used_again(
    tmp_path: Path, guideline: Write, url: str, builds: list[str]
) -> None:
    with open_library(tmp_path / "store", chroma_url=url) as library:
        library.ingest(_paths(guideline))
        before = _ranking(library)
        assert _collection(library).count() == len(TOPICS)
    with open_library(tmp_path / "store", chroma_url=url) as library:
        assert _ranking(library) == before
    assert builds == ["built"]


def _wrong_vectors(collection: Any) -> None:
    ids = collection.get(include=[])["ids"]
    collection.update(ids=ids, embeddings=[[1.0] + [0.0] * 63] * len(ids))


def _missing_vectors(collection: Any) -> None:
    collection.delete(ids=collection.get(include=[])["ids"][:3])


def _no_vectors(collection: Any) -> None:
    collection.delete(ids=collection.get(include=[])["ids"])


@pytest.mark.parametrize("damage", [_wrong_vectors, _missing_vectors, _no_vectors])
def test_an_index_that_lies_is_noticed_and_made_again(
    tmp_path: Path, guideline: Write, url: str, builds: list[str], damage: Callable[[Any], None]
) -> None:
    with open_library(tmp_path / "store", chroma_url=url) as library:
        library.ingest(_paths(guideline))
        before = _ranking(library)
        damage(_collection(library))
    _forget_clients()
    with open_library(tmp_path / "store", chroma_url=url) as library:
        assert _ranking(library) == before
        assert _collection(library).count() == len(TOPICS)
    assert builds == ["built", "built"]


@pytest.mark.parametrize(
    "change", [{"folder": "bedside-gone"}, {"model": "another"}, {"server": "http://elsewhere:1"}]
)
def test_a_stamp_of_another_index_leads_to_a_new_one(
    tmp_path: Path, guideline: Write, url: str, builds: list[str], change: dict[str, str]
) -> None:
    stamp = tmp_path / "store" / "index" / "current.json"
    with open_library(tmp_path / "store", chroma_url=url) as library:
        library.ingest(_paths(guideline))
        before = _ranking(library)
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | change))
    with open_library(tmp_path / "store", chroma_url=url) as library:
        assert _ranking(library) == before
    assert builds == ["built", "built"]


def test_what_was_taken_in_or_out_since_is_brought_up_to_date_without_a_new_index(
    tmp_path: Path, guideline: Write, url: str, builds: list[str]
) -> None:
    with open_library(tmp_path / "store", chroma_url=url) as library:
        library.ingest(_paths(guideline))
        library.search("gout")
        library.remove("gout")
        library.ingest([guideline("croup", "Give remedy 99 for croup.\n", doc_id="croup")])
        assert library.search("croup").passages[0].passage.doc_id == "croup"
        held = _collection(library).get(include=[])["ids"]
        assert {i.split("#")[0] for i in held} == {*TOPICS, "croup"} - {"gout"}
    assert builds == ["built"]


def test_a_library_moves_from_embedded_to_a_server_and_back(
    tmp_path: Path, guideline: Write, server: ChromaServer, builds: list[str]
) -> None:
    rankings = []
    for address in ("", server.url, ""):
        with open_library(tmp_path / "store", chroma_url=address) as library:
            library.ingest(_paths(guideline))
            rankings.append(_ranking(library))
    assert rankings[0] == rankings[1] == rankings[2]
    assert len(builds) == 3


def test_two_libraries_on_one_server_leave_each_other_alone(
    tmp_path: Path, guideline: Write, server: ChromaServer
) -> None:
    paths = _paths(guideline)
    with (
        open_library(tmp_path / "a", chroma_url=server.url) as a,
        open_library(tmp_path / "b", chroma_url=server.url) as b,
    ):
        a.ingest(paths[:4])
        b.ingest(paths[4:])
        a.search("remedy")
        b.search("remedy")
        b.reindex()
        b.search("remedy")
        assert {h.passage.doc_id for h in a.search("remedy").passages} == set(TOPICS[:4])
        assert _collection(a).count() == 4


def test_a_server_that_is_down_is_said_and_the_library_recovers_with_it(
    tmp_path: Path, guideline: Write
) -> None:
    server = ChromaServer(tmp_path / "chroma")
    server.start()
    with open_library(tmp_path / "store", chroma_url=server.url) as library:
        try:
            library.ingest(_paths(guideline)[:4])
            library.search("gout")
            server.stop()
            with pytest.raises(IndexUnavailable, match="guidelines are unavailable"):
                library.search("gout")
            assert library.ingest(_paths(guideline)[4:]).documents == 4, (
                "the text itself is not on the server"
            )
            with pytest.raises(IndexUnavailable, match=server.url):
                library.search("migraine")
            server.start()
            assert "migraine" in {h.passage.doc_id for h in library.search("migraine remedy").passages}
            assert _collection(library).count() == len(TOPICS)
        finally:
            server.stop()


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://x:1", "http://", "http://x:port"])
def test_an_address_that_is_none_is_refused_on_opening(tmp_path: Path, address: str) -> None:
    with pytest.raises(IndexAddress, match="http://host:8000"):
        open_library(tmp_path / "store", chroma_url=address)
