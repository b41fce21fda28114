"""Emergency accesses to review, and accounts for those who keep them."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.errors import BadInput
from assistant.store import Account, Right, Role
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
    draw(f"<h2>{escape(state.t('accounts'))}</h2>")
    for line, tone in state.kept().pop("account_lines", []):
        box(line, tone)
    for account in state.store().users.everyone(state.signed_in()):
        _account(account)
    _add_account()


def _account(account: Account) -> None:
    """One row: who, the role, a new first password, and closing or opening the account; one's own shows the role alone."""
    who, role, reset, close = st.columns([2, 1.2, 1, 1], vertical_alignment="center")
    off = " · " + state.t("disabled") if account.disabled else ""
    with who:
        draw(
            f'<strong>{escape(account.username)}</strong> <span class="soft">{escape(account.name + off)}</span>'
        )
    if account.id == state.signed_in().user_id:
        with role:
            draw(f'<span class="soft">{escape(state.t("role_" + account.role.value))}</span>')
        return
    with role:
        _role(account)
    with reset:
        _new_password(account)
    with close:
        _open_or_close(account)


def _role(account: Account) -> None:
    given = st.selectbox(
        state.t("role"),
        list(ROLES),
        index=ROLES.index(account.role),
        format_func=lambda r: state.t(f"role_{r.value}"),
        key=f"role-{account.id}",
        label_visibility="collapsed",
    )
    if given != account.role:
        try:
            state.store().users.set_role(state.signed_in(), account.id, given)
        except BadInput as error:
            _tell(str(error), "amber")
            state.kept().pop(f"role-{account.id}", None)
        st.rerun()


def _new_password(account: Account) -> None:
    if st.button(state.t("reset_password"), key=f"reset-{account.id}", width="stretch"):
        password = state.store().users.reset_password(state.signed_in(), account.id)
        _tell(state.t("first_password_is", name=account.username, password=password), "ok")
        st.rerun()


def _open_or_close(account: Account) -> None:
    users = state.store().users
    label = state.t("enable" if account.disabled else "disable")
    if st.button(label, key=f"close-{account.id}", width="stretch"):
        try:
            (users.enable if account.disabled else users.disable)(state.signed_in(), account.id)
        except BadInput as error:
            _tell(str(error), "amber")
        st.rerun()


def _tell(line: str, tone: str) -> None:
    """Shown above the accounts on the next run."""
    state.kept()["account_lines"] = [(line, tone)]


def _add_account() -> None:
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
                account, password = state.store().users.add(
                    state.signed_in(), new, shown or new, Role(chosen)
                )
                _tell(state.t("first_password_is", name=account.username, password=password), "ok")
            except BadInput as error:
                _tell(str(error), "amber")
            st.rerun()
