"""At the bedside: the signed handout in large type, teach-back, and the patient's own questions. Nothing else is reachable.

While it is on, the page of anyone else, drafts and navigation do not exist; leaving takes the clinician's password.
"""

from __future__ import annotations

import time
from html import escape

import streamlit as st

from assistant.domain.answer import Answer
from assistant.errors import BedsideError
from assistant.export.handout_print import part_html
from assistant.export.handout_sheet import parts_of
from assistant.records.reader import read_record
from assistant.store import DocumentKind, DocumentVersion, Right, SignInRefused
from assistant.tasks.teach_back import Outcome, check, questions_of
from assistant.ui import desk, state
from assistant.ui.calm import part
from assistant.ui.components.files import files
from assistant.ui.components.marked import box, caption, chip, draw, heading
from assistant.ui.components.tongues import interface_language
from assistant.ui.pages import follow_up
from assistant.ui.pages.chat import POLL_S
from assistant.ui.pages.documents import answer_of, export
from assistant.ui.patient_questions import questions
from assistant.ui.teach_back_report import earlier_reports, keep_teach_back

_SAID = {
    Outcome.RIGHT: "teach_right",
    Outcome.PARTLY: "teach_partly",
    Outcome.WRONG: "teach_wrong",
    Outcome.UNCLEAR: "teach_again",
}


def locked() -> bool:
    """True from the moment the page is handed to a patient until a clinician's password ends it."""
    return bool(state.kept().get("teaching"))


def page() -> None:
    if locked():
        _bedside()
        return
    heading(state.t("page_teaching"), state.t("teaching_sub"))
    rows = state.store().patients.visible_to(state.signed_in())
    if not rows:
        box(state.t("no_patients"), "amber")
        return
    with st.container(key="card-teaching"):
        ids = [r.id for r in rows]
        names = {r.id: r.display.name or state.t("no_name") for r in rows}
        current = state.patient_id()
        chosen = st.selectbox(
            state.t("patient"),
            ids,
            index=ids.index(current) if current in ids else 0,
            format_func=lambda i: names[i],
            key="teaching_patient",
        )
        signed = _signed(chosen)
        if not signed:
            box(state.t("no_signed_handout"), "amber")
            draw(f'<p class="soft">{escape(state.t("no_signed_handout_how"))}</p>')
            return
        draw(
            "".join(
                f"<p>{escape(v.title)} {chip(state.t('signed_chip', n=v.number, name=v.signature.user_name), 'ok')}</p>"
                for v in signed
                if v.signature
            )
        )
        draw(f'<p class="soft">{escape(state.t("hand_over_help"))}</p>')
        if st.button(state.t("hand_over"), key="hand-over", type="primary", icon=":material/lock:"):
            row = next(r for r in rows if r.id == chosen)
            _lock(chosen, row.display.name or "")
            st.rerun()
        caption(state.t("print_handout"))
        files(("pdf", "docx", "html"), lambda kind: export(signed[0], kind, None), key="files-teaching")
    earlier_reports(chosen)


def _signed(patient: str) -> list[DocumentVersion]:
    found = state.store().documents.signed_for_patient(state.signed_in(), patient)
    return [v for v in found if v.kind is DocumentKind.HANDOUT]


def _lock(patient: str, name: str) -> None:
    """Leaves nothing of other patients in the session, and keeps the signed-in user only to end the mode."""
    versions = _signed(patient)
    record = None
    if state.signed_in().may(Right.READ_RECORD):
        source = state.store().patients.source(state.signed_in(), patient)
        record = read_record(source.content, filename=source.filename, formulary=desk.formulary())
    keep = {"token", "actor", "language", "settings", "last_act"}
    for key in [k for k in state.kept() if k not in keep]:
        del state.kept()[key]
    state.kept()["teaching"] = {
        "patient": patient,
        "name": name,
        "versions": versions,
        "record": record,
        "asked": [],
    }


def _bedside() -> None:
    held = state.kept()["teaching"]
    versions: list[DocumentVersion] = held["versions"]
    version = _in_language(versions)
    answer = answer_of(version)
    with st.container(key="strip"):
        title, status, tongue = st.columns([3, 1.5, 1], vertical_alignment="center")
        with title:
            draw(f"<h1>{escape(state.t('going_home', name=held['name']))}</h1>")
        with status:
            who = version.signature.user_name if version.signature else ""
            draw(chip(state.t("signed_by", name=who), "ok"))
        with tongue:
            interface_language(key="bedside_language")
    left, right = st.columns([1.7, 1], gap="medium")
    with left, st.container(key="card-handout"):
        if version.language != state.language():
            box(state.t("handout_other_language"), "amber")
        for shown in parts_of(answer):
            if shown.key != "teach_back":
                draw(part_html(shown, answer.language), extra="large")
    with right:
        with st.container(key="card-teach-back"):
            _teach_back(answer)
        with st.container(key="card-question"):
            turn = held.get("turn")
            busy = turn is not None and turn.ending is None
            part(_questions, every_s=POLL_S if busy else None)(answer)
        follow_up.check_in(held["patient"])
        follow_up.ask_team(held["patient"])
        _leave()


def _in_language(versions: list[DocumentVersion]) -> DocumentVersion:
    return next((v for v in versions if v.language == state.language()), versions[0])


def _teach_back(answer: Answer) -> None:
    questions_asked = questions_of(answer)
    if not questions_asked:
        return
    held = state.kept()["teaching"]
    at = min(int(state.kept().get("teach_at", 0)), len(questions_asked) - 1)
    question = questions_asked[at]
    draw(
        f'<div class="cap">{escape(state.t("show_me"))} · {at + 1} / {len(questions_asked)}</div>'
        f"<p><strong>{escape(question.text)}</strong></p>",
        extra="large",
    )
    said = st.text_input(
        state.t("your_answer"),
        key=f"teach-{answer.language}-{at}",
        placeholder=state.t("your_answer"),
        label_visibility="collapsed",
    )
    if said:
        found = check(question, said, answer)
        heard_before = held.setdefault("taught", [])
        row = (question.text, said, found)
        if row not in heard_before:
            state.touch()
            heard_before.append(row)
            keep_teach_back(held, answer.language)
        tone = "ok" if found.outcome is Outcome.RIGHT else "amber"
        box(state.t(_SAID[found.outcome]), tone)
        again = "".join(f"<p>{escape(line)}</p>" for line in found.again)
        if again:
            draw(again, extra="large")
    back, on = st.columns(2)
    if back.button(state.t("previous"), key="teach-back", disabled=at == 0, width="stretch"):
        state.kept()["teach_at"] = at - 1
        st.rerun()
    if on.button(state.t("next"), key="teach-on", disabled=at == len(questions_asked) - 1, width="stretch"):
        state.kept()["teach_at"] = at + 1
        st.rerun()


def _questions(signed: Answer) -> None:
    questions(signed, state.kept()["teaching"])


def _leave() -> None:
    with (
        st.popover(state.t("leave"), icon=":material/lock_open:", width="stretch"),
        st.form("leave-form", border=False),
    ):
        password = st.text_input(
            state.t("staff_password"), type="password", autocomplete="off", key="leave_password"
        )
        if not st.form_submit_button(state.t("leave")):
            return
        name = state.signed_in().username
        try:
            session = state.store().users.sign_in(name, password)
        except SignInRefused as refused:
            box(str(refused), "amber")
            return
        except BedsideError as error:
            box(str(error), "amber")
            return
        state.store().users.sign_out(str(state.kept()["token"]))
        state.begin(session)
        state.kept()["left_teaching_at"] = time.time()
        st.rerun()
