from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from assistant.domain.answer_json import answer_from_json
from assistant.domain.open_points import open_points
from assistant.errors import AccessDenied, BadInput, StorageFailed
from assistant.store import DocumentKind, DocumentVersion, Role

ANSWER = {"task": "handout", "sections": [{"key": "b", "sentences": []}], "a": "剂量"}


@pytest.fixture
def draft(hospital: Any) -> DocumentVersion:
    hospital.ada = hospital.person("ada")
    hospital.patient_id = hospital.patient()
    version: DocumentVersion = hospital.store.documents.save_draft(
        hospital.ada,
        hospital.patient_id,
        DocumentKind.HANDOUT,
        "Going home",
        "Take it easy.",
        ANSWER,
        idempotency_key="k",
    )
    return version


def sign(hospital: Any, version: DocumentVersion) -> DocumentVersion:
    signed: DocumentVersion = hospital.store.documents.sign(
        hospital.ada, version.document_id, version.number, sha256=version.sha256
    )
    return signed


def seen_by_patient(hospital: Any) -> list[tuple[int, str]]:
    versions = hospital.store.documents.signed_for_patient(hospital.ada, hospital.patient_id)
    return [(version.number, version.text) for version in versions]


def test_a_draft_is_kept_once_as_it_was_made(hospital: Any, draft: DocumentVersion) -> None:
    again = hospital.store.documents.save_draft(
        hospital.ada,
        hospital.patient_id,
        DocumentKind.HANDOUT,
        "Going home",
        "Other",
        ANSWER,
        idempotency_key="k",
    )
    assert again == draft
    assert (draft.text, draft.answer, draft.signed) == ("Take it easy.", ANSWER, False)
    assert hospital.store.documents.for_patient(hospital.ada, hospital.patient_id) == (draft,)


def test_an_edit_after_signing_is_unsigned_and_what_was_signed_stays_readable(
    hospital: Any, draft: DocumentVersion
) -> None:
    signed = sign(hospital, draft)
    edited = hospital.store.documents.edit(
        hospital.ada, draft.document_id, "Take it very easy.", ANSWER, base=1
    )
    assert (signed.signed, edited.signed, edited.number) == (True, False, 2)
    first, second = hospital.store.documents.versions(hospital.ada, draft.document_id)
    assert (first, second) == (signed, edited)
    assert first.signature is not None
    assert first.signature.user_name == "Ada"
    assert hospital.store.documents.latest(hospital.ada, draft.document_id) == edited


def test_a_patient_sees_the_last_signed_version_and_no_draft(hospital: Any, draft: DocumentVersion) -> None:
    assert seen_by_patient(hospital) == []
    sign(hospital, draft)
    edited = hospital.store.documents.edit(hospital.ada, draft.document_id, "Second.", ANSWER, base=1)
    assert seen_by_patient(hospital) == [(1, "Take it easy.")]
    sign(hospital, edited)
    assert seen_by_patient(hospital) == [(2, "Second.")]


def test_the_patient_on_the_team_reads_what_is_signed(hospital: Any, draft: DocumentVersion) -> None:
    patient = hospital.person("pat", Role.PATIENT)
    hospital.store.patients.share(hospital.ada, hospital.patient_id, patient.user_id)
    assert hospital.store.documents.signed_for_patient(patient, hospital.patient_id) == ()
    signed = sign(hospital, draft)
    assert hospital.store.documents.signed_for_patient(patient, hospital.patient_id) == (signed,)


def test_two_who_edit_at_once_do_not_overwrite_each_other(hospital: Any, draft: DocumentVersion) -> None:
    hospital.store.documents.edit(hospital.ada, draft.document_id, "A", ANSWER, base=1)
    with pytest.raises(BadInput, match="saved version 2 while you edited version 1"):
        hospital.store.documents.edit(hospital.ada, draft.document_id, "B", ANSWER, base=1)


def test_only_the_latest_version_as_it_was_read_can_be_signed(hospital: Any, draft: DocumentVersion) -> None:
    sign_ = hospital.store.documents.sign
    with pytest.raises(BadInput, match="not the one you read"):
        sign_(hospital.ada, draft.document_id, 1, sha256="0" * 64)
    edited = hospital.store.documents.edit(hospital.ada, draft.document_id, "New", ANSWER, base=1)
    with pytest.raises(BadInput, match="not the latest"):
        sign_(hospital.ada, draft.document_id, 1, sha256=draft.sha256)
    assert sign(hospital, edited).signed


