"""The walk of docs/finetuning.md, command by command, on a base small enough to train in seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.store import (
    DEMONSTRATION_WARD,
    SYSTEM,
    DocumentKind,
    KeySource,
    PatientDisplay,
    RecordSource,
    Role,
    SourceKind,
    Store,
    open_store,
)
from finetune.own_data import is_held

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def _run(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "finetune", *arguments], capture_output=True, text=True, timeout=240, check=False,
        cwd=ROOT, env={**os.environ, "BEDSIDE_HOME": str(home), **settings},
    )  # fmt: skip


def _told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_from_nothing_to_an_exported_adapter(tmp_path: Path, tiny_base: Path) -> None:
    base = f"local:{tiny_base}"
    own = tmp_path / "own.jsonl"
    row = {"task": "course", "evidence": ["no fever"], "reply": "There was no fever [1].", "patient": "a"}
    own.write_text(json.dumps(row), "utf-8")
    data, adapter = tmp_path / "data", tmp_path / "adapter"
    counts = ("--notes", "10", "--questions", "2", "--charts", "10", "--held", "4")
    stats = _told(_run(tmp_path, "prepare", "--out", str(data), *counts, "--own", str(own), "--base", base))
    assert stats["train"]["sources"].get("own", 0) + stats["held"]["sources"].get("own", 0) == 1
    recipe = tmp_path / "recipe.yaml"
    settings = {"base": base, "data": str(data), "out": str(adapter), "run": str(tmp_path / "run"), "rank": 2}
    recipe.write_text(yaml.safe_dump({**settings, "max_steps": 3, "checkpoint_every": 1}), "utf-8")
    assert _told(_run(tmp_path, "train", "--config", str(recipe)))["steps"] == 3
    report = tmp_path / "report.json"
    few = ("--notes", "2", "--questions", "2", "--charts", "2")
    figures = _told(
        _run(tmp_path, "evaluate", "--adapter", str(adapter), "--base", base, "--out", str(report), *few)
    )
    assert {"before", "after"} <= set(figures)
    assert figures["gate"]["passed"] is False
    assert "at least 40 are needed" in figures["gate"]["reasons"][0]
    assert "<svg" in report.with_suffix(".html").read_text("utf-8")
    merged = tmp_path / "merged"
    _told(_run(tmp_path, "export", "--adapter", str(adapter), "--base", base, "--out", str(merged)))
    assert list(merged.glob("*.safetensors"))
    _loads_in_plain_transformers(merged, Path(tiny_base), adapter)


def _loads_in_plain_transformers(merged: Path, base: Path, adapter: Path) -> None:
    """The merged model says what base and adapter say together, to the app's rounding."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(merged)
    assert tokenizer.chat_template == AutoTokenizer.from_pretrained(base).chat_template
    ids = torch.tensor([tokenizer.encode("hold ramipril, K 5.9")])
    whole = AutoModelForCausalLM.from_pretrained(merged)(input_ids=ids).logits
    apart = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)(
        input_ids=ids
    ).logits
    assert torch.allclose(whole, apart, atol=1e-3)


def test_synthesize_writes_marked_charts_and_their_truth(tmp_path: Path) -> None:
    told = _told(_run(tmp_path, "synthesize", "--out", str(tmp_path / "charts"), "--charts", "3"))
    assert told["charts"] == 3
    assert len((tmp_path / "charts" / "truth.jsonl").read_text("utf-8").splitlines()) == 3
    again = _run(tmp_path, "synthesize", "--out", str(tmp_path / "charts"))
    assert again.returncode == 2
    assert "not empty" in again.stderr


def test_an_edit_that_was_signed_becomes_an_example_and_a_pair_only_where_it_is_allowed(
    tmp_path: Path, tiny_base: Path
) -> None:
    store = open_store(
        f"sqlite:///{tmp_path / 'bedside.db'}",
        anchor=tmp_path / "audit.anchor",
        keys=KeySource(file=tmp_path / "keys" / "bedside.key"),
    )
    try:
        patient = _signed_edit(store)
    finally:
        store.close()
    out = tmp_path / "feedback"
    command = ("prepare", "--from-feedback", "--out", str(out), "--notes", "4", "--questions", "0", "--charts", "0",
               "--held", "2", "--base", f"local:{tiny_base}", "--seed", str(_seed_that_trains(patient)))  # fmt: skip
    refused = _run(tmp_path, *command)
    assert refused.returncode == 2
    assert "LEARN_FROM_USE=true" in refused.stderr
    assert not out.exists()
    stats = _told(_run(tmp_path, *command, LEARN_FROM_USE="true"))
    assert stats["pairs"] == 1
    pair = json.loads((out / "pairs.jsonl").read_text("utf-8"))
    assert pair["chosen"] == "Ramipril was held because of AKI [1]."
    assert pair["rejected"] == "Ramipril was given [1]."
    assert "Zenobia" not in (out / "train.jsonl").read_text("utf-8") + json.dumps(pair)
    assert "Keep them" in (out / "DATA_CARD.md").read_text("utf-8")


def _seed_that_trains(patient: str) -> int:
    return next(seed for seed in range(100) if not is_held(patient, seed))


def _signed_edit(store: Store) -> str:
    _, first = store.users.add(SYSTEM, "ada", "Ada", Role.CLINICIAN, wards=(DEMONSTRATION_WARD,))
    session = store.users.sign_in("ada", first)
    ada = store.users.change_password(session.token, first, "grey herons wade 3").actor
    source = RecordSource(SourceKind.CHART, b"hold ramipril", "chart.txt")
    name = PatientDisplay(name="Zenobia Quist")
    patient = store.patients.add(SYSTEM, source, name, ward_id=DEMONSTRATION_WARD)
    quote = "Zenobia Quist: hold ramipril (AKI)"
    evidence = (Evidence(EvidenceKind.RECORD, "note", quote, 0, len(quote)),)

    def answer(text: str, origin: Origin) -> dict[str, Any]:
        sentence = Sentence(text, Verdict.SUPPORTED, origin, evidence)
        return Answer("discharge", "en", "m", (Section("hospital_course", "Course", (sentence,)),)).to_json()

    draft = answer("Ramipril was given", Origin.MODEL)
    documents = store.documents
    kept = documents.save_draft(ada, patient, DocumentKind.DISCHARGE, "Stay", "text", draft)
    edited = answer("Ramipril was held because of AKI", Origin.CLINICIAN)
    version = documents.edit(ada, kept.document_id, "text", edited, base=1)
    documents.sign(ada, version.document_id, 2, sha256=version.sha256)
    return patient
