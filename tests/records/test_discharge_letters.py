"""Discharge letters in other layouts: which entry is the last word, where a dose stands, what a remark takes back."""

from __future__ import annotations

import pytest

from assistant.domain.answer import MedicationChange
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import Assertion, MedicationAction, PatientRecord
from assistant.records.chart import read_chart
from assistant.records.reconcile import reconcile

HEAD = "Ward 3 Bed 12\nMrs Ida Sample  74y F  DOB 12/02/1952\nAdmitted 03/03/2026   Discharged 11/03/2026\n\n"
LETTER = "11/03/2026 DISCHARGE LETTER\n"


def _medicines(body: str) -> dict[str, ReconciledMedicine]:
    return {(m.generic or m.name): m for m in reconcile(read_chart(HEAD + body))}


def _said(body: str, name: str) -> tuple[str, str | None]:
    medicine = _medicines(body)[name]
    return medicine.change.value, medicine.dose


def _struck(body: str) -> str:
    record = read_chart(HEAD + body)
    return " ".join(s.text for s in record.statements if s.assertion is Assertion.ERRONEOUS)


def test_an_addendum_to_the_letter_is_the_last_word() -> None:
    letter = LETTER + "Paracetamol 1 g qds. Apixaban 5 mg bd. Laxido 1 sachet bd.\n"
    amended = "PHARMACY ADDENDUM 11/03 1520 (K Reed): wt 44 kg -> paracetamol 500 mg qds NOT 1 g. add lansoprazole 15 mg mane, new.\n"
    assert _said(letter + amended, "paracetamol") == ("new", "500 mg")
    assert _said(letter + amended, "lansoprazole") == ("new", "15 mg")
    early = "PHARMACY ADDENDUM 05/03 1520 (K Reed): paracetamol 500 mg qds.\n"
    assert _said(early + letter, "paracetamol") == ("new", "1 g")


@pytest.mark.parametrize(
    ("stay", "listed", "name", "expected"),
    [
        ("KARDEX 10/03\nbisoprolol 3.75 mg mane\n", "Bisoprolol 3.75. Ramipril 5 mg od. Aspirin 75 mg od.", "bisoprolol", "3.75 mg"),
        ("KARDEX 10/03\nmacrogol 1 sach bd\n", "Macrogol bd whilst on opioid. Ramipril 5 mg od. Aspirin 75 mg od.", "macrogol", "1 sach"),
        ("KARDEX 10/03\nfurosemide 40 mg iv bd\n", "Furosemide od. Ramipril 5 mg od. Aspirin 75 mg od.", "furosemide", None),
    ],
)  # fmt: skip
def test_what_the_letter_leaves_out_stands_in_the_orders(
    stay: str, listed: str, name: str, expected: str | None
) -> None:
    medicine = _medicines(stay + LETTER + listed + "\n")[name]
    assert medicine.dose == expected


def test_a_dose_from_the_orders_is_to_be_confirmed_unless_the_list_points_there() -> None:
    stay = "08/03 quetiapine 12.5 mg prn started, vitamin D ok.\n"
    rest = "Discharge medications:\nramipril 5 mg od\naspirin 75 mg od\n"
    assert _medicines(stay + rest + "quetiapine prn as charted\n")["quetiapine"].uncertain is None
    assert "last one ordered" in (_medicines(stay + rest + "quetiapine prn\n")["quetiapine"].uncertain or "")


def test_a_home_medicine_given_to_the_last_day_is_not_called_stopped() -> None:
    home = "Home meds: levothyroxine 100 mcg od, ramipril 5 mg od, aspirin 75 mg od\n"
    chart = "DRUG CHART 11/03\n| levothyroxine | 100 mcg | mane | |\n| ramipril | 5 mg | od | |\n"
    letter = LETTER + "Ramipril 5 mg od. Aspirin 75 mg od. Apixaban 5 mg bd.\n"
    given = _medicines(home + chart + letter)["levothyroxine"]
    assert given.change is MedicationChange.CONTINUED
    assert "given to the last day" in (given.uncertain or "")
    assert _medicines(home + letter)["levothyroxine"].change is MedicationChange.STOPPED


def test_how_often_is_not_taken_from_home_where_that_was_changed() -> None:
    home = "Home meds: Sinemet 25/100 one tab FOUR times daily, aspirin 75 mg od, ramipril 5 mg od\n"
    letter = LETTER + "Continue: aspirin 75 mg, ramipril 5 mg. Changed: Sinemet 25/100 x5/day.\n"
    medicine = _medicines(home + letter)["co-careldopa"]
    assert (medicine.change, medicine.frequency) == (MedicationChange.CHANGED, "x5/day")


