"""What a remark about a sample says is wrong, and which tests that touches.

Owns whether a remark withdraws anything at all (``sample not haemolysed`` and ``autoimmune haemolysis`` do not) and
which of several values it can mean. Refuses to know where the values stand (``erroneous_values``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from assistant.domain.record import Observation
from assistant.records.observation_names import key_of_test, same_test
from assistant.records.sections import Segment


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    fault: str
    tests: list[str]
    first: list[str] = []
    strict: bool


@dataclass(frozen=True)
class Fault:
    """A fault that makes some tests false; ``strict`` where it can mean no other."""

    cue: re.Pattern[str]
    tests: frozenset[str]
    first: frozenset[str]
    strict: bool


@cache
def _faults() -> tuple[Fault, ...]:
    raw = yaml.safe_load(Path(__file__).with_name("sample_faults.yaml").read_text(encoding="utf-8"))
    return tuple(
        Fault(
            re.compile(row.fault, re.IGNORECASE),
            frozenset(map(key_of_test, row.tests)),
            frozenset(map(key_of_test, row.first)),
            row.strict,
        )
        for row in TypeAdapter(list[_Row]).validate_python(raw)
    )


def fault_in(remark: str) -> Fault | None:
    """The first fault of the table that the remark names."""
    return next((f for f in _faults() if f.cue.search(remark)), None)


def touched(found: list[Observation], chosen: set[int], fault: Fault) -> set[int]:
    """Of the values chosen, those that the fault makes false; a strict fault leaves none of the others."""
    hit = {i for i in chosen if key_of_test(found[i].name) in fault.tests}
    main = {i for i in hit if key_of_test(found[i].name) in fault.first}
    return main or hit or (set() if fault.strict else chosen)


_DENIED = re.compile(
    r"(?i)(?:\b(?:not|non|no|nil|never|without|unlikely|isn'?t|wasn'?t|excluded?|rather than)\b[\s-]*(?:\w+[\s-]+){0,3}|(?:未见|未|无|没有|非|排除|不是|否认)[^，,。；;]{0,4})$"
)
_DENIED_BEHIND = re.compile(
    r"(?i)^\s?(?:was |is )?(?:excluded|ruled out|unlikely|denied|not (?:seen|detected|suspected|the cause))|^[^，,。；;]{0,4}(?:已排除|可能性小)"
)
_STOOD = re.compile(
    r"(?i)\b(?:(?<!not )genuine|(?<!not a )true value|confirmed on repeat|repeat(?:ed)? (?:and )?(?:confirm\w*|(?:the )?same(?! (?:day|time|sample|tube))|similar))\b|复查(?:结果)?(?:相同|一致|仍)|属实"
)
_CULTURE = re.compile(
    r"(?i)\b(?:urine|MSU|CSU|cultures?|cx|BCx|UCx|swab|sputum|stool|gram)\b|培养|尿标本|尿样|痰|拭子|血培养"
)
_NO_SAMPLE = re.compile(
    r"(?i)\b(?:cannula|catheter|drain|tube|line|drug|dose|medic\w+|prescri\w+|tablet|NGT?|PEG|dressing|removed|discharged|transferred)\b"
)
_ARTERIAL = re.compile(
    r"(?i)(?:arterial|art\.?|a-?|radial|femoral|central|CVC|vascath)\s?(?:line|cannula|catheter)"
)


def withdraws(remark: str, cue: re.Match[str]) -> bool:
    """Whether the cue says that a value is false: no denial, no illness of that name, no culture, no event."""
    before, after = remark[: cue.start()], remark[cue.end() :]
    if re.search(r"[无未非]\w?(?:溶血|凝固|污染)", cue.group()):
        return False
    if _DENIED.search(before[-40:]) or _DENIED_BEHIND.match(after):
        return False
    clause = re.split(r"[;；]", before)[-1] + cue.group() + re.split(r"[;；]", after)[0]
    if _STOOD.search(clause):
        return False
    told = cue.group().casefold()
    if "contaminat" in told or "污染" in told:
        return not _CULTURE.search(clause) or bool(re.search(r"(?i)EDTA|drip|saline|TPN", told))
    if _ARTERIAL.search(cue.group()) or _ARTERIAL.search(cue.group() + after[:12]):
        return False
    if told == "in error":
        return not _NO_SAMPLE.search(before[-50:])
    if "lysis" in told or "溶血" in told:
        return _of_the_sample(remark, cue)
    return True


_ILLNESS = re.compile(
    r"(?i)\b(?:auto-?immune|immune|intra-?vascular|extra-?vascular|acute|chronic|ongoing|brisk|drug-induced|delayed|mechanical|valve|DAT|Coombs|haptoglobin|reticul\w+|HELLP|spherocyt\w+|schistocyt\w+|fragments|AIHA|MAHA|G6PD|sickle|transfusion|an[a]?emia)\b"
    r"|免疫|血管[内外]|急性溶血|慢性溶血|溶血性|溶血(?:危象|反应|试验|发作|性)|贫血|结合珠蛋白|网织|输血|蚕豆|新生儿溶血"
)


def _of_the_sample(remark: str, cue: re.Match[str]) -> bool:
    """``haemolysis`` and ``溶血`` name an illness as well as a bad sample; the words about decide."""
    if _ILLNESS.search(remark):
        return False
    return bool(
        re.search(r"(?i)sample|specimen|tube|index|\+|标本|样本|血样|试管", remark)
        or re.search(r"[(（?]\s?$", remark[: cue.start()])
        or (cue.group() == "溶血" and re.match(r"\s*[)）,，。；;]|$", remark[cue.end() :]))
    )


__all__ = ["Fault", "fault_in", "touched", "withdraws"]


_REPEATED = re.compile(r"(?:重新?[抽采测查]|复[查测抽]|对侧(?:重抽)?)[^，,。；;\d\n]{0,10}$")


def said_to_be_repeats(found: list[Observation], chosen: set[int], segment: Segment) -> set[int]:
    """``Hb 58。对侧重抽 Hb 96。标本被稀释，作废``: of two values of one test the repeat is not the one withdrawn."""
    text, base = segment.span.text, segment.span.start
    repeats = {i for i in chosen if _REPEATED.search(text[: max(0, found[i].place.start - base)][-24:])}
    return {
        i
        for i in repeats
        if any(j not in repeats and same_test(found[j].name, found[i].name) for j in chosen)
    }
