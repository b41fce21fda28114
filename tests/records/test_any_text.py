"""Any text gives a record: lines of wards' charts in any order, cut anywhere, never stop the reader."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from assistant.records.chart import read_chart
from knowledge.formulary import open_formulary

LINES = [
    line
    for path in sorted(Path(__file__).with_name("charts").glob("*.txt"))
    for line in path.read_text(encoding="utf-8").splitlines()
]


def _torn(rng: random.Random) -> str:
    lines = rng.choices(LINES, k=rng.randint(1, 40))
    return "\n".join(line[: rng.randint(0, len(line))] if rng.random() < 0.2 else line for line in lines)


@pytest.mark.parametrize("seed", range(60))
def test_torn_and_mixed_charts_are_read_with_places_that_quote_them(seed: int) -> None:
    text = _torn(random.Random(seed))
    record = read_chart(text, formulary=open_formulary())
    facts = [
        *record.conditions,
        *record.procedures,
        *record.medications,
        *record.allergies,
        *record.observations,
    ]
    places = [fact.place for fact in facts] + [s.place for s in record.statements]
    assert all(text[p.start : p.end] == p.quote for p in places)
