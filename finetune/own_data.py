"""The hospital's own data as examples and pairs: signed documents, rated answers, and a team's own rows; redacted first.

Owns what may be learned from them, and the split by patient. Refuses to know where they are stored. Redacted is not anonymous:
what is trained on them stays in the house.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict
from assistant.domain.answer_json import answer_from_json
from assistant.safety.redaction import redact
from assistant.store.learning import RatedAnswer, SignedWork
from finetune.errors import FineTuneError
from finetune.pairs import Pair
from finetune.prompts import INSTRUCTIONS
from finetune.synthesize import Example

SECTION_TASKS = {"hospital_course": "course", "why_in_hospital": "handout", "problems": "plan"}
HELD_SHARE = 0.15
_PART = "\n\x1e\n"
_LEAD = re.compile(r"^\d{4}-\d\d-\d\d(?: \([^)]*\))?: (?:initial treatment: |treatment then: )?")


@dataclass(frozen=True)
class Gathered:
    """``held`` rows belong to patients of whom no row is in ``train``; ``left_out`` could not be redacted safely."""

    train: tuple[Example, ...]
    held: tuple[Example, ...]
    pairs: tuple[Pair, ...] = ()
    left_out: int = 0


def from_signed(works: Sequence[SignedWork], seed: int) -> Gathered:
    """Sentences that a clinician signed, with the evidence they rest on; an edited one is preferred to what it replaced."""
    return _split([row for work in works if work.language == "en" for row in _of_document(work)], seed)


def from_feedback(works: Sequence[SignedWork], rated: Sequence[RatedAnswer], seed: int) -> Gathered:
    """Edits as corrections and pairs; answers with a thumb up as examples; up against down on one question as pairs."""
    rows = [row for work in works if work.language == "en" for row in _of_document(work) if row.rejected]
    return _split([*rows, *_of_ratings(rated)], seed)


def from_own(path: Path, seed: int) -> Gathered:
    """A team's own JSON lines: task, evidence, reply, and where they have them question and patient.

    Raises FineTuneError that names the row.
    """
    return _split(list(_own_rows(path)), seed)


# --- rows before the split ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
    patient: str
    example: Example
    names: tuple[str, ...] = ()
    rejected: str = ""


def _own_rows(path: Path) -> Iterator[_Row]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise FineTuneError(f"{path}: {error.strerror}. Name a file of JSON lines.") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row: Mapping[str, Any] = json.loads(line)
            evidence = tuple(map(str, row["evidence"]))
            example = Example(
                str(row["task"]), "own", "own", evidence, str(row["reply"]), str(row.get("question", ""))
            )
        except (ValueError, KeyError, TypeError) as error:
            raise FineTuneError(
                f"{path}, row {number}: {error!r}. Each row is an object with task, evidence (a list) and reply."
            ) from error
        if example.task not in INSTRUCTIONS:
            raise FineTuneError(
                f"{path}, row {number}: task {example.task!r} is none of {', '.join(INSTRUCTIONS)}."
            )
        yield _Row(str(row.get("patient", f"row {number}")), example, tuple(map(str, row.get("names", ()))))


def _of_document(work: SignedWork) -> Iterator[_Row]:
    drafted, signed = answer_from_json(work.drafted), answer_from_json(work.signed)
    before = {section.key: section for section in drafted.sections}
    for section in signed.sections:
        task = "note" if signed.task == "note" else SECTION_TASKS.get(section.key)
        if task is None or section.key == "signature":
            continue
        for sentence in section.sentences:
            if sentence.verdict is not Verdict.SUPPORTED or not sentence.evidence:
                continue
            if sentence.origin not in (Origin.MODEL, Origin.CLINICIAN):
                continue  # what code stated teaches a model nothing that code does not do
            old = _replaced(sentence, before.get(section.key))
            evidence = tuple(e.quote for e in sentence.evidence)
            example = Example(task, "signed", f"signed:{section.key}", evidence, _told(sentence))
            rejected = _told(old) if old else ""
            yield _Row(work.patient_id, example, work.names, "" if rejected == example.reply else rejected)


def _replaced(sentence: Sentence, drafted: Section | None) -> Sentence | None:
    """The draft's sentence on the same evidence that is no longer there as it was; None where none was changed."""
    if drafted is None or sentence.origin is not Origin.CLINICIAN:
        return None
    places = {(e.id, e.start) for e in sentence.evidence}
    same = [s for s in drafted.sentences if places & {(e.id, e.start) for e in s.evidence}]
    return same[0] if len(same) == 1 and same[0].text != sentence.text else None


