"""After discharge: check-ins, questions for the team and ticked goals, from arranging to erasing."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from assistant.domain.answer import Urgency
from assistant.errors import AccessDenied, BadInput
from assistant.store import DocumentKind, Given, Planned, Role, goal_hash, operator
from assistant.store.erasure import ErasureReason
from assistant.store.upkeep import Periods

DUE = date(2026, 3, 4)
TWO = Planned(2, DUE, ("how", "chest"))
SEVEN = Planned(7, date(2026, 3, 9), ("how",))
BAD = Given("chest", "crushing pain", Urgency.EMERGENCY, "heart attack")
GOOD = Given("how", "fine", Urgency.SELF_CARE, "")
GOAL = "Blood pressure: below 130/80 mmHg. Due: 2026-06-01."
PLAN = {"sections": [{"key": "goals", "sentences": [{"text": GOAL}]}]}


def own_account(hospital: Any, clinician: Any, patient: str) -> Any:
    person = hospital.person("own-account", Role.PATIENT)
    hospital.store.patients.share(clinician, patient, person.user_id)
    return person


def test_what_was_arranged_is_asked_from_its_day_on_until_it_is_answered(hospital: Any) -> None:
    ada, store = hospital.person("ada"), hospital.store
    patient = hospital.patient(actor=ada)
    own = own_account(hospital, ada, patient)
    assert store.check_ins.due(own, patient, DUE) is None, "nothing is asked that nobody arranged"
    store.check_ins.arrange(ada, patient, [TWO, SEVEN])
    assert store.check_ins.due(own, patient, date(2026, 3, 3)) is None
    due = store.check_ins.due(own, patient, DUE)
    assert (due.day, due.questions) == (2, ("how", "chest"))
    first = store.check_ins.answer(own, patient, due.id, [GOOD, BAD], idempotency_key="k")
    assert store.check_ins.answer(own, patient, due.id, [GOOD, BAD], idempotency_key="k") == first
    assert store.check_ins.due(own, patient, DUE) is None
    assert store.check_ins.due(own, patient, date(2026, 3, 9)).day == 7
    two, seven = hospital.open().check_ins.for_patient(ada, patient)
    assert [a.given for a in two.answers] == [(GOOD, BAD)]
    assert seven.answers == ()


def test_arranging_again_leaves_what_was_answered_as_it_was_asked(hospital: Any) -> None:
    ada, store = hospital.person("ada"), hospital.store
    patient = hospital.patient(actor=ada)
    two, _ = store.check_ins.arrange(ada, patient, [TWO, SEVEN])
    store.check_ins.answer(ada, patient, two.id, [BAD])
    again = store.check_ins.arrange(
        ada, patient, [Planned(2, date(2026, 4, 1), ("weight",)), Planned(7, date(2026, 4, 6), ("weight",))]
    )
    assert [(c.day, c.due_on, c.questions) for c in again] == [
        (2, DUE, ("how", "chest")),
        (7, date(2026, 4, 6), ("weight",)),
    ]
    assert again[0].unseen == (BAD,)


def test_ticking_off_what_was_read_leaves_what_came_after_open(hospital: Any) -> None:
    ada, nurse = hospital.person("ada"), hospital.person("nell", Role.NURSE)
    store = hospital.store
    patient = hospital.patient()
    (two,) = store.check_ins.arrange(nurse, patient, [TWO])
    read = store.check_ins.answer(ada, patient, two.id, [GOOD])
    store.check_ins.answer(ada, patient, two.id, [BAD])
    store.check_ins.mark_seen(nurse, patient, two.id, [read])
    (kept,) = store.check_ins.for_patient(nurse, patient)
    assert kept.unseen == (BAD,)
    (line,) = store.check_ins.across(nurse)
    assert (line.patient_id, line.answered, line.urgency) == (patient, True, Urgency.EMERGENCY)


@pytest.mark.parametrize(
    "given",
    [[], [Given("weight", "80", Urgency.ROUTINE, "")], [Given("how", "x" * 2001, Urgency.ROUTINE, "")]],
)
def test_answers_to_nothing_to_another_question_or_too_long_are_refused(
    hospital: Any, given: list[Given]
) -> None:
    ada = hospital.person("ada")
    patient = hospital.patient(actor=ada)
    (two,) = hospital.store.check_ins.arrange(ada, patient, [TWO])
    with pytest.raises(BadInput):
        hospital.store.check_ins.answer(ada, patient, two.id, given)
    assert hospital.store.check_ins.for_patient(ada, patient)[0].answers == ()


def test_a_check_in_of_another_patient_is_not_answered_through_ones_own(hospital: Any) -> None:
    ada, eve = hospital.person("ada", wards=()), hospital.person("eve", wards=())
    hers, his = hospital.patient(b"hers", ada), hospital.patient(b"his", eve)
    (theirs,) = hospital.store.check_ins.arrange(eve, his, [TWO])
    with pytest.raises(BadInput, match="no such check-in"):
        hospital.store.check_ins.answer(ada, hers, theirs.id, [BAD])
    question = hospital.store.team_questions.ask(eve, his, "May I drive?", Urgency.ROUTINE)
    with pytest.raises(BadInput, match="no such question"):
        hospital.store.team_questions.mark_seen(ada, hers, question.id)
    assert hospital.store.check_ins.across(ada) == ()
    assert hospital.store.team_questions.across(ada) == ()


def test_a_patients_question_reaches_the_team_until_it_is_ticked_off(hospital: Any) -> None:
    ada, store = hospital.person("ada"), hospital.store
    patient = hospital.patient(actor=ada)
    own = own_account(hospital, ada, patient)
    asked = store.team_questions.ask(own, patient, " May I drive? ", Urgency.ROUTINE, idempotency_key="k")
    assert store.team_questions.ask(own, patient, "again", Urgency.ROUTINE, idempotency_key="k") == asked
    assert [q.text for q in store.team_questions.for_patient(ada, patient)] == ["May I drive?"]
    assert [q.patient_id for q in store.team_questions.across(ada)] == [patient]
    with pytest.raises(AccessDenied):
        store.team_questions.for_patient(own, patient)
    store.team_questions.mark_seen(ada, patient, asked.id)
    assert store.team_questions.across(ada) == ()
    (kept,) = store.team_questions.own(own, patient)
    assert kept.seen_at is not None
    with pytest.raises(BadInput, match="1 to 2000"):
        store.team_questions.ask(own, patient, "  ", Urgency.ROUTINE)


def test_a_tick_belongs_to_the_goals_words_and_an_edited_goal_starts_unticked(hospital: Any) -> None:
    ada, store = hospital.person("ada"), hospital.store
    patient = hospital.patient(actor=ada)
    plan = store.documents.save_draft(ada, patient, DocumentKind.PLAN, "Plan", GOAL, PLAN)
    signed = store.documents.sign(ada, plan.document_id, 1, sha256=plan.sha256)
    assert store.goals.set(ada, plan.document_id, GOAL, done=True).set_by_name == "Ada"
    assert store.goals.of(ada, plan.document_id)[goal_hash(GOAL)].done
    assert store.documents.latest(ada, plan.document_id) == signed, "the signed document is untouched"
    edited = {"sections": [{"key": "goals", "sentences": [{"text": "Blood pressure: below 120/80"}]}]}
    store.documents.edit(ada, plan.document_id, "x", edited, base=1)
    assert goal_hash("Blood pressure: below 120/80") not in store.goals.of(ada, plan.document_id)
    with pytest.raises(BadInput, match="latest version"):
        store.goals.set(ada, plan.document_id, GOAL, done=False)


def test_each_act_leaves_a_row_with_ids_and_no_word_of_the_patient(hospital: Any) -> None:
    ada, auditor = hospital.person("ada"), hospital.person("olga", Role.AUDITOR)
    patient = everything(hospital, ada)
    rows = [r for r in hospital.store.audit.search(auditor, limit=1000) if r.patient_id == patient]
    kinds = {(r.action, r.object_kind) for r in rows}
    assert {
        ("add", "check_ins"),
        ("add", "check_in"),
        ("ask", "team_question"),
        ("edit", "goal"),
    } <= kinds
    assert "crushing" not in repr(rows)


def everything(hospital: Any, ada: Any) -> str:
    store = hospital.store
    patient: str = hospital.patient(actor=ada)
    plan = store.documents.save_draft(ada, patient, DocumentKind.PLAN, "Plan", GOAL, PLAN)
    store.goals.set(ada, plan.document_id, GOAL, done=True)
    (two,) = store.check_ins.arrange(ada, patient, [TWO])
    store.check_ins.answer(ada, patient, two.id, [BAD])
    store.team_questions.ask(ada, patient, "May I drive?", Urgency.ROUTINE)
    return patient


def test_export_backup_rotation_and_erasing_take_them_along(hospital: Any, tmp_path: Path) -> None:
    ada, store = hospital.person("ada"), hospital.store
    patient = everything(hospital, ada)
    files = store.upkeep.export_patient(operator(), patient).files
    assert json.loads(files["check_ins.json"])[0]["answers"][0]["answers"][0]["answer"] == "crushing pain"
    assert json.loads(files["team_questions.json"])[0]["text"] == "May I drive?"
    assert any(json.loads(v)["goals"] for k, v in files.items() if k.endswith("-1.json"))
    store.upkeep.backup(operator(), tmp_path / "b.bedside")
    store.upkeep.rotate(operator(), new_master=False)
    store.upkeep.restore(operator(), tmp_path / "b.bedside", replace_all=True)
    ada = store.users.sign_in("ada", hospital.password("ada")).actor
    assert store.check_ins.for_patient(ada, patient)[0].unseen == (BAD,)
    gone = store.upkeep.erase(operator(), patient, ErasureReason.TEST_DATA).rows
    tables = ("check_ins", "check_in_answers", "team_questions", "goal_states")
    assert {t: gone[t] for t in tables} == dict.fromkeys(tables, 1)


def test_who_answered_lately_is_not_forgotten_by_the_retention_period(hospital: Any) -> None:
    ada, store = hospital.person("ada"), hospital.store
    patient, quiet = hospital.patient(b"one", ada), hospital.patient(b"two", ada)
    (two,) = store.check_ins.arrange(ada, patient, [TWO])
    hospital.clock.forward(days=40)
    ada = store.users.sign_in("ada", hospital.password("ada")).actor
    store.check_ins.answer(ada, patient, two.id, [GOOD])
    assert store.upkeep.keep_to(operator(), Periods(patients_days=30)).patients == 1
    assert [row.id for row in store.patients.visible_to(ada)] == [patient]
    assert quiet != patient
