"""How often and for how long, tied to the drug and the dose they stand behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.verification.belonging import same
from assistant.verification.reading import Mark, Reading
from assistant.verification.schedules import satisfied

_DOSES = {"mg", "mcg", "g", "unit", "mL", "tablet", "capsule", "puff"}
_COUNTS = {"tablet", "capsule", "puff"}
_SPANS = {"day", "week", "month"}


@dataclass
class Regimen:
    """One dose of one drug with what follows it; ``drug`` is empty for what is given without a name."""

    drug: str
    clause: int
    dose: Mark | None = None
    often: list[str] = field(default_factory=list)
    spans: list[Mark] = field(default_factory=list)


def regimens_in(reading: Reading) -> list[Regimen]:
    found: list[Regimen] = []
    sentence, current = -1, None
    for mark in reading.of("drug", "number", "often"):
        here = reading.clauses[mark.clause].sentence
        if here != sentence or current is None:
            sentence, current = here, Regimen("", mark.clause)
            found.append(current)
        unit = mark.quantity.unit if mark.quantity else None
        if mark.kind == "drug":
            current = Regimen(mark.key, mark.clause)
            found.append(current)
        elif mark.kind == "often":
            current.often.append(mark.key)
        elif unit in _COUNTS and current.dose is not None and not current.often:
            continue
        elif unit in _DOSES:
            if current.dose is not None or current.often or current.spans:
                current = Regimen(current.drug, mark.clause)
                found.append(current)
            current.dose = mark
        elif unit in _SPANS:
            current.spans.append(mark)
    return found


def check_regimens(said: Reading, sources: Sequence[Reading]) -> str:
    there = [(r, regimen) for r in sources for regimen in regimens_in(r)]
    for stated in regimens_in(said):
        if not (stated.often or (stated.spans and stated.drug)):
            continue
        if not any(_bears_out(source, regimen, said, stated) for source, regimen in there):
            said_often = ", ".join([*stated.often, *(s.word for s in stated.spans)])
            return f"“{said_often}” does not belong to {_name(stated)} in the evidence"
    return ""


def _name(regimen: Regimen) -> str:
    dose = regimen.dose.word if regimen.dose else ""
    return f"{regimen.drug} {dose}".strip() or "it"


def _bears_out(source: Reading, regimen: Regimen, said: Reading, stated: Regimen) -> bool:
    if stated.drug and regimen.drug != stated.drug:
        return False
    if stated.dose is not None and not (regimen.dose is not None and same(stated.dose, regimen.dose)):
        return False
    often, spans = set(regimen.often), regimen.spans
    if not often and len({m.key for m in source.in_sentence(regimen.clause, "drug")}) <= 1:
        often = {m.key for m in source.in_sentence(regimen.clause, "often")}
    if not stated.drug and not (
        _about(said, stated) & {m.key for m in source.in_sentence(regimen.clause) if m.names}
    ):
        return False
    if not all(satisfied(o, often) for o in stated.often):
        return False
    return all(any(same(s, x) for x in spans) for s in stated.spans) if stated.drug else True


def _about(said: Reading, stated: Regimen) -> set[str]:
    named = {m.key for m in said.in_clause(stated.clause) if m.names}
    return named or said.names
