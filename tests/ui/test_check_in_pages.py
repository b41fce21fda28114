"""After discharge on the page: arranged by staff, answered by the patient, read by the nurse, urgent first; goals ticked off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.domain.answer import Answer, Origin, Section, Sentence, Urgency, Verdict
from assistant.store import DocumentKind, Given, Planned, Role, Store, goal_hash
from assistant.wiring import load_settings, open_records
from tests.ui.conftest import PASSWORD, button, words
from tests.ui.test_doors import person

Enter = Callable[..., AppTest]
TODAY = date.today()
GOAL = "Walk 6 minutes without a rest. Due: 2026-06-01."


@pytest.fixture
def store(home: Path) -> Store:
    return open_records(load_settings())


def patient_of(store: Store) -> str:
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    found: str = store.patients.visible_to(clinician)[0].id
    return found


def own_account(store: Store) -> str:
    """The patient, with an account of their own and a check-in due today."""
    clinician, patient = store.users.sign_in("clinician", PASSWORD).actor, patient_of(store)
    store.patients.share(clinician, patient, person(store, "ada-byron", Role.PATIENT))
    store.check_ins.arrange(clinician, patient, [Planned(2, TODAY, ("how", "breath"))])
    return patient


def test_a_patient_answers_todays_check_in_and_hears_what_is_urgent_first(
    signed_in: Enter, store: Store
) -> None:
    patient = own_account(store)
    page = signed_in("ada-byron")
    assert not page.exception
    how = next(t for t in page.text_area if str(t.key).endswith("-how"))
    assert "compared with the day you came home" in how.label
    how.set_value("I have crushing chest pain and I am sweating")
    button(page, "Send to my care team").click()
    page.run()
    assert not page.exception
    told = words(page)
    assert "Get help now" in told
    assert "Emergency" in told
    assert not [t for t in page.text_area if str(t.key).endswith("-how")], "it is asked once"
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    (kept,) = store.check_ins.for_patient(clinician, patient)
    assert kept.urgency is Urgency.EMERGENCY
    assert kept.answers[0].given[1] == Given("breath", "", Urgency.ROUTINE, "not answered: ask again")


def test_a_good_answer_gets_thanks_and_no_alarm_and_an_empty_form_is_not_sent(
    signed_in: Enter, store: Store
) -> None:
    patient = own_account(store)
    page = signed_in("ada-byron")
    button(page, "Send to my care team").click()
    page.run()
    assert "at least one question" in words(page)
    for area in page.text_area:
        if "check-in-" in str(area.key):
            area.set_value("no, much better")
    button(page, "Send to my care team").click()
    page.run()
    assert "Your answers are kept" in words(page)
    assert "Get help now" not in words(page)
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    assert store.check_ins.for_patient(clinician, patient)[0].urgency is Urgency.SELF_CARE


def test_a_patients_question_is_kept_for_the_team(signed_in: Enter, store: Store) -> None:
    patient = own_account(store)
    page = signed_in("ada-byron")
    page.text_area(key="team-question").set_value("When may I drive again?")
    button(page, "Keep for my care team").click()
    page.run()
    assert "Your question is kept" in words(page)
    assert "not seen yet" in words(page)
    nurse = store.users.sign_in("clinician", PASSWORD).actor
    assert [q.text for q in store.team_questions.for_patient(nurse, patient)] == ["When may I drive again?"]


def test_at_the_bedside_todays_check_in_and_a_question_can_be_given(signed_in: Enter, store: Store) -> None:
    patient = own_account(store)
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    sentence = Sentence("Drink plenty of water.", Verdict.SUPPORTED, Origin.RULE)
    answer = Answer("handout", "en", "none", (Section("advice", "Advice", (sentence,)),)).to_json()
    kept = store.documents.save_draft(clinician, patient, DocumentKind.HANDOUT, "Going home", "x", answer)
    store.documents.sign(clinician, kept.document_id, 1, sha256=kept.sha256)
    page = signed_in()
    page.session_state["teaching"] = {
        "patient": patient,
        "name": "Ada Byron",
        "versions": list(store.documents.signed_for_patient(clinician, patient)),
        "record": None,
        "asked": [],
    }
    page.run()
    assert not page.exception
    next(t for t in page.text_area if str(t.key).endswith("-breath")).set_value("yes, I need four pillows")
    button(page, "Send to my care team").click()
    page.run()
    assert "Call your care team today" in words(page)
    assert store.check_ins.for_patient(clinician, patient)[0].urgency is Urgency.URGENT


def test_the_list_shows_what_is_urgent_first_and_what_was_said_only_when_it_is_read(
    home: Path, store: Store
) -> None:
    patient = own_account(store)
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    late = Planned(7, TODAY - timedelta(days=3), ("how",))
    (two, _) = store.check_ins.arrange(clinician, patient, [Planned(2, TODAY, ("how",)), late])
    said = Given("how", "crushing chest pain", Urgency.EMERGENCY, "heart attack")
    store.check_ins.answer(clinician, patient, two.id, [said])
    store.team_questions.ask(clinician, patient, "May I drive?", Urgency.ROUTINE)
    page = AppTest.from_function(_alone, default_timeout=30)
    page.session_state["token"] = store.users.sign_in("clinician", PASSWORD).token
    page.run()
    assert not page.exception
    shown = words(page)
    assert shown.index("Emergency") < shown.index("overdue, not answered")
    assert "crushing" not in shown
    assert "May I drive" not in shown
    page.button(key=f"read-{patient}-2").click()
    page.run()
    assert "crushing chest pain" in words(page)
    assert "May I drive?" in words(page)
    page.button(key=f"seen-{two.id}").click()
    page.run()
    assert not page.exception
    assert store.check_ins.for_patient(clinician, patient)[0].urgency is None


def test_a_nurse_arranges_check_ins_by_the_diagnoses_of_the_record(home: Path, store: Store) -> None:
    page = AppTest.from_function(_alone, default_timeout=30)
    page.session_state["token"] = store.users.sign_in("clinician", PASSWORD).token
    page.run()
    page.button(key="arrange").click()
    page.run()
    assert not page.exception
    assert "Arranged for 2026-03-07, 2026-03-12, 2026-04-04." in words(page)
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    two = store.check_ins.for_patient(clinician, patient_of(store))[0]
    assert "breath" in two.questions, "pneumonia asks for it"
    assert "gout" not in two.questions


def test_the_list_speaks_chinese(home: Path, store: Store) -> None:
    own_account(store)
    page = AppTest.from_function(_alone, default_timeout=30)
    page.session_state["token"] = store.users.sign_in("clinician", PASSWORD).token
    page.session_state["language"] = "zh"
    page.run()
    assert "今日待答" in words(page)
    assert "due today" not in words(page)


def test_a_plan_has_goals_to_tick_off_and_a_calendar(signed_in: Enter, store: Store) -> None:
    clinician, patient = store.users.sign_in("clinician", PASSWORD).actor, patient_of(store)
    sentence = Sentence(GOAL, Verdict.SUPPORTED, Origin.RULE)
    answer = Answer("plan", "en", "none", (Section("goals", "Goals", (sentence,)),))
    kept = store.documents.save_draft(
        clinician, patient, DocumentKind.PLAN, "Care plan", GOAL, answer.to_json()
    )
    page = signed_in()
    page.session_state["go_to_tab"] = "plan"
    button(page, "Open").click()
    page.run()
    assert not page.exception
    assert "Goals reached: 0 of 1" in words(page)
    assert '"ics"' in words(page)
    page.checkbox[0].check()
    page.run()
    assert not page.exception
    assert "Goals reached: 1 of 1" in words(page)
    state = store.goals.of(clinician, kept.document_id)[goal_hash(GOAL)]
    assert state.done
    assert store.documents.latest(clinician, kept.document_id).number == 1


def _alone() -> None:
    """The list's page by itself, for whoever's token is there."""
    from assistant.ui import state
    from assistant.ui.pages import check_ins

    if state.actor() is not None:
        check_ins.page()
