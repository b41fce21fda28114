from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.errors import AccessDenied, BadInput
from assistant.store import Action, Actor, Outcome, PatientDisplay, Reason, RecordSource, Role, SourceKind

WHY = "Collapsed in the corridor, team not reachable"


@pytest.fixture
def night(hospital: Any) -> Any:
    """Ada's patient, number 4711; Grace is on another ward and on duty."""
    hospital.ada, hospital.grace = hospital.person("ada"), hospital.person("grace", wards=())
    source = RecordSource(SourceKind.CHART, b"Private chart.", "chart.txt")
    display = PatientDisplay(name="Ada Example", mrn="MRN 4711")
    hospital.patient_id = hospital.store.patients.add(hospital.ada, source, display)
    return hospital


def opened(night: Any, mrn: str = "mrn4711") -> Any:
    return night.store.emergency.open(night.grace, mrn, Reason.EMERGENCY, WHY)


def test_a_reason_opens_a_strangers_patient_for_an_hour_and_no_longer(night: Any) -> None:
    patients = night.store.patients
    with pytest.raises(AccessDenied):
        patients.source(night.grace, night.patient_id)
    assert opened(night).patient_id == night.patient_id
    assert patients.source(night.grace, night.patient_id).content == b"Private chart."
    assert [row.id for row in patients.visible_to(night.grace)] == [night.patient_id]
    for _ in range(5):
        night.clock.forward(minutes=10)
        assert patients.still_open(night.grace, night.patient_id)
        patients.row(night.grace, night.patient_id)
    night.clock.forward(minutes=10, seconds=1)
    assert not patients.still_open(night.grace, night.patient_id)
    with pytest.raises(AccessDenied, match="care team"):
        patients.source(night.grace, night.patient_id)
    assert patients.visible_to(night.grace) == ()


def test_what_was_said_in_the_emergency_closes_with_it(night: Any) -> None:
    opened(night)
    talk = night.store.conversations.start(night.grace, night.patient_id, title="Collapse")
    for _ in range(7):
        night.clock.forward(minutes=10)
        night.store.patients.visible_to(night.grace)
    night.grace = night.store.users.sign_in("grace", night.password("grace")).actor
    with pytest.raises(AccessDenied):
        night.store.conversations.history(night.grace, talk.id)
    assert night.store.conversations.list(night.grace) == ()


def test_emergency_access_lets_nobody_share_or_stay(night: Any) -> None:
    opened(night)
    for attempt in (
        lambda: night.store.patients.share(night.grace, night.patient_id, night.grace.user_id),
        lambda: night.store.patients.share_by_name(night.grace, night.patient_id, "grace"),
        lambda: night.store.patients.unshare(night.grace, night.patient_id, night.ada.user_id),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    assert [name for _, name, _ in night.store.patients.team(night.ada, night.patient_id)] == ["ada"]


def test_it_is_closed_by_who_opened_it_and_by_nobody_else(night: Any) -> None:
    access = opened(night)
    with pytest.raises(AccessDenied):
        night.store.emergency.close(night.ada, access.id)
    night.store.emergency.close(night.grace, access.id)
    with pytest.raises(AccessDenied):
        night.store.patients.source(night.grace, night.patient_id)


@pytest.mark.parametrize("role", [Role.EDUCATOR, Role.PATIENT, Role.AUDITOR, Role.ADMIN])
def test_only_those_who_treat_may_break_the_glass(night: Any, role: Role) -> None:
    night.grace = night.person("other", role)
    with pytest.raises(AccessDenied, match="may not break glass"):
        opened(night)


@pytest.mark.parametrize("mrn", ["471", "47111", "", "%", "MRN", "4711 OR 1=1"])
def test_nobody_browses_strangers_by_a_part_of_a_number(night: Any, mrn: str) -> None:
    with pytest.raises(AccessDenied, match="letter by letter"):
        opened(night, mrn)


def test_a_number_that_two_patients_have_opens_neither(night: Any) -> None:
    source = RecordSource(SourceKind.CHART, b"Another chart.", "chart.txt")
    night.store.patients.add(night.ada, source, PatientDisplay(name="Twin", mrn="MRN 4711"))
    with pytest.raises(AccessDenied):
        opened(night)


@pytest.mark.parametrize("why", ["", "   ", "need it", "x" * 501])
def test_a_reason_is_said_in_words(night: Any, why: str) -> None:
    with pytest.raises(BadInput, match="Say why"):
        night.store.emergency.open(night.grace, "MRN 4711", Reason.OTHER, why)


def test_ones_own_patient_needs_no_emergency_and_a_second_opening_is_the_first(night: Any) -> None:
    with pytest.raises(BadInput, match="on your list"):
        night.store.emergency.open(night.ada, "MRN 4711", Reason.COVERING, WHY)
    assert opened(night).id == opened(night).id


def test_it_is_a_row_of_the_trail_and_its_words_are_not(night: Any) -> None:
    access = opened(night)
    auditor = night.person("eve", Role.AUDITOR)
    rows = night.store.audit.search(auditor, action=Action.BREAK_GLASS, outcome=Outcome.OK)
    assert [(r.user_id, r.patient_id, r.object_id) for r in rows] == [
        (night.grace.user_id, night.patient_id, access.id)
    ]
    assert "Collapsed" not in repr(night.store.audit.search(auditor))


def test_an_auditor_reads_the_reason_and_notes_the_review_and_the_user_does_neither(night: Any) -> None:
    access = opened(night)
    auditor = night.person("eve", Role.AUDITOR)
    (found,) = night.store.emergency.everything(auditor)
    assert (found.username, found.reason, found.explanation) == ("grace", Reason.EMERGENCY, WHY)
    night.store.emergency.review(auditor, access.id)
    assert night.store.emergency.everything(auditor)[0].reviewed_at
    attempts: list[Callable[[Actor], object]] = [
        night.store.emergency.everything,
        lambda actor: night.store.emergency.review(actor, access.id),
    ]
    for attempt in attempts:
        with pytest.raises(AccessDenied):
            attempt(night.grace)