def test_a_step_of_a_sliding_scale_is_no_dose() -> None:
    body = "Discharge medications:\nNovolog sliding scale: 150-199 2 units, 200-249 4 units\nLantus 12 units qhs\n"
    found = _medicines(body)
    assert found["insulin aspart"].dose is None
    assert found["insulin glargine"].dose == "12 units"


def test_a_form_before_the_name_ends_no_sentence() -> None:
    body = "Discharge medications:\n1) T. Telma 40 mg 1-0-0  2) Inj. Monocef 1 g BD x 3 days  3) T. Pan 40 mg 1-0-0\n"
    found = _medicines(body)
    assert {name: found[name].dose for name in ("telmisartan", "ceftriaxone", "pantoprazole")} == {
        "telmisartan": "40 mg", "ceftriaxone": "1 g", "pantoprazole": "40 mg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "change"),
    [
        ("— LETTER 2: Rehab to Nursing Home + GP, 10/3/26 —", MedicationChange.NEW),
        ("— LETTER 1: Orthopaedics to Rehab, 4/3/26 —", None),
    ],
)
def test_the_letter_to_those_who_take_over_is_of_the_discharge(
    heading: str, change: MedicationChange | None
) -> None:
    found = _medicines(f"{heading}\nNew: apixaban 5 mg bd, lansoprazole 15 mg mane.\n")
    assert (found["apixaban"].change if "apixaban" in found else None) is change


def test_a_letter_that_makes_no_list_still_tells_what_is_taken() -> None:
    body = (
        "Discharge letter\nDear Dr Lim,\n\nThank you for seeing this lady who was admitted with a fall and a fractured ramus.\n\n"
        "On admission she was taking Xarelto 20 mg daily, Endep 25 mg nocte and Karvea 150 mg daily.\n\n"
        "During the stay we ceased her Endep. Xarelto was reduced to 15 mg daily because of her kidneys. We commenced Movicol 1 sachet bd. "
        "Please withhold Karvea altogether if her systolic falls below 100.\n"
    )
    found = {m.generic: m for m in reconcile(read_chart(HEAD + body))}
    assert {g: m.change.value for g, m in found.items()} == {
        "rivaroxaban": "changed", "amitriptyline": "stopped", "irbesartan": "continued", "macrogol": "new",
    }  # fmt: skip
    assert not found["irbesartan"].held
    assert found["macrogol"].uncertain


def test_a_flag_means_the_other_bed_and_the_whole_entry() -> None:
    entry = "08/03 (Dr Prat)  c/o reduced movements. G3P2 28 wks, iron sucrose given. Drain 40 ml.\n"
    nurse = "  ** Nurse 08/03 2 pm - patient is NOT pregnant. This is bed 11 note. Drain chart only is of bed 12.\n"
    struck = _struck(
        "07/03 ANA neg, no past TB.\n" + entry + nurse + "  ** Dr Prat: wrong sheet, entry cancelled.\n"
    )
    assert "reduced movements" in struck
    assert "iron sucrose" in struck
    assert "ANA" not in struck


def test_the_entry_that_corrects_is_not_what_it_strikes() -> None:
    body = (
        "06/03 WR (Dr Ky): On nocturnal BiPAP, peritoneal dialysis x4. Tremor improving.\n"
        ">>> 06/03 11:50 RN Paulo: NO PD catheter and no BiPAP on this lady!! that's Bed 7 - please fix.\n"
        ">>> 12:05 Ky: apologies, cut & paste from bed 7 list, disregard.\n"
    )
    struck = _struck(body)
    assert "peritoneal dialysis" in struck
    assert "Tremor" not in struck


def test_a_neighbour_with_an_illness_takes_nothing_back() -> None:
    body = "Past history: treated TB 2010.\nFamily history: father MI. Neighbour sputum positive for TB.\n"
    assert "2010" not in _struck(body)


def _values(record: PatientRecord, name: str) -> list[tuple[str, bool]]:
    return [
        (o.value, o.assertion is Assertion.ERRONEOUS)
        for o in record.observations
        if o.name.casefold().startswith(name)
    ]


def test_the_figure_goes_that_stands_by_its_name() -> None:
    record = read_chart(
        HEAD
        + "RESULTS      | 04/03 | 05/03 | 07/03\nCRP          | 131   | 90    | 58\nVanc level   |       | 58.0(!)\n(!) RN comment 05/03 2140: vanc 58 drawn from the infusing line, INVALID. Redraw 2330 = 16.2.\n"
    )
    assert ("58", False) in _values(record, "crp")
    assert ("58.0", True) in _values(record, "vanc")


