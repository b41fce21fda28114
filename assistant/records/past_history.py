"""Comorbidities: the entries of a past history, and the background that one sentence of the presentation tells.

Owns where an entry ends, what goes on about it, and whether the record takes it back. Refuses to call queried, refuted or a
relative's disease the patient's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.assertion import assertion_of, sentence_assertion
from assistant.records.diagnosis_items import (
    NOT_A_DIAGNOSIS,
    NUMBERING,
    bare_name,
    is_medicine,
    without_next_number,
)
from assistant.records.disease_words import disease
from assistant.records.procedure_names import pattern as procedure
from assistant.records.sections import Segment
from assistant.records.sentences import list_items, numbered_parts
from assistant.records.text_spans import Span, inside

_GOES_ON = re.compile(
    r"(?i)^(?:excised|resected|treated|resolved|stable|controlled|well|on|off|not|no|nil|now|later|subsequently|under|followed|since|diagnosed|dx|last|never|with|which|label|"
    r"cycle|very good|good|partial|complete|response|autograft|transplant declined|removed|MRI|CT|spirometry|biopsy|echo|scan|normal|negative|disproved|excluded|ruled out|confirmed|complicated|requiring|needing|managed|awaiting|EF|LVEF|FEV1|HbA1c|A1c|BMI|"
    r"stage|grade|type|baseline|bl|in remission|previously|currently|declined|uses|wears|takes|sees)\b"
    r"|^(?:每[日天周]|日均|平均|入院后|戒[烟酒]|复查|已|后|未|不监测|不规律|不详|20\d\d年曾查|经|现|目前|口服|服|规律|予|行|控制|最高|痰检|检查|化验|肝功|肾功|甲功|肺功能|冠脉|正常|阴性|治愈|好转|确诊于|长期|平素|排除|除外|不支持|血压|血糖)"
)
"""Words that go on about the entry before: ``breast ca 2015, excised``, ``疑诊甲亢，复查甲功正常``."""
_NOT_HAD = re.compile(
    r"(?i)^\W*never\b(?!-)|\b(?:excluded|ruled out|r/o'?d|disproved|disproven|refuted|not confirmed|never confirmed|unconfirmed|not supported|misdiagnos\w+|wrongly (?:labell?ed|diagnosed)|de-?labell?ed|removed from (?:the )?problem list"
    r"|(?:label|diagnosis|dx) (?:was |has been |now |later )?(?:removed|withdrawn|revised|refuted|excluded|changed|not made)"
    r"|(?:later|subsequently|now|since) (?:dx|diagnosed|thought|felt|found|known|re-?labell?ed|revised|reclassified)(?: (?:as|to be|to))?|turned out (?:to be|not))\b"
    r"|[:：]\s*(?:否认|无|没有|阴性|未见|nil|none|denied|absent|never)(?=\s*(?:[;:,.)。；，、]|$))"
    r"|[-–—:：]\s*(?:(?-i:NO)\b(?!\s+[a-z])|no(?=\s*[:;,.)]|\s*$))"
    r"|(?:病?史)?均?否认(?=\s*(?:[;:,.)。；，、]|$))"
    r"|(?<![不未待能])(?:排除|除外)|不支持|未证实|已否定|误诊|不成立"
)
_REPLACED = re.compile(
    r"(?i)^(?:later|subsequently|now|since)\s+(?:dx|diagnosed|thought|felt|found|known|re-?labell?ed|revised|reclassified)\s?(?:as|to be|to)?\s+"
)
"""``later dx as migraine aura``: the entry before was not it, and this is."""
_QUERIED = re.compile(
    r"(?i)^\W*(?:\?|query\b|possible\b|possibly\b|suspected\b|r/o\b|rule out\b)|^(?:曾)?(?:被)?(?:疑诊|疑似|疑有|怀疑|可疑|疑)"
)
_ZH_LEAD = re.compile(
    r"(?:否认|无|有|患有|曾患|曾有|(?:曾)?(?:被)?(?:疑诊|疑似|疑有|怀疑|可疑|诊断为?|确诊为?)|曾)(?=[“”\"]?[一-鿿]{2})"
)
_SAYS_NONE = re.compile(r"(?i)^(?:PSH|PMH|PMHx|surgical history)\W{0,3}(?:nil|none|no|-)\b|^(?:nil|none)\b")


@dataclass(frozen=True)
class _Entry:
    """``said`` is the entry with all that goes on about it."""

    item: Span
    said: Span
    governed: Assertion | None


def history(
    segment: Segment, document_id: str, struck: Sequence[tuple[int, int]], drugs: frozenset[int]
) -> list[Condition]:
    """The entries of a past history."""
    out: list[Condition] = []
    for sentence in (part for whole in _unnumbered(segment.statements) for part in _apart(whole)):
        if not inside(struck, sentence.start):
            found = (_condition(e, sentence, document_id, drugs) for e in _entries(sentence))
            out += [c for c in found if c is not None]
    return out


def _unnumbered(sentences: Sequence[Span]) -> Iterator[Span]:
    """``1. Cellulitis 2. T2DM``: the stop after a number has ended a sentence, and the number stands at its end."""
    number = 0
    for sentence in sentences:
        opens = re.match(r"\s*(\d{1,2})[.)]\s", sentence.text)
        number = int(opens[1]) if opens else number
        tail = re.search(r"\s(\d{1,2})\.$", sentence.text)
        if tail and number and int(tail[1]) == number + 1:
            number += 1
            yield sentence.sub(0, tail.start())
        else:
            yield sentence


_GAP = re.compile(r"(?<=\S)(?: {2,}|\t|\u3000+)(?=[一-鿿])|(?<=[一-鿿\d)）]) (?=(?:无|否认)[一-鿿]{2})")


def _apart(sentence: Span) -> Iterator[Span]:
    """``甲减 (常漏服)  无高血压  视网膜病变``: in a Chinese line a wide gap ends an entry and what governs it."""
    edges = [0, *(e for m in _GAP.finditer(sentence.text) for e in m.span()), len(sentence.text)]
    return (sentence.sub(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _entries(sentence: Span) -> Iterator[_Entry]:
    items = without_next_number([p for n in numbered_parts(sentence) for p in list_items(n)])
    governed: Assertion | None = None
    pending: Span | None = None
    last = sentence
    held: Assertion | None = None
    for item in items:
        replaced = _REPLACED.match(item.text)
        goes_on = (
            pending is not None
            and _GOES_ON.match(item.text)
            and (replaced is not None or not _names_another(item, pending))
        )
        if goes_on and pending is not None:
            last = sentence.sub(pending.start - sentence.start, item.end - sentence.start)
            if replaced:
                yield _Entry(pending, last, held)
                pending, last = (
                    item.sub(replaced.end(), len(item.text)),
                    item.sub(replaced.end(), len(item.text)),
                )
            continue
        if pending is not None:
            yield _Entry(pending, last, held)
        opens = sentence_assertion(NUMBERING.sub("", item.text))
        governed = opens if opens in {Assertion.NEGATED, Assertion.FAMILY} else governed
        pending, last, held = item, item, governed
    if pending is not None:
        yield _Entry(pending, last, held)


def _names_another(item: Span, before: Span) -> bool:
    """Whether a part that looks like a remark names a disease of its own: ``not COPD`` after COPD does not."""
    known = disease().search(re.sub(r"^(?:复查|肝功能|肾功能|甲功|肺功能)", "", item.text))
    return known is not None and known.group().casefold() not in before.text.casefold()


def _condition(entry: _Entry, sentence: Span, document_id: str, drugs: frozenset[int]) -> Condition | None:
    name = bare_name(entry.item)
    if name is None or is_medicine(name, drugs) or len(name.text) > 90 or NOT_A_DIAGNOSIS.match(name.text):
        return None
    known = disease().search(name.text) or procedure().search(name.text)
    if known is None:
        long = len(name.text.split()) > 4 or re.search(r"[一-鿿]{9}", name.text)
        if long or any(name.start <= d < name.end for d in drugs):
            return None
    assertion = _assertion(entry, name, sentence)
    lead = _ZH_LEAD.match(name.text)
    if lead:
        name = name.sub(lead.end(), len(name.text))
    if (assertion is Assertion.NEGATED and known is None) or _SAYS_NONE.search(name.text):
        return None
    if assertion is Assertion.PRESENT:
        name = _without_medicine(_without_doses(_whole(entry, name)), drugs)
    return Condition(name.text, assertion, DiagnosisRole.COMORBIDITY, name.place(document_id))


def _whole(entry: _Entry, name: Span) -> Span:
    """With what goes on about it, where that is short: ``Breast ca 2015, excised, no recurrence``."""
    end = entry.said.end - name.start
    text = entry.said.text[name.start - entry.said.start :]
    return Span(name.start, name.start + end, text).sub(0, len(text.rstrip(".。 "))) if end <= 90 else name


_DOSED_REMARK = re.compile(
    r"(?i)[,，]\s?(?:平素|平时|长期|规律|现|目前|一直|(?:currently |now )?(?:on|takes|taking)\b)?[^,，;；]{1,40}?\d\s?(?:mg|g|mcg|ug|μg|units?|片|粒|单位)(?![a-z/])"
)


def _without_doses(name: Span) -> Span:
    """``高血压20年，平素服用氨氯地平5mg qd``: the medicine and its dose are told with the medicines."""
    remark = _DOSED_REMARK.search(name.text, 2)
    return name.sub(0, len(name.text[: remark.start()].rstrip())) if remark else name


def _without_medicine(name: Span, drugs: frozenset[int]) -> Span:
    """``甲减 优甲乐 50ug qd``: a disease, and behind a space the medicine for it."""
    behind = [d - name.start for d in sorted(drugs) if name.start + 1 < d < name.end]
    at = next((d for d in behind if name.text[d - 1].isspace() and re.search(r"\d", name.text[d:])), None)
    head = name.text[: at or 0]
    whole = (
        at is None
        or not re.search(r"[一-鿿]", head)
        or head.count("(") + head.count("（") > head.count(")") + head.count("）")
    )
    return name if whole or not disease().search(head) else name.sub(0, len(head.rstrip()))


def _assertion(entry: _Entry, name: Span, sentence: Span) -> Assertion:
    text = entry.said.text
    if _NOT_HAD.search(text, max(0, name.start - entry.said.start)) or _NOT_HAD.match(text):
        return Assertion.RULED_OUT
    head = re.split(r"[\s(（?？]", name.text, maxsplit=1)[0]
    if len(head) > 1 and re.search(rf"(?i)\bnot {re.escape(head)}\b", text):
        return Assertion.RULED_OUT
    if entry.governed is not None:
        return entry.governed
    lead = NUMBERING.match(entry.item.text)
    if _QUERIED.match(entry.item.text[lead.end() if lead else 0 :]) or re.search(
        r"^[^(（,，]{2,40}[?？]", name.text
    ):
        return Assertion.HYPOTHETICAL
    before = _BRACKETS.sub(lambda m: " " * len(m.group()), sentence.text[: name.start - sentence.start])
    known = disease().search(name.text)
    start, end = known.span() if known else (0, len(name.text))  # `Her mother had` stands within the name
    found = assertion_of(before + name.text, len(before) + start, len(before) + end)
    return found if found is Assertion.FAMILY else Assertion.PRESENT


_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
ONE_LINER = {"history_of_present_illness", "chief_complaint", "admission", "hospital_course", "header"}
_BACKGROUND = re.compile(
    r"(?i)\b(?:\d{1,3}\s?-?(?:yo|y/o|y|yr|year)?s?[- ]?(?:old)?\s?(?:M|F|man|woman|male|female|lady|gentleman|boy|girl)\b|patient|pt|he|she)[^.;\n]{0,20}?\s(?:w/|with|has|w)\s(?:an?\s)?"
    r"(?P<of>(?:past |significant )*(?:medical )?(?:h/o|hx of|history of|PMHx?(?: of| sig for| significant for)?|background of|background history of|known)\s(?:significant for\s)?)?"
    r"(?P<list>(?:[^.;\n]|\.(?=\d))+?)(?P<then>,?\s(?:presenting|presents|presented|p/w|admitted|who\b|here with|c/o|brought|BIBA|transferred|found to)|\.(?!\d)|[;\n]|$)"
)


def background(
    segment: Segment, document_id: str, struck: Sequence[tuple[int, int]], drugs: frozenset[int]
) -> list[Condition]:
    """``65M w/ IDDM, PAD, presenting with ...``: what comes before the presentation; a bare ``with`` alone is the complaint."""
    out: list[Condition] = []
    for sentence in segment.sentences:
        told = _BACKGROUND.search(sentence.text)
        if told is None or inside(struck, sentence.start):
            continue
        if not told["of"] and not re.search(r"[a-z/]", told["then"], re.IGNORECASE):
            continue
        listed = sentence.sub(told.start("list"), told.end("list"))
        parts = [p for item in list_items(listed) for p in _each(item)]
        for part in parts:
            known = disease().search(part.text)
            name = bare_name(part)
            if known is None or name is None or is_medicine(name, drugs) or len(name.text) > 60:
                continue
            out.append(
                Condition(name.text, Assertion.PRESENT, DiagnosisRole.COMORBIDITY, name.place(document_id))
            )
    return out


def _each(item: Span) -> list[Span]:
    """``HFpEF and OSA`` as two where both are diseases."""
    parts = re.split(r"\s(?:and|&|\+)\s", item.text)
    if len(parts) < 2 or not all(disease().search(p) for p in parts):
        return [item]
    out, at = [], 0
    for part in parts:
        at = item.text.index(part, at)
        out.append(item.sub(at, at + len(part)))
        at += len(part)
    return out
