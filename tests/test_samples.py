"""The fictional sample patients: valid, readable, and at one with what is expected of their summaries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.domain.record import Assertion, PatientRecord
from assistant.records.reader import read_record
from assistant.samples import FOLDER, sample_files

NAMES = [path.stem for path in sample_files()]
BUNDLES = [path for path in sample_files() if path.suffix == ".json"]
SECTIONS = {
    "dates",
    "reason_for_admission",
    "diagnoses",
    "hospital_course",
    "results",
    "condition_at_discharge",
    "disposition",
    "medications",
    "allergies",
    "pending_results",
    "follow_up",
    "patient_instructions",
}


@cache
def _record(name: str) -> PatientRecord:
    path = next(p for p in sample_files() if p.stem == name)
    return read_record(path.read_bytes(), filename=path.name)


def _expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "expected" / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def _patterns(expected: dict[str, Any]) -> Iterator[str]:
    for fact in expected["must_include"] + expected["must_not_include"]:
        yield from fact["any"]
    for medicine in expected["medications"]:
        yield from filter(None, (medicine["name"], medicine["dose"]))
    for item in expected["pending"] + expected["follow_up"]:
        yield from item


def test_there_are_twelve_samples_three_of_them_chinese() -> None:
    assert len(NAMES) == 12
    assert sum(_record(name).language == "zh" for name in NAMES) == 3


def test_every_expectation_belongs_to_a_sample_and_every_sample_has_one() -> None:
    assert sorted(path.stem for path in (FOLDER / "expected").glob("*.yaml")) == sorted(NAMES)


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_sample_bundle_is_valid_fhir_r4(path: Path) -> None:
    from fhir.resources.R4B.bundle import Bundle

    bundle = Bundle.model_validate_json(path.read_bytes())
    assert len(bundle.entry) == len(json.loads(path.read_text(encoding="utf-8"))["entry"])


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_every_reference_in_a_sample_bundle_leads_somewhere(path: Path) -> None:
    bundle = json.loads(path.read_text(encoding="utf-8"))
    held = {f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in bundle["entry"]}
    assert len(held) == len(bundle["entry"])
    assert set(re.findall(r'"reference": "([^"]+)"', json.dumps(bundle))) <= held


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_sample_bundle_gives_the_days_of_its_stay(path: Path) -> None:
    encounter, days = _record(path.stem).encounter, _expected(path.stem)["encounter"]
    assert encounter is not None
    assert (encounter.admitted or "")[:10] == days["admitted"]
    assert (encounter.discharged or "")[:10] == days["discharged"]


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_a_withdrawn_result_of_a_bundle_is_read_as_an_error(path: Path) -> None:
    assert any(o.assertion is Assertion.ERRONEOUS for o in _record(path.stem).observations)


@pytest.mark.parametrize("name", NAMES)
def test_expected_expressions_compile_and_sections_are_known(name: str) -> None:
    expected = _expected(name)
    for pattern in _patterns(expected):
        re.compile(pattern)
    assert {fact["section"] for fact in expected["must_include"]} <= SECTIONS
    assert {m["change"] for m in expected["medications"]} <= {"new", "changed", "stopped", "continued"}


@pytest.mark.parametrize("name", NAMES)
def test_every_expected_fact_stands_in_the_sample_itself(name: str) -> None:
    text, expected = _record(name).text(), _expected(name)
    wanted = [fact["any"] for fact in expected["must_include"]] + expected["pending"] + expected["follow_up"]
    wanted += [[medicine["name"]] for medicine in expected["medications"]]
    wanted += [[medicine["dose"]] for medicine in expected["medications"] if medicine["dose"]]
    absent = [any_of for any_of in wanted if not any(re.search(p, text, re.IGNORECASE) for p in any_of)]
    assert absent == []