def test_the_newborn_in_the_mothers_chart_is_another() -> None:
    record = read_chart(
        HEAD
        + "05/03 10:00 LSCS. EBL 650.\nNEONATE (NICU chart separate): bili 212, glucose 1.9.\nGlucose 5.1 today.\n"
    )
    assert [v for v, _ in _values(record, "glucose")] == ["5.1"]
    assert _values(record, "bili") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "ALLERGIES | penicillin | rash 2018 | HIGH || latex | (no reaction listed)",
            {"penicillin", "latex"},
        ),
        ("* ALLERGIES codeine (vomits)", {"codeine"}),
        ("- ALLERGY trimethoprim = Stevens-Johnson 2014.  codeine: vomits", {"trimethoprim", "codeine"}),
        ("PMH COPD. ALLERGY - co-amoxiclav: jaundice 2020. Lives alone.", {"co-amoxiclav"}),
        ("Penicillin: no reaction when given in 2019", set()),
    ],
)
def test_an_allergy_is_found_in_whatever_line(line: str, expected: set[str]) -> None:
    assert {a.substance for a in read_chart(HEAD + line + "\n").allergies if not a.none_known} == expected


def test_a_discharge_entry_without_labels_tells_problems_and_visits() -> None:
    body = (
        LETTER
        + "Strangulated femoral hernia with bowel obstruction. AKI resolving.\nBP 120/70, eating.\n"
        + "Review: Surgery OPD - GB polyp. OB 6 wk (Apr 22). 75 g OGTT + TSH at 6-8 wks.\n"
    )
    record = read_chart(HEAD + body)
    assert any("femoral hernia" in c.name for c in record.conditions)
    told = " ".join(f.text for f in record.follow_ups)
    assert all(word in told for word in ("GB polyp", "OB 6 wk", "OGTT"))


def test_a_round_that_reviews_arranges_nothing() -> None:
    record = read_chart(HEAD + "06/03 WR\nReview: comfortable, eating.\n")
    assert not record.follow_ups


def _phases(text: str) -> dict[str, list[tuple[str, str | None]]]:
    found: dict[str, list[tuple[str, str | None]]] = {}
    for m in read_chart(text).medications:
        found.setdefault(m.phase.value, []).append((m.name.casefold(), m.dose))
    return found


def test_headings_behind_arrows_and_a_transfer_that_is_the_discharge() -> None:
    text = (
        "BASE HOSPITAL\nAdmitted: 11/03/2025\n>>> PRESENTATION (ED reg)\nFell in the garden, hip pain.\n"
        "HOME MEDS\n  thyroxine 75 microg mane | perindopril 5 mg mane\n>>> PROGRESS\n14/03 drowsy.\n"
        ">>> TRANSFER/DISCHARGE  20/03/2025\nMEDS\n  thyroxine 75 microg mane - unchanged\n  paracetamol 1 g tds - NEW\n"
        "  WITHHELD perindopril: restart if SBP > 150\n"
    )
    phases = _phases(text)
    assert phases["home"] == [("thyroxine", "75 microg"), ("perindopril", "5 mg")]
    assert phases["discharge"][:2] == [("thyroxine", "75 microg"), ("paracetamol", "1 g")]
    encounter = read_chart(text).encounter
    assert encounter is not None
    assert encounter.reason == "Fell in the garden, hip pain."


def test_a_case_sheet_in_brackets_and_its_rx() -> None:
    text = (
        "HOSPITAL | Mr. B. K., 52 yrs / M | DOA 01-Sep-2025\n[C/O] Fever 9 days.\n[HOPI] Pain, dull.\n[PAST] DM 8 yrs.\n"
        "[TREATMENT AT HOME] T. Metformin 500 mg BD, T. Telmisartan 40 mg OD\n[PERSONAL] No alcohol.\n"
        "NOTES\n2/9 Telmisartan withheld.\n\nDISCHARGE 8-Sep-2025\nRx\n1. T. Metronidazole 800 mg TDS upto 11/9\n"
        "2. T. Diloxanide furoate 500 mg TDS x 10 days, start 12/9\n3. T. Metformin 1000 mg BD (dose increased)\n"
        "Telmisartan: do not take now. Resume 40 mg OD only if BP > 140/90.\n"
    )
    phases = _phases(text)
    assert phases["home"] == [("metformin", "500 mg"), ("telmisartan", "40 mg")]
    assert ("diloxanide furoate", "500 mg") in phases["discharge"]
    held = [m for m in read_chart(text).medications if m.action is MedicationAction.HOLD]
    assert [m.name for m in held if m.phase.value == "discharge"] == ["Telmisartan"]


def test_a_line_of_arrows_in_a_story_and_rx_in_the_ward_head_nothing() -> None:
    text = (
        "Admitted: 11/03/2025\n12/03 WR: Hb 92 >>> 110 after 1 unit.\nRx\nIV fluids, tazocin 4.5 g tds.\n"
        "13/03 better.\n"
    )
    assert "discharge" not in _phases(text)
