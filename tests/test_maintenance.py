from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.config import Settings
from assistant.store import DEMONSTRATION_WARD, SYSTEM, PatientDisplay, RecordSource, SourceKind
from assistant.store.master_keys import new_key
from assistant.wiring import load_settings, open_records

RUN = CliRunner()


@pytest.fixture
def patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A patient in a store of its own, with the settings pointing there."""
    for name in ("BEDSIDE_KEY", "BEDSIDE_KEY_FILE", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BEDSIDE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    store = open_records(load_settings())
    source = RecordSource(SourceKind.CHART, b"Ottoline Plumtree, pneumonia", "chart.txt")
    found = store.patients.add(
        SYSTEM, source, PatientDisplay(name="Ottoline Plumtree"), ward_id=DEMONSTRATION_WARD
    )
    store.close()
    return found


def test_a_backup_is_made_and_restored_from_the_command_line(patient: str, tmp_path: Path) -> None:
    file = tmp_path / "b.bedside"
    assert json.loads(RUN.invoke(app, ["backup", str(file)]).stdout)["rows"]["patients"] == 1
    again = RUN.invoke(app, ["backup", str(file)])
    assert (again.exit_code, "there already" in again.stderr) == (2, True)
    assert RUN.invoke(app, ["erase-patient", patient, "--reason", "test data"]).exit_code == 0
    refused = RUN.invoke(app, ["restore", str(tmp_path / "home" / "bedside.db"), "--replace"])
    assert (refused.exit_code, "not a backup of Bedside" in refused.stderr) == (2, True)
    restored = RUN.invoke(app, ["restore", str(file), "--replace"])
    assert restored.exit_code == 0
    gone = RUN.invoke(app, ["export-patient", patient, "--out", str(tmp_path / "out")])
    assert "no such patient" in gone.stderr  # erased since the backup, and erased again by the restore


def test_a_patients_copy_is_the_operators_alone_and_goes_to_a_new_folder(
    patient: str, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    told = json.loads(RUN.invoke(app, ["export-patient", patient, "--out", str(out)]).stdout)
    assert (out / "record.txt").read_bytes() == b"Ottoline Plumtree, pneumonia"
    assert set(told["files"]) == {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()}
    assert all(stat.S_IMODE(p.stat().st_mode) & 0o077 == 0 for p in [out, *out.rglob("*")])
    assert RUN.invoke(app, ["export-patient", patient, "--out", str(out)]).exit_code == 2


def test_words_given_as_a_reason_stay_out_of_the_trail(patient: str, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["erase-patient", patient, "--reason", "Ottoline asked her GP"])
    assert result.exit_code == 0
    assert "never words" in result.stderr
    assert json.loads(result.stdout)["rows"]["patients"] == 1


def test_a_key_is_rotated_and_a_wrong_one_is_one_line(
    patient: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert json.loads(RUN.invoke(app, ["keys", "where"]).stdout) == {
        "key": str(tmp_path / "home" / "keys" / "bedside.key")
    }
    key = tmp_path / "home" / "keys" / "bedside.key"
    before = key.read_text().split()
    assert json.loads(RUN.invoke(app, ["keys", "rotate"]).stdout)["rows"] == 1
    assert key.read_text().split()[1:] == before
    wrong = RUN.invoke(app, ["keys", "new"]).stdout.strip()
    monkeypatch.setenv("BEDSIDE_KEY", wrong)
    refused = RUN.invoke(app, ["retention", "--dry-run"])
    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert "not this database's key" in refused.stderr
    assert wrong not in refused.stderr


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "config/bedside/bedside.key"),
        ({"BEDSIDE_HOME": "data"}, "data/keys/bedside.key"),
        ({"DATABASE_URL": "postgresql://h/x"}, "var/keys/bedside.key"),
        ({"BEDSIDE_KEY_FILE": "/run/secrets/key", "BEDSIDE_HOME": "data"}, "/run/secrets/key"),
    ],
)
def test_the_key_lies_apart_from_the_data_unless_the_data_have_a_place_of_their_own(
    settings: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("BEDSIDE_HOME", "DATABASE_URL", "BEDSIDE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", "config")
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert Settings().key_file == Path(expected)


def test_the_key_is_never_printed_with_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    key = new_key()
    monkeypatch.setenv("BEDSIDE_KEY", key)
    assert key not in repr(Settings())
