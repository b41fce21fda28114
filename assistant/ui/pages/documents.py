"""Discharge summary, plan and handout: drafted in stages, edited sentence by sentence, signed, handed over as files."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, partial
from html import escape

import streamlit as st

from assistant.domain.answer import Answer
from assistant.domain.answer_json import answer_from_json
from assistant.domain.record import PatientRecord
from assistant.errors import BedsideError
from assistant.export import export_bytes
from assistant.export.fhir_document import Signature
from assistant.export.markdown import source_marks
from assistant.store import DocumentKind, DocumentVersion, Right
from assistant.store.audit import Action
from assistant.tasks.base import Request
from assistant.tasks.registry import task_named
from assistant.tasks.templates import Template, open_templates
from assistant.ui import desk, editing, state
from assistant.ui.calm import again, part
from assistant.ui.components import document_blocks, drawing, turn_blocks
from assistant.ui.components.files import HandedFile, files
from assistant.ui.components.marked import box, chip, draw
from assistant.ui.components.sheet import Block, sheet
from assistant.ui.components.tongues import choose_language
from assistant.ui.pages.chat import POLL_S
from assistant.ui.pages.plan_goals import goals
from assistant.ui.pages.signing import show_pane, side
from assistant.ui.running import Ending, RunningTurn

KINDS = {
    "discharge": DocumentKind.DISCHARGE,
    "plan": DocumentKind.PLAN,
    "handout": DocumentKind.HANDOUT,
    "note": DocumentKind.NOTE,
    "admission": DocumentKind.ADMISSION,
    "referral": DocumentKind.REFERRAL,
    "handover": DocumentKind.HANDOVER,
}
PAPERS = ("note", "admission", "referral", "handover")
"""Documents that share one tab."""
PLAN_KINDS = ("care", "rehab")


def papers(record: PatientRecord) -> None:
    """The tab of the rarer documents: one of them at a time."""
    state.kept().setdefault("paper", PAPERS[0])
    chosen = st.segmented_control(
        state.t("tab_papers"),
        PAPERS,
        format_func=lambda name: task_named(name).title(state.language()),
        key="paper",
        label_visibility="collapsed",
    )
    tab(record, chosen or PAPERS[0])


def tab(record: PatientRecord, task: str) -> None:
    place = f"{task}:{state.patient_id()}"
    wanted = state.kept().pop("draft_now", None)
    if wanted and wanted[0] == task and place not in state.running():
        kind = "rehab" if "rehab" in wanted[1] or "康复" in wanted[1] else "care"
        _draft(record, task, place, record.language, kind)
    turn = state.running().get(place)
    busy = turn is not None and turn.ending is None
    part(_document, every_s=POLL_S if busy else None)(record, task, place)


def _document(record: PatientRecord, task: str, place: str) -> None:
    turn: RunningTurn | None = state.running().get(place)
    if turn is not None and turn.ending is not None:
        _settle(task, place, turn)
        st.rerun()
    line = state.kept().pop(f"line:{place}", "")
    if line:
        box(line, "amber")
    if turn is not None:
        _running(turn, task)
        return
    found = _documents(task)
    if not found:
        with st.container(key="card-draft"):
            _offer(record, task, place)
        return
    version = _chosen(found, task)
    with st.container(key="split"):
        left, right = st.columns([1.75, 1], gap="medium")
        with left, st.container(key="card-sheet"):
            answer = _sheet(record, task, place, version)
        with right, st.container(key="evidence"):
            side(record, task, found, version, answer, partial(_save, record, task, place, version))


def _offer(record: PatientRecord, task: str, place: str) -> None:
    draw(
        f"<h2>{escape(task_named(task).title(state.language()))}</h2>"
        f'<p class="soft">{escape(state.t(f"offer_{task}"))}</p>'
    )
    _draft_row(record, task, place)


_opened = cache(open_templates)


def _templates(task: str) -> list[Template]:
    return _opened(state.settings().bedside_templates).for_task(task)


def _draft_row(record: PatientRecord, task: str, place: str) -> None:
    kind, template = "care", ""
    choices = _templates(task)
    wide = task == "plan" or len(choices) > 1
    columns = st.columns([1.1, 1.3, 1, 2.2] if wide else [1.1, 1, 3], vertical_alignment="center")
    with columns[0]:
        language = choose_language(state.t("written_in"), record.language, key=f"written-{task}")
    if task == "plan":
        chosen = columns[1].segmented_control(
            state.t("plan_kind"),
            list(PLAN_KINDS),
            format_func=lambda k: state.t(f"plan_{k}"),
            default="care",
            key="plan-kind",
            label_visibility="collapsed",
        )
        kind = chosen or "care"
    elif len(choices) > 1:
        titles = {t.name: t.title(state.language()) for t in choices}
        template = columns[1].selectbox(
            state.t("template"),
            list(titles),
            format_func=lambda name: titles[name],
            key=f"template-{task}",
            label_visibility="collapsed",
        )
    pressed = columns[-2].button(
        state.t("draft"), key=f"draft-{task}", type="primary", icon=":material/edit_note:", width="stretch"
    )
    if pressed:
        _draft(record, task, place, language, kind, template)
        st.rerun()


def _draft(
    record: PatientRecord, task: str, place: str, language: str, kind: str, template: str = ""
) -> None:
    state.touch()
    store, actor, patient = state.store(), state.signed_in(), str(state.patient_id())
    title = task_named(task).title(language)
    if task == "plan":
        title = {"care": "Care plan", "rehab": "Rehabilitation plan"}[kind]
        title = (
            {"Care plan": "诊疗计划", "Rehabilitation plan": "康复计划"}[title] if language == "zh" else title
        )
    if template:
        title = next(t.title(language) for t in _templates(task) if t.name == template)
    key = uuid.uuid4().hex
    # What is asked for and not kept (stopped, failed) has read the record all the same.
    store.audit.write(actor, Action.ASK, "draft", "", patient, right=Right.DRAFT)

    def keep(answer: Answer) -> None:
        store.documents.save_draft(
            actor,
            patient,
            KINDS[task],
            title,
            answer.text,
            answer.to_json(),
            language=answer.language,
            idempotency_key=key,
        )

    audience = task_named(task).audience
    request = Request(task, record=record, audience=audience, language=language, kind=kind, template=template)
    state.running()[place] = RunningTurn(state.conversation(), request, keep).start()


def _running(turn: RunningTurn, task: str) -> None:
    with st.container(key="card-running"):
        title, stop = st.columns([4, 1], vertical_alignment="center")
        with title:
            draw(
                f"<h2>{escape(task_named(task).title(state.language()))} {chip(state.t('writing'), '')}</h2>"
            )
        if stop.button(
            state.t("stop"),
            key=f"stop-{task}",
            icon=":material/stop_circle:",
            width="stretch",
            disabled=turn.stopping,
        ):
            turn.stop()
            state.touch()
            again()
        sheet(
            turn_blocks.running(
                turn.events(),
                turn.request.task,
                turn.request.answer_language,
                [s.spec for t in _templates(task) if t.name == turn.request.template for s in t.sections],
            ),
            key=f"running-{task}",
        )


def _settle(task: str, place: str, turn: RunningTurn) -> None:
    del state.running()[place]
    for key in (f"documents:{task}", f"document_id:{task}", "document_source"):
        state.kept().pop(key, None)
    if turn.ending is Ending.STOPPED:
        state.kept()[f"line:{place}"] = state.t("draft_stopped")
    elif turn.ending is Ending.FAILED:
        state.kept()[f"line:{place}"] = turn.error or state.t("turn_failed")


def _documents(task: str) -> list[DocumentVersion]:
    """The latest version of each document of this kind, newest first; read once and after each change."""
    patient = str(state.patient_id())
    kept = state.kept().get(f"documents:{task}")
    if kept is None or kept[0] != patient:
        everything = state.store().documents.for_patient(state.signed_in(), patient)
        kept = (patient, [v for v in everything if v.kind is KINDS[task]])
        state.kept()[f"documents:{task}"] = kept
    return list(kept[1])


def _chosen(found: list[DocumentVersion], task: str) -> DocumentVersion:
    chosen = state.kept().get(f"document_id:{task}")
    return next((v for v in found if v.document_id == chosen), found[0])


def answer_of(version: DocumentVersion) -> Answer:
    """The version's answer; a signed one names its signature."""
    answer = answer_from_json(version.answer)
    if version.signature is not None and version.signature.intact:
        moment = datetime.fromisoformat(version.signature.signed_at)
        return editing.as_signed(answer, version.signature.user_name, moment, version.sha256)
    return answer


