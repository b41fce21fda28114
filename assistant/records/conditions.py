"""Diagnoses of a chart and what it asserts of them.

Owns the lists under diagnosis, impression and history headings, denied symptoms and excluded differentials. Refuses to
name a disease that the text does not name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from assistant.domain.record import Assertion, Condition, DiagnosisRole
from assistant.records.assertion import assertion_of
from assistant.records.sections import Segment
from assistant.records.sentences import list_items
from assistant.records.text_spans import Span, inside

_DIAGNOSIS = {"discharge_diagnosis", "assessment"}
_DISEASE = re.compile(
    r"(?i)\b[a-z-]*(?:itis|osis|aemia|emia|oma|omas|opathy|plegia|algia|uria|pnoea|pnea|rrhage|rrhoea|rrhea|ectasis|ptysis|megaly|penia)\b|"
    r"\b(?:infarct\w*|embol\w+|thromb\w+|fractures?|failure|syndrome|disease|disorder|infection|cancer|malignan\w+|tumou?r|stroke|TIA|sepsis|ulcers?|asthma|COPD|diabetes|"
    r"hypertension|HTN|T2DM|T1DM|AF|CKD|AKI|CHF|HFpEF|HFrEF|heart failure|CCF|IHD|CAD|MI|ACS|NSTEMI|STEMI|PE|DVT|VTE|UTI|CAP|HAP|GORD|GERD|depression|anxiety|delirium|dementia|epilepsy|seizures?|"
    r"fever|pain|cough|vomiting|nausea|bleed(?:ing)?|syncope|headache|dizziness|rash|jaundice|oedema|edema|dyspn\w+|SOB|haemoptysis|hemoptysis|melaena|melena|palpitations|weakness|numbness|"
    r"wheez\w+|chills|rigors|diarrhoea|diarrhea|constipation|incontinence|dysphagia|aneurysm|dissection|pneumothorax|effusion|collapse|obstruction|perforation|abscess|stones?|gout|COVID|TB|HIV|cirrhosis|obesity|tremor|fall|falls|shock|toxicity|anaphylaxis|withdrawal|injury|deficiency|pneumonia|pneumoni\w+|angina|arrhythmia|fibrillation|flutter|heart block|hernia|\w*eclampsia|croup|influenza|flu|malaria|measles|varices|h(?:a)?emorrhoids|lupus|Parkinson\w*|Alzheimer\w*|migraine|cataracts?|bipolar|schizophrenia|autism|anorexia|bulimia|overdose|poisoning|burns?|laceration|sprain|concussion|contusion|ascites|shingles|zoster|\w+thyroidism|hypotension|miscarriage|preterm labou?r|pregnancy|retention|exacerbation|regurgitation|prolapse|apn(?:o)?ea|insufficiency|\w*plasia|\w*trophy|palsy|spasm|colic|ileus|volvulus|intussusception|reflux|eczema|acne|urticaria|varicella|mastitis|arrest|attack|lesion|mass|nodule|polyps?|cysts?)\b"
    r"|[一-鿿]*(?:炎|症|病|癌|瘤|栓塞|血栓(?:形成)?|梗死|梗塞|衰竭|出血|骨折|综合征|高血压|颤动|扑动|早搏|缺血|脱位|瘫痪|失语|功能不全|增生|糖尿病|哮喘|休克|感染|中毒|损伤|积液|气胸|夹层|狭窄|结石|溃疡|贫血|黄疸|水肿|发热|胸痛|腹痛|头痛|咯血|黑便|呕血|晕厥|气促|呼吸困难|咳嗽|恶心|呕吐|乏力|心悸|肿块|占位|结节|待查)"
)
_RULED = re.compile(
    r"(?i)(?P<a>[A-Za-z][\w' /-]{1,50}?)\s*(?:\([^)]*\)\s*)?(?:was |were |is |been |has been |now |- |— |—— )*(?:excluded|ruled out|r/o'd|not supported)\b"
    r"|\b(?:excluded|ruled out|rules out|excludes)\s+(?:for\s+)?(?P<b>[A-Za-z][\w' -]{1,40})"
    r"|(?:排除|除外)(?P<c>[一-鿿A-Za-z]{2,16})|(?P<e>[一-鿿A-Za-z]{2,14})(?:——?|:|：)[^。;；]{0,40}(?:排除|除外|不支持|不考虑)|(?P<d>[一-鿿A-Za-z]{2,14}?)(?:已|可|均|基本)?(?:排除|除外|不支持|不考虑)"
)
_RULED_WORD = re.compile(r"(?i)exclu|not supported|ruled|rules out|r/o'd|排除|除外|不支持|不考虑")
_VITALS = re.compile(r"(?i)^(?:BP|HR|RR|SpO2|T|P|sats|pulse|temp\w*|wt|weight|discharged|transferred)\b")
_CONTEXT = re.compile(
    r"(?i)^(?:(?:primary|principal|secondary|main|other|additional|final)(?: diagnos[ei]s)?\s*[:：]\s*)|^(?:and|or|the|a|an|acute on|so|also|with|w/|likely|probable|known|new|now|patient has|pt has|both)\s+|^(?:考虑|患者|目前|鉴别)\s*[:：]?"
)
_NOT_A_DIAGNOSIS = re.compile(
    r"(?i)^(?:plan|rx|start|stop|hold|continue|give|cont|monitor|check|repeat|send|refer|discuss|await|admit|consult|for|d/w|if|target|home|LR|IVF|NPO|NBM|iv|po|will|we|she|he|pt|patient|follow|review|see|aim|keep|"
    r"medical reasoning|additional testing|medical treatment|ex-?smoker|smoker|non-?smoker|nil|none|unremarkable|no|otherwise|takes?|all of them|none|stent|echo|ECG)\b"
    r"|^(?:予|给予|嘱|继续|完善|患者|建议|未|后未|长期服|口服|服用|吸入|规律服|自服|吸烟|饮酒|其[父母兄弟姐妹]|\d+年前因|最高)"
)
_NUMBERING = re.compile(r"^(?:[-•*·\s]|#\d?|\(?\d{1,2}[.)、）]|\d{1,2}\s?[:：]|（\d{1,2}）)+\s*")


_NAMED_AS_DIAGNOSES = re.compile(r"(?i)diagnos[ei]s|\bdx\b|problem list|诊断")
"""A label that says that what follows are diagnoses: nothing under it need look like one."""


def read_conditions(
    segments: Sequence[Segment],
    document_id: str,
    struck: Sequence[tuple[int, int]],
    drug_starts: frozenset[int],
) -> list[Condition]:
    """Diagnoses first (of the discharge, else of the impression), then comorbidities, denied and excluded ones."""
    excluded = _excluded(segments, document_id, struck)
    out = _diagnoses(segments, document_id, struck, drug_starts, excluded)
    for segment in segments:
        if segment.section == "past_medical_history":
            out += _history(segment, document_id, struck, drug_starts)
    out += excluded
    out += _denied(segments, document_id, struck)
    out += _family(segments, document_id)
    return _unique(out)


def _live(sentence: Span, struck: Sequence[tuple[int, int]]) -> bool:
    return not inside(struck, sentence.start)


def _diagnoses(
    segments: Sequence[Segment],
    document_id: str,
    struck: Sequence[tuple[int, int]],
    drugs: frozenset[int],
    excluded: Sequence[Condition],
) -> list[Condition]:
    final = [
        s
        for s in segments
        if s.section == "discharge_diagnosis" or (s.section == "assessment" and s.note.discharge)
    ]
    first = [
        s
        for s in segments
        if s.section == "assessment"
        and not s.note.discharge
        and not re.search(r"鉴别|(?i:differential)", s.label)
    ]
    ranked = final or first
    out: list[Condition] = []
    role = DiagnosisRole.PRINCIPAL
    for segment in ranked:
        if final == [] and segment is not ranked[0] and out:
            break
        for item in _diagnosis_items(segment, struck, final=bool(final)):
            name = _clean(item)
            if (
                name is None
                or _is_medicine(name, drugs)
                or _NOT_A_DIAGNOSIS.match(name.text)
                or _VITALS.match(name.text)
            ):
                continue
            if not final and not _NAMED_AS_DIAGNOSES.search(segment.label) and not _DISEASE.search(name.text):
                continue
            assertion = _assertion(item, name, excluded)
            if assertion is Assertion.HISTORICAL:
                assertion = Assertion.PRESENT
            out.append(
                Condition(
                    name.text,
                    assertion,
                    role if assertion is Assertion.PRESENT else DiagnosisRole.SECONDARY,
                    name.place(document_id),
                )
            )
            if assertion is Assertion.PRESENT:
                role = DiagnosisRole.SECONDARY
    return out


def _diagnosis_items(segment: Segment, struck: Sequence[tuple[int, int]], *, final: bool) -> list[Span]:
    items: list[Span] = []
    for sentence in segment.statements:
        if not _live(sentence, struck):
            continue
        parts = [p for n in _numbered(sentence) for p in list_items(n)]
        # A verb ends the list of diagnoses: what follows in the note is the plan.
        if not final and items and _NOT_A_DIAGNOSIS.match(_NUMBERING.sub("", sentence.text)):
            break
        merged: list[Span] = []
        for part in parts:
            if merged and not _DISEASE.search(part.text) and not _NUMBERING.match(part.text):
                last = merged[-1]
                merged[-1] = sentence.sub(last.start - sentence.start, part.end - sentence.start)
            else:
                merged.append(part)
        items += merged
    return _without_next_number(items)


def _without_next_number(items: list[Span]) -> list[Span]:
    """``Urosepsis 2.`` before the second item has taken that item's number; a stage (``CKD 3``) is no such number."""
    out: list[Span] = []
    for item, following in zip_longest(items, items[1:]):
        tail = re.search(r"\s+(\d{1,2})[.)]$", item.text.rstrip())
        if tail and following is not None and int(tail[1]) == len(out) + 2:
            item = item.sub(0, tail.start())
        out.append(item)
    return out


