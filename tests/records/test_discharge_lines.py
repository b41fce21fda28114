"""Single lines of discharge lists by other writers, each with what a careful pharmacist concludes from it.

``not_yet`` marks lines that are still read otherwise: they may only shrink.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain.record import MedicationPhase, MedicationStatement
from assistant.records.chart import read_chart
from knowledge.formulary import open_formulary

LINES = Path(__file__).with_name("lines")
ROWS = [
    row for path in sorted(LINES.glob("*.yaml")) for row in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def _read(line: str) -> list[MedicationStatement]:
    heading = "出院带药：" if re.search("[一-鿿]", line) else "Discharge medications:"
    chart = read_chart(f"{heading}\n{line}\n")
    return [m for m in chart.medications if m.phase is MedicationPhase.DISCHARGE]


def _is(name: str, said: MedicationStatement) -> bool:
    names = open_formulary()
    one, two = name.casefold(), said.name.casefold()
    return one in two or two in one or (names.generic(name) or one) == (names.generic(said.name) or two)


def _squeezed(text: str | None) -> str:
    return re.sub(r"\s", "", text or "").casefold()


def _wrong(row: dict[str, Any]) -> list[str]:
    said = _read(row["line"])
    wrong = []
    for medicine in row["expect"]:
        own = [m for m in said if _is(medicine["name"], m)]
        if {m.action.value for m in own} != {medicine["action"]}:
            wrong.append(f"{medicine['name']}: {medicine['action']}, read as {[m.action.value for m in own]}")
        elif medicine["dose"] and not any(_squeezed(medicine["dose"]) in _squeezed(m.dose) for m in own):
            wrong.append(f"{medicine['name']}: {medicine['dose']}, read as {[m.dose for m in own]}")
    strange = [m.name for m in said if not any(_is(e["name"], m) for e in row["expect"])]
    return wrong + [f"{name}: not of this list" for name in strange]


@pytest.mark.parametrize("row", ROWS, ids=[row["line"][:60] for row in ROWS])
def test_a_line_says_which_medicine_goes_on_and_at_which_dose(row: dict[str, Any]) -> None:
    assert bool(_wrong(row)) is row.get("not_yet", False), _wrong(row)


@pytest.mark.parametrize(
    ("line", "often", "how_long"),
    [
        ("methotrexate 15 mg Mon", "Mon", None),
        ("bisoprolol 5 mg am", "am", None),
        ("levodopa/carbidopa 100/25 1 tab 8am 12pm 4pm 8pm", "8am 12pm 4pm 8pm", None),
        ("rivaroxaban 15 mg bd 21 days then 20 mg od", "bd", "21 days then 20 mg od"),
        ("amiodarone 200 mg tds 1 week, bd 1 week, then od", "tds", "1 week, bd 1 week, then od"),
        ("ramipril 2.5 mg od, U&E 2 weeks", "od", None),
        ("warfarin 3 mg nocte, INR Fri", "nocte", None),
    ],
)
def test_days_times_and_steps_behind_a_dose_are_kept(line: str, often: str, how_long: str | None) -> None:
    (medicine,) = _read(line)
    assert (medicine.frequency, medicine.duration) == (often, how_long)
