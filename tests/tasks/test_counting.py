"""A programme after an operation counts from the operation where the record dates it, else its weeks get no date."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from assistant.tasks.counting import due_for
from assistant.tasks.gathering import Unit
from knowledge.types import Passage
from tests.turns import chart

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

KNEE = "total-knee-replacement-apta-2020-nice-ng157"
LEFT = date(2026, 2, 14)
HEAD = "Patient: Mrs R Sample, 69 F\nAdmitted 2026-02-03. Discharged 2026-02-14.\nDiagnoses:\n1. Osteoarthritis of the knee\n"


def _unit(text: str, doc_id: str) -> Unit:
    passage = Passage(f"{doc_id}#0", doc_id, "G", text, 0, len(text), "Goals", "P", "2025", "2025")
    return Unit(passage, 0, len(text), text, 0.0)


@pytest.mark.parametrize(
    ("told", "doc_id", "text", "due"),
    [
        ("Procedures:\nLeft total knee replacement 2026-02-04\n", KNEE, "Knee extension: 0°, by 6 weeks.", date(2026, 3, 18)),
        ("Procedures:\nLeft total knee replacement 2026-02-04\n", KNEE, "Physiotherapy: within 1 week of discharge.", date(2026, 2, 21)),
        ("Procedures:\nLeft total knee replacement 2026-02-04\n", KNEE, "Walking: by 1 week.", None),
        ("Procedures:\nLeft total knee replacement\n", KNEE, "Knee extension: 0°, by 6 weeks.", None),
        ("Past history: right knee replacement 2019\n", KNEE, "Knee extension: 0°, by 6 weeks.", None),
        ("Procedures:\nLeft total knee replacement 2026-02-04\n", "osteoarthritis-nice-ng226", "Pain: by 12 weeks.", date(2026, 5, 9)),
    ],
)  # fmt: skip
def test_weeks_count_from_the_day_that_the_guideline_means(
    told: str, doc_id: str, text: str, due: date | None, formulary: Formulary
) -> None:
    assert due_for(chart(formulary, HEAD + told), _unit(text, doc_id), LEFT) == due
