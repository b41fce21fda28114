"""A medicine after reconciliation: what the patient leaves with, compared with what they came with.

Owns the shape. Refuses to know how lists are compared (``assistant.records.reconcile``) or shown.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.domain.answer import MedicationChange
from assistant.domain.record import MedicationStatement


@dataclass(frozen=True)
class ReconciledMedicine:
    """One medicine, all its mentions considered. Doses and reasons are the record's own words."""

    name: str
    generic: str | None
    change: MedicationChange
    held: bool = False
    """Stopped for now: ``change`` is STOPPED and ``restart_condition`` says when to restart, if the record does."""
    dose: str | None = None
    route: str | None = None
    frequency: str | None = None
    duration: str | None = None
    previous_dose: str | None = None
    """For CHANGED: dose (and frequency, where that changed) before admission."""
    reason: str | None = None
    restart_condition: str | None = None
    statements: tuple[MedicationStatement, ...] = ()
    """The mentions that bear it out: home list, orders of the stay that explain it, discharge list."""
    uncertain: str | None = None
    """What a clinician has to settle, in the record's language; None where the record is plain."""
