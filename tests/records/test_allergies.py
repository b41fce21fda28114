"""Allergy lists as wards write them: each allergen with its reaction, and no label that the record took away."""

from __future__ import annotations

import pytest

from assistant.records.chart import read_chart


def _allergies(line: str) -> list[tuple[str, str | None]]:
    record = read_chart(f"Name: Ann Bee\nAdmitted 01/11/2026\n{line}\n")
    return [(a.substance or "none known", a.reaction) for a in record.allergies]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Allergic to: codeine - itch; contrast media -> hives", [("codeine", "itch"), ("contrast media", "hives")]),
        ("ADRs: morphine = vomiting, trimethoprim: hyperkalaemia", [("morphine", "vomiting"), ("trimethoprim", "hyperkalaemia")]),
        ("Drug sensitivities: NSAIDs → bronchospasm; ACEi → angioedema", [("NSAIDs", "bronchospasm"), ("ACEi", "angioedema")]),
        ("Allergy: PCN (anaphylaxis 1998), shellfish", [("PCN", "anaphylaxis 1998"), ("shellfish", None)]),
        ("Allergies: clarithromycin severe diarrhoea", [("clarithromycin", "severe diarrhoea")]),
        ("Allergies: peanuts and penicillin (both: rash)", [("peanuts", "rash"), ("penicillin", "rash")]),
        ("All: Sulfa-rash, Latex-hives, no food allergies", [("Sulfa", "rash"), ("Latex", "hives")]),
        (
            "Allergies: 1) Flucloxacillin: cholestatic jaundice 2) Codeine: confusion 3) plasters",
            [("Flucloxacillin", "cholestatic jaundice"), ("Codeine", "confusion"), ("plasters", None)],
        ),
        (
            "Allergies\nAllergen | Reaction | Severity\nAmoxicillin | Anaphylaxis | severe\nElastoplast | blistering | mild",
            [("Amoxicillin", "Anaphylaxis"), ("Elastoplast", "blistering")],
        ),
        ("HPC: cough. She is allergic to erythromycin (GI upset) and iodine.", [("erythromycin", "GI upset"), ("iodine", None)]),
        ("Allergies: NKDA. Intolerant of codeine (constipation).", [("codeine", "constipation")]),
        ("NKDA. Egg allergy - lip swelling as a baby.", [("Egg", "lip swelling as a baby")]),
        ("过敏史：头孢（皮疹）、碘造影剂（荨麻疹）；否认食物过敏。", [("头孢", "皮疹"), ("碘造影剂", "荨麻疹")]),
        ("既往史：对青霉素、头孢过敏（皮疹）。", [("青霉素", None), ("头孢", "皮疹")]),
    ],
)  # fmt: skip
def test_each_allergen_keeps_its_own_reaction(line: str, expected: list[tuple[str, str | None]]) -> None:
    assert _allergies(line) == expected


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("Allergies: penicillin (de-labelled 2024 after oral challenge), latex - contact dermatitis", ["latex"]),
        ("Allergies:\n- Penicillin - childhood rash - label removed 2025 (tolerated amoxicillin challenge)\n- Tramadol - seizures", ["Tramadol"]),
        ('Allergies: co-trimoxazole (rash). Nil else known. [daughter reports "penicillin made her sick" - vomiting only, tolerated co-amoxiclav -> NOT allergy]', ["co-trimoxazole"]),
        ("Allergies: NKDA (penicillin allergy label removed 2023 after negative challenge)", ["none known"]),
        ("Allergies: none - previously labelled penicillin allergic, delabelled.", ["none known"]),
        ("Allergies: Amoxicillin (rash) - now disproven, label removed. Nil other.", []),
        ("过敏史：既往青霉素过敏，2023年皮试及口服激发阴性，已去标签。", []),
        ("HPC: Not allergic to penicillin. Has allergic rhinitis. No allergic reaction to contrast.", []),
        ("既往史：过敏性鼻炎。对海鲜不过敏。", []),
        ("FH: Father allergic to penicillin.", []),
        ("SH: lives with wife. Wife is allergic to nuts.", []),
    ],
)  # fmt: skip
def test_a_label_that_was_removed_and_a_relatives_allergy_are_none(line: str, left: list[str]) -> None:
    assert [substance for substance, _ in _allergies(line)] == left


def test_what_is_tolerated_beside_an_allergy_does_not_remove_it() -> None:
    found = _allergies(
        "Allergies: penicillin -> anaphylaxis (carries EpiPen), tolerates cefalexin; Allergic to bee stings"
    )
    assert found == [("penicillin", "anaphylaxis (carries EpiPen)"), ("bee stings", None)]
    assert _allergies("Allergies: penicillin - rash, tolerated cefuroxime") == [("penicillin", "rash")]


@pytest.mark.parametrize(
    "line",
    [
        "Bloods: NA 131 mmol/L, K 4.0.",
        "Impression: cirrhosis, MELD-Na 22.",
        "HPC: sodium (Na) fell to 124 overnight.",
        "NKDA? - not yet asked.",
        "MSU: E. coli. Sensitivities: nitrofurantoin, trimethoprim. Resistant: amoxicillin",
        "Urine culture\nSensitivities: nitrofurantoin S, amoxicillin R",
    ],
)
def test_sodium_an_open_question_and_a_germs_sensitivities_say_nothing_of_allergies(line: str) -> None:
    assert _allergies(line) == []