def test_signing_twice_is_one_signature_and_nobody_signs_over_another(
    hospital: Any, draft: DocumentVersion
) -> None:
    first = sign(hospital, draft)
    hospital.clock.forward(minutes=5)
    assert sign(hospital, draft) == first
    with pytest.raises(BadInput, match="Ada has already signed"):
        hospital.store.documents.sign(hospital.person("grace"), draft.document_id, 1, sha256=draft.sha256)


TAMPERINGS = [
    ("document_versions", "text", "Take ten times as much."),
    ("document_versions", "answer", "{}"),
    ("documents", "title", "Other"),
]


@pytest.mark.parametrize(("table", "column", "words"), TAMPERINGS)
def test_a_signed_text_changed_by_someone_who_holds_the_key_is_no_longer_signed(
    hospital: Any, draft: DocumentVersion, table: str, column: str, words: str
) -> None:
    sign(hospital, draft)
    sealed = hospital.store.database.keys.seal_text(f"{table}.{column}", words)
    hospital.sql(f"UPDATE {table} SET {column} = '{sealed}'")
    assert seen_by_patient(hospital) == []
    latest = hospital.store.documents.latest(hospital.ada, draft.document_id)
    assert not latest.signed
    assert latest.signature is not None


@pytest.mark.parametrize(("table", "column", "words"), TAMPERINGS)
def test_a_text_put_into_storage_without_the_key_is_never_shown(
    hospital: Any, draft: DocumentVersion, table: str, column: str, words: str
) -> None:
    sign(hospital, draft)
    hospital.sql(f"UPDATE {table} SET {column} = '{words}'")
    with pytest.raises(StorageFailed, match="changed in storage"):
        seen_by_patient(hospital)


def test_a_signed_text_moved_to_another_patient_is_not_shown_there(
    hospital: Any, draft: DocumentVersion
) -> None:
    sign(hospital, draft)
    other = hospital.patient(b"another stay")
    hospital.sql(f"UPDATE documents SET patient_id = '{other}'")
    assert hospital.store.documents.signed_for_patient(hospital.ada, other) == ()


def test_the_database_itself_refuses_to_change_a_version(hospital: Any, draft: DocumentVersion) -> None:
    with pytest.raises((StorageFailed, IntegrityError)), hospital.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE document_versions SET text = 'x'")


def test_an_export_is_audited_and_an_absent_version_is_said_so(hospital: Any, draft: DocumentVersion) -> None:
    auditor = hospital.person("eve", Role.AUDITOR)
    assert hospital.store.documents.export(hospital.ada, draft.document_id, 1) == draft
    row = next(r for r in hospital.store.audit.search(auditor) if r.action == "export")
    assert (row.object_id, row.patient_id, row.outcome) == (draft.document_id, hospital.patient_id, "ok")
    with pytest.raises(BadInput, match="no version 7"):
        hospital.store.documents.export(hospital.ada, draft.document_id, 7)


STOP = {"kind": "allergy", "severity": "stop", "text": "penicillin"}
WITH_ALERT = {"task": "discharge", "language": "en", "model": "none", "sections": [], "alerts": [STOP]}


def _settled(by: str) -> dict[str, Any]:
    (point,) = open_points(answer_from_json(WITH_ALERT))
    row = {
        "key": point.key,
        "text": "penicillin",
        "reason": "tested",
        "by": by,
        "at": "2026-03-05T09:00:00+00:00",
    }
    return WITH_ALERT | {"settled": [row]}


def _with_alert(hospital: Any) -> DocumentVersion:
    hospital.ada = hospital.person("ada")
    kept: DocumentVersion = hospital.store.documents.save_draft(
        hospital.ada, hospital.patient(), DocumentKind.DISCHARGE, "Summary", "x", WITH_ALERT
    )
    return kept


def test_a_document_with_an_open_point_is_not_signed_until_it_is_settled_by_name(hospital: Any) -> None:
    kept = _with_alert(hospital)
    with pytest.raises(BadInput, match="open point"):
        sign(hospital, kept)
    ada = hospital.ada
    settled = hospital.store.documents.edit(ada, kept.document_id, "x", _settled(ada.name), base=1)
    assert sign(hospital, settled).signed


def test_nobody_settles_a_point_in_anothers_name(hospital: Any) -> None:
    kept = _with_alert(hospital)
    with pytest.raises(AccessDenied):
        hospital.store.documents.edit(hospital.ada, kept.document_id, "x", _settled("Dr Else"), base=1)
    assert len(hospital.store.documents.versions(hospital.ada, kept.document_id)) == 1


def test_a_new_draft_comes_with_nothing_settled(hospital: Any) -> None:
    ada = hospital.person("ada")
    with pytest.raises(BadInput, match="settled"):
        hospital.store.documents.save_draft(
            ada, hospital.patient(), DocumentKind.NOTE, "Note", "x", _settled(ada.name)
        )
