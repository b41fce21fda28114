"""At the bedside: the signed handout with its boxes and pictures, typed answers checked, kept for the care team, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.domain.answer import Answer, MedicationChange, Origin, Section, Sentence, Verdict
from assistant.store import DocumentKind, Store
from assistant.wiring import load_settings, open_records
from tests.ui.conftest import PASSWORD, words


def _line(text: str, change: MedicationChange | None = None) -> Sentence:
    return Sentence(text, Verdict.SUPPORTED, Origin.RECORD, (), change)


HANDOUTS = {
    "en": Answer("handout", "en", "none", (
        Section("medicines", "Your medicines", (
            _line("Levofloxacin: take 750 mg by mouth, twice a day. When: morning, evening. This one is new.", MedicationChange.NEW),
        )),
        Section("warning_signs", "Go to emergency", (_line("Call an ambulance for chest pain."),)),
    )),
    "zh": Answer("handout", "zh", "none", (
        Section("medicines", "您的药物", (_line("左氧氟沙星：750mg，口服，每天两次。时间：早上、傍晚。这是新加的药。", MedicationChange.NEW),)),
        Section("warning_signs", "马上去急诊", (_line("胸痛，打120。"),)),
    )),
}  # fmt: skip


def _script() -> None:
    from assistant.ui import state
    from assistant.ui.pages import teaching

    if "actor" not in state.kept():
        session = state.store().users.sign_in("clinician", "quiet-harbour-7-lanterns")
        state.begin(session)
        state.kept()["actor"] = session.actor
    teaching.page()


@pytest.fixture
def store(home: Path) -> Store:
    return open_records(load_settings())


def _sign(store: Store, languages: tuple[str, ...], *, sign: bool = True) -> str:
    actor = store.users.sign_in("clinician", PASSWORD).actor
    patient = store.patients.visible_to(actor)[0].id
    for language in languages:
        kept = store.documents.save_draft(
            actor,
            patient,
            DocumentKind.HANDOUT,
            "Going home",
            "x",
            HANDOUTS[language].to_json(),
            language=language,
        )
        if sign:
            store.documents.sign(actor, kept.document_id, 1, sha256=kept.sha256)
    return patient


def _handed_over(store: Store) -> AppTest:
    page = AppTest.from_function(_script, default_timeout=30)
    page.run()
    page.button(key="hand-over").click()
    page.run()
    assert not page.exception
    return page


def test_a_wrong_answer_is_explained_again_and_kept_for_the_care_team(store: Store) -> None:
    patient = _sign(store, ("en",))
    page = _handed_over(store)
    told = words(page)
    assert told.count("data:image/png") == 2
    assert 'class="box red"' in told
    page.text_input(key="teach-en-0").set_value("75 mg once a day")
    page.run()
    assert "not what your handout says" in words(page)
    assert words(page).count("take 750 mg by mouth") >= 2
    page.text_input(key="teach-en-0").set_value("750 mg twice a day")
    page.run()
    assert "Yes, that is right" in words(page)
    actor = store.users.sign_in("clinician", PASSWORD).actor
    kept = [v for v in store.documents.for_patient(actor, patient) if v.kind is DocumentKind.OTHER]
    assert len(kept) == 1
    assert kept[0].text.splitlines()[0].startswith("[misunderstood]")
    assert "[understood]" in kept[0].text
    assert all(v.kind is not DocumentKind.OTHER for v in store.documents.signed_for_patient(actor, patient))


def test_the_clinician_finds_the_answers_on_the_patients_page(store: Store) -> None:
    _sign(store, ("en",))
    page = _handed_over(store)
    page.text_input(key="teach-en-0").set_value("I don't take it")
    page.run()
    again = AppTest.from_function(_script, default_timeout=30)
    again.run()
    assert "would not take Levofloxacin" in words(again)


def test_a_draft_is_not_handed_over(store: Store) -> None:
    _sign(store, ("en",), sign=False)
    page = AppTest.from_function(_script, default_timeout=30)
    page.run()
    assert "hand-over" not in [b.key for b in page.button]
    assert "Levofloxacin" not in words(page)


def test_at_the_bedside_nothing_of_the_record_is_reachable(store: Store) -> None:
    _sign(store, ("en",))
    page = _handed_over(store)
    assert "pneumonia" not in words(page).casefold()
    assert len(page.sidebar.button) == 0


def test_the_handout_follows_the_language_of_the_page(store: Store) -> None:
    _sign(store, ("en", "zh"))
    page = _handed_over(store)
    assert "Go to emergency" in words(page)
    page.session_state["bedside_language"] = "zh"
    page.run()
    assert not page.exception
    assert "马上去急诊" in words(page)
    page.text_input(key="teach-zh-0").set_value("每天三次")
    page.run()
    assert "和须知里写的不一样" in words(page)
