from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from assistant import health, metrics
from assistant.config import Settings
from assistant.wiring import open_records


def _found(settings: Settings) -> dict[str, bool]:
    return {c["name"]: c["ok"] for c in health.report(settings)["checks"]}


def test_a_machine_where_nothing_was_started_is_alive_and_not_ready(tmp_path: Path) -> None:
    told = health.report(Settings(bedside_home=tmp_path / "new", model="none", _env_file=None))  # type: ignore[call-arg]
    assert told["live"]
    assert not told["ready"]
    assert [c["name"] for c in told["checks"]] == ["database", "audit", "index", "model", "disk"]
    assert not (tmp_path / "new").exists(), "asking changes nothing"


@pytest.mark.parametrize(
    ("model", "ok"), [("none", True), ("server:http://127.0.0.1:9/v1#m", False), ("local:/nowhere", False)]
)
def test_each_part_is_asked(tmp_path: Path, model: str, ok: bool) -> None:
    settings = Settings(bedside_home=tmp_path, model=model, _env_file=None)  # type: ignore[call-arg]
    open_records(settings).close()
    found = _found(settings)
    assert found["database"]
    assert found["audit"]
    assert found["model"] is ok
    assert not found["index"]


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(bedside_home=tmp_path, model="none", _env_file=None)  # type: ignore[call-arg]
    assert _found(settings)["disk"]
    monkeypatch.setattr(health, "LEAST_FREE_MB", 10**9)
    assert not _found(settings)["disk"]


def test_figures_have_no_label_for_people_and_unknown_tasks_are_one(tmp_path: Path) -> None:
    metrics.turn_ended("ask", "finished", 1.5, withheld=2, red_flags=1)
    metrics.turn_ended("Jane Roe", "failed", 0.5)
    text = generate_latest(metrics.REGISTRY).decode()
    assert 'bedside_turns_total{ending="finished",task="ask"}' in text
    assert "Jane" not in text
    assert 'task="other"' in text


def test_figures_are_served_on_this_machine_alone(unused_port: int) -> None:
    metrics.serve(unused_port, lambda: 3.0)
    with urllib.request.urlopen(f"http://127.0.0.1:{unused_port}/metrics", timeout=5) as answer:
        assert "bedside_turns_in_line 3.0" in answer.read().decode()


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
