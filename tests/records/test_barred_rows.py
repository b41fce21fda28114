"""Tables without a head that names their columns: each row is read as a line, with its place in the chart as given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.domain.record import Assertion, MedicationAction, MedicationPhase, PatientRecord
from assistant.records.barred_rows import rows_as_lines
from assistant.records.reader import read_record
from assistant.records.reconcile import reconcile

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


FIELDS = """# GASTRO DISCHARGE SUMMARY

| Field | Value |
|---|---|
| Patient | Ines Ortal |
| Age / sex | 74 / F |
| Admission | 2025-04-02 |
| Discharge | 2025-04-07 |
| Principal diagnosis | Bleeding duodenal ulcer |
| Comorbidities | Paroxysmal AF, hypertension |
| Allergy | Metronidazole (severe rash) |

## Results
| Test | 02 Apr | 07 Apr |
|---|---|---|
| Haemoglobin | 68 | 88 |

## Medicines before admission
| Drug | Dose | Status |
|---|---|---|
| Apixaban | 5 mg bd | WITHHELD until 17 Apr 2025 |
| Indapamide | 1.5 mg od | STOPPED (hyponatraemia) |
| Citalopram | 20 mg od | STOPPED, mirtazapine instead |
| Simvastatin | 40 mg nocte | continue |

## Discharge medicines
| Drug | Dose | Note |
|---|---|---|
| Simvastatin | 40 mg nocte | unchanged |
| Mirtazapine | 15 mg nocte | new |
"""


def test_what_became_of_a_home_medicine_stands_in_its_row(formulary: Formulary) -> None:
    record = read_record(FIELDS, filename="c.txt", formulary=formulary)
    told = {m.generic: (m.change.value if m.change else None, m.dose) for m in reconcile(record, formulary)}
    assert told == {
        "apixaban": ("stopped", "5 mg"),
        "indapamide": ("stopped", "1.5 mg"),
        "citalopram": ("stopped", "20 mg"),
        "simvastatin": ("continued", "40 mg"),
        "mirtazapine": ("new", "15 mg"),
    }


def test_a_table_of_fields_names_diagnosis_and_allergy(formulary: Formulary) -> None:
    record = read_record(FIELDS, filename="c.txt", formulary=formulary)
    assert [c.name for c in record.conditions] == ["Bleeding duodenal ulcer", "Paroxysmal AF", "hypertension"]
    assert [a.generic for a in record.allergies] == ["metronidazole"]


def test_a_medicine_stopped_before_the_stay_is_not_the_stays(formulary: Formulary) -> None:
    record = read_record(
        "Discharge summary\nHome medications:\natenolol 50 mg od - stopped by GP last month\nbisoprolol 5 mg od\n\n"
        "Discharge medications:\nbisoprolol 5 mg od\n",
        filename="c.txt",
        formulary=formulary,
    )
    assert [m.generic for m in reconcile(record, formulary)] == ["bisoprolol"]
