"""Allergies told as a story or a test, and medicines taken since without harm."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart
from assistant.safety.cross_checks import cross_check, ordered_medicines


def worst(text: str, language: str = "en") -> str:
    record = read_chart(text)
    found = cross_check(record, ordered_medicines(record), language=language)
    return next(
        (a.severity.value for a in found if a.kind.value in ("allergy", "missing") and "eGFR" not in a.text),
        "",
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("70 M, eGFR 80. Red band: Augmentin, 2016 - within minutes throat closing, adrenaline x2. Guide: piperacillin-tazobactam 4.5 g IV TDS.", "en"),
        ("41 F, eGFR 80. ICU 2015: two Disprin for toothache, wheeze within 30 min, tubed. NKDA on triage sheet. Plan: ketorolac 30 mg IV.", "en"),
        ("66 F, eGFR 80. Collapse at catheterisation 2022; IgE later positive for chlorhexidine. Theatre bundle: skin prep 2% chlorhexidine.", "en"),
        ("66 F, eGFR 80. Allergies: chlorhexidine (anaphylaxis). Plan: Instillagel for the catheter.", "en"),
        ("58 M, eGFR 80. Allergies: iohexol - anaphylaxis 2018. Plan: CT angiogram tonight.", "en"),
        ("29 M, eGFR 80. Allergies: aspirin (hives). Start mesalazine 1 g nightly.", "en"),
        ("男，47岁，eGFR 90。2020年导尿后全身风团，点刺试验氯己定阳性。医嘱：葡萄糖酸氯己定擦浴。", "zh"),
        ("男，30岁，eGFR 90。昨夜予以头孢曲松后出现全身皮疹。拟头孢曲松 2 g qd。", "zh"),
        ("30 F, eGFR 80. Penicillin anaphylaxis 2019. Took amoxicillin without problem until 2019. Plan: amoxicillin 500 mg TDS.", "en"),
    ],
)  # fmt: skip
def test_the_culprit_bars_its_kind(text: str, language: str) -> None:
    assert worst(text, language) == "stop"


@pytest.mark.parametrize(
    "text",
    [
        "33 F, eGFR 90. Allergy: penicillin, faint rash on day 5 of amoxicillin aged 6. Since then cefalexin 2021 - no problem. Plan: cefalexin 500 mg TDS.",
        "57 M, eGFR 90. Tests: latex neg, lidocaine neg, chlorhexidine negative. Allergies: none. Plan: lidocaine 1% 5 mL.",
        "60 M, eGFR 88. Salbutamol since 2015 for wheeze within minutes of running. NKDA. Continue salbutamol 2 puffs PRN.",
        "60 M, eGFR 88, NKDA. 2019: hives after eating prawns; took cetirizine. Plan: amoxicillin 500 mg TDS.",
        "60 M, eGFR 88. Allergies: IV contrast (hives 2015). CTPA showed PE in 2019. Plan: V/Q scan.",
    ],
)
def test_what_was_tested_free_or_taken_since_is_no_stop(text: str) -> None:
    assert worst(text) != "stop"


def test_an_unnamed_antibiotic_is_asked_for_first() -> None:
    text = "69 M, eGFR 71. Allergy: ? antibiotic, tongue swelled in 1998, cannot name it. Plan: flucloxacillin 1 g QDS."
    assert worst(text) == "caution"
