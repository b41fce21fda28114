"""A plan says what its dates count from, follows the guideline that there is, and a rehabilitation plan is of function."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.records.reader import read_record
from assistant.tasks.check_in import schedule
from assistant.tasks.conflicts import _differ, _figures
from assistant.tasks.fitting import discharge_day
from assistant.tasks.goals import due_date
from tests.turns import CHART, TODAY, answer, chart, services, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.domain.record import PatientRecord
    from knowledge.formulary import Formulary
    from knowledge.open import Library

START = date(2026, 3, 9)
REHAB_SHELF = (
    "lower-limb-amputation-rehabilitation-va-dod-2025",
    "falls-older-people-nice-ng249",
    "head-injury-nice-ng232",
    "hypertension-adults-esc-2024",
)


@pytest.fixture(scope="module")
def rehab_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    from knowledge.open import STARTER, open_library

    with open_library(tmp_path_factory.mktemp("rehab-shelf")) as library:
        library.ingest([STARTER / f"{name}.md" for name in REHAB_SHELF])
        yield library


def _read(body: str, formulary: Formulary) -> PatientRecord:
    return read_record(body, filename="c.txt", formulary=formulary)


FALLEN = """Patient: Mrs R Sample, 84 F
Admitted 2026-02-03. Discharged 2026-02-14.
Diagnoses:
1. Head injury with small subdural haematoma
2. Hypertension
Function: walks 30 m with a frame and one person.
"""
AMPUTEE = """Patient: Mr T Sample, 61 M
Admitted 2026-02-03. Discharged 2026-02-14.
Diagnoses:
1. Below knee amputation, left
Discharge medications:
bisoprolol 2.5 mg od
"""


@pytest.mark.parametrize(
    ("discharged", "admitted", "counted"),
    [
        ("Discharged: 2026-03-09", "2026-03-02", START),
        ("", "2026-11-10", TODAY),
        ("", "2026-03-02", None),
    ],
)
def test_dates_count_from_the_discharge_and_never_silently_from_today(
    discharged: str, admitted: str, counted: date | None, formulary: Formulary
) -> None:
    record = _read(f"Patient: Mr A Sample, 70 M\nAdmitted: {admitted}  {discharged}\nBP 130/80\n", formulary)
    assert discharge_day(record, TODAY) == counted
    visits = schedule(record, language="en", today=TODAY, formulary=formulary)
    assert bool(visits) is (counted is not None)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Prosthesis: fitted within 6 weeks after surgery.", None),
        ("Check the level within 2 weeks of starting the medicine.", None),
        ("术后6周内完成。", None),
        ("Clinic within 6 weeks of discharge.", date(2026, 4, 20)),
        ("Reach it within 3 months.", date(2026, 6, 9)),
    ],
)
def test_a_span_from_another_day_than_the_discharge_has_no_date(text: str, due: date | None) -> None:
    assert due_date(text, START) == due
    assert due_date(text, None) is None


def test_a_plan_without_a_day_of_discharge_says_so(shelf: Library, formulary: Formulary) -> None:
    undated = CHART.replace("   Discharged: 2026-03-09", "")
    told = answer(services(shelf, formulary), "plan", record=_read(undated, formulary), language="en")
    assert "day of discharge could not be read" in texts(told, "cautions")
    assert "Counted from discharge" not in texts(told, "follow_up")
    whole = answer(services(shelf, formulary), "plan", record=chart(formulary), language="en")
    assert "day of discharge" not in texts(whole, "cautions")


def test_an_illness_that_only_a_rehabilitation_guideline_is_about_is_cared_for_by_it(
    rehab_shelf: Library, formulary: Formulary
) -> None:
    told = answer(services(rehab_shelf, formulary), "plan", record=_read(AMPUTEE, formulary), language="en")
    assert "plan after: Lower limb amputation" in texts(told, "problems")
    assert "emergency care" in texts(told, "red_flags")


def test_a_rehabilitation_plan_is_no_second_care_plan(rehab_shelf: Library, formulary: Formulary) -> None:
    record = _read(FALLEN, formulary)
    care = answer(services(rehab_shelf, formulary), "plan", record=record, language="en")
    rehab = answer(services(rehab_shelf, formulary), "plan", record=record, language="en", kind="rehab")
    assert "plan after: Falls in older people" in texts(rehab, "problems")
    assert "walks 30 m with a frame" in texts(rehab, "problems")
    assert "plan after: Falls" not in texts(care, "problems")
    assert texts(rehab, "lifestyle_or_exercise") != texts(care, "lifestyle_or_exercise")
    assert "No rehabilitation guideline" in texts(rehab, "cautions")
    assert "Blood pressure: review" not in texts(rehab, "monitoring")


def test_a_guideline_in_another_language_is_named_and_not_quoted(
    rehab_shelf: Library, formulary: Formulary
) -> None:
    record = _read("姓名：张某  性别：女  年龄：84岁\n出院诊断：1.高血压\n", formulary)
    told = answer(services(rehab_shelf, formulary), "plan", record=record, language="zh")
    assert "外文：Hypertension in adults" in texts(told, "problems")
    assert not texts(told, "goals")


def test_the_head_of_the_chart_is_no_advice(shelf: Library, formulary: Formulary) -> None:
    head = "MRN 7741203, tel 0120 999 4120, DOB 17/09/1949 (77), ring 100"
    text = (
        CHART.replace("MRN 44-871", head)
        + "\nFollow-up: rheumatology advice line will ring within 2 weeks.\n"
    )
    told = answer(services(shelf, formulary), "plan", record=_read(text, formulary), language="en")
    assert "advice line" not in texts(told, "red_flags")
    for part in ("red_flags", "monitoring", "safety_limits", "actions"):
        assert "MRN" not in texts(told, part)
        assert "DOB" not in texts(told, part)


def test_starter_tables_are_shipped() -> None:
    assert (Path("knowledge/for_whom") / "head-injury-nice-ng232.yaml").is_file()


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Blood pressure: below 130/80 mmHg, within 3 months", "Blood pressure: below 130/80 mmHg, by 4–8 weeks", False),
        ("LDL: below 70 mg/dL (1.8 mmol/L)", "LDL: below 1.8 mmol/L", False),
        ("血压：3个月内低于130/80 mmHg", "血压：低于130/80 mmHg", False),
        ("HbA1c: below 7 %", "HbA1c: below 8 %", True),
        ("Blood pressure: below 130/80 mmHg", "Blood pressure: below 140/90 mmHg", True),
    ],
)  # fmt: skip
def test_targets_differ_by_their_figures_and_not_by_when_they_are_due(
    one: str, other: str, differ: bool
) -> None:
    assert _differ(_figures(one), _figures(other)) is differ


def test_an_order_that_no_part_is_about_is_told_all_the_same(shelf: Library, formulary: Formulary) -> None:
    orders = (
        "\nDischarge orders:\nNo naked flame in the house. RSV vaccine at your rooms; keep the diary of peak flows.\n"
        "GP 3 March 2026. Ring 000 if drowsy or blue.\n"
    )
    told = answer(services(shelf, formulary), "plan", record=_read(CHART + orders, formulary), language="en")
    everything = texts(told)
    for order in ("No naked flame", "RSV vaccine at your rooms", "diary of peak flows"):
        assert everything.count(order) == 1, order
    assert "Ring 000 if drowsy" in texts(told, "red_flags")
    assert "GP 3 March" not in texts(told, "actions")


def test_a_value_of_a_hundred_and_twelve_calls_no_ambulance(shelf: Library, formulary: Formulary) -> None:
    chart_text = CHART + "\nABG on arrival: pH 7.24, pO2 112, HCO3 35.\n"
    told = answer(services(shelf, formulary), "plan", record=_read(chart_text, formulary), language="en")
    assert "pO2 112" not in texts(told, "red_flags")
