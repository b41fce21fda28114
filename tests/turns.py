"""Turns for tests: a small chart, the services around it, and the models that lie."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.conversation import Conversation
from assistant.domain.answer import Answer, Sentence
from assistant.domain.record import PatientRecord
from assistant.records.reader import read_record
from assistant.tasks.base import GuidelineSearch, Request, Services
from tests.fakes import Reply, ScriptedChatModel

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

SAMPLES = Path(__file__).parent.parent / "samples"
TODAY = date(2026, 11, 21)
MANY = 80
"""Replies queued: more than any task asks for."""

CHART = """Patient: Edith Marlowe, 78 F, DOB 12/03/1947, MRN 44-871
Admitted: 2026-03-02   Discharged: 2026-03-09   Ward 7, Dr. Okafor

Presenting complaint: cough and fever for three days.
History: 78F with hypertension and type 2 diabetes. No chest pain. Left hip replacement 2019.

Allergies: penicillin - anaphylaxis.

Home medications:
- lisinopril 10 mg daily
- metformin 1000 mg BID
- atorvastatin 20 mg daily

Diagnoses:
1. Community-acquired pneumonia, left lower lobe
2. Acute kidney injury
Past history: hypertension, type 2 diabetes

Labs:
2026-03-02: creatinine 168 umol/L, CRP 210 mg/L, potassium 5.4 mmol/L
2026-03-08: creatinine 92 umol/L, CRP 18 mg/L, potassium 4.3 mmol/L

Progress notes:
2026-03-03: K 5.4 -> hold lisinopril, ECG ok. Doxycycline started for pneumonia.
2026-03-05: afebrile 48h, off oxygen. CXR left lower lobe consolidation.
2026-03-08: mobilising w/ frame, BP 138/76.

Discharge medications:
- doxycycline 100 mg BID for 3 more days (new)
- metformin 500 mg BID (reduced from 1000 mg, AKI)
- atorvastatin 20 mg daily (continue)
- STOP lisinopril until kidney function is rechecked

Pending at discharge: sputum culture, to be followed by Dr. Okafor.

Follow-up: GP in one week for creatinine and potassium. Chest X-ray in 6 weeks.

Instructions to patient: Call 911 if you cannot breathe or have chest pain. Drink plenty of fluids.
"""


def chart(formulary: Formulary, text: str = CHART) -> PatientRecord:
    return read_record(text, formulary=formulary)


def sample(name: str, formulary: Formulary) -> PatientRecord:
    path = SAMPLES / name
    return read_record(path.read_bytes(), filename=path.name, formulary=formulary)


def services(
    library: GuidelineSearch | None, formulary: Formulary, *replies: Reply, **fields: Any
) -> Services:
    """Services over a scripted model that gives ``replies`` in turn and then the last one again; none: no model."""
    model = ScriptedChatModel.saying(*replies, *[replies[-1]] * MANY) if replies else None
    name = "scripted" if replies else "none"
    return Services(library, formulary, model, name, today=lambda: TODAY, **fields)


def answer(services: Services, task: str, **fields: Any) -> Answer:
    return Conversation(services).answer(Request(task, **fields))


def shown(answer: Answer, *keys: str) -> list[Sentence]:
    """Sentences shown, of the sections named or of all."""
    return [s for section in answer.sections if not keys or section.key in keys for s in section.sentences]


def texts(answer: Answer, *keys: str) -> str:
    return "\n".join(s.text for s in shown(answer, *keys))
