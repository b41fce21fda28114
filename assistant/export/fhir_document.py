"""A discharge summary as a FHIR R4 document Bundle: Composition first, then what it refers to.

Owns the mapping to FHIR and the label of a draft. Refuses to know how the answer was made. Follows FHIR R4 "Documents"
and the HL7 C-CDA on FHIR discharge summary (LOINC 18842-5 and its section codes). Narrative text is escaped: nothing
of it can become markup.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from assistant.domain.answer import Answer
from assistant.domain.record import PatientRecord
from assistant.export.care_plan import care_plan, goals
from assistant.export.fhir_entries import (
    Entry,
    allergies,
    conditions,
    encounter,
    medicines,
    patient,
)
from assistant.export.fhir_sections import alert_sections, closing_sections, is_shown, narrative, section_of
from assistant.export.markdown import (
    source_marks,
)

_DRAFT = {
    "en": "AI-assisted draft. Not valid until a clinician has reviewed and signed it.",
    "zh": "人工智能辅助生成的草稿，经临床医生审阅并签名后方为有效。",
}
_SIGNED = {
    "en": "AI-assisted; reviewed and signed by {name} on {when}.",
    "zh": "人工智能辅助生成；已由 {name} 于 {when} 审阅并签名。",
}

_TYPES = {
    "discharge": ("18842-5", "Discharge summary"),
    "plan": ("18776-5", "Plan of care note"),
    "handout": ("69730-0", "Instructions"),
    "note": ("34131-3", "Outpatient Progress note"),
    "admission": ("34117-2", "History and physical note"),
    "referral": ("57133-1", "Referral note"),
    "handover": ("61143-4", "Nurse Summary note"),
}
"""LOINC document types of C-CDA on FHIR; 61143-4 is defined for handing a patient over between nurses."""
_TAG_SYSTEM = "urn:bedside:document-status"
_LABEL_URL = "urn:bedside:ai-assisted"
_HASH_URL = "urn:bedside:signed-sha256"
_NAMESPACE = uuid.UUID("7c6e1c52-5a0e-4a3c-9a57-0b1d6d2c4f10")


@dataclass(frozen=True)
class Signature:
    """Who signed, when (with time zone), and the hash of the version signed. Its presence makes a document final."""

    name: str
    signed_at: datetime
    sha256: str = ""


def fhir_document(
    answer: Answer, record: PatientRecord, *, signature: Signature | None = None, now: datetime
) -> dict[str, Any]:
    """The whole document as JSON types; a time without a zone is taken as UTC.

    The same answer at the same time gives the same document, ids included. Unsigned it is ``preliminary`` and says so
    in the title, the narrative, a tag and an extension.
    """
    seed = f"{record.id}|{answer.task}|{now.isoformat()}"
    subject = patient(record, _url(seed, "patient"))
    stay = encounter(record, _url(seed, "encounter"), subject.url)
    problems = conditions(record, lambda n: _url(seed, f"condition-{n}"), subject.url, stay)
    drugs = medicines(answer, record, lambda n: _url(seed, f"medicine-{n}"), subject.url)
    reactions = allergies(record, lambda n: _url(seed, f"allergy-{n}"), subject.url)
    linked = {"diagnoses": problems, "medications": drugs, "allergies": reactions}
    plan: list[Entry] = []
    if answer.task == "plan":
        signed = signature is not None
        aims = goals(answer, lambda n: _url(seed, f"goal-{n}"), subject.url, signed=signed, now=now)
        where = (_url(seed, "care-plan"), subject.url, stay.url if stay else None)
        whole = care_plan(answer, *where, aims, problems, signed=signed, now=now)
        plan = [whole, *aims]
        linked |= {"problems": problems, "goals": aims, "actions": [whole]}
    author = _author(answer, _url(seed, "author"))
    signer = _signer(signature, _url(seed, "signer")) if signature else None
    composition = _composition(answer, subject, stay, author, signer, signature, now, linked)
    entries: list[Entry] = [Entry(_url(seed, "composition"), composition), subject, author]
    entries += [one for one in (stay, signer) if one is not None]
    entries += [*problems, *drugs, *reactions, *plan]
    return {
        "resourceType": "Bundle",
        "id": str(uuid.uuid5(_NAMESPACE, seed)),
        "meta": {"tag": [_tag(answer.language, signature is not None)]},
        "language": answer.language,
        "identifier": {"system": "urn:ietf:rfc:3986", "value": _url(seed, "document")},
        "type": "document",
        "timestamp": _instant(now),
        "entry": [{"fullUrl": entry.url, "resource": entry.resource} for entry in entries],
    }


def _instant(moment: datetime) -> str:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return aware.isoformat(timespec="seconds")


def _url(seed: str, part: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, f'{seed}|{part}')}"


def _tag(language: str, signed: bool) -> dict[str, str]:
    return {
        "system": _TAG_SYSTEM,
        "code": "ai-assisted-signed" if signed else "ai-assisted-draft",
        "display": "AI-assisted, signed by a clinician" if signed else "AI-assisted draft",
    }


def _author(answer: Answer, url: str) -> Entry:
    """The software wrote the draft; a person is only the author of what that person signed."""
    device = {
        "resourceType": "Device",
        "id": url.removeprefix("urn:uuid:"),
        "deviceName": [{"name": "Bedside", "type": "user-friendly-name"}],
        "version": [{"value": f"{answer.model}{f' + {answer.adapter}' if answer.adapter else ''}"}],
    }
    return Entry(url, device)


def _signer(signature: Signature, url: str) -> Entry:
    return Entry(
        url,
        {
            "resourceType": "Practitioner",
            "id": url.removeprefix("urn:uuid:"),
            "name": [{"text": signature.name}],
        },
    )


def _composition(
    answer: Answer,
    subject: Entry,
    stay: Entry | None,
    author: Entry,
    signer: Entry | None,
    signature: Signature | None,
    now: datetime,
    linked: dict[str, list[Entry]],
) -> dict[str, Any]:
    code, display = _TYPES.get(answer.task, ("34133-9", "Summary of episode note"))
    label = _label(answer.language, signature)
    marks = source_marks(answer)
    composition: dict[str, Any] = {
        "resourceType": "Composition",
        "meta": {"tag": [_tag(answer.language, signature is not None)]},
        "language": answer.language,
        "text": narrative("generated", [label], answer.language),
        "extension": [{"url": _LABEL_URL, "valueString": label}],
        "status": "final" if signature else "preliminary",
        "type": {
            "coding": [{"system": "http://loinc.org", "code": code, "display": display}],
            "text": display,
        },
        "subject": {"reference": subject.url},
        "date": _instant(now),
        "author": [{"reference": author.url, "display": "Bedside (software)"}],
        "title": _title(answer, display, signature is not None),
        "section": [
            *alert_sections(answer),
            *(section_of(answer, s, linked.get(s.key, []), marks) for s in answer.sections if is_shown(s)),
            *closing_sections(answer, marks),
        ],
    }
    if stay is not None:
        composition["encounter"] = {"reference": stay.url}
    if signature is not None and signer is not None:
        _attest(composition, signature, signer)
    return composition


def _attest(composition: dict[str, Any], signature: Signature, signer: Entry) -> None:
    """Who signed is the legal attester and the first author."""
    person = {"reference": signer.url, "display": signature.name}
    if signature.sha256:
        composition["extension"].append({"url": _HASH_URL, "valueString": signature.sha256})
    composition["attester"] = [{"mode": "legal", "time": _instant(signature.signed_at), "party": person}]
    composition["author"].insert(0, person)


_TITLES_ZH = {
    "discharge": "出院记录",
    "plan": "诊疗计划",
    "handout": "患者须知",
    "note": "门诊病历",
    "admission": "入院记录",
    "referral": "转诊信",
    "handover": "护理交接班",
}


def _title(answer: Answer, display: str, signed: bool) -> str:
    chinese = answer.language == "zh"
    title = answer.title or (_TITLES_ZH.get(answer.task, display) if chinese else display)
    return title if signed else f"{title} - {'人工智能辅助草稿' if chinese else 'AI-assisted draft'}"


def _label(language: str, signature: Signature | None) -> str:
    if signature is None:
        return _DRAFT[language]
    return _SIGNED[language].format(name=signature.name, when=signature.signed_at.date().isoformat())
