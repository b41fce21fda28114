"""The frame of every page: who may see which page, the sidebar, the idle time-out, and the one calm line for a failure.

The gate: nobody signed in → sign-in alone; first password → choose one's own; teaching mode → the teaching page alone;
a patient's own account → the patient's signed documents alone.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from assistant.store import Actor, Right, Role
from assistant.ui import desk, state, theme
from assistant.ui.calm import calmly, part
from assistant.ui.components.marked import box, caption, draw
from assistant.ui.components.tongues import interface_language
from assistant.ui.pages import (
    administration,
    audit,
    care_team,
    check_ins,
    guidelines,
    own_documents,
    patients,
    sign_in,
    teaching,
    workspace,
)

IDLE_CHECK_S = 5.0
_PAGES: dict[str, tuple[Callable[[], None], str, Right]] = {
    "patients": (patients.page, ":material/groups:", Right.READ_SIGNED),
    "workspace": (workspace.page, ":material/clinical_notes:", Right.READ_RECORD),
    "check_ins": (check_ins.page, ":material/checklist:", Right.READ_RECORD),
    "teaching": (teaching.page, ":material/school:", Right.READ_SIGNED),
    "guidelines": (guidelines.page, ":material/menu_book:", Right.CONVERSE),
    "care_team": (care_team.page, ":material/diversity_1:", Right.BREAK_GLASS),
    "audit": (audit.page, ":material/fact_check:", Right.READ_AUDIT),
    "administration": (administration.page, ":material/manage_accounts:", Right.READ_AUDIT),
}


def run() -> None:
    """One run of the page, for whoever is there."""
    desk.logs()
    theme.dress()
    desk.opening(state.settings())
    with calmly():
        _gate()


def _gate() -> None:
    actor = state.actor()
    if actor is None:
        _alone(sign_in.page)
    elif actor.must_change_password:
        _alone(sign_in.choose_password)
    elif teaching.locked():
        st.html(
            "<style>[data-testid='stSidebar'], [data-testid='stExpandSidebarButton'] { display: none; }</style>"
        )
        state.touch()
        part(_watch_idle, every_s=IDLE_CHECK_S)()
        _alone(teaching.page)
    elif actor.role is Role.PATIENT:
        state.touch()
        part(_watch_idle, every_s=IDLE_CHECK_S)()
        _alone(own_documents.page)
    else:
        state.touch()
        part(_watch_idle, every_s=IDLE_CHECK_S)()
        _navigate(actor)


def _alone(page: Callable[[], None]) -> None:
    # Every address leads here while the gate is shut, so that a reload of an inner page asks to sign in.
    doors = [st.Page(page, title="Bedside", url_path="bedside", default=True)]
    doors += [st.Page(page, title="Bedside", url_path=name) for name in _PAGES]
    st.navigation(doors, position="hidden").run()


def _navigate(actor: Actor) -> None:
    allowed = {name: entry for name, entry in _PAGES.items() if actor.may(entry[2])}
    pages = {
        name: st.Page(page, title=state.t(f"page_{name}"), icon=icon, url_path=name, default=i == 0)
        for i, (name, (page, icon, _)) in enumerate(allowed.items())
    }
    state.kept()["pages"] = pages
    current = st.navigation(list(pages.values()), position="hidden")
    with st.sidebar:
        _sidebar(actor, pages)
    notice = state.kept().pop("notice", "")
    if notice:
        box(notice, "amber")
    current.run()


def _sidebar(actor: Actor, pages: dict[str, st.Page]) -> None:
    draw(f'<div class="brand">Bedside</div><div class="soft">{state.t("motto")}</div>')
    caption(state.t("work"))
    for page in pages.values():
        st.page_link(page)
    recent = state.kept().get("recent", [])
    if recent and "workspace" in pages:
        caption(state.t("recent_patients"))
        for row in recent:
            here = "now-" if row.id == state.patient_id() else "then-"
            with st.container(key=f"{here}{row.id}"):
                if st.button(row.display.name or state.t("no_name"), key=f"recent-{row.id}", width="stretch"):
                    state.open_patient(row)
                    st.switch_page(pages["workspace"])
    with st.container(key="sidebar-foot"):
        interface_language(key="language_choice", stretch=True)
        opening = desk.opening(state.settings())
        model = opening.wait().conversation.services if opening.ready else None
        line = state.t("opening_short")
        if model is not None:
            line = model.model_name + (f" + {model.adapter_name}" if model.adapter_name else "")
            line = state.t("no_model") if model.model_name == "none" else line
        draw(
            f'{escape(actor.name)}<div class="soft">{escape(state.t("role_" + actor.role.value))} · {escape(line)}</div>'
        )
        if st.button(state.t("sign_out"), key="sign-out", icon=":material/logout:"):
            state.forget(everywhere=True)
            st.rerun()


def _watch_idle() -> None:
    """Clears the page, patient data included, when nobody used it for a quarter of an hour or the session was ended."""
    if not state.kept().get("token"):
        return
    if state.idle():
        state.forget(state.t("idle_ended"))
        st.rerun()
    if state.ended():
        state.forget(state.t("ended_elsewhere"))
        st.rerun()
