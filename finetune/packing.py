"""Training rows laid end to end so that what their prompts share is computed once.

Owns the layout: one shared beginning, then each row's own part, kept apart by the attention mask. Refuses to know models.

The loss is the same to rounding as with one row a batch: a row attends to the shared beginning and to itself, and its
positions count on from the beginning (rotary positions make the place in the pack irrelevant). No padding is computed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One rendered example. ``mask`` is 1 where the assistant's own tokens stand; rows of one ``task`` share a pack."""

    ids: tuple[int, ...]
    mask: tuple[int, ...]
    task: str = ""

    @property
    def prompt_tokens(self) -> int:
        return self.mask.index(1)


@dataclass(frozen=True)
class Pack:
    """``segments`` is 0 for the shared beginning and n for row n. ``asked_at[i]`` is the place whose output predicts
    ``answers[i]``."""

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    segments: tuple[int, ...]
    asked_at: tuple[int, ...]
    answers: tuple[int, ...]
    rows: int
    row_tokens: int
    """Tokens of the rows as if each stood alone."""


def common_beginning(rows: Sequence[Row]) -> int:
    """How many tokens all prompts begin with; always leaves each row at least one token of its own prompt."""
    length = min(row.prompt_tokens for row in rows) - 1
    first = rows[0].ids
    for row in rows[1:]:
        length = next((i for i in range(length) if row.ids[i] != first[i]), length)
    return max(length, 0)


def make_pack(rows: Sequence[Row]) -> Pack:
    shared = common_beginning(rows) if len(rows) > 1 else 0
    ids, positions, segments = list(rows[0].ids[:shared]), list(range(shared)), [0] * shared
    asked_at: list[int] = []
    answers: list[int] = []
    for number, row in enumerate(rows, start=1):
        offset = len(ids) - shared  # where the row would begin if it held the shared part itself
        for place in range(shared, len(row.ids)):
            ids.append(row.ids[place])
            positions.append(place)
            segments.append(number)
            if row.mask[place]:
                asked_at.append(offset + place - 1)
                answers.append(row.ids[place])
    return Pack(
        tuple(ids),
        tuple(positions),
        tuple(segments),
        tuple(asked_at),
        tuple(answers),
        len(rows),
        sum(len(row.ids) for row in rows),
    )


OPEN_PACKS = 16


def pack_rows(rows: Sequence[Row], max_tokens: int) -> list[Pack]:
    """Packs of at most ``max_tokens`` (a longer row stands alone), rows of one task together.

    A row goes into the fullest open pack that has room for it, so that packs are alike in length and every step, and
    every device, has about the same to do. Same rows, same packs.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.task, []).append(row)
    return [make_pack(group) for task in groups.values() for group in _filled(task, max_tokens)]


def _filled(rows: Sequence[Row], max_tokens: int) -> list[list[Row]]:
    shared = common_beginning(rows) if len(rows) > 1 else 0
    done: list[list[Row]] = []
    pending: list[tuple[int, list[Row]]] = []  # tokens used, rows
    for row in rows:
        size = len(row.ids) - shared
        fitting = [i for i, (used, _) in enumerate(pending) if used + size <= max_tokens]
        if fitting:
            best = max(fitting, key=lambda i: pending[i][0])
            used, held = pending[best]
            pending[best] = (used + size, [*held, row])
            continue
        if len(pending) == OPEN_PACKS:
            fullest = max(range(OPEN_PACKS), key=lambda i: pending[i][0])
            done.append(pending.pop(fullest)[1])
        pending.append((shared + size, [row]))
    return done + [held for _, held in pending]


def attention_mask(pack: Pack) -> Any:
    """(1, 1, tokens, tokens) booleans: True where a token may look. Causal, and never into another row."""
    import torch

    segments = torch.tensor(pack.segments)
    same = (segments[:, None] == segments[None, :]) | (segments[None, :] == 0)
    return (same & torch.ones_like(same).tril())[None, None]


def model_inputs(pack: Pack) -> dict[str, Any]:
    """What a transformers causal model reads for one pack, as tensors with a batch of 1.

    ``logits_to_keep`` are the places whose output predicts an answer token, so that the vocabulary is computed for no
    prompt token. ``labels`` begin with -100, the place that those who count labels leave out.
    """
    import torch

    return {
        "input_ids": torch.tensor([pack.ids]),
        "position_ids": torch.tensor([pack.positions]),
        "attention_mask": attention_mask(pack),
        "logits_to_keep": torch.tensor(pack.asked_at),
        "labels": torch.tensor([[-100, *pack.answers]]),
    }


def answer_loss(model: Any, inputs: Mapping[str, Any]) -> Any:
    """Summed cross-entropy over the assistant's tokens of ``model_inputs``."""
    import torch

    labels = inputs["labels"][0, 1:]
    asked = {name: value for name, value in inputs.items() if name != "labels"}
    logits = model(**asked, use_cache=False).logits
    return torch.nn.functional.cross_entropy(logits[0].float(), labels, reduction="sum")
