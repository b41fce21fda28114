"""The audit trail for those who may read it: search, verify, hand over as FHIR. Looking is itself a row."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Any

import streamlit as st

from assistant.store import Action, AuditRow, Outcome
from assistant.store.audit_events import bundle
from assistant.ui import state
from assistant.ui.components.files import HandedFile, files
from assistant.ui.components.marked import box, draw, heading, table

PAGE_ROWS = 100


def page() -> None:
    heading(state.t("page_audit"), state.t("administration_sub"))
    with st.container(key="card-audit"):
        _trail()


def _trail() -> None:
    top, check = st.columns([3, 1], vertical_alignment="bottom")
    with top:
        draw(f"<h2>{escape(state.t('audit_trail'))}</h2>")
    if check.button(state.t("audit_verify"), key="audit-verify", width="stretch"):
        _verify()
    names = state.store().users.names(state.signed_in())
    wanted = _wanted(names)
    if wanted is None:
        draw(f'<p class="soft">{escape(state.t("audit_nobody"))}</p>')
        return
    before = state.kept().get("audit_before")
    rows = state.store().audit.search(state.signed_in(), before_seq=before, limit=PAGE_ROWS, **wanted)
    draw(_table(rows, names))
    newer, older, hand = st.columns([1, 1, 2], vertical_alignment="center")
    if newer.button(state.t("audit_newest"), key="audit-newest", disabled=before is None, width="stretch"):
        state.kept().pop("audit_before", None)
        st.rerun()
    last = len(rows) < PAGE_ROWS
    if older.button(state.t("audit_older"), key="audit-older", disabled=last, width="stretch"):
        state.kept()["audit_before"] = rows[-1].seq
        st.rerun()
    with hand:
        files(("json",), lambda _: _as_file(wanted), key="files-audit")


def _verify() -> None:
    verdict = state.store().audit.check(state.signed_in())
    if verdict.whole:
        box(state.t("audit_whole", n=verdict.rows), "ok")
    for problem in verdict.problems:
        box(problem, "red")


def _wanted(names: dict[str, str]) -> dict[str, Any] | None:
    """What the form asks for; None where it names a user or a patient that nobody is."""
    user, patient, action, outcome, since, until = st.columns(6, vertical_alignment="bottom")
    username = user.text_input(state.t("user_name"), key="audit_user").strip().casefold()
    mrn = patient.text_input(state.t("mrn"), key="audit_mrn").strip()
    done = action.selectbox(
        state.t("audit_action"),
        ["", *[a.value for a in Action]],
        format_func=lambda a: state.t(f"act_{a}") if a else state.t("any"),
        key="audit_action",
    )
    ended = outcome.selectbox(
        state.t("audit_outcome"),
        ["", *[o.value for o in Outcome]],
        format_func=lambda o: state.t(f"outcome_{o}") if o else state.t("any"),
        key="audit_outcome",
    )
    first: date | None = since.date_input(state.t("audit_since"), value=None, key="audit_since")
    last: date | None = until.date_input(state.t("audit_until"), value=None, key="audit_until")
    wanted: dict[str, Any] = {
        "action": Action(done) if done else None,
        "outcome": Outcome(ended) if ended else None,
        "since": _midnight(first) if first else None,
        "until": _midnight(last) + timedelta(days=1) if last else None,
    }
    if username:
        found = [user_id for user_id, name in names.items() if name == username]
        if not found:
            return None
        wanted["user_id"] = found[0]
    if mrn:
        patients = state.store().patients.with_number(state.signed_in(), mrn)
        if len(patients) != 1:
            return None
        wanted["patient_id"] = patients[0]
    asked = (username, mrn, done, ended, first, last)
    if state.kept().get("audit_asked") != asked:
        state.kept()["audit_asked"] = asked
        state.kept().pop("audit_before", None)
    return wanted


def _as_file(wanted: dict[str, Any]) -> HandedFile:
    """All rows of the days and the patient asked for, whatever page is shown."""
    kept = {key: wanted[key] for key in ("since", "until", "patient_id") if key in wanted}
    rows = state.store().audit.export(state.signed_in(), **kept)
    return HandedFile(f"audit-{datetime.now(UTC):%Y-%m-%d}.json", json.dumps(bundle(rows)).encode())


def _table(rows: tuple[AuditRow, ...], names: dict[str, str]) -> str:
    columns = ("number", "time", "user", "action", "object", "patient", "outcome")
    return table(
        [state.t(f"audit_{column}") for column in columns],
        (
            (
                str(row.seq),
                row.time[:19].replace("T", " "),
                names.get(row.user_id, row.user_id[:12]),
                state.t(f"act_{row.action}") if row.action in set(Action) else row.action,
                f"{row.object_kind} {row.object_id[:8]}",
                row.patient_id[:8],
                state.t(f"outcome_{row.outcome}") if row.outcome in set(Outcome) else row.outcome,
            )
            for row in rows
        ),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
