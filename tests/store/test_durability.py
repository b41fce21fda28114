from __future__ import annotations

from pathlib import Path

import pytest

from assistant.store import open_store
from evals.durability import Place, Said, _count, _prepare, kill_figures

CLEAN = {"lost": 0, "doubled": 0, "acts_without_their_row": 0, "audit_whole": True, "integrity": "ok"}


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9_and_nothing_is_there_twice(url: str, tmp_path: Path) -> None:
    figures = kill_figures(tmp_path, url, kills=10, writes=50)
    assert {name: figures[name] for name in CLEAN} == CLEAN
    assert figures["acknowledged"] >= 50
    assert figures["kills"] >= 10


def counted(place: Place, said: Said) -> dict[str, object]:
    store = open_store(place.url, anchor=place.anchor)
    try:
        return _count(store, place, said)
    finally:
        store.close()


@pytest.mark.parametrize(
    ("said", "lost"),
    [(Said(), 0), (Said(messages=[1]), 1), (Said(signatures=[1]), 1), (Said(audit=["a1.0"]), 1)],
)
def test_the_count_knows_what_was_lost(said: Said, lost: int, tmp_path: Path) -> None:
    place = _prepare(f"sqlite:///{tmp_path / 'k.db'}", tmp_path / "anchor")
    assert counted(place, said)["lost"] == lost
