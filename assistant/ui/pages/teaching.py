"""At the bedside: the signed handout in large type, teach-back, and the patient's own questions. Nothing else is reachable.

While it is on, the page of anyone else, drafts and navigation do not exist; leaving takes the clinician's password.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from assistant.domain.answer import Answer, Origin, Section, Sentence, Severity, Verdict
from assistant.domain.evidence import EvidenceKind
from assistant.errors import BedsideError
from assistant.export.handout_print import part_html
from assistant.export.handout_sheet import parts_of
from assistant.records.reader import read_record
from assistant.store import DocumentKind, DocumentVersion, Right, SignInRefused, Speaker
from assistant.tasks.base import Request
from assistant.tasks.teach_back import Checked, Outcome, check, questions_of
from assistant.ui import desk, state
from assistant.ui.calm import part
from assistant.ui.components import drawing
from assistant.ui.components.files import files
from assistant.ui.components.marked import box, caption, chip, draw, heading
from assistant.ui.components.sheet import Block, sheet
from assistant.ui.components.tongues import interface_language
from assistant.ui.pages import follow_up
from assistant.ui.pages.chat import POLL_S
from assistant.ui.pages.documents import answer_of, export
from assistant.ui.running import Ending, RunningTurn
from assistant.ui.texts import say

MAX_HANDOUT_LINES = 3
MAX_REPORTS = 5
_SAID = {
    Outcome.RIGHT: "teach_right",
    Outcome.PARTLY: "teach_partly",
    Outcome.WRONG: "teach_wrong",
    Outcome.UNCLEAR: "teach_again",
}
_SMALL = frozenset(
    "the a an to of in on for and or is are was were be you your i my me it we our us with at by do does did not no "
    "what when which how why would have has had this that take takes taking medicine medicines hospital".split()
)


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
    _heard_before(chosen)


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


def keep_teach_back(held: dict[str, Any], language: str) -> None:
    """Keeps what was asked and answered for the care team: one document a session, a new version with each answer.

    Who teaches but may not draft (an educator) leaves it in the conversation of this patient instead.
    """
    store, actor = state.store(), state.signed_in()
    report = teach_back_answer(held["taught"], language)
    if not actor.may(Right.DRAFT):
        conversation = _conversation(held)
        store.conversations.append(actor, conversation, Speaker.USER, report.text)
        return
    kept = held.get("report")
    if kept is None:
        title = say("teach_report", language)
        held["report"] = store.documents.save_draft(
            actor,
            held["patient"],
            DocumentKind.OTHER,
            title,
            report.text,
            report.to_json(),
            language=language,
        )
        return
    held["report"] = store.documents.edit(
        actor, kept.document_id, report.text, report.to_json(), base=kept.number
    )


def teach_back_answer(taught: Sequence[tuple[str, str, Checked]], language: str) -> Answer:
    """The report: what was misunderstood first, each with the question and the patient's own words."""
    order = [Outcome.WRONG, Outcome.UNCLEAR, Outcome.PARTLY, Outcome.RIGHT]
    rows = sorted(taught, key=lambda row: order.index(row[2].outcome))
    sentences = tuple(
        Sentence(
            f"[{say(f'teach_outcome_{found.outcome.value}', language)}] {asked} “{said}”"
            + (f" – {found.misunderstood}" if found.misunderstood else ""),
            Verdict.SUPPORTED,
            Origin.RULE,
        )
        for asked, said, found in rows
    )
    section = Section("teach_back", say("teach_report", language), sentences, required=False)
    text = "\n".join(s.text for s in sentences)
    return Answer("teach_back", language, "none", (section,), text=text, audience="clinician")


def _heard_before(patient: str) -> None:
    """For the clinician: what this patient answered, session by session."""
    if not state.signed_in().may(Right.READ_RECORD):
        return
    found = [
        v
        for v in state.store().documents.for_patient(state.signed_in(), patient)
        if v.kind is DocumentKind.OTHER and v.answer.get("task") == "teach_back"
    ]
    if not found:
        return
    with st.container(key="card-taught"):
        caption(state.t("teach_heard"))
        draw(f'<p class="soft">{escape(state.t("teach_heard_how"))}</p>')
        for version in found[:MAX_REPORTS]:
            lines = "".join(f"<li>{escape(line)}</li>" for line in version.text.splitlines())
            draw(
                f"<p>{escape(version.created_at[:16].replace('T', ' '))} · {escape(version.author_name)}</p><ul>{lines}</ul>"
            )


def handout_text(answer: Answer) -> str:
    return " ".join(x.text for s in answer.sections if s.key != "teach_back" for x in s.sentences)


