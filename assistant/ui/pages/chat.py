"""The chat about one patient: what was asked is durable before it is shown as sent; what was answered, when finished.

A turn runs in a thread; while it does, this part of the page alone is drawn anew, twice a second, and Stop stays live.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import cast

import streamlit as st

from assistant.domain.answer import Answer
from assistant.domain.answer_json import answer_from_json
from assistant.domain.evidence import Evidence
from assistant.domain.record import PatientRecord
from assistant.errors import BedsideError
from assistant.export.markdown import source_marks, to_markdown
from assistant.store import Conversation, Speaker, Thumb
from assistant.tasks.base import Request, Task
from assistant.tasks.registry import all_tasks, task_by_command
from assistant.ui import desk, state
from assistant.ui.calm import again, part
from assistant.ui.components import scope, turn_blocks
from assistant.ui.components.marked import box, draw
from assistant.ui.components.sheet import sheet
from assistant.ui.components.sources import show_source
from assistant.ui.running import Ending, RunningTurn
from assistant.ui.texts import TEXTS
from knowledge.errors import KnowledgeError

POLL_S = 0.7
LONGEST_WISH_CHARS = 80
CLOSE_WISH = 0.75
"""Cosine likeness to an example from which a request counts as that task's."""


@dataclass(frozen=True)
class Shown:
    """One message as it is drawn; ``answer`` None for what the user wrote."""

    id: str
    text: str
    answer: Answer | None = None


def tab(record: PatientRecord) -> None:
    place = f"chat:{state.patient_id()}"
    turn = state.running().get(place)
    busy = turn is not None and turn.ending is None
    part(_chat, every_s=POLL_S if busy else None)(record, place)


def _chat(record: PatientRecord, place: str) -> None:
    turn: RunningTurn | None = state.running().get(place)
    if turn is not None and turn.ending is not None:
        _settle(place, turn)
        st.rerun()
    with st.container(key="split"):
        left, right = st.columns([1.62, 1], gap="medium")
        with left:
            _history_bar()
            _scope()
            with st.container(key="card-chat"), st.container(key="thread", autoscroll=False):
                _thread(record, turn)
            _ask(record, place, turn)
        with right, st.container(key="evidence"):
            _evidence(record, turn)


def _history_bar() -> None:
    patient = state.patient_id()
    talks = _talks()
    current = state.kept().get("conversation_id")
    if len(talks) < 2 and not _messages():
        return
    pick, new = st.columns([3, 1], vertical_alignment="center")
    ids = [t.id for t in talks]
    titles = {t.id: f"{t.title or state.t('untitled')} · {t.updated_at[:10]}" for t in talks}
    if current is None:
        ids, titles = ["", *ids], {"": state.t("new_conversation"), **titles}
    chosen = pick.selectbox(
        state.t("conversation"),
        ids,
        index=ids.index(current) if current in ids else 0,
        format_func=lambda i: titles[i],
        key=f"talk-{patient}-{current}",
        label_visibility="collapsed",
    )
    if chosen and chosen != current:
        _choose(chosen)
    if new.button(
        state.t("new"), key="new-talk", icon=":material/add:", width="stretch", disabled=current is None
    ):
        _choose(None)


def _scope() -> None:
    """Which collections of guidelines the conversation asks; before it has begun, the user's own choice."""
    conversation = state.kept().get("conversation_id")
    if not desk.opening(state.settings()).ready:
        return
    chosen = scope.asked(conversation)
    label = state.t("asks_some", n=len(chosen)) if chosen else state.t("asks_all")
    with st.popover(label, icon=":material/menu_book:"):
        scope.choose(conversation, key=f"scope-{conversation}")


def _choose(conversation: str | None) -> None:
    state.kept()["conversation_id"] = conversation
    state.kept()["conversation_chosen"] = True
    for key in ("messages", "source"):
        state.kept().pop(key, None)
    st.rerun()


def _talks() -> tuple[Conversation, ...]:
    patient = state.patient_id()
    kept = state.kept().get("talks")
    if kept is None or kept[0] != patient:
        talks = state.store().conversations.list(state.signed_in(), patient)
        kept = (patient, talks)
        state.kept()["talks"] = kept
        if (
            state.kept().get("conversation_id") is None
            and talks
            and not state.kept().get("conversation_chosen")
        ):
            bedside = TEXTS["patients_questions"]
            own = [t for t in talks if t.title not in bedside]
            state.kept()["conversation_id"] = own[0].id if own else None
    return cast(tuple[Conversation, ...], kept[1])


def _messages() -> list[Shown]:
    """The conversation's messages, read from the store once and after each turn."""
    conversation = state.kept().get("conversation_id")
    if conversation is None:
        return []
    kept = state.kept().get("messages")
    if kept is None or kept[0] != conversation:
        rows = state.store().conversations.history(state.signed_in(), conversation)
        shown = [Shown(m.id, m.text, answer_from_json(m.answer) if m.answer else None) for m in rows]
        kept = (conversation, shown)
        state.kept()["messages"] = kept
    return list(kept[1])


def _thread(record: PatientRecord, turn: RunningTurn | None) -> None:
    messages = _messages()
    if not messages and turn is None:
        _welcome()
    chosen = state.kept().get("source")
    language = state.language()
    asked = [m.id for m in messages if m.answer is None]
    for message in messages:
        if message.answer is None:
            last = message.id == asked[-1]
            sheet([{"kind": "bubble", "text": message.text}], key=f"asked-{message.id}", follow=last)
            continue
        rated = state.kept().get(f"rated-{message.id}", "")
        blocks = turn_blocks.finished(
            message.answer, language, rated=rated, plain=to_markdown(message.answer, sources=True)
        )
        at = chosen[1] if chosen and chosen[0] == message.id else None
        said = sheet(blocks, key=f"answer-{message.id}", chosen=at)
        if said.cite:
            state.kept()["source"] = (message.id, said.cite)
            again()
        if said.rate and said.rate != rated:
            state.store().conversations.rate(state.signed_in(), message.id, Thumb(said.rate))
            state.kept()[f"rated-{message.id}"] = said.rate
            again()
    if turn is not None:
        sheet(turn_blocks.running(turn.events(), turn.request.task, language), key="answer-running")
    line = state.kept().get("chat_line")
    if line and line[0] == state.kept().get("conversation_id"):
        box(line[1], "amber")


