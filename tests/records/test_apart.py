from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.errors import RecordUnreadable, UnknownEncounter
from assistant.records.apart import read_record_apart
from assistant.records.reader import MAX_DEPTH, read_record
from knowledge.apart import Limits
from tests.turns import CHART, SAMPLES

if TYPE_CHECKING:
    from knowledge.formulary import Formulary


@pytest.mark.parametrize("name", ["pneumonia-aki-penicillin-allergy.json", "acute-mi-zh.txt"])
def test_a_record_read_apart_is_the_record_read_here(name: str, formulary: Formulary) -> None:
    content = (SAMPLES / name).read_bytes()
    assert read_record_apart(content, filename=name) == read_record(
        content, filename=name, formulary=formulary
    )


def test_half_a_surrogate_pair_in_a_bundle_comes_through(formulary: Formulary) -> None:
    content = rb'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","name":[{"text":"A \ud83d"}]}}]}'
    apart = read_record_apart(content, filename="a.json")
    assert apart.patient.name == "A \ud83d"
    assert apart == read_record(content, filename="a.json", formulary=formulary)


def test_errors_keep_their_kind_and_their_line() -> None:
    with pytest.raises(RecordUnreadable, match=r"a\.json: not valid JSON|cut off"):
        read_record_apart(b'{"resourceType": "Bundle", ', filename="a.json")
    content = (SAMPLES / "pneumonia-aki-penicillin-allergy.json").read_bytes()
    with pytest.raises(UnknownEncounter):
        read_record_apart(content, filename="a.json", encounter="nobody")


def test_a_record_that_stalls_is_refused_with_the_limit_named() -> None:
    with pytest.raises(RecordUnreadable, match=r"long\.txt: the file took longer than 0\.01 s"):
        read_record_apart(CHART.encode() * 200, filename="long.txt", limits=Limits(seconds=0.01))


@pytest.mark.parametrize(("depth", "read"), [(MAX_DEPTH - 10, True), (MAX_DEPTH + 10, False), (900, False)])
def test_nesting_has_a_limit_for_objects_too(depth: int, read: bool) -> None:
    deep: object = "x"
    for _ in range(depth):
        deep = [deep]
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": {"resourceType": "Patient", "extension": deep}}],
    }
    if read:
        assert read_record(bundle).id
    else:
        with pytest.raises(RecordUnreadable, match="nested too deeply"):
            read_record(bundle)
