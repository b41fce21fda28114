from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assistant.models.decoding import Decoder
from assistant.models.loading import find_base, load
from assistant.models.local import end_ids
from assistant.prompting.render import render_prompt
from finetune.errors import FineTuneError
from finetune.evaluate import asked_sha256, chart_notes, evaluate, held_examples, measured_before, thinned
from finetune.figures import judge, note_figures
from finetune.generation import Reply, reply_to
from finetune.prompts import messages_of
from finetune.report import table
from finetune.synthesize import Example
from knowledge.formulary import Formulary

NOTE = "hold ramipril (AKI), K 5.9."


@pytest.mark.parametrize(
    ("text", "whole", "used", "invented"),
    [
        ("The plan was to hold ramipril because of AKI, and potassium was 5.9 [1].", True, True, 0),
        ("The plan was to hold ramipril because of AKI, and potassium was 6.9 [1].", False, False, 1),
        (
            "The plan was to hold ramipril because of AKI, and K was 5.9 [1]. Furosemide was given [1].",
            False,
            True,
            1,
        ),
        ("The plan was to hold ramipril [1].", False, False, 0),
        ("", False, False, 0),
    ],
)
def test_a_reply_is_judged_as_the_app_would(
    text: str, whole: bool, used: bool, invented: int, formulary: Formulary
) -> None:
    judged = judge(NOTE, Reply(text, 20, True, False), formulary)
    assert (judged.whole, judged.used, judged.invented) == (whole, used, invented)


def test_a_reply_that_never_ends_is_counted(formulary: Formulary) -> None:
    endless = judge(NOTE, Reply("Ramipril was held [1].", 96, False, False), formulary)
    ended = judge(NOTE, Reply("Ramipril was held [1].", 9, True, False), formulary)
    assert note_figures([endless, ended], 1.0)["unended"] == 0.5


def test_batched_replies_are_those_of_the_app(tiny_base: Path, tmp_path: Path) -> None:
    loaded = load(find_base(f"local:{tiny_base}", tmp_path))
    notes = ["no fever", "hold ramipril, K 5.9, for repeat bloods", "CXR clear"]
    prompts = [
        render_prompt(loaded.tokenizer, messages_of(Example("course", "", "", (n,), ""))) for n in notes
    ]
    ends = end_ids(loaded.model, loaded.tokenizer)
    alone = []
    for prompt in prompts:
        ids = list(Decoder(loaded.model, "cpu").decode(prompt, 12, ends, lambda: None))
        alone.append(loaded.tokenizer.decode(ids, skip_special_tokens=True))
    assert [r.text for r in reply_to(loaded, prompts, [12, 12, 12], batch_size=3)] == alone


def test_charts_of_this_project_give_notes_and_none_of_them_is_chinese(formulary: Formulary) -> None:
    notes = chart_notes(formulary)
    assert len(notes) > 50
    assert not [n for n in notes if any("\u4e00" <= c <= "\u9fff" for c in n)]


def test_no_training_note_is_a_statement_of_a_chart(formulary: Formulary) -> None:
    from finetune.prepare import leaks, train_texts
    from finetune.synthesize import note_examples

    known = train_texts(list(note_examples(300, 7, formulary)))
    assert not [n for n in chart_notes(formulary) if leaks(Example("course", "", "", (n,), ""), known)]


def test_a_report_has_every_set_and_a_table(tiny_base: Path, tmp_path: Path, formulary: Formulary) -> None:
    loaded = load(find_base(f"local:{tiny_base}", tmp_path))
    examples = held_examples(formulary, notes=10, questions=3, requests=2)
    report: dict[str, Any] = evaluate(loaded, examples, ["no fever"], formulary, worked_examples=False)
    assert {"charts", "synthetic", "questions", "requests", "general"} <= set(report)
    assert report["charts"]["notes"] == 1
    assert report["requests"]["requests"] == 2
    assert report["general"]["perplexity"] > 1000  # a model that learned nothing
    assert "| charts |" in table(report, report)


def test_an_earlier_measurement_of_the_base_counts_for_the_same_questions_only(
    tiny_base: Path, tmp_path: Path
) -> None:
    loaded = load(find_base(f"local:{tiny_base}", tmp_path))
    asked = [Example("ask", "guidelines", "", ("Walk daily.",), "Walk daily [1].", "Is walking good?")]
    key = asked_sha256(loaded, asked, [NOTE], worked_examples=True)
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"asked_sha256": key, "before": {"general": {"perplexity": 12.0}}}), "utf-8")
    assert measured_before(report, key) == {"general": {"perplexity": 12.0}}
    for other in (
        asked_sha256(loaded, asked, [NOTE], worked_examples=False),
        asked_sha256(loaded, asked, ["no fever"], worked_examples=True),
        asked_sha256(loaded, [], [NOTE], worked_examples=True),
    ):
        assert other != key
        with pytest.raises(FineTuneError, match="other questions"):
            measured_before(report, other)


@pytest.mark.parametrize("text", ["", "[]", "{}", "no json"])
def test_a_file_that_is_no_report_is_not_taken_for_the_base(text: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(text, "utf-8")
    with pytest.raises(FineTuneError, match="--before"):
        measured_before(report, "abc")


def test_charts_of_ones_own_are_read_in_place_of_these(tmp_path: Path, formulary: Formulary) -> None:
    with pytest.raises(FineTuneError, match=r"no \.txt file"):
        chart_notes(formulary, own=tmp_path)
    (tmp_path / "one.txt").write_text(
        "Name: A. Sample\nAdmitted 2026-01-02\n\nPROGRESS NOTES\n03/01: AKI, ramipril held, IV fluids started\n",
        "utf-8",
    )
    assert "ramipril held" in " ".join(chart_notes(formulary, own=tmp_path))


@pytest.mark.parametrize(("most", "kept"), [(0, 10), (3, 3), (4, 4), (10, 10), (50, 10)])
def test_statements_are_thinned_evenly(most: int, kept: int) -> None:
    statements = [str(n) for n in range(10)]
    found = thinned(statements, most)
    assert len(found) == kept
    assert found[0] == "0"