def _numbered(sentence: Span) -> list[Span]:
    """``1.心房颤动 2.高血压病`` on one line as its numbered parts."""
    cuts = [
        m.start()
        for m in re.finditer(
            r"(?:^|(?<=\s)|(?<=[;；。]))\(?\d{1,2}[.、)）](?=\s?[^\d\s]|[12]型)", sentence.text
        )
    ]
    if len(cuts) < 2:
        return [sentence]
    edges = [*cuts, len(sentence.text)]
    return [sentence.sub(a, b) for a, b in pairwise(edges)]


def _clean(item: Span) -> Span | None:
    text = item.text
    number = _NUMBERING.match(text)
    start = number.end() if number else 0
    while True:
        more = _CONTEXT.match(text[start:])
        if not more or more.end() == 0:
            break
        start += more.end()
    query = re.match(r"(?i)(?:R/o|rule out|\?)\s*", text[start:])
    if query:
        start += query.end()
    span = item.sub(start, len(text))
    span = span.sub(0, len(span.text.rstrip(".。 ")))
    return span if 2 <= len(span.text) <= 160 and re.search(r"[A-Za-z一-鿿]{2}", span.text) else None


def _is_medicine(name: Span, drugs: frozenset[int]) -> bool:
    return name.start in drugs and not _DISEASE.search(name.text)


