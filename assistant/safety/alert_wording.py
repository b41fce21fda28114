"""What every check needs to write an alert: names in the reader's language, verbs by severity, evidence.

Owns the wording they share. Refuses to know any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.record import PatientRecord, Place
from assistant.safety.orders import OrderedMedicine, record_evidence
from assistant.safety.patient_state import PatientState
from knowledge.formulary import Formulary

RANK = {Severity.STOP: 0, Severity.CAUTION: 1, Severity.NOTE: 2}
VERB = {
    "en": {Severity.STOP: "avoid, contraindicated", Severity.CAUTION: "use with caution", Severity.NOTE: "note"},
    "zh": {Severity.STOP: "禁用/避免使用", Severity.CAUTION: "慎用", Severity.NOTE: "注意"},
}  # fmt: skip


def formulary_evidence(row_id: str, text: str) -> Evidence:
    """A formulary row in its own words."""
    return Evidence(EvidenceKind.FORMULARY, row_id, text, 0, len(text), title="formulary")


@dataclass(frozen=True)
class Chart:
    """One record under check: the record, what it says of the patient, the formulary, the reader's language."""

    record: PatientRecord
    state: PatientState
    formulary: Formulary
    language: str
    """``en`` or ``zh``."""
    today: date | None = None

    @property
    def zh(self) -> bool:
        return self.language == "zh"

    def name(self, generic: str) -> str:
        return self.formulary.name(generic, self.language)

    def names(self, generics: Iterable[str]) -> str:
        """Several names as a list: "A, B and C"."""
        names = [self.name(generic) for generic in dict.fromkeys(generics)]
        if self.zh or len(names) < 2:
            return "、".join(names) if self.zh else "".join(names)
        return f"{', '.join(names[:-1])} and {names[-1]}"

    def alert(
        self, kind: AlertKind, severity: Severity, said: str, orders: Iterable[OrderedMedicine],
        places: Iterable[Place | None], rows: Iterable[tuple[str, str]],
    ) -> Alert:  # fmt: skip
        """An alert with its evidence: the patient's facts, then the orders, then the formulary's rows."""
        orders = list(orders)
        facts = [record_evidence(self.record, place) for place in places if place is not None]
        own = [order.evidence for order in orders if order.evidence is not None]
        sources = [formulary_evidence(row_id, text) for row_id, text in rows]
        evidence = tuple(dict.fromkeys((*facts, *own, *sources)))
        return Alert(kind, severity, said, evidence, tuple(dict.fromkeys(o.generic for o in orders)))


def capital(text: str) -> str:
    """The first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]
