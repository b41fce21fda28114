from __future__ import annotations

import pytest

from knowledge.differing import differing, statements
from knowledge.types import Difference, Guideline, Passage, ScoredPassage, SearchResult


def _shelf(
    *lines: tuple[str, str], topics: tuple[str, str] = ("hypertension", "高血压")
) -> tuple[list[Passage], dict[str, Guideline]]:
    """Two guidelines of one passage each: (heading, line); the first is of 2024, the second of 2018."""
    passages, guidelines = [], {}
    for number, ((heading, line), topic) in enumerate(zip(lines, topics, strict=True)):
        doc_id, year = f"g{number}", ("2024", "2018")[number]
        guidelines[doc_id] = Guideline(doc_id, f"Title {number}", line, topics=(topic,), published=year)
        passages.append(
            Passage(
                f"{doc_id}#0",
                doc_id,
                f"Title {number}",
                line,
                0,
                len(line),
                heading,
                publisher=f"House {number}",
                published=year,
            )
        )
    return passages, guidelines


SBP = ("Goals", "- Systolic blood pressure: 120–129 mmHg in most treated adults, within 3 months.")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (SBP, ("目标", "- 一般高血压诊室血压：<140/90 mmHg，4~12周内达标。")),
        (
            ("Goals", "- Antibiotic duration: 3–4 days when stable and not severe."),
            ("要点", "- 轻中度肺炎抗感染疗程一般为5~7天。"),
        ),
        (
            (
                "Goals",
                "- Antimicrobials: within 1 hour in septic shock; within 3 hours in possible sepsis without shock.",
            ),
            ("要点", "- 抗菌药物在识别脓毒症或脓毒性休克后1小时内静脉给药。"),
        ),
        (("Goals", "- A1C: below 7 % for many adults."), ("Goals", "- A1C: below 8 %.")),
        (
            ("Treatment", "- Transfuse red cells below a haemoglobin of 7 g/dL."),
            ("Treatment", "- Transfuse at a haemoglobin below 80 g/L."),
        ),
        (
            ("Treatment", "- Prednisone 40 mg for 5 days."),
            ("Treatment", "- Prednisolone 40 mg for 10 to 14 days."),
        ),
    ],
)
def test_other_limits_under_the_same_circumstances_differ(
    one: tuple[str, str], other: tuple[str, str]
) -> None:
    found = differing(*_shelf(one, other))
    assert [(d.newer, d.older) for d in found] == [("g0#0", "g1#0")]
    assert "House 0, 2024" in found[0].reason
    assert "House 1, 2018" in found[0].reason_zh


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (SBP, ("目标", "- 80岁及以上诊室血压：先<150/90 mmHg。"), "another age"),
        (SBP, ("Goals", "- Blood pressure in pregnancy: below 140/90 mmHg."), "pregnancy"),
        (SBP, ("Goals", "- Blood pressure in stroke: below 180/105 mmHg."), "another condition"),
        (SBP, ("Goals", "- Diastolic blood pressure: 70–79 mmHg."), "another quantity"),
        (SBP, ("Goals", "- Systolic blood pressure: below 130 mmHg."), "129 and 130 are one limit"),
        (
            SBP,
            ("Key", "- Start medicines promptly at a blood pressure of 160/100 mmHg."),
            "a threshold, no goal",
        ),
        (SBP, ("目标", "- 家庭自测血压：<135/85 mmHg。"), "measured elsewhere"),
        (
            ("Goals", "- Antibiotic duration: 3–4 days when not severe."),
            ("Goals", "- Antibiotic duration: 7 days or more when severe."),
            "another severity",
        ),
        (
            ("Treatment", "- Prednisone 40 mg for 5 days."),
            ("药物", "- 泼尼松30~40 mg口服每日1次，共5~7天。"),
            "ranges that touch",
        ),
        (
            ("Goals", "- A1C: below 7 %."),
            ("Goals", "- LDL cholesterol: below 2.6 mmol/L."),
            "unlike quantities",
        ),
        (("Goals", "- A1C: below 7 %."), ("Goals", "- A1C: below 53 mmol/mol."), "unlike units"),
        (
            ("Goals", "- A1C: below 7 %."),
            ("Goals", "- A1C: below 8 % with limited life expectancy."),
            "frailty",
        ),
    ],
)
def test_a_look_alike_does_not_differ(one: tuple[str, str], other: tuple[str, str], why: str) -> None:
    assert differing(*_shelf(one, other)) == (), why


def test_guidelines_without_a_topic_in_common_are_never_set_side_by_side() -> None:
    pair = (SBP, ("Goals", "- Systolic blood pressure: below 150 mmHg."))
    assert differing(*_shelf(*pair))
    assert differing(*_shelf(*pair, topics=("hypertension", "heart failure"))) == ()


def test_editions_of_one_guideline_are_compared_and_one_document_never_with_itself() -> None:
    passages, guidelines = _shelf(
        SBP, ("Goals", "- Systolic blood pressure: below 150 mmHg."), topics=("a", "b")
    )
    old = Passage(
        **{n: getattr(passages[1], n) for n in Passage.__dataclass_fields__} | {"superseded_by": "g0"}
    )
    assert differing([passages[0], old], guidelines)
    same = Passage(**{n: getattr(passages[1], n) for n in Passage.__dataclass_fields__} | {"doc_id": "g0"})
    assert differing([passages[0], same], guidelines) == ()


def test_a_statement_carries_its_number_with_unit_and_circumstances() -> None:
    passages, _ = _shelf(
        ("Goals", "- Haemoglobin A1C: below 8 % in older adults."), ("Goals", "- Rest."), topics=("a", "b")
    )
    (told,) = statements(passages[0])
    assert (told.high, told.written) == (8.0, "below 8 %")
    assert ("older", "yes") in told.circumstances
    assert list(statements(passages[1])) == []


def test_the_public_rows_say_what_each_passage_differs_from() -> None:
    passages, guidelines = _shelf(SBP, ("Goals", "- Systolic blood pressure: below 150 mmHg."))
    result = SearchResult(
        "q", tuple(ScoredPassage(p, 1.0) for p in passages), False, differing(passages, guidelines)
    )
    rows = result.to_json()["passages"]
    assert [row["differs_from"][0]["passage_id"] for row in rows] == ["g1#0", "g0#0"]
    assert "120–129 mmHg" in rows[0]["differs_from"][0]["reason"]
    assert SearchResult("q", result.passages).to_json()["passages"][0]["differs_from"] == []
    assert isinstance(result.differences[0], Difference)
