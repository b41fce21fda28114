"""Only words about the record itself withdraw what was written; things that are removed, ignored or useless do not."""

from __future__ import annotations

import pytest

from assistant.domain.record import MedicationPhase
from assistant.records.chart import read_chart

CHART = "Name: Ann Bee\nAdmitted 01/11/2026\nDx: Paracetamol overdose; depression.\n"


@pytest.mark.parametrize(
    "said",
    [
        "Mother holds the medicines and has removed paracetamol from the flat.",
        "Sister to remove the above tablets of paracetamol.",
        "Catheter removed that evening after the overdose.",
        "Please remove this cannula; overdose pathway complete.",
        "Asked not to ignore the signs of an overdose.",
        "She ignores this overdose as a risk.",
        "Void this morning, overdose bloods repeated.",
        "In bed all day; she was in bed 7 until Tuesday after the overdose.",
        "Moved from bed 4 to side room 2, overdose observations continue.",
        "SpO2 97% was room air, no effect of the overdose.",
    ],
)
def test_a_thing_removed_or_a_bed_of_the_patient_strikes_no_diagnosis(said: str) -> None:
    names = [c.name for c in read_chart(f"{CHART}02/11 WR\n{said}\n").conditions]
    assert "Paracetamol overdose" in names


@pytest.mark.parametrize("said", ["抗抑郁药无效，抑郁加重。", "撤销病危通知，抑郁好转。"])
def test_a_useless_treatment_or_a_lifted_warning_strikes_nothing(said: str) -> None:
    record = read_chart(f"姓名：李某\n入院日期：2026-11-01\n入院诊断：抑郁症\n11-02 查房\n{said}\n")
    assert "抑郁症" in [c.name for c in record.conditions]


@pytest.mark.parametrize(
    "said",
    [
        "Please delete the above, entered in error: overdose.",
        "Ignore the overdose line above - wrong patient.",
        "Overdose: disregard previous entry.",
        "Remove the above entry re overdose, it is bed 4's.",
        "The overdose is bed 12.",
    ],
)
def test_words_about_the_entry_still_withdraw_it(said: str) -> None:
    names = [c.name for c in read_chart(f"{CHART}02/11 WR\n{said}\n").conditions]
    assert "Paracetamol overdose" not in names


def test_a_list_of_what_was_crossed_through_strikes_nothing_else() -> None:
    chart = (
        "Mr A Sample, 70 M\n\nDRUG CHART 20/1\nbisoprolol 7.5 mg od | aspirin 75 mg od\n"
        "crossed through: furosemide IV; naproxen STOPPED\n\n20/1/26 DISCHARGE\nTTO\n  SAME   bisoprolol 7.5 mg od; aspirin 75 mg od\n"
    )
    record = read_chart(chart)
    taken = {m.generic for m in record.medications if m.phase is MedicationPhase.DISCHARGE}
    assert taken == {"bisoprolol", "aspirin"}
