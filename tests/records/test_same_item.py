"""Names that mean the same thing, and their look-alikes that do not."""

from __future__ import annotations

import pytest

from assistant.records.same_item import covered, days, measure, same_name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("knee osteoarthritis", "Osteoarthritis of both knees"),
        ("T2DM", "Type 2 diabetes mellitus"),
        ("HTN", "Hypertension"),
        ("right wrist fracture 2019", "Fracture of the right wrist, 2019"),
        ("Anaemia", "anemia (disorder)"),
    ],
)
def test_two_ways_to_name_one_thing_are_the_same(first: str, second: str) -> None:
    assert same_name(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("left hip fracture", "right hip fracture"),
        ("type 1 diabetes", "type 2 diabetes"),
        ("hypertension", "hypotension"),
        ("kidney stones", "gallstones"),
        ("", "anything"),
    ],
)
def test_names_that_only_look_alike_are_not_the_same(first: str, second: str) -> None:
    assert not same_name(first, second)


def test_a_history_with_its_length_is_covered_by_the_bare_name_but_another_type_is_not() -> None:
    assert covered("高血压10年", ["高血压"])
    assert covered("hypertension for 10 years", ["Hypertension"])
    assert not covered("type 1 diabetes", ["Type 2 diabetes mellitus"])
    assert not covered("asthma", ["Hypertension", "Gout"])


@pytest.mark.parametrize(
    ("name", "same"),
    [("Cr", "Creatinine (µmol/L)"), ("K", "potassium"), ("Hb", "Haemoglobin"), ("eGFR", "eGFR (CKD-EPI 2021)"), ("血钾", "钾")],
)  # fmt: skip
def test_a_test_is_one_test_under_each_of_its_names(name: str, same: str) -> None:
    assert measure(name) == measure(same)
    assert measure(name) != measure("Chloride")


def test_days_are_read_as_records_write_them() -> None:
    assert days("2026-03-20T10:15:00") == days("20 March") == days("March 20") == days("3月20日")
    assert not days("in 6 weeks")
