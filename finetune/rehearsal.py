"""What a base already writes, kept while it learns something else: its own prose, and how far the adapter has moved from it.

Owns the prose, which the base itself samples from a few openings, the distance (Kullback and Leibler) that training adds to
its loss, and the last step back where an adapter went too far. Refuses to know the task. The paragraphs that measure forgetting (``words/general.txt``) are never read here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.models.loading import LoadedModel

OPENINGS = Path(__file__).with_name("words") / "openings.txt"
ROW_TOKENS = 72


def prose_of(loaded: LoadedModel, rows: int, seed: int) -> list[tuple[int, ...]]:
    """``rows`` beginnings of texts, as ids, sampled from the base; the same seed gives the same on one machine."""
    import torch

    encoded = [loaded.tokenizer.encode(o, add_special_tokens=False) for o in _openings()]
    length = min(map(len, encoded))  # cut alike, so that all are written at once without padding
    state = torch.random.get_rng_state()
    torch.manual_seed(seed)
    try:
        return _continued(loaded, [encoded[i % len(encoded)][:length] for i in range(rows)])
    finally:
        torch.random.set_rng_state(state)


def _openings() -> list[str]:
    return OPENINGS.read_text("utf-8").splitlines()


def _continued(loaded: LoadedModel, beginnings: list[list[int]]) -> list[tuple[int, ...]]:
    import torch

    ids = torch.tensor(beginnings, device=loaded.model.device)
    cache, step = None, ids
    with torch.inference_mode():
        while ids.shape[1] < ROW_TOKENS:
            out = loaded.model(input_ids=step, past_key_values=cache, use_cache=True, logits_to_keep=1)
            cache = out.past_key_values
            step = torch.multinomial(out.logits[:, -1].float().softmax(-1), 1)
            ids = torch.cat([ids, step], 1)
    return [tuple(row) for row in ids.tolist()]


def distance(model: Any, ids: tuple[int, ...]) -> Any:
    """How far the adapter's next-token distributions are from its base's over ``ids``, in nats a token. Not negative."""
    import torch

    row = torch.tensor([ids], device=model.device)
    with torch.no_grad(), model.disable_adapter():
        base = model(input_ids=row, use_cache=False).logits[0, :-1].float().log_softmax(-1)
    tuned = model(input_ids=row, use_cache=False).logits[0, :-1].float().log_softmax(-1)
    return torch.nn.functional.kl_div(tuned, base, log_target=True, reduction="sum") / (len(ids) - 1)


def reined_in(model: Any, prose: Sequence[tuple[int, ...]], most: float) -> float:
    """Shrinks every pair alike, by twentieths, until the adapter is at most ``most`` from its base on ``prose``.

    Returns the share that was kept. The distance falls about with the share's square, what was learned more slowly.
    """
    import torch

    pairs = [weight for name, weight in model.named_parameters() if "lora_B" in name]
    whole = [weight.detach().clone() for weight in pairs]

    def shrunk(twentieths: int) -> float:
        with torch.no_grad():
            for weight, full in zip(pairs, whole, strict=True):
                weight.copy_(full * twentieths / 20)
            return sum(float(distance(model, row)) for row in prose) / len(prose)

    low, high = 0, 20
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if shrunk(middle) <= most else (low, middle - 1)
    shrunk(low)
    return low / 20
