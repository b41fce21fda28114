"""The formulary's rows and how names are found in text."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import pytest

from knowledge.formulary import Formulary, FormularyError, open_formulary
from knowledge.formulary_facts import _range_mg
from knowledge.formulary_names import read_medicines
from knowledge.medicine_names import fold


@pytest.fixture(scope="module")
def formulary() -> Formulary:
    return open_formulary()


def test_no_name_belongs_to_two_medicines(formulary: Formulary) -> None:
    owners = defaultdict(set)
    for medicine in formulary.medicines.values():
        for name in medicine.names:
            owners[fold(name)].add(medicine.generic)
    assert {name: generics for name, generics in owners.items() if len(generics) > 1} == {}


def test_every_tag_used_in_a_fact_is_known(formulary: Formulary) -> None:
    assert formulary.strangers() == ()


def test_every_fact_names_its_source_in_both_languages(formulary: Formulary) -> None:
    for row in [
        *(i.row for i in formulary.facts.interactions),
        *(r.row for r in formulary.facts.patient_rules),
    ]:
        assert row.source
        assert row.why
        assert row.zh


def test_every_dose_has_a_range_that_runs_upwards(formulary: Formulary) -> None:
    for doses in formulary.facts.doses.values():
        for dose in doses:
            assert 0 < dose.single_mg[0] <= dose.single_mg[1] <= dose.daily_mg[1], dose.id


def test_the_formulary_is_as_broad_as_the_wards_need(formulary: Formulary) -> None:
    pairs = 0
    by_tag = defaultdict(set)
    for generic in formulary.medicines:
        for tag in formulary.tags(generic):
            by_tag[tag].add(generic)
    for item in formulary.facts.interactions:
        a = set().union(*(by_tag[tag] for tag in item.row.a))
        b = set().union(*(by_tag[tag] for tag in item.row.b))
        pairs += len({frozenset((x, y)) for x in a for y in b if x != y})
    assert len(formulary.medicines) >= 400
    assert formulary.names_count() >= 1500
    assert pairs >= 500
    assert len([r for r in formulary.facts.patient_rules if r.kind == "disease"]) >= 80
    assert len(formulary.facts.doses) >= 400


def test_every_dose_row_says_how_often_and_has_an_id_of_its_own(formulary: Formulary) -> None:
    rows = [dose for doses in formulary.facts.doses.values() for dose in doses]
    assert [dose.id for dose in rows if not dose.often] == []
    assert len({dose.id for dose in rows}) == len(rows)


def test_a_row_given_once_a_week_or_as_a_depot_says_so(formulary: Formulary) -> None:
    weekly = {d.generic for doses in formulary.facts.doses.values() for d in doses if d.weekly}
    assert {"methotrexate", "semaglutide", "dulaglutide"} <= weekly
    assert "once a WEEK" in formulary.doses("methotrexate")[0].text()
    depot = next(dose for dose in formulary.doses("haloperidol") if dose.depot)
    assert depot.id == "dose/haloperidol/im/2"
    assert "usually every 1 to 4 weeks" in depot.text()


def test_a_range_without_a_unit_is_refused() -> None:
    with pytest.raises(FormularyError, match="no range"):
        _range_mg("5-10")


@pytest.mark.parametrize(
    ("text", "generics"),
    [
        ("Augmentin 625 mg TDS", ["co-amoxiclav"]),
        ("co amoxiclav and Co-Trimoxazole", ["co-amoxiclav", "co-trimoxazole"]),
        ("长期服用华法林及低分子肝素钙", ["warfarin", "low-molecular-weight heparin"]),
        ("St John’s wort", ["st john's wort"]),
        ("Trimbow 87/5/9", ["trimbow"]),
        ("TMP-SMX DS", ["co-trimoxazole"]),
        ("insulin glargine 10 units", ["insulin glargine"]),
    ],
)
def test_names_are_found_as_written(formulary: Formulary, text: str, generics: list[str]) -> None:
    found = formulary.names_in(text)
    assert [m.generic for m in found] == generics
    assert all(text[m.start : m.end] == m.text for m in found)


@pytest.mark.parametrize(
    "text", ["insulin resistance", "胰岛素抵抗", "aspirins2", "the emb was late", "病情安定", "unmorphined"]
)
def test_words_that_only_hold_a_name_are_no_medicine(formulary: Formulary, text: str) -> None:
    assert formulary.names_in(text) == []


def test_a_combination_carries_the_classes_of_its_ingredients(formulary: Formulary) -> None:
    assert {"penicillin", "beta_lactam", "amoxicillin"} <= formulary.tags("co-amoxiclav")
    assert {"inhaled_corticosteroid", "long_acting_beta_agonist"} <= formulary.tags("trimbow")


def test_class_names_are_found_in_both_languages(formulary: Formulary) -> None:
    assert [m.drug_class for m in formulary.classes_in("NSAIDs，头孢类, ACE inhibitors")] == [
        "nsaid",
        "cephalosporin",
        "ace_inhibitor",
    ]


def test_an_interaction_is_the_same_from_either_side(formulary: Formulary) -> None:
    one = formulary.interactions("warfarin", "fluconazole")
    assert one
    assert one == formulary.interactions("fluconazole", "warfarin")
    assert one[0].row.severity == "stop"
    assert formulary.interactions("paracetamol", "amlodipine") == ()


def test_an_unknown_name_is_none(formulary: Formulary) -> None:
    assert formulary.find("xyzzolol") is None
    assert formulary.generic("xyzzolol") is None


def test_a_long_chart_is_read_quickly(formulary: Formulary) -> None:
    text = "Metformin 500 mg BD, 华法林 3 mg, no known allergies and a stable course. " * 2800
    began = time.perf_counter()
    assert len(formulary.names_in(text)) == 5600
    assert time.perf_counter() - began < 1.5


def test_a_row_listed_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "medicines_a.yaml").write_text(
        "nsaid:\n  ibuprofen: [Nurofen]\ncoxib:\n  Ibuprofen: [Brufen]\n", encoding="utf-8"
    )
    with pytest.raises(FormularyError, match="listed twice"):
        read_medicines(tmp_path)
