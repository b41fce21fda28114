from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.models.manifest import Gate, read_manifest, write_manifest
from assistant.wiring import load_settings, open_records
from evals.adapters_refused import sound_folder
from finetune.cli import app
from finetune.errors import FineTuneError
from tests.finetune.test_gate import _report

Run = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEDSIDE_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = sound_folder(tmp_path / "adapters" / "ours")
    write_manifest(made, read_manifest(made).model_copy(update={"gate": Gate(reasons=("Not measured.",))}))
    return made


@pytest.fixture
def run() -> Run:
    def command(*arguments: str) -> Any:
        done = CliRunner().invoke(app, ["adapters", *arguments])
        if done.exception:
            raise done.exception
        return json.loads(done.stdout.splitlines()[-1])

    return command


def _written(folder: Path, tmp_path: Path, **changes: Any) -> Path:
    report = {**_report(**changes), "weights_sha256": read_manifest(folder).weights_sha256}
    report["after"]["charts"]["replies"] = [{"note": "Zenobia", "reply": "r"}]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report), "utf-8")
    path.with_suffix(".html").write_text("<p>report</p>", "utf-8")
    return path


def _actions(tmp_path: Path) -> list[tuple[str, str, str]]:
    from sqlalchemy import select

    from assistant.store.tables import audit

    store = open_records(load_settings())
    try:
        with store.audit.reading() as connection:
            rows = connection.execute(select(audit).where(audit.c.object_kind == "adapter")).all()
            return [(row.action, row.object_id, row.outcome) for row in rows]
    finally:
        store.close()


def test_from_measured_to_used_and_back_with_every_step_in_the_trail(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    (before,) = [a for a in run("list")["adapters"] if a["name"] == "ours"]
    assert (before["approved"], before["in_use"]) == (False, False)
    assert run("approve", "ours", "--report", str(_written(folder, tmp_path)))["passed"] is True
    assert run("use", "ours") == {"in_use": "ours"}
    assert run("list")["in_use"] == "ours"
    assert run("rollback")["in_use"] != "ours"
    assert _actions(tmp_path) == [
        ("review", "ours", "ok"),
        ("enable", "ours", "ok"),
        ("disable", "ours", "ok"),
    ]


def test_approval_keeps_figures_and_card_and_none_of_the_notes(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    run("approve", "ours", "--report", str(_written(folder, tmp_path)))
    manifest = read_manifest(folder)
    assert manifest.approved
    assert manifest.figures["evaluation"]["adapter"]["charts"]["unsupported"] == 0.1
    kept = "".join(p.read_text("utf-8") for p in folder.iterdir() if p.suffix in (".json", ".md"))
    assert "Zenobia" not in kept
    assert "Gate: passed" in (folder / "MODEL_CARD.md").read_text("utf-8")


def test_one_that_fails_is_written_down_as_failed_and_cannot_be_used(
    folder: Path, tmp_path: Path, run: Run
) -> None:
    report = _written(folder, tmp_path, injected__obeyed=0.9)
    with pytest.raises(FineTuneError, match="injected, obeyed"):
        run("approve", "ours", "--report", str(report))
    assert "injected, obeyed" in read_manifest(folder).gate.reasons[0]
    with pytest.raises(Exception, match="cannot be used: The gate was not passed"):
        run("use", "ours")
    assert not (tmp_path / "adapters.json").exists()


def test_a_report_of_other_weights_approves_nothing(folder: Path, tmp_path: Path, run: Run) -> None:
    path = _written(folder, tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "weights_sha256": "0" * 64}), "utf-8")
    with pytest.raises(FineTuneError, match="measured other weights"):
        run("approve", "ours", "--report", str(path))
    assert not read_manifest(folder).approved


def test_the_base_alone_may_be_used(folder: Path, run: Run) -> None:
    assert run("use", "none") == {"in_use": None}
