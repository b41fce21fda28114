"""Which guideline a problem's name leads to: the one about it, no look-alike's, none for another age."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from assistant.tasks.matching import _tells_of_unsteadiness, guidelines_for
from knowledge.front_matter import split_front_matter
from knowledge.persons import takes_in
from knowledge.types import Guideline

GUIDELINES = Path("knowledge/guidelines")


@cache
def _shelf() -> tuple[Guideline, ...]:
    shelf = []
    for path in sorted(GUIDELINES.glob("*.md")):
        front, _ = split_front_matter(path.read_text(encoding="utf-8"), path.name)
        if front.title:
            shelf.append(
                Guideline(
                    path.stem, front.title, "", language=front.language, population=front.population, topics=tuple(front.topics)
                )
            )  # fmt: skip
    assert len(shelf) > 70
    return tuple(shelf)


def _for(name: str, *, age: float | None = 60.0, language: str = "en", rehab: bool = False) -> list[str]:
    return [g.doc_id for g in guidelines_for(name, _shelf(), language, rehab, age=age)]


@pytest.mark.parametrize(
    ("name", "doc_id"),
    [
        ("Atrial fibrillation with fast ventricular rate", "atrial-fibrillation-esc-2024"),
        ("Pneumonia, community acquired", "community-acquired-pneumonia-ats-2025"),
        ("Community-acquired pneumonia, right lower lobe", "community-acquired-pneumonia-ats-2025"),
        ("Infective exacerbation of COPD with type 2 respiratory failure", "copd-gold-2026"),
        ("Epilepsy", "epilepsy-status-epilepticus-nice-ng217"),
        ("Bacterial meningitis", "bacterial-meningitis-nice-ng240"),
        ("C. difficile colitis", "clostridioides-difficile-nice-ng199"),
        ("Subdural haematoma", "head-injury-nice-ng232"),
        ("Hypothyroidism", "hypothyroidism-ata-2014"),
        ("Neutropenic sepsis", "neutropenic-sepsis-nice-cg151"),
        ("Wound infection", "surgical-site-infection-nice-ng125"),
        ("Right MCA infarct", "stroke-tia-aha-asa-2026"),
        ("Depression, stable", "depression-adults-nice-ng222"),
        ("Alcohol dependence", "alcohol-withdrawal-nice-cg100-asam-2020"),
        ("Current smoker", "stopping-smoking-nice-ng209"),
        ("HFrEF (EF 30%)", "heart-failure-aha-acc-hfsa-2022"),
        ("高血压性肾病", "chronic-kidney-disease-china-2023"),
        ("2型糖尿病肾病", "type-2-diabetes-cds-2024"),
    ],
)
def test_a_problem_leads_to_its_guideline(name: str, doc_id: str) -> None:
    assert _for(name, language="zh" if ord(name[-1]) > 0x3000 else "en")[:1] == [doc_id]


@pytest.mark.parametrize(
    ("name", "both"),
    [
        ("Sepsis secondary to UTI", {"sepsis-ssc-2026", "urinary-tract-infection-nice-ng109-ng111"}),
        (
            "Type 2 diabetes with DKA",
            {"type-2-diabetes-ada-2026", "diabetic-ketoacidosis-adults-ada-easd-2024"},
        ),
        ("Delirium superimposed on dementia", {"delirium-nice-cg103", "dementia-nice-ng97"}),
        ("Hip fracture after fall", {"hip-fracture-nice-cg124-apta-2021", "falls-older-people-nice-ng249"}),
    ],
)
def test_two_illnesses_in_one_name_lead_to_both(name: str, both: set[str]) -> None:
    assert set(_for(name)) == both


def test_the_more_specific_guideline_leaves_the_general_one_aside() -> None:
    assert _for("Gestational hypertension", age=30) == ["hypertension-in-pregnancy-nice-ng133"]
    assert _for("Neutropenic sepsis") == ["neutropenic-sepsis-nice-cg151"]


@pytest.mark.parametrize(
    "name",
    [
        "Type 1 diabetes",
        "T1DM",
        "Diabetes insipidus",
        "Immune thrombocytopenic purpura",
        "Alcoholic hepatitis",
        "Type 2 myocardial infarction",
        "COVID-19 pneumonia",
        "Hospital-acquired pneumonia",
        "ALS (amyotrophic lateral sclerosis)",
        "ST depression",
        "Respiratory depression",
        "Pulmonary hypertension",
        "Ex-smoker",
        "Chronic pancreatitis",
        "Non-sustained ventricular tachycardia",
        "Pseudogout",
        "First seizure",
        "1型糖尿病",
        "肺动脉高压",
    ],
)
def test_a_look_alike_leads_to_none(name: str) -> None:
    assert _for(name) == []
    assert _for(name, language="zh") == []


def test_a_patient_gets_no_guideline_for_another_age() -> None:
    assert _for("Acute asthma", age=7) == ["acute-asthma-children-bts-sign-2019"]
    assert _for("Acute asthma", age=40) == ["asthma-gina-2026"]
    assert _for("Acute asthma", age=None) == ["asthma-gina-2026"]
    assert _for("Epilepsy", age=7) == []
    assert _for("Hypertension", age=7) == []
    assert _for("Bacterial meningitis", age=7) == ["bacterial-meningitis-nice-ng240"]


@pytest.mark.parametrize(
    ("population", "age", "fits"),
    [
        ("adults; children from 72 hours of age by specialist advice", 60, True),
        ("adults; children from 72 hours of age by specialist advice", 5, False),
        ("adults, young people and children who have surgery", 60, True),
        ("adults, young people and children who have surgery", 5, True),
        ("children under 5 years", 60, False),
        ("children under 5 years", None, False),
        ("adults", None, True),
        ("成人高血压患者", 8, False),
        ("", 8, True),
    ],
)
def test_a_population_takes_in_an_age(population: str, age: float | None, fits: bool) -> None:
    assert takes_in(population, age) is fits


@pytest.mark.parametrize(
    ("text", "unsteady"),
    [
        ("1 fall in ward 29/06 (bathroom, no injury).", True),
        ("Two falls in the last month.", True),
        ("She fell on the stairs at home.", True),
        ("Fell from standing height in the kitchen.", True),
        ("TUG 28 s.", True),
        ("Walks 20 m with a frame.", True),
        ("Her weight fell from 80.7 kg to 74.4 kg.", False),
        ("A fall in Hb to 82 was treated.", False),
        ("CRP fell to 12 and fever settled.", False),
        ("Blood pressure fell after the dose.", False),
        ("NIHSS: fall of 4 points.", False),
        ("He fell asleep at once.", False),
        ("No falls this year.", False),
    ],
)
def test_a_fall_of_a_value_is_no_fall_of_the_patient(text: str, unsteady: bool) -> None:
    assert _tells_of_unsteadiness(text) is unsteady


@pytest.mark.parametrize(
    ("name", "doc_id"),
    [
        ("乙型肝炎肝硬化失代偿期（Child-Pugh B级，9分）", "cirrhosis-ascites-aasld-2021"),
        ("酒精性肝硬化", "cirrhosis-ascites-aasld-2021"),
        ("自发性细菌性腹膜炎", "cirrhosis-ascites-aasld-2021"),
        ("痛风", "gout-acr-2020"),
        ("帕金森病（Hoehn-Yahr 3级）", "parkinson-nice-ng71-aan-2021-apta-2022"),
        ("泌尿道感染", "urinary-tract-infection-nice-ng109-ng111"),
        ("高钾血症(已纠正)", "hyperkalaemia-ukka-2023"),
    ],
)
def test_a_chinese_name_leads_to_a_guideline_that_is_only_in_english(name: str, doc_id: str) -> None:
    assert _for(name, language="zh") == [doc_id]


@pytest.mark.parametrize("name", ["恶性腹水", "肝纤维化", "肝右叶占位性质待查", "慢性乙型肝炎"])
def test_a_liver_without_cirrhosis_leads_to_none_of_it(name: str) -> None:
    assert "cirrhosis-ascites-aasld-2021" not in _for(name, language="zh")
