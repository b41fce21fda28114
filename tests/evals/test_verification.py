from __future__ import annotations

import random

import pytest

from assistant.domain.answer import Verdict
from assistant.verification.support import Source, check_sentence
from evals.verification import PLANT_KINDS, TrueSentence, plants, reworded
from knowledge.formulary import open_formulary

TEXTS = (
    "Metformin 500 mg twice daily was continued for diabetes.",
    "The left knee was swollen.",
    "Creatinine was 1.9 mg/dL on 3 March 2026.",
    "Denies haemoptysis.",
    "Community acquired pneumonia.",
)
TRUE = [TrueSentence(text, (Source(text, "2026-03-03"),), "en") for text in TEXTS]
DRUGS = open_formulary()


def test_every_kind_of_plant_is_made_and_each_differs_from_its_true_sentence() -> None:
    made = list(plants(TRUE, random.Random(1), DRUGS))
    assert {kind for kind, _, _ in made} == set(PLANT_KINDS)
    assert all(text != sentence.text for _, sentence, text in made)


def test_the_same_seed_plants_the_same_errors() -> None:
    one, other = ([t for *_, t in plants(TRUE, random.Random(7), DRUGS)] for _ in range(2))
    assert one == other


@pytest.mark.parametrize("kind", ["number", "unit", "drug", "side", "date"])
def test_a_plain_plant_is_held_back(kind: str) -> None:
    found = [(s, t) for k, s, t in plants(TRUE, random.Random(1), DRUGS) if k == kind]
    verdicts = {check_sentence(t, s.sources, DRUGS).verdict for s, t in found}
    assert found
    assert Verdict.SUPPORTED not in verdicts


def test_half_of_the_controls_are_untouched() -> None:
    made = list(reworded(TRUE, random.Random(1)))
    assert [s.text == t for _, s, t in made] == [True, False, True, False, True]
