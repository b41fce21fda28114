"""Changing a draft: one sentence at a time, checked again, marked as the clinician's.

Owns what an edit does to an answer. Refuses to know the page and the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from assistant.domain.answer import Answer, Origin, Section, Sentence, Settled, Verdict
from assistant.domain.evidence import Evidence, EvidenceKind
from assistant.domain.open_points import open_points
from assistant.domain.record import PatientRecord
from assistant.errors import BadInput
from assistant.export.markdown import to_markdown
from assistant.tasks.stating import record_evidence, ruled
from assistant.verification.support import check_sentence
from assistant.verification.verify import sources_of

if TYPE_CHECKING:
    from assistant.verification.support import DrugNames

LONGEST_SENTENCE_CHARS = 2_000


def with_edit(answer: Answer, at: str, text: str, record: PatientRecord | None, drugs: DrugNames) -> Answer:
    """``answer`` with the sentence at ``section:index`` replaced, removed (empty text), or one added (``section:+``).

    Raises:
        BadInput: there is no such place, or the text is too long.
    """
    key, _, index = at.partition(":")
    section = next((s for s in answer.sections if s.key == key), None)
    if section is None or not (index == "+" or (index.isdigit() and int(index) < len(section.sentences))):
        raise BadInput("This sentence is no longer there. Open the latest version and edit it.")
    text = " ".join(text.split())
    if len(text) > LONGEST_SENTENCE_CHARS:
        raise BadInput(
            f"The sentence has {len(text):,} characters; at most {LONGEST_SENTENCE_CHARS:,} are kept."
        )
    sentences = list(section.sentences)
    old = sentences[int(index)] if index != "+" else None
    if old is not None and old.text == text:
        return answer
    if not text:
        if old is not None:
            sentences.remove(old)
    else:
        fresh = checked(text, old.evidence if old else (), record, drugs)
        if old is not None:
            fresh = replace(fresh, change=old.change)
            sentences[int(index)] = fresh
        else:
            sentences.append(fresh)
    return with_section(answer, replace(section, sentences=tuple(sentences)))


def checked(
    text: str, evidence: Sequence[Evidence], record: PatientRecord | None, drugs: DrugNames
) -> Sentence:
    """A clinician's sentence, checked against what it rested on and then against the whole record. It stands either way."""
    own = check_sentence(text, sources_of(evidence), drugs)
    if own.verdict is Verdict.SUPPORTED:
        return Sentence(text, own.verdict, Origin.CLINICIAN, tuple(evidence[i] for i in own.cited))
    wider = [*evidence, *(_lines_of(record) if record else ())]
    check = check_sentence(text, sources_of(wider), drugs)
    cited = tuple(wider[i] for i in check.cited) if check.verdict is not Verdict.UNSUPPORTED else ()
    return Sentence(text, check.verdict, Origin.CLINICIAN, cited, reason=check.reason)


def _lines_of(record: PatientRecord) -> list[Evidence]:
    found = [
        *(f.place for f in record.statements),
        *(f.place for f in record.observations),
        *(f.place for f in record.medications),
        *(f.place for f in record.conditions),
        *(f.place for f in record.allergies),
        *(f.place for f in record.procedures),
        *(f.place for f in record.pending_results),
        *(f.place for f in record.follow_ups),
    ]
    return [record_evidence(record, place) for place in dict.fromkeys(found)]


def with_section(answer: Answer, section: Section) -> Answer:
    """The section put in, completeness and text made anew."""
    section = replace(section, complete=bool(section.sentences) or not section.required)
    sections = tuple(section if s.key == section.key else s for s in answer.sections)
    missing = [key for key in answer.missing if key != section.key]
    if section.required and not section.sentences:
        missing.append(section.key)
    changed = replace(answer, sections=sections, missing=tuple(missing))
    return replace(changed, text=to_markdown(changed))


def as_signed(answer: Answer, name: str, signed_at: datetime, sha256: str) -> Answer:
    """For showing and export: the signature section says who signed what is, to the letter, the version stored."""
    when = signed_at.strftime("%Y-%m-%d %H:%M UTC")
    line = (
        f"由 {name} 于 {when} 审阅并签名（校验码 {sha256[:12]}）。"
        if answer.language == "zh"
        else f"Reviewed and signed by {name}, {when} (hash {sha256[:12]})."
    )
    sections = tuple(
        replace(s, sentences=(ruled(line),)) if s.key == "signature" else s for s in answer.sections
    )
    return replace(answer, sections=sections)


def with_settled(answer: Answer, key: str, reason: str, by: str, now: datetime) -> Answer:
    """The open point ``key`` closed with a reason; ``kind:*`` closes all that are open of that kind, each by its own row.

    Raises:
        BadInput: no reason, one too long, or nothing of that name is open.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise BadInput("Write how the point was settled, or why you override it.")
    if len(reason) > LONGEST_SENTENCE_CHARS:
        raise BadInput(
            f"The reason has {len(reason):,} characters; at most {LONGEST_SENTENCE_CHARS:,} are kept."
        )
    kind, _, rest = key.partition(":")
    found = [p for p in open_points(answer) if p.key == key or (rest == "*" and p.kind == kind)]
    if not found:
        raise BadInput("This point is no longer open. Open the latest version.")
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    settled = (*answer.settled, *(Settled(p.key, p.text, reason, by, at) for p in found))
    changed = replace(answer, settled=settled)
    return replace(changed, text=to_markdown(changed))


def with_taken(
    answer: Answer, index: int, key: str, text: str, record: PatientRecord | None, drugs: DrugNames
) -> Answer:
    """A withheld sentence taken into section ``key`` on the clinician's word: checked again, marked as theirs.

    Raises:
        BadInput: there is no such withheld sentence or section, or the text is empty or too long.
    """
    if not 0 <= index < len(answer.withheld):
        raise BadInput("This sentence is no longer among those withheld. Open the latest version.")
    if not text.strip():
        raise BadInput("The sentence is empty. Write what is to stand in the document, or cancel.")
    changed = with_edit(answer, f"{key}:+", text, record, drugs)
    withheld = tuple(w for n, w in enumerate(answer.withheld) if n != index)
    return replace(changed, withheld=withheld)


def counts(answer: Answer) -> tuple[int, int, int, int]:
    """Sections complete, sections required; sentences checked, sentences shown."""
    required = [s for s in answer.sections if s.required and s.key != "signature"]
    complete = [s for s in required if s.sentences and s.key not in answer.missing]
    shown = [x for s in answer.sections if s.key != "signature" for x in s.sentences]
    good = [x for x in shown if x.verdict is Verdict.SUPPORTED]
    return len(complete), len(required), len(good), len(shown)


def guideline_evidence(answer: Answer) -> list[Evidence]:
    cited = (e for s in answer.sections for x in s.sentences for e in x.evidence)
    return list(dict.fromkeys(e for e in cited if e.kind is EvidenceKind.GUIDELINE))
