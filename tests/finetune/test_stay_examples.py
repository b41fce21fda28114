from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from assistant.records.chart import read_chart
from finetune.duplicates import without_repeats
from finetune.notes import words
from finetune.stay_examples import is_borne_out, stay_examples
from finetune.stays import SYNTHETIC, StayWriter, write_charts
from finetune.synthesize import Example, commonest_5grams, drug_names, variety
from knowledge.formulary import Formulary


@pytest.fixture(scope="module")
def drugs(formulary: Formulary) -> list[str]:
    return drug_names(formulary)


@pytest.fixture(scope="module")
def examples(formulary: Formulary, drugs: list[str]) -> list[Example]:
    return list(stay_examples(400, 11, formulary, drugs))


def test_every_task_that_asks_the_model_has_examples(examples: list[Example]) -> None:
    counts = Counter(e.task for e in examples)
    assert len(examples) == 400
    assert min(counts[task] for task in ("ask", "handout", "plan", "note")) >= 20
    sources = Counter(e.source for e in examples)
    assert min(sources[s] for s in ("stay", "stay+injected", "conflict", "unanswerable")) >= 5


def test_same_seed_same_examples(formulary: Formulary, drugs: list[str]) -> None:
    first = list(stay_examples(20, 5, formulary, drugs))
    assert first == list(stay_examples(20, 5, formulary, drugs))
    assert first != list(stay_examples(20, 6, formulary, drugs))


def test_no_template_and_no_five_words_cover_more_than_a_twentieth(examples: list[Example]) -> None:
    report = variety(examples)
    assert report["largest_template_share"] <= 0.05
    assert report["largest_5gram_share"] <= 0.05
    top = commonest_5grams(examples, 3)
    assert max(top.values()) == report["largest_5gram_share"]


def test_the_overlap_report_sees_one_phrase_in_all_replies(examples: list[Example]) -> None:
    one = examples[0]
    same = [Example(e.task, e.source, "one", e.evidence, one.reply) for e in examples[:50]]
    assert variety(same)["largest_template_share"] == 1.0
    assert max(commonest_5grams(same, 1).values()) == 1.0


def test_commands_among_entries_leave_no_trace_in_the_answer(examples: list[Example]) -> None:
    commanded = [e for e in examples if e.source == "stay+injected"]
    assert commanded
    for e in commanded:
        assert not re.search(r"ignore|instruction|prompt|pirate|BYPASS|APPROVED|joke|poem", e.reply, re.I), e


def test_of_contradicting_entries_both_are_cited(examples: list[Example]) -> None:
    for e in (e for e in examples if e.source == "conflict"):
        assert len(set(re.findall(r"\[(\d)\]", e.reply))) == 2, e


def test_a_silent_record_is_answered_without_a_citation_and_truly_says_nothing(
    examples: list[Example],
) -> None:
    silent = [e for e in examples if e.source == "unanswerable"]
    assert silent
    assert not [e for e in silent if "[" in e.reply]


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("Ramipril was held because of AKI [1].", True),
        ("Ramipril was held because of AKI [2].", False),
        ("Ramipril was stopped because of AKI [1].", False),
        ("Enalapril was held because of AKI [1].", False),
        ("The record does not say anything about the drain.", True),
    ],
)
def test_only_answers_that_their_evidence_bears_out_are_kept(
    reply: str, right: bool, formulary: Formulary
) -> None:
    example = Example("ask", "own", "own", ("ramipril held (AKI)", "no fever"), reply, "Why?")
    assert is_borne_out(example, formulary) is right


def test_held_out_forms_are_never_trained_on(drugs: list[str]) -> None:
    rows = words("stays")["facts"].values()
    held = {line.removeprefix("!") for row in rows for line in row["lines"] if line.startswith("!")}
    trained = {line for row in rows for line in row["lines"] if not line.startswith("!")}
    assert len(held) == len(words("stays")["facts"])
    assert held.isdisjoint(trained)
    writer, apart = StayWriter(1, drugs), StayWriter(1, drugs, held=True)
    seen = {f.template.split(":", 1)[1].rpartition("|")[0] for _ in range(80) for f in writer.stay().facts}
    other = {f.template.split(":", 1)[1].rpartition("|")[0] for _ in range(80) for f in apart.stay().facts}
    assert seen <= trained
    assert other <= held


def test_charts_are_marked_as_made_up_and_read_by_the_app(
    tmp_path: Path, drugs: list[str], formulary: Formulary
) -> None:
    write_charts(tmp_path, 5, 3, drugs)
    truths = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text("utf-8").splitlines()]
    assert len(truths) == 5
    for truth in truths:
        text = (tmp_path / truth["chart"]).read_text("utf-8")
        assert text.startswith(SYNTHETIC)
        assert truth["synthetic"] is True
        assert all(fact["entry"] in text for fact in truth["facts"])
        record = read_chart(text, document_id=truth["chart"], formulary=formulary)
        assert record.statements


_LONG = "the patient walked to the ward kitchen with a frame and came back without a rest and said the knee felt better "


@pytest.mark.parametrize(
    ("first", "second", "left"),
    [
        ("hold ramipril 5 mg", "hold ramipril 5 mg", 1),
        ("hold ramipril 5 mg", "hold ramipril 10 mg", 2),
        (_LONG * 3, _LONG * 3 + "today", 1),
        (_LONG * 3, " ".join(f"word{n}" for n in range(60)), 2),
    ],
)
def test_copies_and_near_copies_of_long_texts_are_kept_once(first: str, second: str, left: int) -> None:
    rows = [Example("course", "own", "own", (text,), "It was so [1].") for text in (first, second)]
    assert len(without_repeats(rows)) == left
