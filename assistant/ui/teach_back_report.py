"""What a patient answered in teach-back, kept for the care team and read by it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from assistant.domain.answer import Answer, Origin, Section, Sentence, Verdict
from assistant.store import DocumentKind, Right, Speaker
from assistant.tasks.teach_back import Checked, Outcome
from assistant.ui import state
from assistant.ui.components.marked import caption, draw
from assistant.ui.patient_questions import conversation_of
from assistant.ui.texts import say

MAX_REPORTS = 5


def keep_teach_back(held: dict[str, Any], language: str) -> None:
    """Keeps what was asked and answered for the care team: one document a session, a new version with each answer.

    Who teaches but may not draft (an educator) leaves it in the conversation of this patient instead.
    """
    store, actor = state.store(), state.signed_in()
    report = teach_back_answer(held["taught"], language)
    if not actor.may(Right.DRAFT):
        conversation = conversation_of(held)
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


def earlier_reports(patient: str) -> None:
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