def heard(said: str, handout: str) -> bool:
    """A word check: a telling word of the answer, or two Chinese characters in a row, stands in the handout."""
    text = handout.casefold()
    words = [w for w in re.findall(r"[a-zà-ÿ0-9]{3,}", said.casefold()) if w not in _SMALL]
    if any(re.search(rf"\b{re.escape(w)}", text) for w in words):
        return True
    pairs = [said[i : i + 2] for i in range(len(said) - 1)]
    return any(all("\u4e00" <= c <= "\u9fff" for c in pair) and pair in handout for pair in pairs)


def _questions(signed: Answer) -> None:
    questions(signed, state.kept()["teaching"])


def questions(signed: Answer, held: dict[str, Any]) -> None:
    """The patient's questions and their answers; ``held`` names the patient and keeps what was asked."""
    turn: RunningTurn | None = held.get("turn")
    draw(f'<div class="cap">{escape(state.t("ask_a_question"))}</div>')
    for number, (question, answer) in enumerate(held["asked"]):
        blocks = for_patient(question, answer, signed, state.language())
        sheet(blocks, key=f"patient-answer-{number}", large=True)
    if turn is not None and turn.ending is not None:
        held["turn"] = None
        if turn.ending is Ending.FINISHED and turn.answer is not None:
            held["asked"].append((turn.request.question, turn.answer))
        else:
            held["line"] = state.t("ask_your_team")
        st.rerun()
    if turn is not None:
        sheet([{"kind": "bubble", "text": turn.request.question}], key="patient-asked", large=True)
        draw(f'<p class="soft">{escape(state.t("looking_it_up"))}</p>')
        if st.button(state.t("stop"), key="stop-patient"):
            turn.stop()
        return
    if held.get("line"):
        box(held.pop("line"), "amber")
    text = st.chat_input(state.t("type_your_question"), key="patient-question")
    if text:
        state.touch()
        held["turn"] = _start(text, held)
        st.rerun()


def for_patient(question: str, answer: Answer, signed: Answer, language: str) -> list[Block]:
    """The question, red flags, what not to take, what the signed handout says about it, and sourced education.

    Nothing of the record that no clinician has signed, no marks and no clinical alerts.
    """
    blocks: list[Block] = [
        {"kind": "bubble", "text": question},
        *drawing.red_flags(answer.red_flags, language),
    ]
    stopped = [d for a in answer.alerts if a.severity is Severity.STOP for d in a.drugs]
    named = [d for d in dict.fromkeys(stopped) if d.casefold() in question.casefold()]
    if named:
        text = say("do_not_take", language, drugs=", ".join(named))
        blocks.append({"kind": "alert", "tone": "red", "title": "", "text": text, "marks": [], "small": ""})
    own = from_handout(question, signed)
    sentences = [s for section in answer.sections for s in section.sentences if may_be_read_by_patient(s)]
    blocks += [{**drawing.line(s, {}, language), "why": ""} for s in (*own, *sentences)]
    if not own and not sentences and not answer.red_flags:
        blocks.append({"kind": "notice", "text": say("ask_your_team", language)})
    if own:
        blocks.append({"kind": "notice", "text": say("from_handout", language)})
    shelf = [e for s in sentences for e in s.evidence if e.kind is EvidenceKind.GUIDELINE]
    sources = dict.fromkeys(", ".join(p for p in (e.title, e.publisher, e.edition) if p) for e in shelf)
    if sources:
        blocks.append({"kind": "notice", "text": say("from_source", language, source="; ".join(sources))})
    return blocks


def may_be_read_by_patient(sentence: Sentence) -> bool:
    """Checked, and resting on no line of the record: those reach a patient through what a clinician has signed."""
    if sentence.verdict is not Verdict.SUPPORTED or sentence.origin is Origin.RECORD:
        return False
    return all(e.kind is not EvidenceKind.RECORD for e in sentence.evidence)


def from_handout(question: str, signed: Answer) -> list[Sentence]:
    """The sentences of the signed handout that share a telling word with the question, at most three."""
    shown = [s for section in signed.sections if section.key != "teach_back" for s in section.sentences]
    return [s for s in shown if heard(question, s.text)][:MAX_HANDOUT_LINES]


def _start(text: str, held: dict[str, Any]) -> RunningTurn:
    """A patient's question: signed or sourced text alone, red flags first. It is kept as asked before it is answered."""
    store, actor = state.store(), state.signed_in()
    conversation = _conversation(held)
    store.conversations.append(actor, conversation, Speaker.USER, text)

    def keep(answer: Answer) -> None:
        store.conversations.append(
            actor, conversation, Speaker.ASSISTANT, answer.text, answer=answer.to_json()
        )

    request = Request("ask", question=text, record=held["record"], audience="patient")
    return RunningTurn(state.conversation(), request, keep).start()


def _conversation(held: dict[str, Any]) -> str:
    """The id of this sitting's conversation, begun at its first need."""
    if "conversation" not in held:
        held["conversation"] = (
            state.store()
            .conversations.start(
                state.signed_in(),
                held["patient"],
                title=state.t("patients_questions"),
                language=state.language(),
            )
            .id
        )
    return str(held["conversation"])


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
