"""What stands in a list of medicines with a figure or ``BID`` behind it and is none: devices, clinics, people, tests, food, dates.

Owns the words (``no_medicine.yaml``). Refuses names that the formulary knows: those are medicines whatever stands beside them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ends_with: dict[str, list[str]]
    alone: dict[str, list[str]]


_DAY = re.compile(r"\s*(?:on\s+)?(?P<one>\d{1,2})/(?P<two>\d{1,2})(?P<year>/(?:19|20)?\d\d)?(?![\d/.%])")
_GIVEN = re.compile(
    r"(?i)\s*(?:mg|mcg|g\b|units?|ml|puffs?|tabs?|caps?|once|twice|daily|od\b|bd\b|bid|tds|tid|qds|qid|nocte|mane|q\w|every|prn|weekly|at night|in the|on[en]?\b|one|two|[1-4]\b)"
)
"""What follows the strength of a medicine with two parts: ``Caduet 5/10 daily``."""


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    raw = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    words = _Words.model_validate(raw)
    last = "|".join(re.escape(w) for rows in words.ends_with.values() for w in rows)
    whole = "|".join(re.escape(w) for rows in words.alone.values() for w in rows)
    return re.compile(rf"(?i)(?:.*[\s/-])?(?:{last})s?\W*"), re.compile(rf"(?i)(?:{whole})s?\W*")


def is_no_medicine(name: str, behind: str) -> bool:
    """Whether a name that the formulary does not know is a device, a clinic, a person, a test or food, or has only a day behind it."""
    last, whole = _patterns()
    return bool(last.fullmatch(name.strip()) or whole.fullmatch(name.strip()) or _is_day(behind))


def _is_day(behind: str) -> bool:
    """``MFM 05/20 w/ CMP``: two figures that can be day and month, and no way of taking behind them."""
    found = _DAY.match(behind)
    if found is None or _GIVEN.match(behind, found.end()):
        return False
    one, two = int(found["one"]), int(found["two"])
    return bool(found["year"]) or (1 <= min(one, two) <= 12 and 1 <= max(one, two) <= 31)