@pytest.mark.parametrize("line", ["NKDA", "NKA.", "PMH: asthma. NKFA.", "Allergies: NKDA", "药物过敏：无"])
def test_the_words_for_no_known_allergy_still_say_so(line: str) -> None:
    assert _allergies(line) == [("none known", None)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Drug reactions: carbamazepine - DRESS 2011.", [("carbamazepine", "DRESS 2011")]),
        ("Adverse drug reactions: codeine (vomiting)", [("codeine", "vomiting")]),
        ("Previous drug reactions: penicillin (hives)", [("penicillin", "hives")]),
        ("Sensitivities: aspirin (wheeze)", [("aspirin", "wheeze")]),
        ("Intolerances: statins (muscle pain)", [("statins", "muscle pain")]),
        ("Bloods: Na 128. NKDA? - No, haloperidol gave her a dystonia.", [("haloperidol", "dystonia")]),
        ("ALLERGIES: Phenytoin - rash with eosinophilia (DRESS 2015). Do not rechallenge.", [("Phenytoin", "rash with eosinophilia (DRESS 2015)")]),
        ("Allergies: propranolol must be avoided - asthma (bronchospasm on a beta-blocker 2018).", [("propranolol", "asthma (bronchospasm on a beta-blocker 2018)")]),
        ("Allergies: rash after penicillin; facial swelling with ramipril", [("penicillin", "rash"), ("ramipril", "facial swelling")]),
        ("She is allergic to sulfonamides (co-trimoxazole: blisters). NSAIDs are to be avoided.", [("sulfonamides", "co-trimoxazole: blisters")]),
        ("She is allergic to penicillin: rash.", [("penicillin", "rash")]),
        ("Other: eczema, egg allergy with anaphylaxis (2021, carries EpiPen), hay fever.", [("egg", "anaphylaxis (2021, carries EpiPen)")]),
        ("Allergies: penicillin (rash). Influenza vaccine given 2025. Please use clarithromycin.", [("penicillin", "rash")]),
        ("Allergies: see GP record. EpiPen supplied.", []),
        ("Allergies: avoid NSAIDs (asthma)", [("NSAIDs", "asthma")]),
        ("过敏：头孢曲松（皮疹）。独居，烧煤取暖。未接种流感疫苗。", [("头孢曲松", "皮疹")]),
        ("过敏史：流感疫苗（皮疹）。", [("流感疫苗", "皮疹")]),
        ("过敏：青霉素（皮疹）、双硫仑样反应史（饮酒后）", [("青霉素", "皮疹")]),
        ("药物过敏：无。服依那普利时干咳不能耐受。", [("依那普利", "干咳不能耐受")]),
        ("  过敏史：阿莫西林（休克）。\n  住院前药物：多奈哌齐5mg qn、阿司匹林100mg qd。", [("阿莫西林", "休克")]),
        ("  Allergies: penicillin (rash)\n  Tablets taken: amlodipine 5 mg od", [("penicillin", "rash")]),
        ("  Allergies: penicillin (rash)\n  codeine: vomiting", [("penicillin", "rash"), ("codeine", "vomiting")]),
    ],
)  # fmt: skip
def test_an_allergen_is_a_substance_and_no_advice_or_neighbouring_list(
    line: str, expected: list[tuple[str, str | None]]
) -> None:
    assert _allergies(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("过敏史：碘伏外用后接触性皮炎。", [("碘伏", "接触性皮炎")]),
        ("过敏史：破伤风抗毒素皮试阳性。", [("破伤风抗毒素皮试阳性", None)]),
        ("Allergies: sulfa, which gave him hives", [("sulfa", "hives")]),
    ],
)
def test_the_allergen_ends_where_its_story_begins(line: str, expected: list[tuple[str, str | None]]) -> None:
    assert _allergies(line) == expected


def test_why_another_is_taken_is_no_reaction() -> None:
    assert _allergies("Allergies: ramipril, which is why she takes losartan") == [("ramipril", None)]


def test_an_intolerance_behind_no_known_allergy_counts_and_the_abbreviation_is_no_disease() -> None:
    chart = (
        "Pt: Gareth Sample, 66M. Adm 19.05.25 D/C 25.05.25\nDx: 1) AKI stage 3 2) gout\n"
        "NKDA. Intolerant: colchicine (severe diarrhoea).\n"
    )
    record = read_chart(chart)
    assert [a.generic for a in record.allergies if not a.none_known] == ["colchicine"]
    assert not [c.name for c in record.conditions if "NKDA" in c.name]


@pytest.mark.parametrize(
    ("line", "substances"),
    [
        ("过敏：碘造影剂——2020年CT后荨麻疹，本次术前予甲强龙+氯雷他定，术中无反应。", ["碘造影剂"]),
        ("过敏：碘造影剂：荨麻疹，增强CT前予地塞米松预防过敏。", ["碘造影剂"]),
        ("过敏史：青霉素（皮疹）；造影前甲泼尼龙预处理", ["青霉素"]),
        ("过敏史：青霉素皮疹，予地塞米松、异丙嗪抗过敏治疗后好转", ["青霉素"]),
        ("Allergies: iodinated contrast (urticaria), premedicated with prednisone, no reaction", ["iodinated contrast"]),
    ],
)  # fmt: skip
def test_what_was_given_against_a_reaction_caused_none(line: str, substances: list[str]) -> None:
    assert [name for name, _ in _allergies(line)] == substances


@pytest.mark.parametrize(
    ("line", "substances"),
    [
        ("过敏：地塞米松：皮疹", ["地塞米松"]),
        ("过敏：抗过敏药氯雷他定致皮疹", ["氯雷他定"]),
        ("过敏：2019年术前予头孢唑林后皮疹", ["头孢唑林"]),
        ("过敏：青霉素皮疹，术前予地塞米松后出现皮疹", ["青霉素", "地塞米松"]),
    ],
)
def test_what_was_given_and_did_harm_is_an_allergen(line: str, substances: list[str]) -> None:
    assert [name for name, _ in _allergies(line)] == substances