def _assertion(item: Span, name: Span, excluded: Sequence[Condition]) -> Assertion:
    head = re.split(r"[(（,，]", name.text)[0].strip().casefold()
    for condition in excluded:
        other = condition.name.casefold()
        if other == head or (
            len(other) >= 4 and other in head and not re.search(r"(?i)resolved|treated", name.text)
        ):
            return Assertion.RULED_OUT
    if re.search(r"(?i)\b(?:excluded|ruled out)\b|排除|除外|不支持|不考虑", name.text) and not re.search(
        "不除外|待排除|不能排除", name.text
    ):
        return Assertion.RULED_OUT
    if re.match(r"(?i)\W*(?:R/o|rule out|\?|query)", item.text):
        return Assertion.HYPOTHETICAL
    at = name.start - item.start
    found = assertion_of(item.text, at, at + min(len(name.text), max(4, len(head))))
    if found is Assertion.HYPOTHETICAL and re.search(r"待查|可能性大", name.text):
        return Assertion.PRESENT
    return found


def _history(
    segment: Segment, document_id: str, struck: Sequence[tuple[int, int]], drugs: frozenset[int]
) -> list[Condition]:
    out = []
    for sentence in segment.statements:
        if not _live(sentence, struck):
            continue
        for item in list_items(sentence):
            name = _clean(item)
            if (
                name is None
                or _is_medicine(name, drugs)
                or len(name.text) > 90
                or _NOT_A_DIAGNOSIS.match(name.text)
            ):
                continue
            known = _DISEASE.search(name.text)
            if known is None and (len(name.text.split()) > 4 or re.search(r"[一-鿿]{9}", name.text)):
                continue
            has_drug = any(name.start <= d < name.end for d in drugs)
            if known is None and has_drug:
                continue
            at = item.start - sentence.start
            assertion = assertion_of(sentence.text, at + (known.start() if known else 0), at + len(item.text))
            if assertion is Assertion.HISTORICAL:
                assertion = Assertion.PRESENT
            stripped = re.match(r"(?:否认|无|有|患有|曾患|曾)(?=[一-鿿]{2})", name.text)
            if stripped and re.match("否认|无", name.text):
                assertion = Assertion.NEGATED
            if stripped:
                name = name.sub(stripped.end(), len(name.text))
            if (assertion is Assertion.NEGATED and known is None) or _SAYS_NONE.search(name.text):
                continue
            out.append(Condition(name.text, assertion, DiagnosisRole.COMORBIDITY, name.place(document_id)))
    return out


