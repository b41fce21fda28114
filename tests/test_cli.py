"""The command line from outside: exit codes, one clear line on standard error, JSON alone on standard output."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import Result
from typer.testing import CliRunner

from assistant.cli import app
from tests.turns import CHART

if TYPE_CHECKING:
    from knowledge.open import Library

ROOT = Path(__file__).parents[1]
COMMANDS = ("ask", "discharge", "plan", "handout", "triage", "redact", "batch")
Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a model; commands that search name their own store."""
    for name in ("ADAPTER", "EMBEDDING_MODEL", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BEDSIDE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MODEL", "none")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(home: Path, shelf: Library, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in this process; drafts search the tests' shelf in place of the starter library."""
    monkeypatch.setattr("assistant.wiring.open_guidelines", lambda *_: shelf)

    def run(*arguments: object, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, [str(a) for a in arguments], input=stdin)

    return run


@pytest.fixture
def chart_file(home: Path) -> Path:
    (home / "chart.txt").write_text(CHART, encoding="utf-8")
    return home / "chart.txt"


def refusal(result: Result, *, code: int = 2) -> str:
    """The one line that a refused command says; any other end or output fails the test that asks for it."""
    assert result.exit_code == code, (result.exit_code, result.output, result.exception)
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("error: ")
    return lines[0]


def unsaid(line: str, *words: str) -> list[str]:
    return [word for word in words if word not in line]


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_quick_and_needs_no_model(command: str, tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "assistant", *([command] if command else []), "--help"]
    fastest = 9.0
    for _ in range(2):
        began = time.monotonic()
        done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=60)
        fastest = min(fastest, time.monotonic() - began)
        assert (done.returncode, done.stderr) == (0, "")
    assert "Usage" in done.stdout
    assert fastest < 1.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense"], "nonsense"),
        (["ask"], "QUESTION"),
        (["discharge"], "RECORD"),
        (["ask", "q", "--audience", "nurse"], "nurse"),
        (["ask", "q", "--language", "fr"], "fr"),
        (["plan", "x.txt", "--kind", "spa"], "spa"),
        (["batch", "triage", "--in", "a.jsonl"], "--out"),
    ],
)
def test_bad_usage_exits_2(run: Run, arguments: list[str], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words.lower() in result.stderr.lower()


BAD_RECORDS = {
    "not-fhir.json": ('{"name": "Edith", "age": 78}', ("not FHIR", "R4")),
    "observation.json": ('{"resourceType": "Observation", "id": "o"}', ("Observation", "Bundle")),
    "no-entries.json": ('{"resourceType": "Bundle", "type": "collection"}', ("no entries", "again")),
    "cut.json": (
        '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Pat',
        ("cut off", "again"),
    ),
    "list.json": ('[{"a": 1}]', ("list", "FHIR")),
    "empty.txt": ("", ("empty", "Give")),
    "blank.txt": (" \n\t\n", ("empty", "Give")),
    "picture.txt": ("\x89PNG\r\n", ("PNG", "Give")),
}


@pytest.mark.parametrize("name", BAD_RECORDS)
def test_a_record_that_cannot_be_read_is_one_line(run: Run, home: Path, name: str) -> None:
    content, words = BAD_RECORDS[name]
    (home / name).write_text(content, encoding="latin-1")
    assert unsaid(refusal(run("discharge", home / name, "--json")), name, *words) == []


def test_a_pdf_without_text_is_one_line(run: Run, home: Path) -> None:
    from fpdf import FPDF

    paper = FPDF()
    paper.add_page()
    paper.rect(10, 10, 50, 50)
    paper.output(str(home / "scan.pdf"))
    assert unsaid(refusal(run("discharge", home / "scan.pdf")), "scan.pdf", "text") == []
    (home / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing")
    assert "broken.pdf" in refusal(run("discharge", home / "broken.pdf"))


def test_a_file_that_is_not_there_or_a_folder_is_one_line(run: Run, home: Path) -> None:
    assert unsaid(refusal(run("discharge", home / "gone.json")), "gone.json", "no such file") == []
    assert unsaid(refusal(run("plan", home)), "folder", "Give") == []
    assert unsaid(refusal(run("redact", home / "gone.txt")), "gone.txt", "no such file") == []


def test_an_unknown_encounter_is_one_line(run: Run) -> None:
    record = ROOT / "samples" / "pneumonia-aki-penicillin-allergy.json"
    assert "enc-999" in refusal(run("discharge", record, "--encounter", "enc-999"))


def test_a_question_of_50000_characters_is_one_line(run: Run) -> None:
    assert unsaid(refusal(run("ask", "why? " * 10_000)), "50,000", "8,000", "Shorten") == []


def test_an_empty_question_is_one_line(run: Run) -> None:
    assert "empty" in refusal(run("ask", "  "))
    assert "no text" in refusal(run("triage", " "))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MODEL": "local:/nowhere/model"}, ("/nowhere/model",)),
        ({"MODEL": "martian"}, ("martian", "server:")),
        ({"MODEL": "server:no-address"}, ("server:http",)),
        ({"MODEL": "default", "ADAPTER": "/nowhere/adapter"}, ("/nowhere/adapter",)),
        ({"MODEL": "server:http://localhost:9/v1#m", "ADAPTER": "."}, ("ADAPTER", "local")),
        ({"MAX_NEW_TOKENS": "many"}, ("MAX_NEW_TOKENS", "many")),
        ({"MODEL_TIMEOUT_S": "-1"}, ("MODEL_TIMEOUT_S", "-1")),
    ],
)
def test_a_setting_that_names_nothing_is_one_line(
    run: Run,
    chart_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    words: tuple[str, ...],
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert unsaid(refusal(run("discharge", chart_file)), *words) == []


def test_a_closed_model_server_costs_fluency_and_not_the_answer(
    run: Run, chart_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "server:http://127.0.0.1:9/v1#model")
    result = run("ask", "Which antibiotic treats pneumonia?", "--record", chart_file, "--json")
    assert result.exit_code == 0, result.output
    row = json.loads(result.stdout)
    assert any("127.0.0.1:9" in notice and "Start it" in notice for notice in row["notices"])
    assert any(s["origin"] == "guideline" for s in row["sections"][0]["sentences"])
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("place", ["missing", "file"])
def test_a_store_that_is_not_there_is_one_line_and_is_not_made(run: Run, home: Path, place: str) -> None:
    (home / "file").write_text("x")
    line = refusal(run("ask", "pneumonia?", "--store", home / place))
    assert unsaid(line, place, "knowledge ingest") == []
    assert not (home / "missing").exists()


def test_a_fault_of_the_guideline_library_is_one_line(
    home: Path, chart_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from knowledge.errors import StoreInUse, StoreTooNew

    for error, code in ((StoreTooNew("The store is newer."), 2), (StoreInUse("Another process writes."), 1)):

        def broken(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr("assistant.wiring.open_guidelines", broken)
        assert str(error) in refusal(CliRunner().invoke(app, ["discharge", str(chart_file)]), code=code)


def test_a_fault_of_ours_is_one_line_that_quotes_no_record(
    run: Run, chart_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise KeyError("Edith Marlowe")

    monkeypatch.setattr("assistant.records.apart.read_record_apart", fails)
    result = run("discharge", chart_file)
    assert "KeyError" in refusal(result, code=1)
    assert "Marlowe" not in result.output


@pytest.mark.parametrize("name", ["draft.xyz", "draft", "no-such-folder/draft.docx"])
def test_an_export_that_cannot_be_written_is_refused_before_the_work(
    run: Run, home: Path, chart_file: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr("assistant.jobs.build", lambda *_, **__: pytest.fail("the work was begun"))
    assert name in refusal(run("discharge", chart_file, "--export", home / name))


@pytest.mark.parametrize("kind", ["docx", "pdf", "md", "json"])
def test_export_writes_the_file_and_leaves_standard_output_to_json(
    run: Run, home: Path, chart_file: Path, kind: str
) -> None:
    target = home / f"draft.{kind}"
    result = run("discharge", chart_file, "--json", "--export", target)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["task"] == "discharge"
    start = {"docx": b"PK", "pdf": b"%PDF", "md": b"_AI-assisted draft", "json": b"{"}[kind]
    assert target.read_bytes().startswith(start)


def test_json_is_alone_on_standard_output_whatever_a_library_prints(
    run: Run, chart_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import assistant.records.apart as reader

    real = reader.read_record_apart

    def noisy(*arguments: object, **named: object) -> object:
        print("loading weights: 100%")  # noqa: T201
        logging.getLogger("library").warning("a warning")
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "read_record_apart", noisy)
    result = run("handout", chart_file, "--json")
    assert json.loads(result.stdout)["task"] == "handout"
    assert "loading weights" in result.stderr


def test_a_draft_is_markdown_without_json(run: Run, chart_file: Path) -> None:
    result = run("plan", chart_file, "--kind", "rehab", "--language", "zh")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("_人工智能辅助生成的草稿")


def test_triage_prints_urgency_and_quotes(run: Run) -> None:
    message = "my dad's face is drooping on one side and he can't lift his arm, started ten minutes ago"
    row = json.loads(run("triage", message, "--json").stdout)
    assert row["urgency"] == "emergency"
    assert set(row["red_flags"][0]) >= {"rule", "condition", "quote", "action"}
    assert row["red_flags"][0]["quote"] in message
    assert run("triage", message).stdout.startswith("emergency\n- ")
    assert (
        json.loads(run("triage", "Can I get a copy of my x-ray report?", "--json").stdout)["red_flags"] == []
    )


def test_redact_reads_a_file_or_standard_input(run: Run, home: Path) -> None:
    note = "Dr. Helen Brightwater saw Mr. Otto Lindqvist, MRN 44-871, on 3 March 2026."
    (home / "note.txt").write_text(note, encoding="utf-8")
    row = json.loads(run("redact", home / "note.txt", "--json").stdout)
    assert set(row) == {"text", "spans"}
    assert "Lindqvist" not in row["text"]
    assert any(note[s["start"] : s["end"]].endswith("Lindqvist") for s in row["spans"])
    assert run("redact", stdin=note).stdout == row["text"]


def test_redact_refuses_bytes_that_are_not_text(run: Run, home: Path) -> None:
    (home / "note.txt").write_bytes("Müller".encode("latin-1"))
    assert unsaid(refusal(run("redact", home / "note.txt")), "note.txt", "UTF-8") == []
    assert unsaid(refusal(run("redact", stdin=b"\xff\xfe\x00M")), "standard input", "UTF-8") == []


def test_any_locale_and_a_reader_that_leaves_are_no_failure(home: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "assistant", "redact"]
    done = subprocess.run(
        command, input="张伟，糖尿病".encode(), capture_output=True, env=environment, cwd=home, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    assert "糖尿病" in done.stdout.decode("utf-8")
    gone = subprocess.run(
        ["bash", "-c", f"set -o pipefail; printf 'word %.0s' {{1..60000}} | {' '.join(command)} | head -c 3"],
        capture_output=True, env=environment, cwd=home, timeout=60,
    )  # fmt: skip
    assert b"Traceback" not in gone.stderr
    assert b"Broken" not in gone.stderr


def test_check_ins_are_printed_as_json_for_who_cares_for_the_patient_and_nobody_else(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    from assistant.domain.answer import Urgency
    from assistant.store import SYSTEM, Given, PatientDisplay, Planned, RecordSource, Role, SourceKind
    from assistant.wiring import load_settings, open_records

    store = open_records(load_settings())
    ids = {}
    for name in ("ada", "eve"):
        _, first = store.users.add(SYSTEM, name, name.title(), Role.NURSE, wards=())
        token = store.users.sign_in(name, first).token
        ids[name] = store.users.change_password(token, first, "grey herons wade").actor
    source = RecordSource(SourceKind.CHART, b"Admitted with pneumonia.", "chart.txt")
    patient = store.patients.add(ids["ada"], source, PatientDisplay(name="Ada Example"))
    plan = [Planned(2, date(2026, 3, 4), ("how",)), Planned(7, date(2026, 3, 9), ("how",))]
    _, seven = store.check_ins.arrange(ids["ada"], patient, plan)
    said = Given("how", "crushing pain", Urgency.EMERGENCY, "heart attack")
    store.check_ins.answer(ids["ada"], patient, seven.id, [said])
    store.close()
    monkeypatch.setenv("BEDSIDE_PASSWORD", "grey herons wade")
    result = run("check-ins", "--patient", patient, "--as", "ada")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["check_ins"]
    assert [(r["day"], r["status"]) for r in rows] == [(7, "emergency"), (2, "overdue")]
    for refusal in (
        run("check-ins", "--patient", patient, "--as", "eve"),
        run("check-ins", "--patient", patient),
    ):
        assert refusal.exit_code != 0
        assert refusal.stdout == ""
        assert "crushing" not in refusal.output
