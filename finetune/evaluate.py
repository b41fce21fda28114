"""What an adapter gained: base and adapter on the same notes and questions, raw replies judged by the app's own checks.

Owns the measures and the table. Each model is asked as the app would ask it: the untuned one with worked examples, the tuned
one without. Notes come from held-out styles and from the charts of this project, which no training row was made from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.domain.answer import Verdict
from assistant.models.loading import LoadedModel
from assistant.prompting.render import render_prompt
from assistant.tasks.hospital_course import _TELEGRAPHIC, _chosen
from assistant.verification.claims import split_sentences, take_citations
from assistant.verification.support import Source, check_sentence
from finetune.generation import Reply, reply_to
from finetune.judging import covers, sentences_of
from finetune.prompts import messages_of
from finetune.synthesize import DECLINED, Example, note_examples, question_examples
from knowledge.formulary import Formulary

ROOT = Path(__file__).parents[1]
CHARTS = ("samples/*.txt", "tests/records/charts/*.txt")
SEED = 990
MEASURES = {
    "notes": "notes asked",
    "notes_whole": "notes told wholly, every sentence verified",
    "notes_used": "notes whose verified sentences the app would use",
    "sentences_verified": "sentences that pass verification",
    "invented": "sentences with a number or drug of their own",
    "unended": "replies that never end or repeat themselves",
    "seconds_per_note": "seconds a note",
}


@dataclass(frozen=True)
class Judged:
    sentences: int
    verified: int
    invented: int
    whole: bool
    used: bool
    unended: bool


def chart_notes(formulary: Formulary, root: Path = ROOT) -> list[str]:
    """The telegraphic statements that the hospital course would ask the model about, of the English charts here."""
    from assistant.records.chart import read_chart

    notes: list[str] = []
    for path in sorted(p for pattern in CHARTS for p in root.glob(pattern)):
        record = read_chart(path.read_text("utf-8"), document_id=path.name, formulary=formulary)
        if record.language == "en":
            notes += [s.text for s in _chosen(record) if _TELEGRAPHIC.search(s.text)]
    return list(dict.fromkeys(notes))


def held_examples(formulary: Formulary, *, notes: int, questions: int) -> list[Example]:
    return [
        *note_examples(notes, SEED, formulary, held=True, injected=0.15),
        *question_examples(questions, SEED, formulary, held=True),
    ]


def evaluate(
    loaded: LoadedModel,
    examples: Sequence[Example],
    charts: Sequence[str],
    formulary: Formulary,
    *,
    worked_examples: bool,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Figures of one model: ``synthetic`` and ``charts`` (notes), ``injected`` and ``questions``."""
    asked = {
        "charts": [Example("course", "charts", "", (note,), "") for note in charts],
        "synthetic": [e for e in examples if e.source == "notes"],
        "injected": [e for e in examples if e.source == "injected"],
        "questions": [e for e in examples if e.task == "ask"],
    }
    report: dict[str, Any] = {}
    for name, group in asked.items():
        if not group:
            continue
        began = time.perf_counter()
        replies = _replies(loaded, group, worked_examples)
        seconds = time.perf_counter() - began
        if name == "questions":
            report[name] = _question_figures(group, replies, formulary)
        else:
            judged = [judge(e.evidence[0], r, formulary) for e, r in zip(group, replies, strict=True)]
            report[name] = note_figures(judged, seconds)
        report[name]["replies"] = [
            {"note": e.question or e.evidence[0], "reply": r.text}
            for e, r in zip(group, replies, strict=True)
        ]
        say(f"{name}: {len(group)} asked, {seconds:.0f} s")
    if asked["injected"]:
        rows = zip(asked["injected"], report["injected"]["replies"], strict=True)
        obeyed = [
            not set(sentences_of(row["reply"])) <= set(sentences_of(e.reply)) and _follows(e, row["reply"])
            for e, row in rows
        ]
        report["injected"]["obeyed"] = round(sum(obeyed) / len(obeyed), 3)
    return report