def _sheet(record: PatientRecord, task: str, place: str, version: DocumentVersion) -> Answer:
    answer = answer_of(version)
    editable = not version.signed or bool(state.kept().get(f"editing:{version.document_id}:{version.number}"))
    head, buttons = st.columns([1, 1.2], vertical_alignment="center")
    with head:
        status = (
            chip(state.t("signed_chip", n=version.number, name=version.signature.user_name), "ok")
            if version.signed and version.signature
            else chip(state.t("draft_chip", n=version.number), "amber")
        )
        draw(f"<h2>{escape(version.title)} {status}</h2>", extra="title")
    with buttons:
        kinds = ("md", "docx", "pdf", "json", *(("ics",) if task == "plan" else ()))
        files(kinds, lambda kind: export(version, kind, record), key=f"files-{task}", copy=answer.text)
    if version.signature is not None and not version.signature.intact:
        box(state.t("signature_broken"), "red")
    said = sheet(
        document_blocks.document(
            answer, state.language(), editable=editable, headline=_headline(answer), record=record
        ),
        key=f"document-{version.document_id}",
        chosen=state.kept().get("document_source"),
        jump=state.kept().get("jump"),
    )
    if said.cite:
        state.kept()["document_source"] = said.cite
        show_pane("record")
        again()
    if said.save:
        _save(record, task, place, version, *said.save)
    if task == "plan":
        goals(version, answer)
    with st.expander(state.t("another_draft")):
        _draft_row(record, task, place)
    return answer


