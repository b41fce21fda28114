"""A second judgement of requests that no refusal rule has words for: does this ask for help in harming someone?

Owns one linear score over the request's sentence vector and its words, for English. It may only add a refusal; it never lifts a
rule's. Refuses to know models: whoever asks brings the vector, and the weights are figures in
``request_judgement_weights.json``, fitted by ``scripts/fit_request_judgement.py`` on requests written for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from knowledge.embedding import Vectors
from knowledge.errors import EmbeddingModelNotFound

Embed = Callable[[str], Vectors | None]
"""The unit vector of a text by the shipped embedding model, or None where another model is in use."""

WEIGHTS_FILE = Path(__file__).with_name("request_judgement_weights.json")
LONGEST_JUDGED_CHARS = 300
"""A story of one's day, a case report or a record is longer than any request the weights have seen."""
_LEAST_WORDS = 4
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\?")
# Whom the request is about must not make it look harmful: these words are not scored by themselves.
_WHO = frozenset(
    "black white asian african arab arabs hispanic latino roma jewish jew jews muslim muslims christian religion religious "
    "gay lesbian homosexual trans transgender women woman man men girl girls boy boys foreign foreigner foreigners migrant "
    "migrants immigrant immigrants refugee refugees homeless poor rich disabled deaf blind obese fat old elderly tribe somali "
    "prisoner prisoners hiv smokers pregnant uninsured autistic".split()
)


@dataclass(frozen=True)
class Weights:
    """Log odds of harm: ``bias`` + ``by_dimension`` · vector + the words, scaled as :func:`words` has them."""

    bias: float
    threshold: float
    by_dimension: Vectors
    by_word: Mapping[str, float]


def words(text: str) -> dict[str, float]:
    """Single words and neighbours, each once, of unit length together."""
    found = _WORD.findall(text.lower().replace("’", "'"))
    kept = {word for word in found if word not in _WHO}
    kept |= {f"{a} {b}" for a, b in pairwise(found) if not {a, b} & _WHO}
    return dict.fromkeys(sorted(kept), len(kept) ** -0.5) if kept else {}


@lru_cache(maxsize=1)
def weights() -> Weights:
    rows = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return Weights(
        rows["bias"], rows["threshold"], np.array(rows["by_dimension"], np.float32), rows["by_word"]
    )


def harm_score(text: str, vector: Vectors) -> float:
    """Log odds that the request would harm; ``vector`` of shape ``(384,)``."""
    known = weights()
    by_word = sum(known.by_word.get(name, 0.0) * value for name, value in words(text).items())
    return known.bias + float(known.by_dimension @ vector) + by_word


def asks_for_harm(text: str, embed: Embed) -> bool:
    """True where the score passes the threshold; False for what is too short or too long to judge, and without the model."""
    if len(text) > LONGEST_JUDGED_CHARS or len(_WORD.findall(text.lower())) < _LEAST_WORDS:
        return False
    try:
        vector = embed(text)
    except EmbeddingModelNotFound:
        return False  # the rules have judged; the search says by name what is missing
    return vector is not None and harm_score(text, vector) >= weights().threshold