def _told(sentence: Sentence) -> str:
    marks = "".join(f"[{n}]" for n in range(1, len(sentence.evidence) + 1)) or "[1]"
    return f"{_LEAD.sub('', sentence.text).rstrip('.')} {marks}."


def _of_ratings(rated: Sequence[RatedAnswer]) -> Iterator[_Row]:
    replies: dict[tuple[str, str, tuple[str, ...]], dict[int, tuple[Example, RatedAnswer]]] = {}
    for one in rated:
        answer = answer_from_json(one.answer)
        if answer.task != "ask" or answer.language != "en" or not one.question:
            continue
        example = _answered(answer, one.question)
        if example is not None:
            key = (one.patient_id, one.question.casefold(), example.evidence)
            replies.setdefault(key, {})[one.thumb] = (example, one)
    for (patient, question, _), by_thumb in replies.items():
        if 1 not in by_thumb:
            continue  # what was turned down says what is wrong, not what is right
        example, one = by_thumb[1]
        down = by_thumb.get(-1)
        # Answers about no patient go by their question, so that the same one is never on both sides.
        yield _Row(patient or question, example, one.names, down[0].reply if down else "")


def _answered(answer: Answer, question: str) -> Example | None:
    """What the model wrote of an answer, its evidence numbered as in the prompt; None where it wrote nothing."""
    shown = [s for section in answer.sections if section.key == "answer" for s in section.sentences]
    evidence = list(dict.fromkeys(e.quote for s in shown for e in s.evidence))
    parts = []
    for sentence in shown:
        if sentence.origin is Origin.MODEL and sentence.evidence:
            marks = "".join(f"[{evidence.index(e.quote) + 1}]" for e in sentence.evidence)
            parts.append(f"{sentence.text.rstrip('.')} {marks}.")
    return Example("ask", "rated", "rated", tuple(evidence), " ".join(parts), question) if parts else None


# --- redaction and split --------------------------------------------------------------------------------------------


def _split(rows: Sequence[_Row], seed: int) -> Gathered:
    train, held, pairs, left_out = [], [], [], 0
    for row in rows:
        clean = _redacted(row)
        if clean is None:
            left_out += 1
            continue
        example = clean.example
        if is_held(row.patient, seed):
            held.append(example)
            continue
        train.append(example)
        if clean.rejected:
            pairs.append(
                Pair(
                    example.task,
                    example.source,
                    example.evidence,
                    example.reply,
                    clean.rejected,
                    example.question,
                )
            )
    return Gathered(tuple(train), tuple(held), tuple(pairs), left_out)


def is_held(patient: str, seed: int) -> bool:
    """Whether a patient's rows are held out: by the patient alone, so that no patient is on both sides."""
    digest = hashlib.sha256(f"{seed}:{patient}".encode()).digest()
    return int.from_bytes(digest[:4]) < HELD_SHARE * 2**32


def _redacted(row: _Row) -> _Row | None:
    """All texts of a row in one piece, so that one person has one placeholder; None where a known name is left."""
    e = row.example
    parts = [*e.evidence, e.reply, e.question, row.rejected]
    clean = redact(_PART.join(parts), known=row.names).text.split(_PART)
    if len(clean) != len(parts) or any(_holds(text, name) for text in clean for name in row.names):
        return None
    *evidence, reply, question, rejected = clean
    return replace(
        row, example=replace(e, evidence=tuple(evidence), reply=reply, question=question), rejected=rejected
    )


def _holds(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
