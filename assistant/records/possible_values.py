"""Whether a figure can be a test's value at all, in any unit in use (``possible_values.yaml``).

Owns the widest range of each test. Refuses to judge what is normal or dangerous.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from assistant.records.observation_names import key_of_test

_PRESSURE = re.compile(r"(\d{2,3})\s?[/／]\s?(\d{1,3})")
_FIGURE = re.compile(r"\d+(?:\.\d+)?")


@cache
def _ranges() -> dict[str, tuple[float, float]]:
    raw = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return TypeAdapter(dict[str, tuple[float, float]]).validate_python(raw)


def is_possible(name: str, value: str) -> bool:
    """False for ``INR 40``, ``eGFR 1`` and ``BP 16/10``; a test without a range may have any figure."""
    key = key_of_test(name)
    if key == "blood pressure":
        pair = _PRESSURE.match(value.strip())
        return pair is not None and 40 <= int(pair[1]) <= 320 and 10 <= int(pair[2]) < int(pair[1])
    figure = _FIGURE.search(value.replace(",", ""))
    if key not in _ranges() or figure is None or value.strip()[:1] in tuple("<>≤≥"):
        return True
    low, high = _ranges()[key]
    return low <= float(figure.group()) <= high
