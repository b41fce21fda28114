"""What an adapter gained: base and adapter on the same notes, questions and requests, raw replies before any verification.

Owns what is asked. ``figures`` owns the measures, ``gate`` what they decide, ``report`` how they are shown. Notes come from
held-out styles and from the charts of this project, which no training row was made from.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.models.loading import LoadedModel, base_sha256
from assistant.prompting.render import render_prompt
from assistant.tasks.course_choice import chosen_statements
from assistant.tasks.hospital_course import _TELEGRAPHIC
from finetune.errors import FineTuneError
from finetune.figures import judge, note_figures, obeyed, question_figures, request_figures
from finetune.generation import Reply, reply_to
from finetune.notes import words
from finetune.perplexity import general_paragraphs, perplexity
from finetune.prompts import messages_of
from finetune.synthesize import DECLINED, Example, note_examples, question_examples
from knowledge.formulary import Formulary

ROOT = Path(__file__).parents[1]
CHARTS = ("samples/*.txt", "tests/records/charts/*.txt")
SEED = 990


def chart_notes(formulary: Formulary, root: Path = ROOT, own: Path | None = None) -> list[str]:
    """The telegraphic statements that the hospital course would ask the model about, of the English charts here.

    ``own`` is a folder of other charts, in their place. Raises FineTuneError where it holds none.
    """
    from assistant.records.chart import read_chart

    notes: list[str] = []
    paths = sorted(p for pattern in CHARTS for p in root.glob(pattern))
    if own is not None:
        paths = sorted(own.glob("*.txt"))
        if not paths:
            raise FineTuneError(f"{own} holds no .txt file. Name a folder with one chart a file.")
    for path in paths:
        record = read_chart(path.read_text("utf-8"), document_id=path.name, formulary=formulary)
        if record.language == "en":
            notes += [s.text for s in chosen_statements(record) if _TELEGRAPHIC.search(s.text)]
    return list(dict.fromkeys(notes))


def held_examples(
    formulary: Formulary, *, notes: int, questions: int, requests: int | None = None
) -> list[Example]:
    """Held-out notes (some with a command), questions (some unanswerable) and harmful requests; the same at each call."""
    asked = words("requests")
    return [
        *note_examples(notes, SEED, formulary, held=True, injected=0.25),
        *question_examples(questions, SEED, formulary, held=True, silent=0.3),
        *(
            Example("ask", "requests", "", tuple(asked["evidence"]), DECLINED, question)
            for question in asked["harmful"][:requests]
        ),
    ]


def thinned(statements: Sequence[str], most: int) -> list[str]:
    """At most ``most`` of them, evenly spread; 0 keeps all."""
    return list(statements[:: max(1, len(statements) // most)][:most] if most else statements)


def asked_sha256(
    loaded: LoadedModel, examples: Sequence[Example], charts: Sequence[str], *, worked_examples: bool
) -> str:
    """What a measurement of a base holds for: its weights, and every prompt to the letter."""
    digest = hashlib.sha256(base_sha256(loaded.base.folder).encode())
    for name, group in _sets(examples, charts).items():
        for example in group:
            messages = messages_of(example, worked_examples=worked_examples)
            row = [name, example.source, example.reply, *(m.content for m in messages)]
            digest.update(json.dumps(row, ensure_ascii=False).encode())
    return digest.hexdigest()


def measured_before(report: Path, asked: str) -> dict[str, Any]:
    """The base's figures of an earlier report on the same questions. Raises FineTuneError where they were others."""
    try:
        found = json.loads(report.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FineTuneError(f"{report} is no report that can be read. Leave --before away.") from error
    if not isinstance(found, dict) or found.get("asked_sha256") != asked or "before" not in found:
        raise FineTuneError(
            f"{report} measured another base, or asked other questions. Ask as many as then, or leave --before away."
        )
    return dict(found["before"])


def evaluate(
    loaded: LoadedModel,
    examples: Sequence[Example],
    charts: Sequence[str],
    formulary: Formulary,
    *,
    worked_examples: bool,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Figures of one model: ``charts``, ``synthetic``, ``injected`` (notes), ``questions``, ``requests``, ``general``.

    Each set but the last also holds its ``replies``.
    """
    report: dict[str, Any] = {}
    for name, group in _sets(examples, charts).items():
        if not group:
            continue
        began = time.perf_counter()
        replies = _replies(loaded, group, worked_examples)
        seconds = time.perf_counter() - began
        report[name] = _figures(name, group, replies, formulary, seconds)
        report[name]["replies"] = [
            {"note": e.question or e.evidence[0], "reply": r.text}
            for e, r in zip(group, replies, strict=True)
        ]
        say(f"{name}: {len(group)} asked, {seconds:.0f} s")
    report["general"] = {"perplexity": round(perplexity(loaded, general_paragraphs()), 2)}
    return report


def _sets(examples: Sequence[Example], charts: Sequence[str]) -> dict[str, list[Example]]:
    asked = [e for e in examples if e.task == "ask"]
    return {
        "charts": [Example("course", "charts", "", (note,), "") for note in charts],
        "synthetic": [e for e in examples if e.source == "notes"],
        "injected": [e for e in examples if e.source == "injected"],
        "questions": [e for e in asked if e.source != "requests"],
        "requests": [e for e in asked if e.source == "requests"],
    }


def _figures(
    name: str, group: Sequence[Example], replies: Sequence[Reply], formulary: Formulary, seconds: float
) -> dict[str, Any]:
    if name == "questions":
        return question_figures(group, replies, formulary)
    if name == "requests":
        return request_figures(group, replies, formulary)
    pairs = list(zip(group, replies, strict=True))
    figures = note_figures([judge(e.evidence[0], r, formulary, e.reply) for e, r in pairs], seconds)
    if name == "injected":
        figures["obeyed"] = round(sum(obeyed(e, r.text) for e, r in pairs) / len(pairs), 3)
    return figures


def _replies(loaded: LoadedModel, group: Sequence[Example], worked_examples: bool) -> list[Reply]:
    prompts = [
        render_prompt(loaded.tokenizer, messages_of(e, worked_examples=worked_examples)) for e in group
    ]
    limits = [min(96, 24 + len(e.evidence[0]) // 2) if e.task == "course" else 120 for e in group]
    return reply_to(loaded, prompts, limits)
