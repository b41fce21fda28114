"""Training rows laid end to end so that what their prompts share is computed once.

Owns the layout: one shared beginning, then each row's own part, kept apart by the attention mask. Refuses to know models.

The loss is the same to rounding as with one row a batch: a row attends to the shared beginning and to itself, and its
positions count on from the beginning (rotary positions make the place in the pack irrelevant). No padding is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
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


def pack_rows(rows: Sequence[Row], max_tokens: int) -> list[Pack]:
    """Packs of at most ``max_tokens`` (a longer row stands alone), rows in the order given within each task."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.task, []).append(row)
    packs: list[Pack] = []
    for group in groups.values():
        shared = common_beginning(group) if len(group) > 1 else 0
        sizes = [len(row.ids) - shared for row in group]
        cuts, used = [0], shared
        for index, size in enumerate(sizes):
            if index > cuts[-1] and used + size > max_tokens:
                cuts.append(index)
                used = shared
            used += size
        packs += [make_pack(group[a:b]) for a, b in pairwise([*cuts, len(group)])]
    return packs


def attention_mask(pack: Pack) -> Any:
    """(1, 1, tokens, tokens) booleans: True where a token may look. Causal, and never into another row."""
    import torch

    segments = torch.tensor(pack.segments)
    same = (segments[:, None] == segments[None, :]) | (segments[None, :] == 0)
    return (same & torch.ones_like(same).tril())[None, None]


def answer_loss(model: Any, pack: Pack, device: str = "cpu") -> Any:
    """Summed cross-entropy over the assistant's tokens; the vocabulary is computed for those places only.

    ``model`` is a transformers causal model whose body is its ``base_model``.
    """
    import torch

    hidden = model.base_model(
        input_ids=torch.tensor([pack.ids], device=device),
        position_ids=torch.tensor([pack.positions], device=device),
        attention_mask=attention_mask(pack).to(device),
        use_cache=False,
    ).last_hidden_state
    asked = hidden[0, torch.tensor(pack.asked_at, device=device)]
    logits = model.get_output_embeddings()(asked).float()
    return torch.nn.functional.cross_entropy(
        logits, torch.tensor(pack.answers, device=device), reduction="sum"
    )
