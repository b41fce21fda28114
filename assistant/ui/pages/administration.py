"""The audit trail for those who may read it, and accounts for those who keep them."""

from __future__ import annotations

from html import escape

import streamlit as st

from assistant.errors import BadInput
from assistant.store import Action, Outcome, Right, Role
from assistant.ui import state
from assistant.ui.components.marked import box, draw, heading, table

ROLES = (Role.CLINICIAN, Role.NURSE, Role.EDUCATOR, Role.PATIENT, Role.AUDITOR, Role.ADMIN)
PAGE_ROWS = 100


def page() -> None:
    heading(state.t("page_administration"), state.t("administration_sub"))
    with st.container(key="card-audit"):
        _audit()
    if state.signed_in().may(Right.MANAGE_ACCOUNTS):
        with st.container(key="card-accounts"):
            _accounts()


def _audit() -> None:
    top, action, outcome, check = st.columns([1.6, 1, 1, 1], vertical_alignment="bottom")
    with top:
        draw(f"<h2>{escape(state.t('audit_trail'))}</h2>")
    wanted = action.selectbox(
        state.t("audit_action"),
        ["", *[a.value for a in Action]],
        format_func=lambda a: a or state.t("any"),
        key="audit_action",
    )
    ended = outcome.selectbox(
        state.t("audit_outcome"),
        ["", *[o.value for o in Outcome]],
        format_func=lambda o: o or state.t("any"),
        key="audit_outcome",
    )
    if check.button(state.t("audit_verify"), key="audit-verify", width="stretch"):
        verdict = state.store().audit.verify()
        if verdict.whole:
            box(state.t("audit_whole", n=verdict.rows), "ok")
        for problem in verdict.problems:
            box(problem, "red")
    rows = state.store().audit.search(
        state.signed_in(),
        action=Action(wanted) if wanted else None,
        outcome=Outcome(ended) if ended else None,
        limit=PAGE_ROWS,
    )
    titles = [
        state.t(f"audit_{c}") for c in ("number", "time", "user", "action", "object", "patient", "outcome")
    ]
    draw(
        table(
            titles,
            (
                (
                    str(r.seq),
                    r.time[:19].replace("T", " "),
                    r.user_id[:8],
                    r.action,
                    f"{r.object_kind} {r.object_id[:8]}",
                    r.patient_id[:8],
                    r.outcome,
                )
                for r in rows
            ),
        )
    )


def _accounts() -> None:
    users, actor = state.store().users, state.signed_in()
    draw(f"<h2>{escape(state.t('accounts'))}</h2>")
    for line, tone in state.kept().pop("account_lines", []):
        box(line, tone)
    for account in users.everyone(actor):
        who, role, reset, close = st.columns([2, 1.2, 1, 1], vertical_alignment="center")
        with who:
            draw(
                f'<strong>{escape(account.username)}</strong> <span class="soft">{escape(account.name)}</span>'
            )
        with role:
            off = " · " + state.t("disabled") if account.disabled else ""
            draw(f'<span class="soft">{escape(state.t("role_" + account.role.value) + off)}</span>')
        if account.id == actor.user_id:
            continue
        if reset.button(state.t("reset_password"), key=f"reset-{account.id}", width="stretch"):
            password = users.reset_password(actor, account.id)
            state.kept()["account_lines"] = [
                (state.t("first_password_is", name=account.username, password=password), "ok")
            ]
            st.rerun()
        label = state.t("enable" if account.disabled else "disable")
        if close.button(label, key=f"close-{account.id}", width="stretch"):
            (users.enable if account.disabled else users.disable)(actor, account.id)
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
