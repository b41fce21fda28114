from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from assistant.errors import AccessDenied, BadInput, StorageFailed
from assistant.store import (
    DEMONSTRATION_WARD,
    SYSTEM,
    Action,
    Actor,
    DocumentKind,
    Outcome,
    PatientDisplay,
    RecordSource,
    Role,
    SourceKind,
    Speaker,
    Store,
    Thumb,
)


def test_a_record_comes_back_byte_for_byte(hospital: Any) -> None:
    ada = hospital.person("ada")
    content = bytes(range(256)) + "\r\n 肺炎 \ufeff".encode() + b"\x00%PDF"
    source = RecordSource(SourceKind.PDF, content, "stay/../chart 1.pdf")
    patient = hospital.store.patients.add(ada, source, PatientDisplay())
    assert hospital.store.patients.source(ada, patient) == source


def test_what_a_list_shows_is_what_the_record_stated(hospital: Any) -> None:
    ada = hospital.person("ada")
    display = PatientDisplay(
        "王芳", "female", "1957-04-02", "69岁", "0042", "zh", "2026-02-27", None, "社区获得性肺炎"
    )
    patient = hospital.store.patients.add(ada, RecordSource(SourceKind.CHART, b"x", "x.txt"), display)
    assert hospital.store.patients.visible_to(ada)[0].display == display
    assert hospital.store.patients.row(ada, patient).display == display


def test_samples_loaded_twice_are_there_once_and_for_every_clinician(hospital: Any) -> None:
    first, second = hospital.patient(), hospital.patient()
    assert first == second
    ada, grace = hospital.person("ada"), hospital.person("grace", Role.NURSE)
    for actor in (ada, grace):
        assert [row.id for row in hospital.store.patients.visible_to(actor)] == [first]
    source = RecordSource(SourceKind.CHART, b"Admitted with pneumonia.", "again.txt")
    assert hospital.store.patients.add(ada, source, PatientDisplay()) == first


def test_holding_the_same_file_opens_no_colleagues_patient(hospital: Any) -> None:
    ada, mallory = hospital.person("ada"), hospital.person("mallory")
    hers, his = hospital.patient(b"same", ada), hospital.patient(b"same", mallory)
    assert hers != his
    assert [row.id for row in hospital.store.patients.visible_to(mallory)] == [his]


def test_only_the_ward_may_add_to_the_ward(hospital: Any) -> None:
    stranger = hospital.person("stranger", wards=())
    source = RecordSource(SourceKind.CHART, b"x", "x.txt")
    for ward in (DEMONSTRATION_WARD, "no such ward"):
        with pytest.raises(BadInput, match="ward"):
            hospital.store.patients.add(stranger, source, PatientDisplay(), ward_id=ward)
    with pytest.raises(AccessDenied):
        hospital.store.patients.add(hospital.person("root", Role.ADMIN), source, PatientDisplay())


def test_sharing_opens_a_patient_and_unsharing_closes_it_with_all_that_was_said(hospital: Any) -> None:
    store, ada, grace = hospital.store, hospital.person("ada"), hospital.person("grace", wards=())
    patient = hospital.patient(b"private", ada)
    with pytest.raises(AccessDenied):
        store.patients.source(grace, patient)
    store.patients.share(ada, patient, grace.user_id)
    store.patients.share(ada, patient, grace.user_id)
    talk = store.conversations.start(grace, patient)
    assert store.patients.source(grace, patient).content == b"private"
    store.patients.unshare(ada, patient, grace.user_id)
    for attempt in (
        lambda: store.patients.source(grace, patient),
        lambda: store.conversations.history(grace, talk.id),
        lambda: store.conversations.append(grace, talk.id, Speaker.USER, "and now?"),
    ):
        with pytest.raises(AccessDenied):
            attempt()


def test_a_record_changed_in_storage_is_refused(hospital: Any) -> None:
    ada, patient = hospital.person("ada"), hospital.patient()
    other = hospital.store.database.keys.seal_equal("patients.source_sha256", bytes(32))
    hospital.sql(f"UPDATE patients SET source_sha256 = '{other}'")
    with pytest.raises(StorageFailed, match="changed in storage"):
        hospital.store.patients.source(ada, patient)


Attempt = Callable[[Store, Actor, dict[str, str]], object]
ANSWER: dict[str, object] = {"sections": []}
ATTEMPTS: dict[str, Attempt] = {
    "open the record": lambda s, a, i: s.patients.source(a, i["patient"]),
    "see the patient's row": lambda s, a, i: s.patients.row(a, i["patient"]),
    "share the patient with oneself": lambda s, a, i: s.patients.share(a, i["patient"], a.user_id),
    "take the owner off": lambda s, a, i: s.patients.unshare(a, i["patient"], i["owner"]),
    "start a conversation": lambda s, a, i: s.conversations.start(a, i["patient"]),
    "list conversations": lambda s, a, i: s.conversations.list(a, i["patient"]),
    "read a conversation": lambda s, a, i: s.conversations.history(a, i["conversation"]),
    "write into a conversation": lambda s, a, i: s.conversations.append(
        a, i["conversation"], Speaker.USER, "x"
    ),
    "pose as the assistant": lambda s, a, i: s.conversations.append(
        a, i["conversation"], Speaker.ASSISTANT, "x"
    ),
    "rename a conversation": lambda s, a, i: s.conversations.rename(a, i["conversation"], "x"),
    "rate an answer": lambda s, a, i: s.conversations.rate(a, i["message"], Thumb.UP),
    "draft a document": lambda s, a, i: s.documents.save_draft(
        a, i["patient"], DocumentKind.PLAN, "t", "x", ANSWER
    ),
    "list documents": lambda s, a, i: s.documents.for_patient(a, i["patient"]),
    "read the draft": lambda s, a, i: s.documents.latest(a, i["document"]),
    "read the versions": lambda s, a, i: s.documents.versions(a, i["document"]),
    "edit the draft": lambda s, a, i: s.documents.edit(a, i["document"], "x", ANSWER, base=1),
    "sign the draft": lambda s, a, i: s.documents.sign(a, i["document"], 1, sha256=i["sha256"]),
    "export the draft": lambda s, a, i: s.documents.export(a, i["document"], 1),
    "read what was signed": lambda s, a, i: s.documents.signed_for_patient(a, i["patient"]),
}
ON_THE_TEAM_BUT_NOT_A_CLINICIAN = {
    name for name in ATTEMPTS if name.split()[0] in ("draft", "edit", "sign", "export") or "draft" in name
} | {"open the record", "read the versions", "list documents", "share the patient with oneself"}


