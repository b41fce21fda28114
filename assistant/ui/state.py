"""What one browser session holds: who is signed in, which patient is open, what is chosen.

Everything lives in ``st.session_state`` of that session; nothing of a patient is kept in a module or a shared cache.
The session token lives there too: a reload of the browser signs out, because a cookie that script can write is one
that script can read.
"""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from typing import Any, cast

import streamlit as st

from assistant.config import Settings
from assistant.conversation import Conversation
from assistant.domain.record import PatientRecord
from assistant.errors import BedsideError
from assistant.store import Actor, PatientRow, Session, SessionEnded, Store
from assistant.ui import desk
from assistant.ui.texts import say
from assistant.wiring import Parts, load_settings

IDLE_S = 15 * 60
TELL_EVERY_S = 60
_OF_A_PATIENT = ("record", "conversation_id", "source", "messages", "file", "document_id")


def kept() -> MutableMapping[str, Any]:
    return cast(MutableMapping[str, Any], st.session_state)


def settings() -> Settings:
    if "settings" not in kept():
        kept()["settings"] = load_settings()
    return cast(Settings, kept()["settings"])


def store() -> Store:
    return desk.store(settings())


def parts() -> Parts:
    """What a turn needs; waits with a calm line where it is still being opened."""
    opening = desk.opening(settings())
    if not opening.ready:
        with st.spinner(t("opening_parts")):
            return opening.wait()
    return opening.wait()


def conversation() -> Callable[[], Conversation]:
    """Gives the conversation, waiting for it; may be called from a thread of a turn."""
    opening = desk.opening(settings())
    return lambda: opening.wait().conversation


def language() -> str:
    return str(kept().get("language") or settings().language)


def t(key: str, **values: object) -> str:
    """The interface's words for ``key`` in the language chosen."""
    return say(key, language(), **values)


def begin(session: Session) -> None:
    chosen = {key: kept()[key] for key in ("language", "settings") if key in kept()}
    kept().clear()
    kept().update(chosen)
    kept()["token"] = session.token
    touch()


def actor() -> Actor | None:
    """Who is signed in, asked of the store anew at each run; None where nobody is."""
    token = kept().get("token")
    if not token:
        return None
    try:
        found = store().users.session(str(token))
    except SessionEnded as ended:
        forget(str(ended))
        return None
    kept()["actor"] = found
    return found


def signed_in() -> Actor:
    """The actor of a page behind the gate."""
    found = kept().get("actor")
    if not isinstance(found, Actor):
        raise SessionEnded(t("signed_out"))
    return found


def touch() -> None:
    """Notes that somebody is at the page; at most once a minute the store is told, too."""
    now = time.monotonic()
    kept()["last_act"] = now
    token = kept().get("token")
    if token and now - float(kept().get("told_at", 0.0)) > TELL_EVERY_S:
        kept()["told_at"] = now
        try:
            store().users.session(str(token))
        except SessionEnded as ended:
            forget(str(ended))


def idle() -> bool:
    return time.monotonic() - float(kept().get("last_act", 0.0)) > IDLE_S


def ended() -> bool:
    """Whether somebody ended the session from elsewhere: signed out, disabled, another password. Asking is no activity."""
    token = kept().get("token")
    return bool(token) and not store().users.live(str(token))


def forget(notice: str = "", *, everywhere: bool = False) -> None:
    """Leaves nothing of the session on the page: patient, record, answers, token.

    ``everywhere`` ends the account's other open pages too: who signs out means every screen left behind.
    """
    token = kept().get("token")
    chosen = {key: kept()[key] for key in ("language", "settings") if key in kept()}
    for turn in running().values():
        turn.stop()
    kept().clear()
    kept().update(chosen)
    if notice:
        kept()["notice"] = notice
    if token:
        try:
            store().users.sign_out(str(token), everywhere=everywhere)
        except BedsideError:
            kept()["notice"] = t("sign_out_failed")


def running() -> dict[str, Any]:
    """Turns at work in this session, by place (``chat:<patient>``, ``discharge:<patient>`` …)."""
    return cast(dict[str, Any], kept().setdefault("running", {}))


def open_patient(row: PatientRow) -> None:
    """Chooses the patient; the record is read when a page needs it."""
    if kept().get("patient_id") != row.id:
        for key in _OF_A_PATIENT:
            kept().pop(key, None)
    kept()["patient_id"] = row.id
    recent = [r for r in kept().get("recent", []) if r.id != row.id]
    kept()["recent"] = [row, *recent][:6]


def close_patient() -> None:
    """Leaves nothing of the open patient on the page."""
    patient = kept().pop("patient_id", None)
    for key in [*_OF_A_PATIENT, *(k for k in kept() if str(k).startswith("documents:"))]:
        kept().pop(key, None)
    kept()["recent"] = [r for r in kept().get("recent", []) if r.id != patient]


def patient_id() -> str | None:
    return cast("str | None", kept().get("patient_id"))


def record() -> PatientRecord:
    """The open patient's record, read once a session from the bytes that were kept; each opening is audited."""
    from assistant.records.reader import read_record

    found = kept().get("record")
    patient = patient_id()
    if patient is None:
        raise BedsideError(t("choose_patient"))
    if found is not None and found[0] == patient and not store().patients.still_open(signed_in(), patient):
        close_patient()
        kept()["notice"] = t("patient_closed")
        st.rerun()
    if found is None or found[0] != patient:
        source = store().patients.source(signed_in(), patient)
        found = (patient, read_record(source.content, filename=source.filename, formulary=desk.formulary()))
        kept()["record"] = found
    return cast(PatientRecord, found[1])
