"""Tables without a head that names their columns: each row is read as a line, with its place in the chart as given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.domain.record import Assertion, MedicationAction, MedicationPhase, PatientRecord
from assistant.records.barred_rows import rows_as_lines
from assistant.records.reader import read_record

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

CHART = """Discharge summary
Name          | Ines Ortal
Age / sex     | 86 / female
Admitted      | 2025-02-03
Discharged    | 2025-02-14

Diagnoses
---------
| # | Diagnosis                                       |
| 1 | Traumatic subdural haematoma (6 mm)             |
| 2 | Atrial fibrillation, on apixaban                |

Laboratory
----------
| Test       | 2025-02-03 | 2025-02-13 |
| Creatinine | 96         | 94         |

Discharge medicines
-------------------
| Bisoprolol      | 2.5 mg once daily | continued |
| Amlodipine      | 5 mg once daily | dose reduced from 10 mg |
| Apixaban        | WITHHELD since 2025-02-03 - decision after CT on 2025-03-10 |
| Doxazosin       | STOPPED - postural hypotension |

Follow-up
---------
| What            | When |
| Falls clinic    | 6 weeks |
| CT head         | 2025-03-10 |
"""


def _read(formulary: Formulary) -> PatientRecord:
    return read_record(CHART, filename="c.txt", formulary=formulary)


def test_a_medicine_of_a_row_keeps_its_dose_and_what_became_of_it(formulary: Formulary) -> None:
    told = {
        m.generic: (m.action, m.dose, m.frequency, m.change)
        for m in _read(formulary).medications
        if m.phase is MedicationPhase.DISCHARGE
    }
    assert told == {
        "bisoprolol": (MedicationAction.TAKE, "2.5 mg", "once daily", "continued"),
        "amlodipine": (MedicationAction.TAKE, "5 mg", "once daily", "changed"),
        "apixaban": (MedicationAction.HOLD, None, None, None),
        "doxazosin": (MedicationAction.STOP, None, None, None),
    }


def test_a_diagnosis_and_a_visit_are_one_row_and_the_head_is_none(formulary: Formulary) -> None:
    record = _read(formulary)
    names = [c.name for c in record.conditions if c.assertion is Assertion.PRESENT]
    assert names[0].startswith("Traumatic subdural haematoma")
    assert not any("|" in n or n.startswith(("1", "#")) for n in names)
    assert [f.text for f in record.follow_ups] == ["Falls clinic - 6 weeks", "CT head - 2025-03-10"]


def test_every_fact_stands_where_it_says_in_the_chart_as_given(formulary: Formulary) -> None:
    record = _read(formulary)
    places = [
        *(c.place for c in record.conditions),
        *(m.place for m in record.medications),
        *(f.place for f in record.follow_ups),
        *(s.place for s in record.statements),
        *(o.place for o in record.observations),
    ]
    assert len(places) > 12
    assert all(CHART[p.start : p.end] == p.quote for p in places)
    assert record.documents[0].text == CHART


def test_a_table_of_results_and_one_that_names_its_columns_stay_as_they_are() -> None:
    assert rows_as_lines("Results\n| Test | 03/02 | 13/02 |\n| Creatinine | 96 | 94 |\n") is None
    assert (
        rows_as_lines("Discharge medications\n| Drug | Dose | Frequency |\n| Apixaban | 5 mg | bd |\n")
        is None
    )
    assert rows_as_lines("BP 120/70 | HR 70 | afebrile\n") is None