def owned(hospital: Any) -> tuple[Actor, dict[str, str]]:
    store, ada = hospital.store, hospital.person("ada")
    patient = hospital.patient(b"private", ada)
    talk = store.conversations.start(ada, patient)
    message = store.conversations.append(ada, talk.id, Speaker.ASSISTANT, "Canary 7731")
    draft = store.documents.save_draft(ada, patient, DocumentKind.PLAN, "Plan", "Canary 7732", ANSWER)
    ids = {"patient": patient, "conversation": talk.id, "message": message.id, "document": draft.document_id}
    return ada, {**ids, "sha256": draft.sha256, "owner": ada.user_id}


def test_every_id_of_another_user_is_denied_and_audited_and_its_owner_is_not(hospital: Any) -> None:
    ada, ids = owned(hospital)
    mallory, auditor = hospital.person("mallory"), hospital.person("eve", Role.AUDITOR)
    for name, attempt in ATTEMPTS.items():
        with pytest.raises(AccessDenied):
            raise AssertionError(f"allowed to {name}: {attempt(hospital.store, mallory, ids)}")
    denials = hospital.store.audit.search(auditor, user_id=mallory.user_id, outcome=Outcome.DENIED)
    assert len(denials) == len(ATTEMPTS)
    for name in ("open the record", "read a conversation", "edit the draft", "rate an answer"):
        ATTEMPTS[name](hospital.store, ada, ids)


OWN_ALONE = [
    n for n in ATTEMPTS if n.endswith((" a conversation", "an answer", "the assistant")) and "start" not in n
]


@pytest.mark.parametrize("name", OWN_ALONE)
@pytest.mark.parametrize("about", ["a patient they share", "no patient"])
def test_a_colleague_on_the_same_team_reads_and_writes_nobodys_conversation_but_their_own(
    hospital: Any, name: str, about: str
) -> None:
    ada, grace = hospital.person("ada"), hospital.person("grace")
    talk = hospital.store.conversations.start(
        ada, hospital.patient() if about == "a patient they share" else None
    )
    message = hospital.store.conversations.append(ada, talk.id, Speaker.ASSISTANT, "Canary 7733")
    ids = {"conversation": talk.id, "message": message.id}
    with pytest.raises(AccessDenied, match="another user's"):
        raise AssertionError(f"allowed to {name}: {ATTEMPTS[name](hospital.store, grace, ids)}")
    ATTEMPTS[name](hospital.store, ada, ids)


@pytest.mark.parametrize("role", [Role.PATIENT, Role.EDUCATOR, Role.AUDITOR, Role.ADMIN])
def test_being_on_the_team_gives_no_more_than_the_role_does(hospital: Any, role: Role) -> None:
    ada, ids = owned(hospital)
    other = hospital.person("other", role)
    hospital.store.patients.share(ada, ids["patient"], other.user_id)
    for name in ON_THE_TEAM_BUT_NOT_A_CLINICIAN:
        with pytest.raises(AccessDenied):
            raise AssertionError(f"allowed to {name}: {ATTEMPTS[name](hospital.store, other, ids)}")


def test_a_nurse_on_the_team_drafts_and_does_not_sign(hospital: Any) -> None:
    ada, ids = owned(hospital)
    nurse = hospital.person("grace", Role.NURSE, wards=())
    hospital.store.patients.share(ada, ids["patient"], nurse.user_id)
    with pytest.raises(AccessDenied, match="may not sign"):
        ATTEMPTS["sign the draft"](hospital.store, nurse, ids)
    assert hospital.store.documents.edit(nurse, ids["document"], "x", ANSWER, base=1).number == 2


def test_a_role_that_was_taken_away_is_not_believed(hospital: Any) -> None:
    ada, ids = owned(hospital)
    hospital.sql(f"UPDATE users SET role = 'auditor' WHERE id = '{ada.user_id}'")
    with pytest.raises(AccessDenied):
        hospital.store.patients.source(ada, ids["patient"])


def test_every_read_of_a_record_is_a_row(hospital: Any) -> None:
    ada, ids = owned(hospital)
    auditor = hospital.person("eve", Role.AUDITOR)
    for _ in range(3):
        hospital.store.patients.source(ada, ids["patient"])
    rows = hospital.store.audit.search(auditor, patient_id=ids["patient"], action=Action.READ)
    assert [(r.user_id, r.object_kind, r.outcome) for r in rows] == [(ada.user_id, "record", "ok")] * 3


def test_the_program_itself_reads_nothing(hospital: Any) -> None:
    patient = hospital.patient()
    with pytest.raises(AccessDenied):
        hospital.store.patients.source(SYSTEM, patient)
