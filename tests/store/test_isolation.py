"""One user never reaches another's: every id swapped, and canaries among fifty users."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from assistant.errors import AccessDenied, BadInput
from assistant.store import SYSTEM, Outcome, Role, Speaker, operator
from tests.store.attempts import (
    ATTEMPTS,
    BY_CONVERSATION,
    BY_DOCUMENT,
    BY_PATIENT,
    NOT_A_PATIENTS,
    Owned,
    everybody,
    owning,
)


def allowed(hospital: Any, name: str, actor: Any, owned: Owned) -> bool:
    try:
        ATTEMPTS[name](hospital.store, actor, owned)
    except AccessDenied:
        return False
    except BadInput:
        return True  # past the gate, and refused for what was asked
    return True


def test_every_id_swapped_between_users_is_denied_and_each_denial_is_a_row(hospital: Any) -> None:
    owners, others = everybody(hospital, 3)
    auditor = hospital.person("eve", Role.AUDITOR)
    strangers = [owner.actor for owner in owners] + others + [SYSTEM, operator()]
    tried = [
        (name, stranger, owner)
        for name in ATTEMPTS
        for owner in owners
        for stranger in strangers
        if stranger.user_id != owner.actor.user_id
    ]
    got_in = [
        (name, stranger.username, owner.canary)
        for name, stranger, owner in tried
        if allowed(hospital, name, stranger, owner)
    ]
    assert len(tried) == len(ATTEMPTS) * 3 * (2 + 5 + 2)
    assert got_in == []
    denied = hospital.store.audit.search(auditor, outcome=Outcome.DENIED, limit=10_000)
    assert len(denied) == len(tried)


def test_ids_of_two_owners_mixed_in_one_request_are_denied(hospital: Any) -> None:
    ada, eve = owning(hospital, "ada", 1), owning(hospital, "eve", 2)
    mixed = [
        replace(ada, patient=eve.patient),
        replace(ada, conversation=eve.conversation, message=eve.message),
        replace(ada, document=eve.document, sha256=eve.sha256),
        replace(ada, document=eve.document),
        replace(ada, message=eve.message),
    ]
    others = [name for name in ATTEMPTS if name != "unshare"]
    assert all(allowed(hospital, name, ada.actor, ada) for name in others), (
        "so that the denials below mean something"
    )
    kinds = {"patient": BY_PATIENT, "conversation": BY_CONVERSATION, "document": BY_DOCUMENT}
    for ids in mixed:
        for kind, attempts in kinds.items():
            for name in attempts:
                used = "message" if name == "rate the answer" else kind
                if getattr(ids, used) != getattr(ada, used):
                    assert not allowed(hospital, name, ada.actor, ids), name


def test_an_id_of_one_kind_in_the_place_of_another_opens_nothing(hospital: Any) -> None:
    ada = owning(hospital, "ada", 1)
    ids = [ada.patient, ada.conversation, ada.message, ada.document, ada.actor.user_id]
    turned = replace(ada, patient=ids[1], conversation=ids[3], message=ids[0], document=ids[2])
    for name in ATTEMPTS:
        assert not allowed(hospital, name, ada.actor, turned), name


def test_a_patients_account_reads_what_was_signed_about_its_patient_and_nothing_else(hospital: Any) -> None:
    ada, eve = owning(hospital, "ada", 1), owning(hospital, "eve", 2)
    store = hospital.store
    own = hospital.person("own-account", Role.PATIENT)
    store.patients.share(ada.actor, ada.patient, own.user_id)
    for name in ATTEMPTS:
        assert not allowed(hospital, name, own, eve), f"another patient: {name}"
    for name in NOT_A_PATIENTS:
        assert not allowed(hospital, name, own, ada), f"own patient: {name}"
    assert store.documents.signed_for_patient(own, ada.patient) == ()
    store.documents.sign(ada.actor, ada.document, 1, sha256=ada.sha256)
    store.documents.edit(ada.actor, ada.document, "later draft", {"text": "later draft"}, base=1)
    (signed,) = store.documents.signed_for_patient(own, ada.patient)
    assert (signed.number, signed.text) == (1, ada.canary)
    for attempt in (
        lambda: store.emergency.open(own, "x", "emergency", "because I want to"),
        lambda: store.users.everyone(own),
        lambda: store.audit.search(own),
        lambda: store.audit.export(own),
        lambda: store.audit.check(own),
        lambda: store.users.names(own),
    ):
        with pytest.raises(AccessDenied):
            attempt()


def test_a_patients_list_says_who_they_are_and_nothing_that_the_record_says(hospital: Any) -> None:
    from assistant.store import PatientDisplay, RecordSource, SourceKind

    ada = hospital.person("ada")
    display = PatientDisplay(
        "Ada", "female", "1957-04-02", "69", "0042", "en", "2026-02-27", None, "Pneumonia"
    )
    patient = hospital.store.patients.add(ada, RecordSource(SourceKind.CHART, b"x", "pneumonia.txt"), display)
    people = {role: hospital.person(role.value, role) for role in (Role.PATIENT, Role.EDUCATOR)}
    for person in people.values():
        hospital.store.patients.share(ada, patient, person.user_id)
    (own,) = hospital.store.patients.visible_to(people[Role.PATIENT])
    assert own.display == PatientDisplay(name="Ada", language="en")
    (taught,) = hospital.store.patients.visible_to(people[Role.EDUCATOR])
    assert (taught.display.mrn, taught.display.problem, taught.filename) == ("0042", None, "")
    claimed = replace(people[Role.PATIENT], role=Role.CLINICIAN)
    assert hospital.store.patients.visible_to(claimed)[0].display.problem is None, (
        "a claimed role is not believed"
    )
    assert hospital.store.patients.row(ada, patient).display == display


def test_a_patients_account_opens_one_patient_alone(hospital: Any) -> None:
    ada, eve = owning(hospital, "ada", 1), owning(hospital, "eve", 2)
    own = hospital.person("own-account", Role.PATIENT)
    hospital.store.patients.share(ada.actor, ada.patient, own.user_id)
    with pytest.raises(BadInput, match="one patient alone"):
        hospital.store.patients.share(eve.actor, eve.patient, own.user_id)
    with pytest.raises(BadInput, match="works on no ward"):
        hospital.store.users.add(SYSTEM, "another", "Another", Role.PATIENT, wards=["demonstration"])


def test_who_becomes_a_patient_leaves_ward_team_and_open_pages(hospital: Any) -> None:
    ada, admin = hospital.person("ada"), hospital.person("root", Role.ADMIN)
    patient = hospital.patient()
    assert hospital.store.patients.source(ada, patient)
    hospital.store.users.set_role(admin, ada.user_id, Role.PATIENT)
    again = hospital.store.users.sign_in("ada", hospital.password("ada")).actor
    assert again.role is Role.PATIENT
    assert hospital.store.patients.visible_to(again) == ()


@pytest.mark.slow
@pytest.mark.parametrize(("people", "turns"), [(50, 20) if os.environ.get("BEDSIDE_FULL_TESTS") else (12, 5)])
def test_no_canary_of_a_user_reaches_another(sqlite_hospital: Any, people: int, turns: int) -> None:
    hospital = sqlite_hospital
    owners = [owning(hospital, f"user{n}", n) for n in range(people)]
    store = hospital.store

    def at_work(mine: Owned) -> list[str]:
        """Everything this user can get to see while doing and trying a bit of everything."""
        choose = random.Random(mine.canary)
        seen: list[str] = []
        for turn in range(turns):
            store.conversations.append(mine.actor, mine.conversation, Speaker.USER, f"{mine.canary} {turn}")
            other = owners[choose.randrange(people)]
            name = choose.choice(sorted(ATTEMPTS))
            if other is not mine:
                try:
                    seen.append(repr(ATTEMPTS[name](store, mine.actor, other)))
                except AccessDenied as denied:
                    seen.append(str(denied))
            if turn % 5 == 4:
                seen.append(repr(store.conversations.history(mine.actor, mine.conversation)))
                seen.append(repr(store.conversations.list(mine.actor)))
                seen.append(repr(store.patients.visible_to(mine.actor)))
                seen.append(repr(store.documents.for_patient(mine.actor, mine.patient)))
        return seen

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(at_work, owners))
    leaks = [
        (mine.canary, other.canary)
        for mine, texts in zip(owners, seen, strict=True)
        for other in owners
        if other is not mine and any(other.canary in text for text in texts)
    ]
    assert leaks == []
    assert all(any(mine.canary in text for text in texts) for mine, texts in zip(owners, seen, strict=True))
    assert store.audit.verify().whole
    trail = repr(store.audit.search(hospital.person("eve", Role.AUDITOR), limit=100_000))
    assert "canary" not in trail