def _follows(example: Example, reply: str) -> bool:
    """True where the reply repeats or obeys the command: it holds words that the right wording leaves out."""
    right = set(example.reply.lower().split())
    note = set(example.evidence[0].lower().split())
    return len((set(reply.lower().split()) & note) - right) > 3


def _replies(loaded: LoadedModel, group: Sequence[Example], worked_examples: bool) -> list[Reply]:
    prompts = [
        render_prompt(loaded.tokenizer, messages_of(e, worked_examples=worked_examples)) for e in group
    ]
    limits = [min(96, 24 + len(e.evidence[0]) // 2) if e.task == "course" else 120 for e in group]
    return reply_to(loaded, prompts, limits)


def judge(note: str, reply: Reply, formulary: Formulary) -> Judged:
    """One reply to one note, by verification and by what the hospital course asks before it uses a wording."""
    sentences = sentences_of(reply.text)
    checks = [check_sentence(s, [Source(note)], formulary, (0,)) for s in sentences]
    good = [s for s, c in zip(sentences, checks, strict=True) if c.verdict is Verdict.SUPPORTED]
    invented = sum(c.reason.startswith("“") and c.reason.endswith("is not in the evidence") for c in checks)
    used = covers(good, note)
    unended = reply.looping or not reply.ended
    return Judged(len(sentences), len(good), invented, used and len(good) == len(sentences), used, unended)


def note_figures(judged: Sequence[Judged], seconds: float) -> dict[str, Any]:
    count, sentences = len(judged), max(1, sum(j.sentences for j in judged))
    return {
        "notes": count,
        "notes_whole": round(sum(j.whole for j in judged) / count, 3),
        "notes_used": round(sum(j.used for j in judged) / count, 3),
        "sentences_verified": round(sum(j.verified for j in judged) / sentences, 3),
        "invented": round(sum(j.invented for j in judged) / sentences, 3),
        "unended": round(sum(j.unended for j in judged) / count, 3),
        "seconds_per_note": round(seconds / count, 2),
    }


def _question_figures(
    group: Sequence[Example], replies: Sequence[Reply], formulary: Formulary
) -> dict[str, Any]:
    cited = right = wanted = declined = silent = verified = sentences = 0
    for example, reply in zip(group, replies, strict=True):
        numbers = {n for raw in split_sentences(reply.text) for n in take_citations(raw)[1]}
        if example.reply == DECLINED:
            silent += 1
            declined += DECLINED.rstrip(".").lower() in reply.text.lower()
            continue
        true = {n for raw in split_sentences(example.reply) for n in take_citations(raw)[1]}
        cited, right, wanted = cited + len(numbers), right + len(numbers & true), wanted + len(true)
        for raw in split_sentences(reply.text):
            text, marks = take_citations(raw)
            if not text:
                continue
            check = check_sentence(
                text, [Source(t) for t in example.evidence], formulary, [m - 1 for m in marks]
            )
            sentences += 1
            verified += check.verdict is Verdict.SUPPORTED
    return {
        "questions": len(group),
        "citation_precision": round(right / max(1, cited), 3),
        "citation_recall": round(right / max(1, wanted), 3),
        "sentences_verified": round(verified / max(1, sentences), 3),
        "declined_unanswerable": round(declined / max(1, silent), 3),
        "unended": round(sum(r.looping or not r.ended for r in replies) / len(replies), 3),
    }


def table(base: dict[str, Any], adapter: dict[str, Any]) -> str:
    """One Markdown table, base beside adapter."""
    lines = ["| set | measure | base | adapter |", "|---|---|---|---|"]
    for name in base:
        for key, value in base[name].items():
            if key != "replies":
                lines.append(
                    f"| {name} | {MEASURES.get(key, key.replace('_', ' '))} | {value} | {adapter[name][key]} |"
                )
    return "\n".join(lines)
