"""Beside the draft: what is open before it is signed, the record at the place asked for, and the versions.

Owns the three panes of the right side. Refuses to know how a document is drafted and drawn.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape

import streamlit as st

from assistant.domain.answer import Answer
from assistant.domain.answer_json import answer_from_json
from assistant.domain.open_points import open_points, points
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput
from assistant.store import DocumentVersion, Right
from assistant.ui import changes, editing, state
from assistant.ui.calm import again
from assistant.ui.components import document_blocks
from assistant.ui.components.marked import box, chip, draw
from assistant.ui.components.sheet import Block, sheet
from assistant.ui.components.sources import show_document, show_source
from assistant.ui.pages.chat import evidence_at, follow

PANES = ("check", "record", "versions")
Save = Callable[[str, str], None]


def show_pane(pane: str) -> None:
    """The pane that the next run opens."""
    state.kept()["pane"] = pane


def side(
    record: PatientRecord,
    task: str,
    found: Sequence[DocumentVersion],
    version: DocumentVersion,
    answer: Answer,
    save: Save,
) -> None:
    still_open = 0 if version.signed else len(open_points(answer))
    state.kept().setdefault("pane", "check")
    titles = {pane: state.t(f"pane_{pane}") for pane in PANES}
    if still_open:
        titles["check"] += f" · {still_open}"
    chosen = st.segmented_control(
        state.t("pane"), PANES, format_func=lambda p: titles[p], key="pane", label_visibility="collapsed"
    )
    if chosen == "record":
        _record(record, task, answer)
    elif chosen == "versions":
        _versions(task, found, version)
    else:
        with st.container(key="card-sign"):
            _before_signing(task, version, answer, save)
        if answer.withheld:
            with st.container(key="card-withheld"):
                _withheld(task, version, answer, save)


def _record(record: PatientRecord, task: str, answer: Answer) -> None:
    mark = state.kept().get("document_source")
    found = evidence_at(answer, mark) if mark else None
    if found is not None and mark:
        with st.container(key="card-source"):
            asked = show_source(found, mark, record, key=f"document-place-{task}", tall=True)
        if asked == "close":
            state.kept().pop("document_source", None)
        follow(asked, found)
        return
    with st.container(key="card-record"):
        draw(f'<p class="soft">{escape(state.t("record_hint"))}</p>')
        names = {d.id: d.title + (f" · {d.date[:10]}" if d.date else "") for d in record.documents}
        if not names:
            return
        chosen = next(iter(names))
        if len(names) > 1:
            chosen = st.selectbox(
                state.t("document"),
                list(names),
                format_func=lambda i: names[i],
                key=f"beside-{task}",
                label_visibility="collapsed",
            )
        show_document(record, chosen, 0, 0, key=f"beside-text-{task}")


def _before_signing(task: str, version: DocumentVersion, answer: Answer, save: Save) -> None:
    if version.signed and version.signature is not None:
        _signed(task, version, answer)
        return
    may_sign = state.signed_in().may(Right.SIGN)
    complete, required, good, shown = editing.counts(answer)
    rows: list[Block] = [
        {
            "kind": "point",
            "tone": "done" if n == of else "todo",
            "text": state.t(key, n=n, total=of),
            "why": "",
        }
        for key, n, of in (("check_sections", complete, required), ("check_sentences", good, shown))
    ]
    head: Block = {"kind": "head", "text": state.t("before_you_sign")}
    _do(sheet([head, *rows, *_points(answer, may_sign)], key=f"points-{task}"), save)
    if not may_sign:
        draw(f'<p class="soft">{escape(state.t("only_clinicians_sign"))}</p>')
        return
    _sign(task, version, answer)


def _points(answer: Answer, may_settle: bool) -> list[Block]:
    closed = {s.key: s for s in answer.settled}
    alike = Counter(p.kind for p in open_points(answer))
    rows = [
        document_blocks.open_point(
            p, closed.get(p.key), state.language(), alike=alike[p.kind], may_settle=may_settle
        )
        for p in points(answer)
    ]
    return sorted(rows, key=lambda r: r["tone"] == "done")


def _do(said: object, save: Save) -> None:
    go, kept = getattr(said, "go", None), getattr(said, "save", None)
    if go:
        state.kept()["jump"] = (go, secrets.token_hex(4))
        again()
    if kept:
        save(*kept)


def _signed(task: str, version: DocumentVersion, answer: Answer) -> None:
    assert version.signature is not None
    when = datetime.fromisoformat(version.signature.signed_at).strftime("%Y-%m-%d %H:%M UTC")
    draw(
        f'<div class="cap">{escape(state.t("signature"))}</div><p>{escape(version.signature.user_name)}<br>'
        f'<span class="soft">{escape(when)} · {escape(state.t("hash"))} {escape(version.sha256[:16])}</span></p>'
    )
    if answer.settled:
        sheet(_points(answer, False), key=f"points-signed-{task}")
    key = f"editing:{version.document_id}:{version.number}"
    if not state.kept().get(key) and st.button(state.t("edit_signed"), key=f"edit-signed-{task}"):
        state.kept()[key] = True
        again()
    if state.kept().get(key):
        draw(f'<p class="todo">{escape(state.t("editing_signed"))}</p>')


def _sign(task: str, version: DocumentVersion, answer: Answer) -> None:
    still_open = len(open_points(answer))
    if still_open:
        draw(f'<p class="todo">{escape(state.t("settle_first", n=still_open))}</p>')
    read = st.checkbox(state.t("i_have_read"), key=f"read-{version.document_id[:8]}-{version.number}")
    pressed = st.button(
        state.t("sign_version", n=version.number),
        key=f"sign-{task}",
        type="primary",
        icon=":material/signature:",
        disabled=bool(still_open) or not read,
        width="stretch",
    )
    if pressed:
        try:
            state.store().documents.sign(
                state.signed_in(), version.document_id, version.number, sha256=version.sha256
            )
        except BadInput as error:
            box(str(error), "amber")
            return
        state.kept().pop(f"documents:{task}", None)
        again()


def _withheld(task: str, version: DocumentVersion, answer: Answer, save: Save) -> None:
    sections = [[s.key, s.title] for s in answer.sections if s.key != "signature"]
    likely = ("hospital_course", "subjective", "present_illness", "actions", "assessment")
    usual = next((k for k in likely if any(k == s[0] for s in sections)), sections[0][0] if sections else "")
    may_take = not version.signed and state.signed_in().may(Right.DRAFT)
    rows: list[Block] = [
        {"kind": "head", "text": state.t("withheld", n=len(answer.withheld))},
        {"kind": "notice", "text": state.t("withheld_why")},
    ]
    for index, held in enumerate(answer.withheld):
        row: Block = {"kind": "withheld", "text": f"“{held.text}”", "why": held.reason}
        if may_take and sections:
            row |= {"take": f"take:{index}", "plain": held.text, "sections": sections, "section": usual}
        rows.append(row)
    _do(sheet(rows, key=f"withheld-{task}"), save)


def _versions(task: str, found: Sequence[DocumentVersion], version: DocumentVersion) -> None:
    with st.container(key="card-versions"):
        _choose_document(task, found, version)
        rows = _all_versions(version)
        for row in reversed(rows):
            mark = chip(state.t("signed"), "ok") if row.signed else chip(state.t("not_signed"), "")
            signer = f" · {state.t('signed_by', name=row.signature.user_name)}" if row.signature else ""
            draw(
                f'{escape(state.t("version", n=row.number))} {mark}<div class="soft">{escape(row.author_name)} · '
                f"{escape(row.created_at[:16].replace('T', ' '))}{escape(signer)} · {escape(row.sha256[:12])}</div>"
            )
    if len(rows) > 1:
        with st.container(key="card-changes"):
            _compare(task, rows)


def _choose_document(task: str, found: Sequence[DocumentVersion], version: DocumentVersion) -> None:
    draw(f'<div class="cap">{escape(state.t("versions"))}</div>')
    if len(found) < 2:
        return
    names = {v.document_id: f"{v.title} · {v.created_at[:16].replace('T', ' ')}" for v in found}
    ids = list(names)
    chosen = st.selectbox(
        state.t("document"),
        ids,
        index=ids.index(version.document_id),
        format_func=lambda i: names[i],
        key=f"which-{task}-{version.document_id}",
        label_visibility="collapsed",
    )
    if chosen != version.document_id:
        state.kept()[f"document_id:{task}"] = chosen
        state.kept().pop("document_source", None)
        again()


def _all_versions(version: DocumentVersion) -> tuple[DocumentVersion, ...]:
    """Read once for each state of the document: every reading is a row of the audit."""
    key = (version.document_id, version.number, version.signed)
    kept = state.kept().get("versions_read")
    if kept is None or kept[0] != key:
        rows = state.store().documents.versions(state.signed_in(), version.document_id)
        kept = (key, rows)
        state.kept()["versions_read"] = kept
    rows_kept: tuple[DocumentVersion, ...] = kept[1]
    return rows_kept


def _compare(task: str, rows: Sequence[DocumentVersion]) -> None:
    draw(f'<div class="cap">{escape(state.t("compare"))}</div>')
    numbers = [row.number for row in rows]
    base = f"{rows[-1].document_id[:8]}-{numbers[-1]}"
    left, right = st.columns(2)
    chosen = [
        column.selectbox(
            state.t(label),
            numbers,
            index=index,
            format_func=lambda n: state.t("version", n=n),
            key=f"{label}-{task}-{base}",
        )
        for column, label, index in (
            (left, "compare_from", len(rows) - 2),
            (right, "compare_to", len(rows) - 1),
        )
    ]
    before, after = (answer_from_json(next(r for r in rows if r.number == n).answer) for n in chosen)
    sheet(
        document_blocks.version_changes(changes.changes(before, after), state.language()),
        key=f"changes-{task}",
    )
