"""The words by which a record withdraws its own text (``strikeouts.yaml``).

Owns the patterns made of them. Refuses to know what they withdraw.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class _Rules(BaseModel):
    model_config = ConfigDict(extra="forbid")
    other_patient: list[str]
    delete: list[str]
    confirm: list[str]
    negated_flag: list[str]
    lab_error: list[str]
    repeat: list[str]
    common: list[str]


@dataclass(frozen=True)
class Cues:
    """Patterns, and words so ``common`` in notes that sharing one says nothing."""

    other_patient: re.Pattern[str]
    delete: re.Pattern[str]
    confirm: re.Pattern[str]
    negated_flag: re.Pattern[str]
    lab_error: re.Pattern[str]
    repeat: re.Pattern[str]
    common: frozenset[str]


@cache
def cues() -> Cues:
    """The compiled rows of ``strikeouts.yaml``."""
    raw = yaml.safe_load(Path(__file__).with_name("strikeouts.yaml").read_text(encoding="utf-8"))
    rules = _Rules.model_validate(raw)

    def compiled(rows: list[str], flags: int = re.IGNORECASE) -> re.Pattern[str]:
        han = re.compile(r"[一-鿿]")
        parts = [row if han.search(row) or row.startswith((r"\b", "(")) else rf"(?<!\w){row}" for row in rows]
        return re.compile("|".join(f"(?:{p})" for p in parts), flags)

    return Cues(
        compiled(rules.other_patient),
        compiled(rules.delete),
        compiled(rules.confirm),
        compiled(rules.negated_flag),
        compiled(rules.lab_error),
        compiled(rules.repeat),
        frozenset(rules.common),
    )
