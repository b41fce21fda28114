"""Greedy replies to many prompts at once, raw: the text before any check.

Owns batching with the common beginning computed once. Refuses to know what is asked. The app itself writes one text at a
time (``assistant.models.decoding``); this is for measuring many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.models.decoding import common_prefix, is_looping
from assistant.models.loading import LoadedModel
from assistant.models.local import end_ids


@dataclass(frozen=True)
class Reply:
    """``ended`` is False where the model was still writing at its limit; ``looping`` where it repeated itself."""

    text: str
    tokens: int
    ended: bool
    looping: bool


def reply_to(
    loaded: LoadedModel, prompts: Sequence[Sequence[int]], limits: Sequence[int], batch_size: int = 16
) -> list[Reply]:
    """One reply per prompt, in order; ``limits`` are the new tokens allowed to each."""
    order = sorted(range(len(prompts)), key=lambda i: (limits[i], len(prompts[i])))
    replies: dict[int, Reply] = {}
    for start in range(0, len(order), batch_size):
        batch = order[start : start + batch_size]
        texts = _batch(loaded, [prompts[i] for i in batch], [limits[i] for i in batch])
        replies.update(zip(batch, texts, strict=True))
    return [replies[i] for i in range(len(prompts))]


def _batch(loaded: LoadedModel, prompts: Sequence[Sequence[int]], limits: Sequence[int]) -> list[Reply]:
    import torch
    from transformers import DynamicCache

    model, ends, rows = loaded.model, end_ids(loaded.model, loaded.tokenizer), len(prompts)
    shared = min(len(p) for p in prompts) - 1
    for prompt in prompts[1:]:
        shared = min(shared, common_prefix(prompts[0], prompt))
    longest = max(len(p) for p in prompts) - shared
    ids = torch.zeros(rows, longest, dtype=torch.long)
    mask = torch.ones(rows, shared + longest, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        own = prompt[shared:]
        ids[row, longest - len(own) :] = torch.tensor(own)
        mask[row, shared : shared + longest - len(own)] = 0
    made: list[list[int]] = [[] for _ in prompts]
    running = [True] * rows
    with torch.inference_mode():
        cache = DynamicCache(config=model.config)
        if shared:
            beginning = torch.tensor([list(prompts[0][:shared])], device=model.device)
            model(input_ids=beginning, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache.batch_repeat_interleave(rows)
        for _ in range(max(limits)):
            places = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
            logits = model(
                input_ids=ids.to(model.device),
                attention_mask=mask.to(model.device),
                position_ids=places.to(model.device),
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            ).logits
            new = logits[:, -1].argmax(-1).cpu()
            for row, token in enumerate(new.tolist()):
                if not running[row]:
                    continue
                if token in ends:
                    running[row] = False
                else:
                    made[row].append(token)
                    running[row] = len(made[row]) < limits[row]
            if not any(running):
                break
            ids = new[:, None]
            mask = torch.cat([mask, torch.ones(rows, 1, dtype=torch.long)], 1)
    return [
        Reply(loaded.tokenizer.decode(m, skip_special_tokens=True), len(m), len(m) < limit, is_looping(m))
        for m, limit in zip(made, limits, strict=True)
    ]
