"""What a patient takes home: every dose, date and limit, the right box, nothing that tells to take what was stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.domain.events import SentenceShown
from assistant.domain.medicine_row import DayTime, row_of
from assistant.records.chart import read_chart
from assistant.records.reconcile import reconcile
from assistant.tasks.base import Request, Services, Turn
from assistant.tasks.handout import TASK
from assistant.tasks.handout_advice import _hangs_together, _not_theirs, box_of
from assistant.tasks.handout_medicines import _past_how, handout_medicines, numbers_in
from assistant.tasks.plain_words import PlainWriter
from knowledge.formulary import open_formulary

SAMPLES = Path(__file__).parents[2] / "samples"


def _told(name: str, language: str = "en", country: str = "") -> dict[str, list[str]]:
    record = read_chart((SAMPLES / name).read_text(encoding="utf-8"))
    services = Services(None, open_formulary(), country=country)
    turn = Turn(Request("handout", record=record, language=language), services)
    found: dict[str, list[str]] = {}
    for event in TASK.compose(turn):
        if isinstance(event, SentenceShown):
            found.setdefault(event.section, []).append(event.sentence.text)
    return found


def test_limits_and_later_doses_of_an_order_are_not_lost_and_a_child_is_given_its_medicine() -> None:
    told = _told("asthma-child.txt")
    lines = {line.split(":")[0]: line for line in told["medicines"]}
    assert "max 4 doses/day" in lines["Paracetamol"]
    assert "2-6 puffs when needed" in lines["Salbutamol"]
    assert "give 240 mg" in lines["Paracetamol"]
    assert "When:" not in lines["Paracetamol"]
    assert "When: morning, evening." in lines["Fluticasone"]
    assert any("000" in line for line in told["warning_signs"])


@pytest.mark.parametrize(
    ("language", "country", "said"),
    [("en", "GB", "call 999"), ("en", "US", "call 911"), ("en", "", "call your emergency number"), ("zh", "GB", "拨打999"), ("zh", "", "拨打120")],
)  # fmt: skip
def test_the_number_to_call_is_that_of_the_country(language: str, country: str, said: str) -> None:
    lines = _told("dka-young-adult.txt", language, country)["warning_signs"]
    assert any(said in line for line in lines), lines


def test_a_home_medicine_under_a_stop_alert_is_not_left_to_the_patient_to_ask_about() -> None:
    from assistant.domain.answer import Alert, AlertKind, Severity

    record = read_chart((SAMPLES / "dka-young-adult.txt").read_text(encoding="utf-8"))
    turn = Turn(Request("handout", record=record, language="en"), Services(None, open_formulary()))
    alert = Alert(AlertKind.RENAL, Severity.STOP, "avoid", (), ("ibuprofen",))
    medicines = reconcile(record, open_formulary())
    told = handout_medicines(turn, record, medicines, [alert], PlainWriter("en"), child=False)
    assert "Ibuprofen: do not take it until your doctor has checked it." in [s.text for s in told]


@pytest.mark.parametrize(
    "when", ["pause if vomiting", "omit if pulse <50", "stop if a rash comes", "hold if dizzy"]
)
def test_when_to_leave_a_medicine_out_is_told(when: str) -> None:
    record = read_chart(f"Discharge summary\nDischarge medications:\nfurosemide 40 mg once daily - {when}\n")
    turn = Turn(Request("handout", record=record, language="en"), Services(None, open_formulary()))
    medicines = reconcile(record, open_formulary())
    told = [s.text for s in handout_medicines(turn, record, medicines, [], PlainWriter("en"), child=False)]
    first = when.split()[0]
    last = when.split()[-1].strip("<")
    assert any(first in t and last in t for t in told), told


def test_a_chinese_order_keeps_its_limit() -> None:
    lines = _told("acute-mi-zh.txt", "zh")["medicines"]
    ticagrelor = next(line for line in lines if line.startswith("替格瑞洛"))
    assert "至少12个月" in ticagrelor
    assert "时间：早上、傍晚。" in ticagrelor


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("911 for confusion, fast deep breathing, passing out.", "warning_signs"),
        ("Vomiting blood, stroke signs (face, arm, speech): 911.", "warning_signs"),
        ("Platelets 911.5 on Monday.", "life_at_home"),
        ("Come back / 000: lips blue.", "warning_signs"),
        ("伤口流脓马上来医院看。", "warning_signs"),
        ("Call us if your legs swell.", "call_us"),
        ("生病吃不下饭，要马上联系医生。", "call_us"),
        ("Tell staff about new confusion.", "call_us"),
        ("肌酐112。", "life_at_home"),
        ("Potassium 5,000 units.", "life_at_home"),
        ("Eat less salt.", "life_at_home"),
    ],
)
def test_each_sentence_goes_to_its_box(text: str, box: str) -> None:
    assert box_of(text) == box


@pytest.mark.parametrize(
    ("text", "together"),
    [
        ("Come back if fever; vomiting; a rash", True),
        ("No driving for 3 months; chest pain: 911", False),
        ("Fever; vomiting: call 911", True),
        ("Eat less salt; walk each day", False),
    ],
)
def test_a_list_of_signs_is_not_taken_apart_from_its_call(text: str, together: bool) -> None:
    assert _hangs_together(text) is together


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("Take your blood thinner at the same times each day.", True),
        ("Take your statin every day.", False),
        ("Tell all doctors that you take a blood thinner.", False),
        ("Take your pills every day.", False),
    ],
)
def test_nobody_is_told_to_take_a_medicine_on_hold(text: str, left_out: bool) -> None:
    turn = Turn(Request("handout"), Services(None, open_formulary()))
    found = _not_theirs(turn, text, {"statin", "antiplatelet"}, {"anticoagulant"}, False)
    assert (found is not None) is left_out


def test_a_line_is_read_back_as_a_row_with_its_pictures() -> None:
    from assistant.domain.answer import MedicationChange, Origin, Sentence, Verdict

    def row(text: str, language: str) -> tuple[str, tuple[DayTime, ...]]:
        found = row_of(Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (), MedicationChange.NEW), language)
        return found.name, found.times

    assert row("Ramipril: take 2.5 mg, twice a day. When: morning, evening. This one is new.", "en") == (
        "Ramipril",
        (DayTime.MORNING, DayTime.EVENING),
    )
    assert row("Ramipril: take 2.5 mg, once a day.", "en") == ("Ramipril", ())
    assert row("An edited line with morning in it.", "en") == ("", ())
    assert row("阿司匹林：100mg。时间：睡前。", "zh") == ("阿司匹林", (DayTime.BEDTIME,))


def test_figures_are_compared_as_numbers() -> None:
    assert numbers_in("5,000 units twice a day") == {"5000", "2"}
    assert numbers_in("2.50 mg 每天三次") == {"2.5", "3"}


def test_a_medicine_that_nobody_settled_has_no_chip_that_says_stop() -> None:
    from assistant.domain.answer import MedicationChange, Origin, Sentence, Verdict

    text = "Ask before you leave: should you go on with apixaban 5 mg?"
    found = row_of(Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (), MedicationChange.STOPPED), "en")
    assert found.change is None
    assert found.how == text


@pytest.mark.parametrize(
    ("line", "said", "rest"),
    [
        ("500 mg twice a day; stop if vomiting", "Metformin: take 500 mg, twice a day.", "stop if vomiting"),
        ("2 mg once a day (INR 2.3)", "Warfarin: take 2 mg, once a day.", "INR 2.3"),
        ("20 mg for 3 days, then 10 mg", "Prednisolone: take 20 mg.", "20 mg for 3 days, then 10 mg"),
        ("1 capsule with food, 2 at night", "Take 1 capsule.", "1 capsule with food, 2 at night"),
    ],
)
def test_what_is_also_noted_does_not_say_the_dose_again(line: str, said: str, rest: str) -> None:
    assert _past_how(line, said) == rest


@pytest.mark.parametrize(
    ("line", "told", "when"),
    [
        ("furosemide 40 mg twice daily (8 AM and 2 PM)", "When: morning, noon.", True),
        ("furosemide 40 mg twice daily", "When: morning, evening.", True),
        ("furosemide 40 mg twice daily at 08:00 and 22:00", "When: morning, bedtime.", True),
        ("prednisolone 30 mg once daily in the morning for 5 days - rescue pack if sputum turns green",
         "Do not take it every day. Use it only like this: 30 mg once a day in the morning for 5 days - rescue pack if", False),
        ("doxycycline 100 mg bd 5 days, start only if phlegm turns green", "Use it only like this", False),
        ("hydrocortisone 10 mg bd, double if unwell", "take 10 mg", True),
        ("bisoprolol 1.25 mg once daily, increase to 2.5 mg on 28/11", "Also noted: increase to 2.5 mg on 28/11", False),
        ("bisoprolol 5 mg once daily (INCREASED from 2.5 mg)", "5 mg", False),
        ("prednisolone 30 mg once daily for 5 days", "How long: for 5 days", False),
    ],
)  # fmt: skip
def test_hours_and_what_is_kept_for_a_bad_day(line: str, told: str, when: bool) -> None:
    record = read_chart(f"Discharge medications:\n{line}\n")
    turn = Turn(Request("handout", record=record, language="en"), Services(None, open_formulary()))
    medicines = reconcile(record, open_formulary())
    (text,) = (s.text for s in handout_medicines(turn, record, medicines, (), PlainWriter("en"), child=False))
    assert told in text
    assert ("When:" in text) is when
    assert "How long: increase" not in text
    assert "Why: INCREASED" not in text


def test_a_limit_is_no_reason_and_a_span_is_exceeded() -> None:
    lines = "美托洛尔缓释片 23.75mg qd (HR<50 或 SBP<90 停服并联系)\n达格列净 10mg qd (腹泻呕吐不进食时停)\n别嘌醇 100mg qd (痛风)\n"
    record = read_chart(f"出院带药：\n{lines}")
    turn = Turn(Request("handout", record=record, language="zh"), Services(None, open_formulary()))
    told = [
        s.text
        for s in handout_medicines(
            turn, record, reconcile(record, open_formulary()), (), PlainWriter("zh"), child=False
        )
    ]
    metoprolol, dapagliflozin, allopurinol = (
        next(t for t in told if t.startswith(n)) for n in ("美托洛尔", "达格列净", "别嘌醇")
    )
    assert "原因" not in metoprolol + dapagliflozin
    assert "SBP低于90" in metoprolol
    assert "腹泻呕吐不进食时停" in dapagliflozin
    assert "原因" in allopurinol
    assert (
        PlainWriter("zh").plain("胸痛>5min，1个月内不提>5kg，血钾>5.5")
        == "胸痛超过5min，1个月内不提超过5kg，血钾高于5.5"
    )
    assert PlainWriter("en").plain("Call >=150/100. Call if K >5.5.").startswith("Call if at least 150/100")
