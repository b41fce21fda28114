"""Examples → a folder that training reads: JSON lines, split, counted, with a card that says what they are.

Owns splits and their separation: the held-out part has other note styles and other guidelines, and no text in common.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finetune.errors import FineTuneError
from finetune.synthesize import Example, note_examples, question_examples, variety
from knowledge.formulary import Formulary

PARTS = ("train", "held")
LEAK_WORDS = 8


def prepare(
    out: Path, formulary: Formulary, tokenizer: Any, *, notes: int, questions: int, held: int, seed: int
) -> dict[str, Any]:
    """Writes ``train.jsonl``, ``held.jsonl``, ``stats.json`` and ``DATA_CARD.md``; returns the statistics."""
    from finetune.prompts import row_of

    train = [
        *note_examples(notes, seed, formulary),
        *question_examples(questions, seed + 10, formulary),
    ]
    apart = [
        *note_examples(held, seed + 20, formulary, held=True),
        *question_examples(max(1, held // 4), seed + 30, formulary, held=True),
    ]
    train = without_repeats(train)
    apart = [e for e in without_repeats(apart) if not leaks(e, train_texts(train))]
    out.mkdir(parents=True, exist_ok=True)
    stats: dict[str, Any] = {"seed": seed}
    for part, examples in zip(PARTS, (train, apart), strict=True):
        write_examples(out / f"{part}.jsonl", examples)
        lengths = sorted(len(row_of(e, tokenizer).ids) for e in examples)
        stats[part] = {
            **variety(examples),
            "sources": dict(Counter(e.source for e in examples)),
            "tokens": {
                "median": lengths[len(lengths) // 2],
                "longest": lengths[-1],
                "all": sum(lengths),
            },
        }
    stats["shared_texts"] = len({e.evidence for e in train} & {e.evidence for e in apart})
    stats["data_sha256"] = data_sha256(out)
    (out / "stats.json").write_text(json.dumps(stats, indent=1), "utf-8")
    (out / "DATA_CARD.md").write_text(_card(stats), "utf-8")
    return stats


def without_repeats(examples: Iterable[Example]) -> list[Example]:
    """Each pair of evidence and question once."""
    return list({(e.evidence, e.question): e for e in examples}.values())


def train_texts(examples: Sequence[Example]) -> frozenset[str]:
    """Every run of eight words in the notes of these examples."""
    return frozenset(run for e in examples if e.task == "course" for t in e.evidence for run in _runs(t))


def leaks(example: Example, known: frozenset[str]) -> bool:
    """True where eight words of the example's notes in a row also stand in the training notes."""
    return example.task == "course" and any(run in known for text in example.evidence for run in _runs(text))


def _runs(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[i : i + LEAK_WORDS]) for i in range(len(words) - LEAK_WORDS + 1)]


def write_examples(path: Path, examples: Sequence[Example]) -> None:
    lines = [json.dumps(asdict(example), ensure_ascii=False) for example in examples]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def read_examples(path: Path) -> list[Example]:
    """Raises FineTuneError that names the file, the row and what it lacks."""
    if not path.is_file():
        raise FineTuneError(
            f"{path} is missing. Make it with `python -m finetune prepare --out {path.parent}`."
        )
    examples = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            examples.append(
                Example(
                    str(row["task"]),
                    str(row.get("source", "own")),
                    str(row.get("template", "own")),
                    tuple(map(str, row["evidence"])),
                    str(row["reply"]),
                    str(row.get("question", "")),
                )
            )
        except (ValueError, KeyError, TypeError) as error:
            raise FineTuneError(
                f"{path}, row {number}: {error!r}. Each row is an object with task (course or ask), evidence (a list) "
                "and reply."
            ) from error
        if examples[-1].task not in ("course", "ask"):
            raise FineTuneError(f"{path}, row {number}: task {examples[-1].task!r} is not course or ask.")
    return examples


def data_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for part in PARTS:
        digest.update((folder / f"{part}.jsonl").read_bytes())
    return digest.hexdigest()


def _card(stats: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {part} | {stats[part]['examples']} | {stats[part]['templates']} | {stats[part]['largest_template_share']:.1%} | "
        f"{stats[part]['largest_5gram_share']:.1%} | {stats[part]['tokens']['median']} | {stats[part]['tokens']['longest']} |"
        for part in PARTS
    )
    return f"""# Data card

Synthetic ward notes with their plain wording, and questions over numbered guideline sentences of this project.
No row stems from a patient. Doses and figures are drawn at random: the rows teach wording, never what to prescribe.
Every answer passes the app's own verification against its evidence; where the guidelines are silent it declines.

| part | examples | templates | largest template | commonest 5-gram | median tokens | longest |
|---|---|---|---|---|---|---|
{rows}

Held-out part: note styles and guidelines that training never sees; no eight words in a row of its notes stand in training.
Texts in both parts: {stats["shared_texts"]}. Seed {stats["seed"]}. SHA-256 {stats["data_sha256"]}.
"""
