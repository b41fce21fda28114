"""The record as it was read: facts by kind on the left, the document they were read from on the right."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from assistant.domain.record import (
    Assertion,
    MedicationStatement,
    Observation,
    ObservationKind,
    PatientRecord,
    Place,
)
from assistant.domain.stay import sort_key
from assistant.ui import state
from assistant.ui.calm import again, part
from assistant.ui.components.marked import box
from assistant.ui.components.sheet import Block, sheet
from assistant.ui.components.sources import show_document

MAX_RESULTS = 24


def tab(record: PatientRecord) -> None:
    part(_record)(record)


def _record(record: PatientRecord) -> None:
    with st.container(key="split"):
        left, right = st.columns([1, 1.15], gap="medium")
        with left, st.container(key="card-sheet"):
            for warning in record.warnings[:4]:
                box(warning, "amber")
            blocks, places = facts(record)
            said = sheet(blocks, key="record-facts", chosen=state.kept().get("record_mark"))
            if said.cite in places:
                place = places[said.cite]
                state.kept()["record_mark"] = said.cite
                state.kept()["record_place"] = (place.document_id, place.start, place.end)
                state.kept().pop("record_document", None)
                again()
        with right, st.container(key="card-side"):
            _document(record)


def _document(record: PatientRecord) -> None:
    if not record.documents:
        return
    place = state.kept().get("record_place")
    ids = [d.id for d in record.documents]
    at = place[0] if place and place[0] in ids else ids[0]
    if len(ids) > 1:
        names = {d.id: d.title + (f" · {d.date[:10]}" if d.date else "") for d in record.documents}
        chosen = st.selectbox(
            state.t("document"),
            ids,
            index=ids.index(at),
            format_func=lambda i: names[i],
            key=f"record-document-{at}-{place[1] if place else 0}",
            label_visibility="collapsed",
        )
    else:
        chosen = at
    start, end = (place[1], place[2]) if place and place[0] == chosen else (0, 0)
    show_document(record, chosen, start, end, key="record-source")


def facts(record: PatientRecord) -> tuple[list[Block], dict[str, Place]]:
    """Blocks for the sheet, and where each mark leads."""
    blocks: list[Block] = []
    places: dict[str, Place] = {}

    def part(title: str, rows: Sequence[tuple[str, Place, str]]) -> None:
        if not rows:
            return
        blocks.append({"kind": "head", "text": state.t(title), "chip": {"text": str(len(rows)), "tone": ""}})
        for text, place, note in rows:
            mark = f"R{len(places) + 1}"
            places[mark] = place
            blocks.append(
                {
                    "kind": "line",
                    "text": text,
                    "tone": "record",
                    "label": state.t("origin_record"),
                    "why": note,
                    "marks": [{"mark": mark, "title": _title(record, place)}],
                    "edit": "",
                }
            )

    part(
        "fact_allergies",
        [(_allergy(a.substance, a.reaction, a.none_known), a.place, "") for a in record.allergies],
    )
    part("fact_conditions", [(c.name, c.place, _assertion(c.assertion)) for c in record.conditions])
    part("fact_medications", [(_medication(m), m.place, _phase(m)) for m in record.medications])
    part("fact_procedures", [(p.name, p.place, (p.date or "")[:10]) for p in record.procedures])
    part("fact_pending", [(p.name, p.place, p.owner or state.t("no_owner")) for p in record.pending_results])
    part("fact_follow_up", [(f.text, f.place, "") for f in record.follow_ups])
    results = latest(record.observations)
    part("fact_results", [(_result(o), o.place, (o.time or "")[:16].replace("T", " ")) for o in results])
    return blocks, places


def latest(observations: Sequence[Observation]) -> list[Observation]:
    """The last value of each result, abnormal ones first."""
    last: dict[str, Observation] = {}
    for o in sorted(observations, key=lambda o: sort_key(o.time)):
        if o.assertion is Assertion.PRESENT and o.kind in (
            ObservationKind.LAB,
            ObservationKind.VITAL,
            ObservationKind.FUNCTION,
        ):
            last[o.name] = o
    return sorted(last.values(), key=lambda o: (not o.abnormal, o.kind.value))[:MAX_RESULTS]


def _title(record: PatientRecord, place: Place) -> str:
    return record.document(place.document_id).title


def _allergy(substance: str, reaction: str | None, none_known: bool) -> str:
    return state.t("no_known_allergy") if none_known else substance + (f": {reaction}" if reaction else "")


def _assertion(assertion: Assertion) -> str:
    return "" if assertion is Assertion.PRESENT else state.t(f"assertion_{assertion.value}")


def _medication(m: MedicationStatement) -> str:
    return " ".join(p for p in (m.name, m.dose, m.route, m.frequency, m.duration) if p)


def _phase(m: MedicationStatement) -> str:
    action = "" if m.action.value == "take" else state.t(f"action_{m.action.value}")
    return " · ".join(p for p in (state.t(f"phase_{m.phase.value}"), action) if p)


def _result(o: Observation) -> str:
    unit = f" {o.unit}" if o.unit and o.unit not in o.value else ""
    reference = f" [{o.reference_range}]" if o.reference_range else ""
    return f"{o.name}: {o.value}{unit}{reference}"
