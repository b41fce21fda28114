"""A discharge summary as a FHIR R4 document Bundle: Composition first, then what it refers to.

Owns the mapping to FHIR and the label of a draft. Refuses to know how the answer was made. Follows FHIR R4 "Documents"
and the HL7 C-CDA on FHIR discharge summary (LOINC 18842-5 and its section codes). Narrative text is escaped: nothing
of it can become markup.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from assistant.domain.answer import Answer, Section, Sentence, Verdict
from assistant.domain.evidence import Evidence
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
from assistant.export.markdown import (
    TABLE_TITLES,
    cite,
    settled_lines,
    settled_title,
    source_marks,
    table_row,
)

Marks = Mapping[Evidence, str]
_DRAFT = {
    "en": "AI-assisted draft. Not valid until a clinician has reviewed and signed it.",
    "zh": "人工智能辅助生成的草稿，经临床医生审阅并签名后方为有效。",
}
_SIGNED = {
    "en": "AI-assisted; reviewed and signed by {name} on {when}.",
    "zh": "人工智能辅助生成；已由 {name} 于 {when} 审阅并签名。",
}
_MISSING = {"en": "Not found in the record.", "zh": "病历中未找到。"}
_UNVERIFIED = {"en": "(unverified)", "zh": "（未核实）"}

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
_SECTION_CODES = {
    "reason_for_admission": ("46241-6", "Hospital admission diagnosis Narrative - Reported"),
    "diagnoses": ("11535-2", "Hospital discharge Dx Narrative"),
    "procedures": ("47519-4", "History of Procedures Document"),
    "hospital_course": ("8648-8", "Hospital course Narrative"),
    "results": ("30954-2", "Relevant diagnostic tests/laboratory data Narrative"),
    "condition_at_discharge": ("10184-0", "Hospital discharge physical findings Narrative"),
    "disposition": ("18776-5", "Plan of care note"),
    "medications": ("10183-2", "Hospital discharge medications Narrative"),
    "allergies": ("48765-2", "Allergies and adverse reactions Document"),
    "follow_up": ("18776-5", "Plan of care note"),
    "patient_instructions": ("8653-8", "Hospital Discharge instructions"),
    "chief_complaint": ("10154-3", "Chief complaint Narrative - Reported"),
    "present_illness": ("10164-2", "History of Present illness Narrative"),
    "past_history": ("11348-0", "History of Past illness Narrative"),
    "home_medications": ("10160-0", "History of Medication use Narrative"),
    "personal_history": ("29762-2", "Social history Narrative"),
    "family_history": ("10157-6", "History of family member diseases Narrative"),
    "review_of_systems": ("10187-3", "Review of systems Narrative - Reported"),
    "examination": ("29545-1", "Physical findings Narrative"),
    "initial_diagnosis": ("51848-0", "Evaluation note"),
    "assessment": ("51848-0", "Evaluation note"),
    "plan": ("18776-5", "Plan of care note"),
    "subjective": ("61150-9", "Subjective Narrative"),
    "objective": ("61149-1", "Objective Narrative"),
    "reason_for_referral": ("42349-1", "Reason for referral (narrative)"),
}
"""LOINC, of the value set "Document Section Codes" of FHIR, which C-CDA on FHIR draws on."""
_OF_TASK = {
    ("referral", "diagnoses"): ("51848-0", "Evaluation note"),
    ("referral", "medications"): ("10160-0", "History of Medication use Narrative"),
    ("handover", "medications"): ("10160-0", "History of Medication use Narrative"),
    ("note", "medications"): ("10160-0", "History of Medication use Narrative"),
}
"""Sections that are no discharge section where the document is another."""
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
        whole = care_plan(
            answer,
            _url(seed, "care-plan"),
            subject.url,
            stay.url if stay else None,
            aims,
            problems,
            signed=signed,
            now=now,
        )
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
        "text": _narrative("generated", [label], answer.language),
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
            *_alerts(answer),
            *(_section(answer, s, linked.get(s.key, []), marks) for s in answer.sections if _shown(s)),
            *_closing(answer, marks),
        ],
    }
    if stay is not None:
        composition["encounter"] = {"reference": stay.url}
    if signature is not None and signer is not None:
        if signature.sha256:
            composition["extension"].append({"url": _HASH_URL, "valueString": signature.sha256})
        composition["attester"] = [
            {
                "mode": "legal",
                "time": _instant(signature.signed_at),
                "party": {"reference": signer.url, "display": signature.name},
            }
        ]
        composition["author"].insert(0, {"reference": signer.url, "display": signature.name})
    return composition


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


def _alerts(answer: Answer) -> list[dict[str, Any]]:
    """What the cross-checks raised travels with the document: who receives it must not know less."""
    if not answer.alerts:
        return []
    lines = [f"{alert.severity.value.upper()}: {alert.text}" for alert in answer.alerts]
    title = "安全警示" if answer.language == "zh" else "Safety alerts"
    return [{"title": title, "text": _narrative("generated", lines, answer.language)}]


def _label(language: str, signature: Signature | None) -> str:
    if signature is None:
        return _DRAFT[language]
    return _SIGNED[language].format(name=signature.name, when=signature.signed_at.date().isoformat())


def _shown(section: Section) -> bool:
    return bool(section.sentences) or section.required


def _closing(answer: Answer, marks: Marks) -> list[dict[str, Any]]:
    """What was settled before signing, and the sources that the marks name."""
    chinese = answer.language == "zh"
    made = []
    if answer.settled:
        text = _narrative("additional", settled_lines(answer), answer.language)
        made.append({"title": settled_title(answer.language), "text": text})
    if marks:
        lines = [f"[{mark}] {cite(evidence)}" for evidence, mark in marks.items()]
        text = _narrative("additional", lines, answer.language)
        made.append({"title": "来源" if chinese else "Sources", "text": text})
    return made


def _section(answer: Answer, section: Section, entries: Iterable[Entry], marks: Marks) -> dict[str, Any]:
    language = answer.language
    rows = [(cells, s) for s in section.sentences if (cells := table_row(s, language))]
    lines = [_line(s, language, marks) for s in section.sentences if not table_row(s, language)]
    made: dict[str, Any] = {"title": section.title}
    named = _OF_TASK.get((answer.task, section.key)) or _SECTION_CODES.get(section.key)
    if named:
        made["code"] = {"coding": [{"system": "http://loinc.org", "code": named[0], "display": named[1]}]}
    table = [(*cells, _refs(s, marks)) for cells, s in rows]
    empty = not lines and not table
    made["text"] = _narrative(
        "empty" if empty else "generated", [_MISSING[language]] if empty else lines, language, table
    )
    references = [{"reference": entry.url} for entry in entries]
    if references:
        made["entry"] = references
    elif empty:
        made["emptyReason"] = {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/list-empty-reason",
                    "code": "unavailable",
                    "display": "Unavailable",
                }
            ]
        }
    return made


def _line(sentence: Sentence, language: str, marks: Marks) -> str:
    unsure = "" if sentence.verdict is Verdict.SUPPORTED else f" {_UNVERIFIED[language]}"
    refs = _refs(sentence, marks)
    return f"{sentence.text}{f' [{refs}]' if refs else ''}{unsure}"


def _refs(sentence: Sentence, marks: Marks) -> str:
    return ", ".join(dict.fromkeys(marks[e] for e in sentence.evidence))


def _narrative(
    status: str, lines: list[str], language: str, table: Sequence[Sequence[str]] = ()
) -> dict[str, str]:
    """XHTML with the text escaped and control characters, which XML forbids, left out."""

    def clean(text: str) -> str:
        return escape("".join(c for c in text if c >= " " or c in "\n\t"))

    body = ""
    if table:
        titles = (*TABLE_TITLES[language], "来源" if language == "zh" else "Source")
        head = "".join(f"<th>{clean(title)}</th>" for title in titles)
        rows = "".join(f"<tr>{''.join(f'<td>{clean(cell)}</td>' for cell in row)}</tr>" for row in table)
        body = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    body += "".join(f"<p>{clean(line)}</p>" for line in lines)
    return {
        "status": status,
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml" lang="{language}" xml:lang="{language}">{body}</div>',
    }
