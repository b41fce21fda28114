"""Greedy decoding of one sequence at a time, with the key-value cache kept for the next prompt's common beginning.

Owns the loop from prompt ids to new ids. Refuses to know text, messages or threads.

Greedy: the same prompt gives the same answer, so that a draft can be reproduced and an audit repeated.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

PREFILL_TOKENS = {"cpu": 128, "cuda": 512}
LONGEST_LOOP_TOKENS = 96
SHORTEST_LOOPING_SPAN_TOKENS = 32


class Decoder:
    """``model`` is a transformers causal model in eval mode. Not thread-safe: the caller takes turns."""

    def __init__(self, model: Any, device: str) -> None:
        self._model = model
        self._step = PREFILL_TOKENS[device]
        self._logits_to_keep = "logits_to_keep" in inspect.signature(model.forward).parameters
        self._kept_ids: list[int] = []
        self._kept_cache: Any = None

    def forget(self) -> None:
        """Frees the kept cache, for instance after running out of memory."""
        self._kept_ids, self._kept_cache = [], None

    def decode(
        self,
        prompt_ids: Sequence[int],
        max_new_tokens: int,
        end_ids: Collection[int],
        check: Callable[[], None],
    ) -> Iterator[int]:
        """New ids, without the end token. ``check`` runs before every forward pass and may raise to stop."""
        import torch

        with torch.inference_mode():
            cache, done = self._resume(prompt_ids)
            logits = None
            # Blocks start at multiples of the step whether or not a part was kept, so every block is computed with
            # the same shapes as without the kept cache and the result is the same to the last bit.
            for start in range(done, len(prompt_ids), self._step):
                check()
                logits = self._forward(prompt_ids[start : start + self._step], cache)
            self._kept_ids, self._kept_cache = list(prompt_ids), cache
            for made in range(max_new_tokens):
                assert logits is not None, "an empty prompt has no next token"
                new_id = int(logits[0, -1].argmax())
                if new_id in end_ids:
                    return
                yield new_id
                if made + 1 < max_new_tokens:
                    check()
                    logits = self._forward([new_id], cache)

    def _forward(self, ids: Sequence[int], cache: Any) -> Any:
        import torch

        more = {"logits_to_keep": 1} if self._logits_to_keep else {}
        rows = torch.tensor([list(ids)], device=self._model.device)
        return self._model(input_ids=rows, past_key_values=cache, use_cache=True, **more).logits

    def _resume(self, prompt_ids: Sequence[int]) -> tuple[Any, int]:
        """A cache and how many prompt tokens it already holds: a multiple of the step, never all of them."""
        from transformers import DynamicCache
        from transformers.cache_utils import DynamicLayer

        cache, kept_ids = self._kept_cache, self._kept_ids
        self.forget()  # a halt during prefill must leave no half-filled cache behind
        if cache is not None and all(type(layer) is DynamicLayer for layer in cache.layers):
            common = common_prefix(kept_ids, prompt_ids[:-1]) // self._step * self._step
            if common:
                cache.crop(common - cache.get_seq_length())  # negative: how many tokens to drop
                return cache, common
        return DynamicCache(config=self._model.config), 0


def common_prefix(left: Sequence[int], right: Sequence[int]) -> int:
    """How many leading tokens two sequences share."""
    length = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        length += 1
    return length


def is_looping(ids: Sequence[int]) -> bool:
    """The same stretch of 1 to 96 tokens at least three times in a row at the end, 32 tokens or more together."""
    for period in range(1, min(LONGEST_LOOP_TOKENS, len(ids) // 3) + 1):
        repeats = max(3, -(-SHORTEST_LOOPING_SPAN_TOKENS // period))
        span = repeats * period
        if span <= len(ids) and all(ids[-k] == ids[-k - period] for k in range(1, span - period + 1)):
            return True
    return False
