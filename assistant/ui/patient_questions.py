"""What a patient asks of the signed handout, and the answer that may be shown: signed words and sourced education alone."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import streamlit as st

from assistant.domain.answer import Answer, Origin, Sentence, Severity, Verdict
from assistant.domain.evidence import EvidenceKind
from assistant.store import Speaker
from assistant.tasks.base import Request
from assistant.ui import state
from assistant.ui.components import drawing
from assistant.ui.components.marked import box, draw
from assistant.ui.components.sheet import Block, sheet
from assistant.ui.running import Ending, RunningTurn
from assistant.ui.texts import say

MAX_HANDOUT_LINES = 3


_SMALL = frozenset(
    "the a an to of in on for and or is are was were be you your i my me it we our us with at by do does did not no "
    "what when which how why would have has had this that take takes taking medicine medicines hospital".split()
)


def heard(said: str, handout: str) -> bool:
    """A word check: a telling word of the answer, or two Chinese characters in a row, stands in the handout."""
    text = handout.casefold()
    words = [w for w in re.findall(r"[a-zà-ÿ0-9]{3,}", said.casefold()) if w not in _SMALL]
    if any(re.search(rf"\b{re.escape(w)}", text) for w in words):
        return True
    pairs = [said[i : i + 2] for i in range(len(said) - 1)]
    return any(all("\u4e00" <= c <= "\u9fff" for c in pair) and pair in handout for pair in pairs)


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
    conversation = conversation_of(held)
    store.conversations.append(actor, conversation, Speaker.USER, text)

    def keep(answer: Answer) -> None:
        store.conversations.append(
            actor, conversation, Speaker.ASSISTANT, answer.text, answer=answer.to_json()
        )

    request = Request("ask", question=text, record=held["record"], audience="patient")
    return RunningTurn(state.conversation(), request, keep).start()


def conversation_of(held: dict[str, Any]) -> str:
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
