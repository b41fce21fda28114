"""A stop holds back what orders the medicine; a warning about it and the visit that decides on it reach the reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.domain.answer import Alert, AlertKind, Origin, Sentence, Severity, Verdict
from assistant.domain.events import AlertRaised
from assistant.records.reader import read_record
from assistant.tasks.base import Request, Services, Turn
from assistant.tasks.ordering import check_orders, given_up, hold_back

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

STOP = Alert(AlertKind.DISEASE, Severity.STOP, "avoid with intracranial bleeding", (), ("apixaban",))


def _turn(formulary: Formulary, language: str = "en") -> Turn:
    return Turn(Request("plan", language=language), Services(None, formulary))


@pytest.mark.parametrize(
    ("text", "origin", "held"),
    [
        ("Apixaban 5 mg twice daily.", Origin.RECORD, True),
        ("A direct oral anticoagulant is recommended.", Origin.GUIDELINE, True),
        ("Review the dose and give apixaban.", Origin.GUIDELINE, True),
        ("Restart apixaban 5 mg twice daily after review.", Origin.RECORD, True),
        ("Head injury while taking an anticoagulant needs emergency care.", Origin.GUIDELINE, False),
        ("Anticoagulants raise the risk of bleeding.", Origin.GUIDELINE, False),
        ("Do not take apixaban.", Origin.RECORD, False),
        ("No apixaban.", Origin.RECORD, False),
        ("No NSAIDs, aspirin or apixaban.", Origin.RECORD, False),
        ("Not to have apixaban for six weeks.", Origin.RECORD, False),
        ("不再服用阿哌沙班。", Origin.RECORD, False),
        ("No missed doses of apixaban.", Origin.RECORD, True),
        ("No NSAIDs, apixaban 5 mg twice daily.", Origin.RECORD, True),
        ("No bleeding, start apixaban.", Origin.RECORD, True),
        ("Neurosurgery clinic, decision on restart of apixaban, 13 March.", Origin.RECORD, False),
        ("阿哌沙班5mg，每日两次。", Origin.RECORD, True),
        ("服用抗凝药时头部受伤需立即就诊。", Origin.GUIDELINE, False),
    ],
)
def test_only_an_order_is_held_back(text: str, origin: Origin, held: bool, formulary: Formulary) -> None:
    sentence = Sentence(text, Verdict.SUPPORTED, origin, ())
    assert (hold_back(_turn(formulary), sentence, [STOP]) is not None) is held


def test_two_options_of_a_guideline_are_no_double_prescription(formulary: Formulary) -> None:
    record = read_record(
        "Mr A Sample, 70 M\nDischarge medications:\nbisoprolol 2.5 mg od\n",
        filename="c.txt",
        formulary=formulary,
    )
    run = check_orders(_turn(formulary), record, offered=["Apixaban or rivaroxaban is recommended."])
    events, checked = [], None
    while checked is None:
        try:
            events.append(next(run))
        except StopIteration as end:
            checked = end.value
    assert not [a for a in checked.unsuitable if set(a.drugs) & {"apixaban", "rivaroxaban"}]
    told = {d for e in events if isinstance(e, AlertRaised) for d in e.alert.drugs}
    assert not told & {"apixaban", "rivaroxaban"}


@pytest.mark.parametrize(
    ("text", "part", "held"),
    [
        ("Low-dose aspirin is recommended.", "actions", True),
        ("An ACE inhibitor is recommended in heart failure.", "actions", True),
        ("A beta-blocker is recommended in heart failure.", "actions", False),
        ("A statin is recommended.", "actions", False),
        ("Aspirin raises the risk of bleeding.", "actions", False),
        ("Watch for bleeding with aspirin.", "monitoring", False),
    ],
)
def test_a_guideline_does_not_ask_again_for_what_the_stay_gave_up(
    text: str, part: str, held: bool, formulary: Formulary
) -> None:
    record = read_record(
        "Mr A Sample, 70 M\nAdmitted 03/02/2026. Discharged 14/02/2026.\nDischarge medications:\naspirin stopped - bleeding ulcer\n"
        "ramipril 2.5 mg - withheld until kidney function is rechecked\nbisoprolol 2.5 mg od\n",
        filename="c.txt",
        formulary=formulary,
    )
    sentence = Sentence(text, Verdict.SUPPORTED, Origin.GUIDELINE, ())
    assert (given_up(_turn(formulary), record, sentence, part) is not None) is held


def test_another_of_its_kind_keeps_the_advice(formulary: Formulary) -> None:
    record = read_record(
        "Mr A Sample, 70 M\nDischarge medications:\nramipril stopped - cough\nlosartan 50 mg od\n",
        filename="c.txt",
        formulary=formulary,
    )
    advice = Sentence("A renin-angiotensin blocker is recommended.", Verdict.SUPPORTED, Origin.GUIDELINE, ())
    assert given_up(_turn(formulary), record, advice, "actions") is None
