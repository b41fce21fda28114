"""Preference pairs: one prompt, the reply that a clinician kept, and the one that was turned down.

Owns their file and how they become ids, by the same renderer as inference. Refuses to know where they come from.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from finetune.errors import FineTuneError
from finetune.prompts import INSTRUCTIONS, row_of
from finetune.synthesize import Example


@dataclass(frozen=True)
class Pair:
    """``chosen`` and ``rejected`` are replies to the same ``evidence`` and ``question``."""

    task: str
    source: str
    evidence: tuple[str, ...]
    chosen: str
    rejected: str
    question: str = ""


def pair_ids(pair: Pair, tokenizer: Any) -> dict[str, list[int]]:
    """``prompt_ids`` as inference reads them, ``chosen_ids`` and ``rejected_ids`` each to the end of the turn."""
    chosen, rejected = (
        row_of(Example(pair.task, pair.source, "pair", pair.evidence, reply, pair.question), tokenizer)
        for reply in (pair.chosen, pair.rejected)
    )
    prompt = chosen.prompt_tokens
    return {
        "prompt_ids": list(chosen.ids[:prompt]),
        "chosen_ids": list(chosen.ids[prompt:]),
        "rejected_ids": list(rejected.ids[prompt:]),
    }


def write_pairs(path: Path, pairs: Sequence[Pair]) -> None:
    path.write_text("".join(json.dumps(asdict(pair), ensure_ascii=False) + "\n" for pair in pairs), "utf-8")


def read_pairs(path: Path) -> list[Pair]:
    """Raises FineTuneError that names the file, the row and what it lacks."""
    if not path.is_file():
        raise FineTuneError(
            f"{path} is missing. Make it with `python -m finetune prepare --from-feedback --out {path.parent}`."
        )
    pairs = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(line)
            evidence = tuple(map(str, row["evidence"]))
            texts = (str(row["chosen"]), str(row["rejected"]))
            pair = Pair(
                str(row["task"]),
                str(row.get("source", "own")),
                evidence,
                *texts,
                str(row.get("question", "")),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise FineTuneError(
                f"{path}, row {number}: {error!r}. Each row has task, evidence (a list), chosen and rejected."
            ) from error
        if pair.task not in INSTRUCTIONS or not pair.chosen or pair.chosen == pair.rejected:
            raise FineTuneError(
                f"{path}, row {number}: task must be one of {', '.join(INSTRUCTIONS)}, and chosen must differ from rejected."
            )
        pairs.append(pair)
    if not pairs:
        raise FineTuneError(f"{path} holds no pair; there is nothing to learn from.")
    return pairs
