"""Pages end to end without a browser: what is drawn, what is kept, what is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.domain.answer_json import answer_from_json
from assistant.domain.open_points import open_points
from assistant.errors import BadInput
from assistant.store import DocumentKind, Role
from assistant.ui import editing
from assistant.wiring import load_settings, open_records
from tests.ui.conftest import PASSWORD, button, words

Enter = Callable[..., AppTest]


def _settled(page: AppTest, done: Callable[[], bool], turns: int = 60) -> None:
    for _ in range(turns):
        page.run()
        if done():
            return
        time.sleep(0.1)
    raise AssertionError("the turn did not end")


def _open_patient(page: AppTest) -> None:
    button(page, "Open").click()
    page.run()


def test_nothing_but_the_door_is_drawn_before_sign_in(page: AppTest) -> None:
    page.run()
    assert not page.exception
    assert "Not a medical device" in words(page)
    assert "Ada Byron" not in words(page)
    assert len(page.sidebar.button) == 0


def test_a_wrong_password_gets_the_same_words_as_an_unknown_name(page: AppTest) -> None:
    said = []
    for name in ("clinician", "nobody"):
        page.run()
        page.text_input(key="sign_in_name").set_value(name)
        page.text_input(key="sign_in_password").set_value("wrong password here")
        button(page, "Sign in").click()
        page.run()
        said.append([line for line in words(page).splitlines() if "not right" in line])
    assert said[0] == said[1] != []


def test_too_many_tries_are_told_how_long_to_wait(page: AppTest) -> None:
    for _ in range(5):
        page.run()
        page.text_input(key="sign_in_name").set_value("clinician")
        page.text_input(key="sign_in_password").set_value("wrong password here")
        button(page, "Sign in").click()
        page.run()
    assert "Too many tries. Wait" in words(page)


def test_a_first_password_opens_only_the_page_that_changes_it(home: Path, signed_in: Enter) -> None:
    store = open_records(load_settings())
    admin = store.users.session(store.users.sign_in("admin", PASSWORD).token)
    _, first = store.users.add(admin, "newcomer", "New Comer", Role.CLINICIAN)
    page = signed_in.__closure__[0].cell_contents  # type: ignore[index]
    page.run()
    page.text_input(key="sign_in_name").set_value("newcomer")
    page.text_input(key="sign_in_password").set_value(first)
    button(page, "Sign in").click()
    page.run()
    assert "Choose a password of your own" in words(page)
    assert "Ada Byron" not in words(page)
    page.text_input(key="password_now").set_value(first)
    page.text_input(key="password_new").set_value("green-ladder-44-clouds")
    page.text_input(key="password_again").set_value("green-ladder-44-clouds")
    button(page, "Set password").click()
    page.run()
    assert "Ada Byron" in words(page)


def test_patients_are_listed_and_found_by_problem(signed_in: Enter) -> None:
    page = signed_in()
    assert "Ada Byron" in words(page)
    page.text_input(key="find_patient").set_value("pneumonia 4711")
    page.run()
    assert "Ada Byron" in words(page)
    page.text_input(key="find_patient").set_value("hip fracture")
    page.run()
    assert "Ada Byron" not in words(page)


def test_a_question_is_answered_kept_and_there_after_a_restart(signed_in: Enter, home: Path) -> None:
    page = signed_in()
    _open_patient(page)
    page.chat_input[0].set_value("How long should pneumonia be treated?")
    _settled(page, lambda: '"kind":"foot"' in words(page).replace(" ", ""))
    assert not page.exception
    assert "5 days or more" in words(page)
    store = open_records(load_settings())
    actor = store.users.session(store.users.sign_in("clinician", PASSWORD).token)
    talk = store.conversations.list(actor)[0]
    assert store.conversations.history(actor, talk.id)[0].text == "How long should pneumonia be treated?"
    store.close()
    again = AppTest.from_file(str(Path("app.py").resolve()), default_timeout=30)
    again.run()
    again.text_input(key="sign_in_name").set_value("clinician")
    again.text_input(key="sign_in_password").set_value(PASSWORD)
    button(again, "Sign in").click()
    again.run()
    _open_patient(again)
    assert "How long should pneumonia be treated?" in words(again)
    assert "5 days or more" in words(again)


def test_markup_in_a_message_is_data_for_the_sheet_and_never_markup_of_the_page(signed_in: Enter) -> None:
    page = signed_in()
    _open_patient(page)
    page.chat_input[0].set_value("<img src=x onerror=alert(1)> pneumonia treatment days?")
    _settled(page, lambda: '"foot"' in words(page))
    assert all("<img" not in e.proto.body for e in page.get("html"))
    sheets = [json.loads(e.proto.json) for e in page.get("bidi_component") if e.proto.json]
    assert any("<img" in json.dumps(s) for s in sheets)


def test_a_discharge_summary_is_drafted_signed_and_then_read_only(signed_in: Enter, home: Path) -> None:
    page = signed_in()
    _open_patient(page)
    page.chat_input[0].set_value("/discharge")
    _settled(page, lambda: "Before you sign" in words(page))
    assert not page.exception
    assert "Ada Byron" in words(page)
    sign = next(b for b in page.button if b.label.startswith("Sign version"))
    assert sign.disabled
    assert ':+"' in words(page)
    for box in page.checkbox:
        box.check()
    page.run()
    sign = next(b for b in page.button if b.label.startswith("Sign version"))
    assert sign.disabled, "read, but something is still open"
    _settle_everything()
    page.session_state["documents:discharge"] = None
    page.run()
    for box in page.checkbox:
        box.check()
    page.run()
    next(b for b in page.button if b.label.startswith("Sign version")).click()
    page.run()
    assert "signed by Demo Clinician" in words(page)
    assert ':+"' not in words(page), "a signed document offers no place to add a sentence"
    store = open_records(load_settings())
    actor = store.users.session(store.users.sign_in("clinician", PASSWORD).token)
    patient = store.patients.visible_to(actor)[0].id
    signed = store.documents.signed_for_patient(actor, patient)
    assert [v.kind for v in signed] == [DocumentKind.DISCHARGE]


def _settle_everything() -> None:
    """As a clinician does it on the page, through the same functions and the store."""
    store = open_records(load_settings())
    actor = store.users.session(store.users.sign_in("clinician", PASSWORD).token)
    (draft,) = store.documents.for_patient(actor, store.patients.visible_to(actor)[0].id)
    answer = answer_from_json(draft.answer)
    with pytest.raises(BadInput, match="open point"):
        store.documents.sign(actor, draft.document_id, draft.number, sha256=draft.sha256)
    for point in open_points(answer):
        answer = editing.with_settled(answer, point.key, "Seen and decided", actor.name, datetime.now(UTC))
    store.documents.edit(actor, draft.document_id, answer.text, answer.to_json(), base=draft.number)
    store.close()


def test_a_draft_that_is_asked_for_is_audited_before_it_is_made(signed_in: Enter, home: Path) -> None:
    page = signed_in()
    _open_patient(page)
    page.chat_input[0].set_value("/isbar")
    _settled(page, lambda: "Before you sign" in words(page))
    assert not page.exception
    assert "Nursing handover" in words(page)
    store = open_records(load_settings())
    auditor = store.users.session(store.users.sign_in("admin", PASSWORD).token)
    acts = [(r.action, r.object_kind) for r in store.audit.search(auditor)]
    assert ("ask", "draft") in acts
    clinician = store.users.session(store.users.sign_in("clinician", PASSWORD).token)
    (kept,) = store.documents.for_patient(clinician, store.patients.visible_to(clinician)[0].id)
    assert kept.kind is DocumentKind.HANDOVER


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("Draft the discharge summary.", "discharge"),
        ("写出院小结", "discharge"),
        ("What did the discharge summary say?", None),
        ("pneumonia", None),
    ],
)
def test_a_plain_wish_for_a_document_is_understood_and_a_question_about_one_is_not(
    text: str, task: str | None, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.ui import state
    from assistant.ui.pages import chat

    monkeypatch.setattr(state, "settings", load_settings)
    found = chat.task_by_wish(text)
    assert (found[0].name if found else None) == task


@pytest.mark.parametrize(
    ("said", "handout", "heard"),
    [
        ("the blood pressure one, lisinopril", "Stop lisinopril for now.", True),
        ("肺炎", "您因肺炎住院。", True),
        ("I do not know", "Stop lisinopril for now.", False),
        ("the", "Take the tablet.", False),
        ("", "Take the tablet.", False),
    ],
)
def test_a_teach_back_answer_is_heard_by_its_telling_words(said: str, handout: str, heard: bool) -> None:
    from assistant.ui import patient_questions

    assert patient_questions.heard(said, handout) is heard


def test_an_administrator_sees_the_trail_and_no_patient(signed_in: Enter) -> None:
    page = signed_in("admin")
    assert "Audit trail" in words(page)
    assert "Ada Byron" not in words(page)
    page.button(key="audit-verify").click()
    page.run()
    assert "The trail is whole" in words(page)


def test_the_interface_changes_to_chinese(signed_in: Enter) -> None:
    page = signed_in()
    page.session_state["language_choice"] = "zh"
    page.run()
    assert "患者" in words(page)
    assert "病历号 4711" in words(page)


def test_an_unexpected_failure_is_one_calm_line(signed_in: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.store.patients import Patients

    def broken(*_: object) -> None:
        raise RuntimeError("Ada Byron at row 7")

    monkeypatch.setattr(Patients, "visible_to", broken)
    page = signed_in()
    assert "Something went wrong here" in words(page)
    assert "Ada Byron" not in words(page)
    assert not page.exception


def test_an_idle_page_forgets_the_patient(signed_in: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.ui import state

    page = signed_in()
    _open_patient(page)
    monkeypatch.setattr(state, "IDLE_S", -1)
    page.run()
    assert "Ada Byron" not in words(page)
    assert "signed out after 15 minutes" in words(page)


def test_a_disabled_account_loses_its_open_page(signed_in: Enter, home: Path) -> None:
    page = signed_in()
    store = open_records(load_settings())
    admin = store.users.session(store.users.sign_in("admin", PASSWORD).token)
    clinician = next(a for a in store.users.everyone(admin) if a.username == "clinician")
    store.users.disable(admin, clinician.id)
    page.run()
    assert "Ada Byron" not in words(page)
    assert "Sign in" in words(page)
