"""Clinical words in everyday ones: diagnoses, and how often and by which way a medicine is taken.

The words stand in ``plain_words.yaml``. Figures are never touched.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("plain_words.yaml")


@cache
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def in_plain_words(term: str, language: str) -> str:
    """Everyday words for a diagnosis, or "" where there are none or the term says them itself."""
    key = "zh" if language == "zh" else "en"
    best = ""
    plain = ""
    for row in _words()["diagnoses"]:
        for name in row["terms"]:
            edge = "" if re.search(r"[\u4e00-\u9fff]", name) else r"\b"
            if len(name) > len(best) and re.search(edge + re.escape(name) + edge, term, re.IGNORECASE):
                best, plain = name, str(row.get(key, ""))
    return "" if plain and plain.casefold() in term.casefold() else plain


def plain_frequency(frequency: str, language: str) -> str:
    """``bd`` → ``twice a day``; words that are not known stay as they are."""
    return _swap(frequency, "frequencies", language)


def plain_route(route: str, language: str) -> str:
    """``PO`` → ``by mouth``."""
    return _swap(route, "routes", language)


def _swap(text: str, table: str, language: str) -> str:
    key = "zh" if language == "zh" else "en"
    for row in _words()[table]:
        for name in sorted(row["terms"], key=len, reverse=True):
            edge = "" if re.search(r"[\u4e00-\u9fff]", name) else r"(?<![A-Za-z])"
            end = "" if re.search(r"[\u4e00-\u9fff]", name) else r"(?![A-Za-z])"
            swapped, hits = re.subn(edge + re.escape(name) + end, row[key], text, flags=re.IGNORECASE)
            if hits:
                return swapped
    return text
