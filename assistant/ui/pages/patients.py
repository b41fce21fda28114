"""The patients this user cares for: search, open, and add a record from a file."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.errors import BedsideError, TooLong
from assistant.intake import Admitted, admit
from assistant.store import PatientDisplay, PatientRow, Right
from assistant.ui import desk, state
from assistant.ui.components.marked import box, draw, heading
from assistant.ui.components.strip import age_at
from knowledge.apart import Limits

UPLOADS = ("json", "txt", "md", "pdf")


def page() -> None:
    actor = state.signed_in()
    rows = state.store().patients.visible_to(actor)
    title, find = st.columns([1.2, 1], vertical_alignment="bottom")
    with title:
        heading(state.t("page_patients"), state.t("patients_count", n=len(rows)))
    words = find.text_input(
        state.t("find_patient"),
        key="find_patient",
        placeholder=state.t("find_patient"),
        label_visibility="collapsed",
    )
    shown = [row for row in rows if matches(row.display, words)]
    with st.container(key="card-patients"):
        if not shown:
            draw(f'<p class="soft">{escape(state.t("nobody_found" if rows else "no_patients"))}</p>')
        for row in shown:
            _row(row)
    if actor.may(Right.ADD_PATIENT):
        with st.container(key="card-add-patient"):
            _add()


def matches(display: PatientDisplay, words: str) -> bool:
    """Every word typed is found in the name, the number or the problem."""
    text = " ".join(p for p in (display.name, display.mrn, display.problem, display.sex) if p).casefold()
    return all(word in text for word in words.casefold().split())


def _row(row: PatientRow) -> None:
    d = row.display
    sex = state.t(f"sex_{d.sex}") if d.sex in ("female", "male", "other") else ""
    stay = " – ".join(p[:10] for p in (d.admitted, d.discharged) if p)
    years = age_at(d.birth_date, d.admitted)
    age = d.age_text or (state.t("years", n=years) if years is not None else "")
    facts = " · ".join(p for p in (age, sex, f"{state.t('mrn')} {d.mrn}" if d.mrn else "") if p)
    left, middle, right, action = st.columns([1.5, 2.6, 1.3, 0.7], vertical_alignment="center")
    with left:
        draw(
            f'<strong>{escape(d.name or state.t("no_name"))}</strong><div class="soft">{escape(facts)}</div>'
        )
    with middle:
        draw(escape(d.problem or "—"))
    with right:
        language = {"en": "English", "zh": "中文"}.get(d.language, d.language)
        draw(f'<div class="soft">{escape(stay or "—")}<br>{escape(language)}</div>')
    label = state.t("open")
    if action.button(label, key=f"open-{row.id}", help=d.name or None, width="stretch"):
        state.open_patient(row)
        pages = state.kept()["pages"]
        st.switch_page(pages["workspace"] if "workspace" in pages else pages["teaching"])


def _add() -> None:
    draw(f'<h2>{escape(state.t("add_record"))}</h2><p class="soft">{escape(state.t("add_record_help"))}</p>')
    turn = state.kept().setdefault("upload_turn", 0)
    given = st.file_uploader(
        state.t("add_record"),
        type=list(UPLOADS),
        accept_multiple_files=True,
        key=f"record-upload-{turn}",
        label_visibility="collapsed",
    )
    for line, tone in state.kept().pop("upload_lines", []):
        box(line, tone)
    if not given:
        return
    lines = []
    for file in given:
        try:
            found = _taken(file.getvalue(), file.name)
            name = found.record.patient.name or state.t("no_name")
            lines.append((state.t("record_added", file=file.name, name=name), "ok"))
            lines += [(f"{file.name}: {warning}", "amber") for warning in found.record.warnings[:3]]
        except BedsideError as error:
            lines.append((f"{file.name}: {error}" if file.name not in str(error) else str(error), "amber"))
    state.kept()["upload_lines"] = lines
    state.kept()["upload_turn"] = turn + 1
    st.rerun()


def _taken(content: bytes, name: str) -> Admitted:
    settings = state.settings()
    if len(content) > settings.max_upload_mb * 1024 * 1024:
        raise TooLong(state.t("too_large", file=name, mb=settings.max_upload_mb))
    limits = Limits(settings.record_read_s, settings.read_memory_mb)
    return admit(state.store(), state.signed_in(), content, name, desk.formulary(), limits=limits)
