"""Emergency accesses to review, and accounts for those who keep them."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.errors import BadInput
from assistant.store import Right, Role
from assistant.ui import adapters, state
from assistant.ui.components.marked import box, draw, heading

ROLES = (Role.CLINICIAN, Role.NURSE, Role.EDUCATOR, Role.PATIENT, Role.AUDITOR, Role.ADMIN)


def page() -> None:
    heading(state.t("page_administration"), state.t("accounts_sub"))
    with st.container(key="card-emergencies"):
        _emergencies()
    if state.signed_in().may(Right.MANAGE_ACCOUNTS):
        with st.container(key="card-accounts"):
            _accounts()
    if state.signed_in().may(Right.CHOOSE_ADAPTER):
        with st.container(key="card-adapters"):
            adapters.section()


def _emergencies() -> None:
    """Emergency accesses, each with its reason, until somebody has looked at it."""
    actor = state.signed_in()
    draw(f"<h2>{escape(state.t('emergency_review'))}</h2>")
    found = state.store().emergency.everything(actor)
    if not found:
        draw(f'<p class="soft">{escape(state.t("emergency_none"))}</p>')
    for access in found:
        who, why, act = st.columns([1.4, 3, 1], vertical_alignment="center")
        with who:
            when = access.opened_at[:16].replace("T", " ")
            draw(f'<strong>{escape(access.username)}</strong><div class="soft">{escape(when)} UTC</div>')
        with why:
            reason = state.t(f"reason_{access.reason.value}")
            draw(
                f'{escape(reason)}: {escape(access.explanation)} <span class="soft">{escape(access.patient_id[:8])}</span>'
            )
        if access.reviewed_at:
            with act:
                draw(f'<span class="soft">{escape(state.t("reviewed"))}</span>')
        elif access.user_id != actor.user_id and act.button(
            state.t("review"), key=f"review-{access.id}", width="stretch"
        ):
            state.store().emergency.review(actor, access.id)
            st.rerun()


def _accounts() -> None:
    users, actor = state.store().users, state.signed_in()
    draw(f"<h2>{escape(state.t('accounts'))}</h2>")
    for line, tone in state.kept().pop("account_lines", []):
        box(line, tone)
    for account in users.everyone(actor):
        who, role, reset, close = st.columns([2, 1.2, 1, 1], vertical_alignment="center")
        off = " · " + state.t("disabled") if account.disabled else ""
        with who:
            draw(
                f'<strong>{escape(account.username)}</strong> <span class="soft">{escape(account.name + off)}</span>'
            )
        if account.id == actor.user_id:
            with role:
                draw(f'<span class="soft">{escape(state.t("role_" + account.role.value))}</span>')
            continue
        given = role.selectbox(
            state.t("role"),
            list(ROLES),
            index=ROLES.index(account.role),
            format_func=lambda r: state.t(f"role_{r.value}"),
            key=f"role-{account.id}",
            label_visibility="collapsed",
        )
        if given != account.role:
            try:
                users.set_role(actor, account.id, given)
            except BadInput as error:
                state.kept()["account_lines"] = [(str(error), "amber")]
                state.kept().pop(f"role-{account.id}", None)
            st.rerun()
        if reset.button(state.t("reset_password"), key=f"reset-{account.id}", width="stretch"):
            password = users.reset_password(actor, account.id)
            state.kept()["account_lines"] = [
                (state.t("first_password_is", name=account.username, password=password), "ok")
            ]
            st.rerun()
        label = state.t("enable" if account.disabled else "disable")
        if close.button(label, key=f"close-{account.id}", width="stretch"):
            try:
                (users.enable if account.disabled else users.disable)(actor, account.id)
            except BadInput as error:
                state.kept()["account_lines"] = [(str(error), "amber")]
            st.rerun()
    with st.form("add-account", border=False, clear_on_submit=True):
        username, name, role, add = st.columns([1.2, 1.4, 1.2, 0.8], vertical_alignment="bottom")
        new = username.text_input(state.t("user_name"), key="new_username")
        shown = name.text_input(state.t("full_name"), key="new_name")
        chosen = role.selectbox(
            state.t("role"),
            [r.value for r in ROLES],
            format_func=lambda r: state.t(f"role_{r}"),
            key="new_role",
        )
        if add.form_submit_button(state.t("add"), width="stretch"):
            try:
                account, password = users.add(actor, new, shown or new, Role(chosen))
                line = (state.t("first_password_is", name=account.username, password=password), "ok")
            except BadInput as error:
                line = (str(error), "amber")
            state.kept()["account_lines"] = [line]
            st.rerun()
