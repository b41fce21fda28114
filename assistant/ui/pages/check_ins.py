"""The nurse's list: check-ins due and answered and patients' questions, what is urgent first; and arranging check-ins.

Owns the list over all patients of the reader. What a patient said is read from the store, and audited, for one patient at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from html import escape

import streamlit as st

from assistant.after_discharge import SEEN, in_order, line_of, planned, standing
from assistant.domain.answer import Urgency
from assistant.errors import BedsideError
from assistant.records.reader import read_record
from assistant.store import CheckInLine, KeptCheckIn, Right, SessionEnded, TeamQuestion
from assistant.tasks.check_in import question_text
from assistant.ui import desk, state
from assistant.ui.components.marked import box, chip, draw, heading

_TONES = {"emergency": "red", "urgent": "red", "overdue": "amber", "routine": "amber", "due": "amber"}


def page() -> None:
    heading(state.t("page_check_ins"), state.t("check_ins_sub"))
    actor, store, today = state.signed_in(), state.store(), date.today()
    names = {row.id: row.display.name or state.t("no_name") for row in store.patients.visible_to(actor)}
    if not names:
        box(state.t("no_patients"), "amber")
        return
    questions = [q for q in store.team_questions.across(actor) if q.patient_id in names]
    lines = [line for line in store.check_ins.across(actor) if line.patient_id in names]
    rows = [row for row in in_order(lines, today) if row[0] != SEEN]
    with st.container(key="card-check-ins"):
        if not rows and not questions:
            draw(f'<p class="soft">{escape(state.t("check_ins_none"))}</p>')
        ordered = sorted(questions, key=lambda q: (list(Urgency).index(q.urgency), q.asked_at))
        for number, question in enumerate(ordered):
            what = state.t("asked_on", date=question.asked_at[:10])
            _row(names[question.patient_id], what, question.urgency.value, question.patient_id, f"q{number}")
        for where, line in rows:
            what = state.t("check_in_day", n=line.day, date=line.due_on.isoformat())
            _row(names[line.patient_id], what, where, line.patient_id, str(line.day))
    opened = state.kept().get("follow_up_of")
    if opened in names:
        with st.container(key="card-follow-up"):
            _patient(opened, names[opened], today)
    with st.container(key="card-arrange"):
        _arrange(names, lines)


def _row(name: str, what: str, where: str, patient: str, part: str) -> None:
    who, when, how, action = st.columns([1.6, 2, 1.4, 0.8], vertical_alignment="center")
    with who:
        draw(f"<strong>{escape(name)}</strong>")
    with when:
        draw(escape(what))
    with how:
        draw(chip(_word(where), _TONES.get(where, "")))
    if action.button(state.t("read"), key=f"read-{patient}-{part}", width="stretch"):
        state.kept()["follow_up_of"] = patient
        st.rerun()


def _word(where: str) -> str:
    key = f"urgency_{where}" if where in {u.value for u in Urgency} else f"standing_{where}"
    return state.t(key)


def _patient(patient: str, name: str, today: date) -> None:
    actor, store = state.signed_in(), state.store()
    draw(f"<h2>{escape(name)}</h2>")
    for question in store.team_questions.for_patient(actor, patient):
        if question.seen_at is None:
            _question(patient, question)
    kept = store.check_ins.for_patient(actor, patient)
    for _, line in in_order(map(line_of, kept), today):
        _check_in(patient, next(c for c in kept if c.day == line.day), today)


def _question(patient: str, question: TeamQuestion) -> None:
    text, action = st.columns([4, 1], vertical_alignment="center")
    with text:
        draw(
            f"<p>{chip(_word(question.urgency.value), _TONES.get(question.urgency.value, ''))} {escape(question.text)}</p>"
        )
    if action.button(state.t("done_with"), key=f"seen-{question.id}", width="stretch"):
        state.store().team_questions.mark_seen(state.signed_in(), patient, question.id)
        st.rerun()


def _check_in(patient: str, kept: KeptCheckIn, today: date) -> None:
    where = standing(line_of(kept), today)
    title = state.t("check_in_day", n=kept.day, date=kept.due_on.isoformat())
    draw(f'<div class="cap">{escape(title)} {chip(_word(where), _TONES.get(where, ""))}</div>')
    for answered in kept.answers:
        ordered = sorted(answered.given, key=lambda g: list(Urgency).index(g.urgency))
        rows = "".join(
            f"<p>{chip(_word(g.urgency.value), _TONES.get(g.urgency.value, ''))} "
            f'<span class="soft">{escape(question_text(g.question, state.language()))}</span><br>'
            f"{escape(g.answer or state.t('not_answered'))}"
            + (f' <span class="soft">({escape(g.why)})</span>' if g.why and g.answer else "")
            + "</p>"
            for g in ordered
        )
        draw(f'<div class="soft">{escape(answered.given_at[:16].replace("T", " "))} UTC</div>{rows}')
    unseen = [a.id for a in kept.answers if a.seen_at is None]
    if unseen and st.button(state.t("done_with"), key=f"seen-{kept.id}"):
        state.store().check_ins.mark_seen(state.signed_in(), patient, kept.id, unseen)
        st.rerun()


def _arrange(names: Mapping[str, str], lines: list[CheckInLine]) -> None:
    if not state.signed_in().may(Right.DRAFT):
        return
    draw(f'<h2>{escape(state.t("arrange"))}</h2><p class="soft">{escape(state.t("arrange_help"))}</p>')
    for line, tone in state.kept().pop("arrange_lines", []):
        box(line, tone)
    ids, current = list(names), state.patient_id()
    chosen = st.selectbox(
        state.t("patient"),
        ids,
        index=ids.index(current) if current in ids else 0,
        format_func=lambda i: names[i],
        key="arrange_patient",
    )
    already = any(line.patient_id == chosen for line in lines)
    label = state.t("arrange_again" if already else "arrange")
    if st.button(label, key="arrange", icon=":material/event_available:"):
        state.kept()["arrange_lines"] = [_arranged(chosen)]
        st.rerun()


def _arranged(patient: str) -> tuple[str, str]:
    actor, store = state.signed_in(), state.store()
    try:
        source = store.patients.source(actor, patient)
        record = read_record(source.content, filename=source.filename, formulary=desk.formulary())
        kept = store.check_ins.arrange(actor, patient, planned(record, date.today(), desk.formulary()))
    except SessionEnded:
        raise
    except BedsideError as error:
        return str(error), "amber"
    return state.t("arranged", dates=", ".join(c.due_on.isoformat() for c in kept)), "ok"
