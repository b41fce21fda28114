"""Rows that say the same again: exactly, or nearly so by MinHash (Broder, 1997). Refuses to know what the rows are for.

Near copies are looked for in long texts only: "hold ramipril 5 mg" and "hold ramipril 10 mg" are two notes, not one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from finetune.synthesize import Example

LONG_WORDS = 40
NEAR = 0.85
_HASHES = 64
_BANDS = 16
_PRIME = (1 << 61) - 1
_FACTORS = tuple(
    tuple(int.from_bytes(hashlib.blake2b(f"{kind}{n}".encode(), digest_size=7).digest()) for kind in "ab")
    for n in range(_HASHES)
)


def without_repeats(examples: Iterable[Example]) -> list[Example]:
    """Each pair of evidence and question once, and of long texts that nearly agree the first."""
    once = {(e.evidence, e.question): e for e in examples}.values()
    kept: list[Example] = []
    bands: dict[tuple[int, tuple[int, ...]], list[frozenset[str]]] = {}
    for example in once:
        words = _words(example)
        if len(words) < LONG_WORDS:
            kept.append(example)
            continue
        runs = frozenset(" ".join(words[i : i + 3]) for i in range(len(words) - 2))
        keys = list(enumerate(_bands(_signature(runs))))
        if any(_alike(runs, other) for key in keys for other in bands.get(key, ())):
            continue
        for key in keys:
            bands.setdefault(key, []).append(runs)
        kept.append(example)
    return kept


def _words(example: Example) -> list[str]:
    return re.findall(r"\w+", " ".join([*example.evidence, example.question]).lower())


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= NEAR * len(one | other)


def _signature(runs: frozenset[str]) -> tuple[int, ...]:
    values = [int.from_bytes(hashlib.blake2b(run.encode(), digest_size=7).digest()) for run in runs]
    return tuple(min((a * v + b) % _PRIME for v in values) for a, b in _FACTORS)


def _bands(signature: Sequence[int]) -> list[tuple[int, ...]]:
    width = _HASHES // _BANDS
    return [tuple(signature[i * width : (i + 1) * width]) for i in range(_BANDS)]
