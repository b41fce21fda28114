"""Who finds which door open: a patient's own account, the audit page, emergency access, a session that somebody ended."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict
from assistant.store import DocumentKind, Reason, Role, Store
from assistant.wiring import load_settings, open_records
from tests.ui.conftest import PASSWORD, button, words

Enter = Callable[..., AppTest]


@pytest.fixture
def store(home: Path) -> Store:
    return open_records(load_settings())


def person(store: Store, name: str, role: Role) -> str:
    """An account with ``PASSWORD`` of its own; its id."""
    admin = store.users.sign_in("admin", PASSWORD).actor
    account, first = store.users.add(admin, name, name.title(), role, wards=())
    store.users.change_password(store.users.sign_in(name, first).token, first, PASSWORD)
    return account.id


def test_a_patients_account_finds_signed_documents_and_no_other_page(signed_in: Enter, store: Store) -> None:
    own = person(store, "ada-byron", Role.PATIENT)
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    patient = store.patients.visible_to(clinician)[0].id
    store.patients.share(clinician, patient, own)
    page = signed_in("ada-byron")
    assert "Nothing has been signed for you yet" in words(page)
    sentence = Sentence("Drink plenty of water.", Verdict.SUPPORTED, Origin.RULE)
    answer = Answer("handout", "en", "none", (Section("advice", "Advice", (sentence,)),)).to_json()
    kept = store.documents.save_draft(clinician, patient, DocumentKind.HANDOUT, "Going home", "x", answer)
    page.run()
    assert "Drink plenty" not in words(page), "a draft is not shown"
    store.documents.sign(clinician, kept.document_id, 1, sha256=kept.sha256)
    page.run()
    assert not page.exception
    assert "Drink plenty of water." in words(page)
    assert "pneumonia" not in words(page).casefold()
    assert len(page.sidebar.button) == 0
    assert "pages" not in page.session_state, "no other page was made"


def test_an_auditor_searches_the_trail_by_user_and_hospital_number(signed_in: Enter, store: Store) -> None:
    person(store, "eve", Role.AUDITOR)
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    store.patients.source(clinician, store.patients.visible_to(clinician)[0].id)
    page = signed_in("eve")
    page.text_input(key="audit_user").set_value("clinician")
    page.text_input(key="audit_mrn").set_value("4711")
    page.run()
    assert not page.exception
    assert "record" in words(page)
    assert "Ada Byron" not in words(page)
    page.text_input(key="audit_mrn").set_value("nobody's")
    page.run()
    assert "no single patient" in words(page)


@pytest.mark.parametrize("how", ["disabled", "new password", "signed out elsewhere"])
def test_an_open_page_that_nobody_touches_is_cleared_when_its_session_is_ended(
    signed_in: Enter, store: Store, how: str
) -> None:
    page = signed_in()
    assert "Ada Byron" in words(page)
    admin = store.users.sign_in("admin", PASSWORD).actor
    clinician = next(a for a in store.users.everyone(admin) if a.username == "clinician")
    if how == "disabled":
        store.users.disable(admin, clinician.id)
    elif how == "new password":
        store.users.reset_password(admin, clinician.id)
    else:
        store.users.sign_out(store.users.sign_in("clinician", PASSWORD).token, everywhere=True)
    page.run()
    assert "Ada Byron" not in words(page)
    assert button(page, "Sign in")


def test_emergency_access_opens_a_strangers_patient_and_its_end_closes_the_page(
    signed_in: Enter, store: Store
) -> None:
    person(store, "grace", Role.CLINICIAN)
    page = signed_in("grace")
    assert "Ada Byron" not in words(page)
    grace = store.users.sign_in("grace", PASSWORD).actor
    opened = store.emergency.open(grace, "4711", Reason.EMERGENCY, "Collapsed in the corridor")
    page.run()
    assert "Ada Byron" in words(page)
    button(page, "Open").click()
    page.run()
    assert "Ada Byron" in words(page)
    store.emergency.close(grace, opened.id)
    page.run()
    assert "no longer have access" in words(page)
    assert "Ada Byron" not in words(page)