_SAYS_NONE = re.compile(r"(?i)^(?:PSH|PMH|PMHx|surgical history)\W{0,3}(?:nil|none|no|-)\b|^(?:nil|none)\b")


def _excluded(
    segments: Sequence[Segment], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[Condition]:
    out = []
    for segment in segments:
        if segment.section in {"family_history", "instructions", "home_medications"}:
            continue
        for sentence in segment.statements:
            if not _live(sentence, struck) or re.search(
                r"(?i)(?:not|cannot|can't) (?:be )?(?:excluded|ruled out)|不能排除|不除外|待排除|待除外",
                sentence.text,
            ):
                continue
            if not _RULED_WORD.search(sentence.text):
                continue
            for match in _RULED.finditer(sentence.text):
                group = next(k for k, v in match.groupdict().items() if v)
                start, end = match.span(group)
                if group == "a":
                    tail = re.split(r"(?i)\b(?:with|and so|so|as|but|patent|on|-)\s", match[group])[-1]
                    start = end - len(tail)
                name = sentence.sub(start, end)
                name = name.sub(len(name.text) - len(name.text.lstrip("- ")), len(name.text))
                if _DISEASE.search(name.text) and len(name.text) <= 60:
                    out.append(
                        Condition(
                            name.text, Assertion.RULED_OUT, DiagnosisRole.SECONDARY, name.place(document_id)
                        )
                    )
    return out


_DENIAL = re.compile(
    r"(?i)\b(?:denies|denied|no|nil|without)\s+(?P<list>[^.;:\n()]{2,120})|(?:否认|无|未诉|不伴)(?P<zh>[^。;；\n()（）]{2,60})"
)


def _denied(
    segments: Sequence[Segment], document_id: str, struck: Sequence[tuple[int, int]]
) -> list[Condition]:
    """Symptoms the patient is said not to have, in the history, review of systems and progress."""
    out = []
    for segment in segments:
        if segment.section not in {
            "chief_complaint",
            "history_of_present_illness",
            "review_of_systems",
            "admission",
            "condition_at_discharge",
            "examination",
        }:
            continue
        for sentence in segment.sentences:
            if not _live(sentence, struck):
                continue
            for match in _DISEASE.finditer(sentence.text):
                if assertion_of(sentence.text, match.start(), match.end()) is Assertion.NEGATED:
                    word = sentence.sub(match.start(), match.end())
                    word = _with_site(sentence, word)
                    text = re.sub(r"^(?:否认|无|未诉|不伴|未见)", "", word.text)
                    word = word.sub(len(word.text) - len(text), len(word.text))
                    if len(word.text) >= 2:
                        out.append(
                            Condition(
                                word.text, Assertion.NEGATED, DiagnosisRole.SECONDARY, word.place(document_id)
                            )
                        )
    return out


def _with_site(sentence: Span, word: Span) -> Span:
    """``chest pain`` for ``pain``: the adjective belongs to the symptom."""
    before = sentence.text[: word.start - sentence.start]
    site = re.search(
        r"(?i)\b(?!no\b|denies\b|denied\b|any\b|or\b|and\b|of\b|the\b|nil\b|without\b|new\b)[a-z]{4,12}\s$",
        before,
    )
    return (
        Span(word.start - len(site.group()), word.end, site.group() + word.text)
        if site and word.text.isascii()
        else word
    )


def _family(segments: Sequence[Segment], document_id: str) -> list[Condition]:
    out = []
    for segment in segments:
        if segment.section != "family_history":
            continue
        for sentence in segment.statements:
            if re.search(
                r"(?i)\b(?:pt'?s? own|patient'?s? own|nil|none|non-?contributory|unremarkable)\b|无特殊|否认",
                sentence.text,
            ):
                continue
            name = sentence.sub(0, len(sentence.text))
            if _DISEASE.search(name.text):
                out.append(
                    Condition(name.text, Assertion.FAMILY, DiagnosisRole.SECONDARY, name.place(document_id))
                )
    return out


def _unique(conditions: list[Condition]) -> list[Condition]:
    seen: set[tuple[str, Assertion]] = set()
    out = []
    for condition in conditions:
        key = (condition.name.casefold(), condition.assertion)
        if key not in seen:
            seen.add(key)
            out.append(condition)
    return out
