"""Stored JSON → ``Answer``: the way back from ``Answer.to_json``.

Owns that an answer read from storage equals the one written. Refuses to know where it was stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.domain.answer import (
    Alert,
    AlertKind,
    Answer,
    MedicationChange,
    MedicineRow,
    MedicineState,
    Origin,
    RedFlag,
    Section,
    Sentence,
    Settled,
    Severity,
    Timings,
    Urgency,
    Verdict,
    Withheld,
)
from assistant.domain.evidence import Evidence, EvidenceKind

Row = Mapping[str, Any]


def answer_from_json(row: Row) -> Answer:
    """Fields that this version does not know are left aside; those that are missing take their defaults.

    Raises:
        KeyError, ValueError: the row is no answer.
    """
    return Answer(
        task=row["task"],
        language=row["language"],
        model=row["model"],
        sections=tuple(_section(s) for s in row["sections"]),
        adapter=row.get("adapter"),
        abstained=bool(row.get("abstained")),
        red_flags=tuple(_red_flag(f) for f in row.get("red_flags", ())),
        alerts=tuple(_alert(a) for a in row.get("alerts", ())),
        missing=tuple(row.get("missing", ())),
        withheld=tuple(Withheld(w["text"], w["reason"]) for w in row.get("withheld", ())),
        text=row.get("text", ""),
        timings=Timings(**_known(Timings, row.get("timings") or {})),
        audience=row.get("audience", "clinician"),
        notices=tuple(row.get("notices", ())),
        template=row.get("template", ""),
        title=row.get("title", ""),
        settled=tuple(Settled(**_known(Settled, s)) for s in row.get("settled", ())),
    )


def _section(row: Row) -> Section:
    return Section(
        row["key"],
        row["title"],
        tuple(_sentence(s) for s in row["sentences"]),
        required=bool(row.get("required", True)),
        complete=bool(row.get("complete", True)),
    )


def _sentence(row: Row) -> Sentence:
    change, medicine = row.get("change"), row.get("medicine")
    return Sentence(
        row["text"],
        Verdict(row["verdict"]),
        Origin(row["origin"]),
        _evidence(row.get("evidence", ())),
        MedicationChange(change) if change else None,
        row.get("reason", ""),
        MedicineRow(**{**_known(MedicineRow, medicine), "state": MedicineState(medicine["state"])})
        if medicine
        else None,
        row.get("group", ""),
    )


def _alert(row: Row) -> Alert:
    return Alert(
        AlertKind(row["kind"]),
        Severity(row["severity"]),
        row["text"],
        _evidence(row.get("evidence", ())),
        tuple(row.get("drugs", ())),
    )


def _red_flag(row: Row) -> RedFlag:
    known = _known(RedFlag, row)
    known["urgency"] = Urgency(row.get("urgency", Urgency.EMERGENCY))
    return RedFlag(**known)


def _evidence(rows: Any) -> tuple[Evidence, ...]:
    return tuple(Evidence(**{**_known(Evidence, row), "kind": EvidenceKind(row["kind"])}) for row in rows)


def _known(shape: Any, row: Row) -> dict[str, Any]:
    return {name: row[name] for name in shape.__dataclass_fields__ if name in row}
