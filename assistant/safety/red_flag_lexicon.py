"""Loads the tables under ``red_flags/``: what each concept is called, and the cues that say how a mention is meant.

Owns reading and checking the files. Refuses to know any message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.safety.red_flag_phrases import Phrase, compiled, phrases_of
from assistant.safety.spelling import Speller

RULES_FOLDER = Path(__file__).with_name("red_flags")


@dataclass(frozen=True)
class Lexicon:
    """Every concept with its phrases, and the cues that say how a mention is meant."""

    concepts: Mapping[str, tuple[Phrase, ...]]
    cues: Mapping[str, tuple[Phrase, ...]]
    contexts: frozenset[str]
    """Concepts that say who someone is: that the birth was weeks ago does not make it less so."""
    speller: Speller
    literals: frozenset[str]
    needed: Mapping[str, frozenset[str]]
    """For each concept the literals one of which its phrases need; absent where a phrase needs none."""


def check_expressions(lexicon: Lexicon) -> None:
    """Compiles every phrase, which loading leaves to first use; raises ValueError naming the row that is none."""
    for name, rows in (*lexicon.concepts.items(), *lexicon.cues.items()):
        for row in rows:
            try:
                compiled(row.expression)
            except re.error as error:
                raise ValueError(
                    f"{name}: {row.expression!r} is no regular expression ({error}); mend the row"
                ) from error


def load_yaml(path: Path) -> dict[str, Any]:
    """One rule file, read by libyaml where it is there: several times as fast."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    return rows


def _read(folder: Path, prefix: str) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for path in sorted(folder.glob(f"{prefix}*.yaml")):
        for name, row in load_yaml(path).items():
            if name in rows:
                raise ValueError(f"{path.name}: {name!r} is defined twice; merge the rows")
            rows[name] = row
    return rows


@lru_cache(maxsize=1)
def load_lexicon(folder: Path = RULES_FOLDER) -> Lexicon:
    """Reads ``concepts*.yaml``, ``cues.yaml`` and ``spellings.yaml`` once."""
    spellings = load_yaml(folder / "spellings.yaml")
    speller = Speller(spellings["misspelt"], spellings["vocabulary"], spellings["real_words"])
    rows = _read(folder, "concepts")
    contexts = frozenset(name for name, row in rows.items() if row.get("context"))
    concepts = {name: phrases_of(row) for name, row in rows.items()}
    cues = {name: phrases_of(row) for name, row in _read(folder, "cues").items()}
    literals = frozenset(
        word for rows in (*concepts.values(), *cues.values()) for row in rows for word in row.required
    )
    needed = {
        name: frozenset().union(*(row.required for row in rows))
        for name, rows in concepts.items()
        if all(row.required for row in rows)
    }
    return Lexicon(concepts, cues, contexts, speller, literals, needed)