def _welcome() -> None:
    from html import escape

    examples = "".join(f"<li>{escape(state.t(f'example_{n}'))}</li>" for n in (1, 2, 3))
    draw(
        f'<h2>{escape(state.t("chat_welcome"))}</h2><p class="soft">{escape(state.t("chat_welcome_sub"))}</p>'
        f'<ul class="plain soft">{examples}</ul>'
    )


def _ask(record: PatientRecord, place: str, turn: RunningTurn | None) -> None:
    if turn is not None:
        line, stop = st.columns([3, 1], vertical_alignment="center")
        with line:
            draw(f'<span class="soft">{state.t("stopping" if turn.stopping else "working")}</span>')
        if stop.button(
            state.t("stop"),
            key="stop-turn",
            icon=":material/stop_circle:",
            width="stretch",
            disabled=turn.stopping,
        ):
            turn.stop()
            state.touch()
            again()
        return
    text = st.chat_input(state.t("ask_placeholder"), key=f"ask-{place}")
    if text:
        send(record, place, text)


def send(record: PatientRecord, place: str, text: str) -> None:
    """Keeps the message, then starts the turn; a slash command of a document goes to its tab."""
    state.touch()
    state.kept().pop("chat_line", None)
    command = task_by_command(text.strip()) or task_by_wish(text)
    if command is not None and command[0].needs_record:
        state.kept()["go_to_tab"] = command[0].name
        state.kept()["draft_now"] = (command[0].name, command[1])
        st.rerun()
    question = command[1] if command is not None else text
    store, actor, patient = state.store(), state.signed_in(), state.patient_id()
    try:
        conversation = state.kept().get("conversation_id")
        if conversation is None:
            title = " ".join(text.split())[:60]
            conversation = store.conversations.start(
                actor, patient, title=title, language=state.language()
            ).id
            state.kept()["conversation_id"] = conversation
        key = uuid.uuid4().hex
        store.conversations.append(actor, conversation, Speaker.USER, text, idempotency_key=key)
    except (BedsideError, KnowledgeError) as error:
        box(str(error), "amber")
        return

    def keep(answer: Answer) -> None:
        store.conversations.append(
            actor,
            conversation,
            Speaker.ASSISTANT,
            answer.text,
            answer=answer.to_json(),
            idempotency_key=f"{key}-answer",
        )

    state.kept().pop("messages", None)
    state.kept().pop("talks", None)
    state.kept().pop("source", None)
    request = Request("ask", question=question, record=record, collections=scope.asked(conversation))
    state.running()[place] = RunningTurn(state.conversation(), request, keep).start()
    st.rerun()


def task_by_wish(text: str) -> tuple[Task, str] | None:
    """The document that a plain request asks for (``draft the discharge summary``), by the tasks' own examples.

    Only a close likeness counts: a question about a summary stays a question.
    """
    wish = " ".join(text.casefold().strip(" .!?。！？").split())
    drafts = [t for t in all_tasks().values() if t.needs_record]
    examples = [(e, t) for t in drafts for e in t.examples]
    for example, task in examples:
        if wish == example.casefold():
            return task, text
    opening = desk.opening(state.settings())
    if not opening.ready or len(wish) > LONGEST_WISH_CHARS or text.strip().endswith(("?", "？")):
        return None
    library = opening.wait().library
    likeness = library.similarities(wish, [e for e, _ in examples])
    best = max(range(len(examples)), key=lambda i: likeness[i])
    return (examples[best][1], text) if likeness[best] >= CLOSE_WISH else None


def _settle(place: str, turn: RunningTurn) -> None:
    del state.running()[place]
    state.kept().pop("messages", None)
    if turn.ending is Ending.STOPPED:
        state.kept()["chat_line"] = (state.kept().get("conversation_id"), state.t("stopped"))
    elif turn.ending is Ending.FAILED:
        line = turn.error or state.t("turn_failed")
        state.kept()["chat_line"] = (
            state.kept().get("conversation_id"),
            line + " " + state.t("message_kept"),
        )


def _evidence(record: PatientRecord, turn: RunningTurn | None) -> None:
    chosen = state.kept().get("source")
    answer = next((m.answer for m in _messages() if chosen and m.id == chosen[0]), None)
    found = evidence_at(answer, chosen[1]) if answer and chosen else None
    if found is None or chosen is None:
        from html import escape

        with st.container(key="card-hint"):
            draw(
                f'<div class="cap">{escape(state.t("evidence"))}</div><p class="soft">{escape(state.t("evidence_hint"))}</p>'
            )
        return
    with st.container(key="card-source"):
        asked = show_source(found, chosen[1], record, key="chat-source")
    follow(asked, found)


def follow(asked: str | None, found: Evidence) -> None:
    """What the reader asked for at a source: its guideline, or to close it."""
    if asked == "close":
        state.kept().pop("source", None)
        again()
    if asked == "open":
        state.kept()["reading"] = (found.id, found.start, found.end)
        st.switch_page(state.kept()["pages"]["guidelines"])


def evidence_at(answer: Answer, mark: str) -> Evidence | None:
    return next((e for e, m in source_marks(answer).items() if m == mark), None)
