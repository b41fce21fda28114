"""Examples → a folder that training reads: JSON lines, split, counted, with a card that says what they are.

Owns splits and their separation: the held-out part has other forms, other guidelines and other patients, and no text in
common. Refuses to know where a hospital's own rows come from.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finetune.duplicates import without_repeats
from finetune.errors import FineTuneError
from finetune.own_data import Gathered
from finetune.pairs import write_pairs
from finetune.prompts import INSTRUCTIONS, row_of
from finetune.stay_examples import stay_examples
from finetune.synthesize import (
    Example,
    commonest_5grams,
    drug_names,
    note_examples,
    question_examples,
    variety,
)
from knowledge.formulary import Formulary

PARTS = ("train", "held")
LEAK_WORDS = 8
TRAINED_SILENT = 0.3
"""Questions without an answer are the harder half to learn: more of them than the fifth that is measured."""


def prepare(
    out: Path,
    formulary: Formulary,
    tokenizer: Any,
    *,
    notes: int,
    questions: int,
    held: int,
    seed: int,
    charts: int = 0,
    gathered: Sequence[Gathered] = (),
) -> dict[str, Any]:
    """Writes ``train.jsonl``, ``held.jsonl``, ``stats.json``, ``DATA_CARD.md`` and, where there are any, ``pairs.jsonl``.

    ``notes``, ``questions`` and ``charts`` (examples from made-up stays) are how many to make; ``gathered`` are the
    hospital's own. Returns the statistics.
    """
    drugs = drug_names(formulary)
    train = [
        *note_examples(notes, seed, formulary),
        *question_examples(questions, seed + 10, formulary, silent=TRAINED_SILENT),
        *stay_examples(charts, seed + 40, formulary, drugs),
        *(e for one in gathered for e in one.train),
    ]
    apart = [
        *note_examples(held, seed + 20, formulary, held=True),
        *question_examples(max(1, held // 4), seed + 30, formulary, held=True),
        *stay_examples(held // 2 if charts else 0, seed + 50, formulary, drugs, held=True),
        *(e for one in gathered for e in one.held),
    ]
    made = len(train)
    train = without_repeats(train)
    known = train_texts(train)
    candidates = without_repeats(apart)
    texts = {e.evidence for e in train}
    apart = [e for e in candidates if e.evidence not in texts and not leaks(e, known)]
    pairs = [pair for one in gathered for pair in one.pairs]
    if not train:
        raise FineTuneError("There is no example to train on. Ask for --notes, or name rows of your own.")
    out.mkdir(parents=True, exist_ok=True)
    stats: dict[str, Any] = {
        "seed": seed,
        "repeats_left_out": made - len(train),
        "leaks_left_out": len(candidates) - len(apart),
        "unredactable_left_out": sum(one.left_out for one in gathered),
        "pairs": len(pairs),
    }
    for part, examples in zip(PARTS, (train, apart), strict=True):
        write_examples(out / f"{part}.jsonl", examples)
        stats[part] = {**variety(examples), **_counts(examples), "tokens": _lengths(examples, tokenizer)}
    stats["commonest_5grams"] = commonest_5grams(train, 20)
    (out / "pairs.jsonl").unlink(missing_ok=True)
    if pairs:
        write_pairs(out / "pairs.jsonl", pairs)
    stats["shared_texts"] = len({e.evidence for e in train} & {e.evidence for e in apart})
    stats["data_sha256"] = data_sha256(out)
    (out / "stats.json").write_text(json.dumps(stats, indent=1, ensure_ascii=False), "utf-8")
    (out / "DATA_CARD.md").write_text(_card(stats), "utf-8")
    return stats


def _counts(examples: Sequence[Example]) -> dict[str, Any]:
    return {
        "tasks": dict(Counter(e.task for e in examples)),
        "sources": dict(Counter(e.source for e in examples)),
    }


def _lengths(examples: Sequence[Example], tokenizer: Any) -> dict[str, int]:
    lengths = sorted(len(row_of(e, tokenizer).ids) for e in examples) or [0]
    return {
        "median": lengths[len(lengths) // 2],
        "p95": lengths[int(0.95 * (len(lengths) - 1))],
        "longest": lengths[-1],
        "all": sum(lengths),
    }


def train_texts(examples: Sequence[Example]) -> frozenset[str]:
    """Every run of eight words in the evidence of these examples."""
    return frozenset(run for e in examples for t in e.evidence for run in _runs(t))


def leaks(example: Example, known: frozenset[str]) -> bool:
    """True where eight words of the example's evidence in a row also stand in that of training."""
    return any(run in known for text in example.evidence for run in _runs(text))


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
                f"{path}, row {number}: {error!r}. Each row is an object with task, evidence (a list) "
                "and reply."
            ) from error
        if examples[-1].task not in INSTRUCTIONS:
            raise FineTuneError(
                f"{path}, row {number}: task {examples[-1].task!r} is none of {', '.join(INSTRUCTIONS)}."
            )
    return examples


def data_sha256(folder: Path) -> str:
    digest = hashlib.sha256()
    for part in (*PARTS, "pairs"):
        if (folder / f"{part}.jsonl").is_file():
            digest.update((folder / f"{part}.jsonl").read_bytes())
    return digest.hexdigest()


OWN_SOURCES = ("signed", "rated", "own")


def _card(stats: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| {part} | {stats[part]['examples']} | {stats[part]['templates']} | {stats[part]['largest_template_share']:.1%} | "
        f"{stats[part]['largest_5gram_share']:.1%} | {stats[part]['tokens']['median']} | {stats[part]['tokens']['p95']} | "
        f"{stats[part]['tokens']['longest']} |"
        for part in PARTS
    )
    kinds = "\n".join(
        f"| {kind} | {name} | {stats['train'][kind].get(name, 0)} | {stats['held'][kind].get(name, 0)} |"
        for kind in ("tasks", "sources")
        for name in sorted({*stats["train"][kind], *stats["held"][kind]})
    )
    own = sum(stats["train"]["sources"].get(name, 0) for name in OWN_SOURCES)
    origin = (
        f"**{own} rows come from this hospital's own work**: redacted, not anonymous. Keep them, and what is trained on them, "
        "in the house. The other rows are synthetic."
        if own
        else "**Synthetic.** No row stems from a patient."
    )
    return f"""# Data card

{origin} Synthetic rows are ward notes with their plain wording, questions over guideline sentences of this project, and tasks
over entries of made-up stays. Doses and figures in them are drawn at random: they teach wording, never what to prescribe.
Every synthetic sentence with a citation passes the app's own verification; where the evidence is silent the answer says so;
commands inside evidence are not followed; where entries contradict each other, both are told.

| part | examples | templates | largest template | commonest 5-gram | median tokens | 95 % | longest |
|---|---|---|---|---|---|---|---|
{rows}

| | | train | held |
|---|---|---|---|
{kinds}

Held-out part: forms, guidelines and patients that training never sees; no eight words in a row of its evidence stand in training.
Left out: {stats["repeats_left_out"]} repeats, {stats["leaks_left_out"]} held-out rows too near to training, {stats["unredactable_left_out"]} rows that could not be redacted.
Preference pairs: {stats["pairs"]}. Texts in both parts: {stats["shared_texts"]}. Seed {stats["seed"]}. SHA-256 {stats["data_sha256"]}.
"""