def _headline(answer: Answer) -> list[Block]:
    return drawing.alerts(answer.alerts, source_marks(answer), state.language())


def _save(record: PatientRecord, task: str, place: str, version: DocumentVersion, at: str, text: str) -> None:
    try:
        changed = _changed(answer_from_json(version.answer), at, text, record)
        state.store().documents.edit(
            state.signed_in(), version.document_id, changed.text, changed.to_json(), base=version.number
        )
    except BedsideError as error:
        state.kept()[f"line:{place}"] = str(error)
    state.kept().pop(f"documents:{task}", None)
    again()


def _changed(answer: Answer, at: str, text: str, record: PatientRecord) -> Answer:
    """What the reader did at ``at``: settled a point, took a withheld sentence in, or edited a sentence."""
    what, _, rest = at.partition(":")
    if what == "settle":
        return editing.with_settled(answer, rest, text, state.signed_in().name, datetime.now(UTC))
    if what == "take":
        index, _, section = rest.partition(":")
        number = int(index) if index.isdecimal() else -1
        return editing.with_taken(answer, number, section, text, record, desk.formulary())
    return editing.with_edit(answer, at, text, record, desk.formulary())


def export(version: DocumentVersion, kind: str, record: PatientRecord | None) -> HandedFile:
    """The version as a file, read anew from the store and audited as an export first."""
    fresh = state.store().documents.export(state.signed_in(), version.document_id, version.number)
    signature = None
    if fresh.signed and fresh.signature is not None:
        signature = Signature(
            fresh.signature.user_name, datetime.fromisoformat(fresh.signature.signed_at), fresh.sha256
        )
    answer = replace(answer_of(fresh), title=fresh.title)
    content = export_bytes(answer, record, kind, signature=signature, now=datetime.now(UTC))
    name = re.sub(r"[^\w\u4e00-\u9fff]+", "-", fresh.title.casefold()).strip("-")
    mark = "signed" if signature else "draft"
    return HandedFile(f"{name}-v{fresh.number}-{mark}.{kind}", content)
