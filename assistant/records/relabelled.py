"""Sections that only the whole chart tells: whose list ``Meds:`` is, that ``治疗`` in a discharge record tells the course, that
``Orders`` behind the list of what to take are those of the discharge, where a family's line ends.

Owns these second looks. Refuses to find headings (``layout``).
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.records.section_names import key_of, section_names
from assistant.records.sections import Segment

_PLAIN_LIST = {
    "meds",
    "medications",
    "medication",
    "medicines",
    "drugs",
    "current medications",
    "current meds",
}


def _discharge_lists(segments: list[Segment]) -> list[Segment]:
    """``Meds:`` in a discharge note is the discharge list, where the chart heads no other list so and has a home list."""
    names = section_names().label
    headed = any(names.get(key_of(s.label)) == "discharge_medications" for s in segments)
    home = any(s.section == "home_medications" and not s.note.discharge for s in segments)
    if headed or not home:
        return segments
    return [
        replace(s, section="discharge_medications")
        if s.section == "home_medications" and s.note.discharge and key_of(s.label) in _PLAIN_LIST
        else s
        for s in segments
    ]


_PRESCRIBED = frozenset(("rx", "prescription", "prescriptions", "scripts"))
_A_DOSE = re.compile(r"(?i)\d\s?(?:mg|mcg|microg(?:ram)?s?|g|units?|u|ml|puffs?|tabs?|sachets?)(?![a-z/])")
_GIVEN_IN_HOSPITAL = re.compile(
    r"(?i)(?<![a-z])(?:iv|ivi|fluids?|infusion|stat|given|received|nebs?)(?![a-z])"
)
_SOME_DOSES = 3


def _rx_of_the_discharge(segments: list[Segment]) -> list[Segment]:
    """``Rx: A 60 mg OD. B 40 mg til Nov 28. C 75.`` of a discharge note is its list; ``Rx: IV fluids, tazocin`` what was given."""
    return [
        replace(s, section="discharge_medications")
        if s.section == "plan"
        and s.note.discharge
        and key_of(s.label) in _PRESCRIBED
        and len(_A_DOSE.findall(s.span.text)) >= _SOME_DOSES
        and not _GIVEN_IN_HOSPITAL.search(s.span.text)
        else s
        for s in segments
    ]


_COURSE = frozenset(("治疗", "治疗情况", "诊治", "处理", "诊疗", "treatment"))


def _told_treatment(segments: list[Segment]) -> list[Segment]:
    """``治疗：`` of a discharge record that goes on to its own orders is what was done, no plan."""
    listed = [s.span.start for s in segments if s.section in ("discharge_medications", "discharge_orders")]
    return [
        replace(s, section="hospital_course")
        if s.section == "plan"
        and s.note.discharge
        and key_of(s.label) in _COURSE
        and any(s.span.start < at for at in listed)
        else s
        for s in segments
    ]


_TOLD_ON_ARRIVAL = frozenset(("chief_complaint", "history_of_present_illness"))
_COURSE_OF_THE_ILLNESS = frozenset(("经过", "过程", "病情经过", "发病经过"))


def _story_before_the_stay(segments: list[Segment]) -> list[Segment]:
    """``经过：`` behind the complaint of a clerking tells how the illness went, not the stay."""
    out: list[Segment] = []
    for s in segments:
        early = any(
            o.section in _TOLD_ON_ARRIVAL and o.note.index == s.note.index and not s.note.discharge
            for o in out[-4:]
        )
        story = s.section == "hospital_course" and key_of(s.label) in _COURSE_OF_THE_ILLNESS and early
        out.append(replace(s, section="history_of_present_illness") if story else s)
    return out


_BARE_ORDERS = frozenset(("orders", "order", "orders and instructions"))
_TITLE_CHARS = 300
_TITLES_A_DISCHARGE = re.compile(r"(?i)\b(?:discharge|d/c|transfer of care)\b")
_OF_A_DAY = re.compile(r"\d")


def _orders_of_the_discharge(segments: list[Segment]) -> list[Segment]:
    """``Orders`` that no day dates, behind the list of what to take or in a discharge summary, are for the time after.

    A kardex, ``Active orders`` or the orders of an earlier day stay the ward's.
    """
    bare = [s for s in segments if s.section == "orders" and key_of(s.label) in _BARE_ORDERS]
    if not bare:
        return segments
    entries = {s.note.index for s in segments if s.note.heading and _OF_A_DAY.search(s.note.heading)}
    head = "".join(s.note.heading + s.span.text for s in segments[:3])[:_TITLE_CHARS]
    summary = bool(_TITLES_A_DISCHARGE.search(head)) and not entries
    listed = next((s for s in segments if s.section == "discharge_medications"), None)
    return [
        replace(s, section="discharge_orders", note=replace(s.note, discharge=True))
        if s in bare and (s.note.discharge or summary or _follows(s, listed))
        else s
        for s in segments
    ]


def _follows(orders: Segment, listed: Segment | None) -> bool:
    """Whether the orders stand behind the list and are of no earlier day."""
    if listed is None or orders.span.start < listed.span.start:
        return False
    day, left = (orders.note.date or "")[:10], (listed.note.date or "")[:10]
    return not day or (bool(left) and day >= left)


_IDENTIFIES = re.compile(
    r"(?i)\b(?:DOB|MRN|NHS|UR|Hosp(?:ital)?(?: no)?\.?|Name|Patient|Pt|Age|Sex|(?:Date of )?(?:Admission|Discharge|Birth)|Admit(?:ted)?(?: date)?|Adm|Delivered|Discharged?(?: date)?|Attending|Consultant|Cons|GP|PCP|Ward|Unit|Phone|Tel|Address)\b\.?\s?(?:[:#]|(?:on )?\d)"
    r"|^\W*(?:姓名|性别|年龄|住院号|病案号|床号|科室|病区|入院日期|出院日期)[:： ]|^\W*(?:患者)?[一-鿿·]{2,4}[,，]\s?[男女][,，]"
)
_NAMES_THE_HOUSE = re.compile(
    r"^(?=.{4,70}$)(?!.*\b(?:was|is|are|were|has|had|home|well|stable|fit|with|and then)\b).*\b(?:Hospital|Trust|Medical Cent(?:er|re)|Infirmary|Clinic|Dept\.?|Department|Ward|Unit|Health System)\b|^.{2,20}医院$"
)


def _head_of_the_summary(segments: list[Segment]) -> list[Segment]:
    """The lines under ``DISCHARGE SUMMARY`` that name the hospital, the patient and the dates tell nothing of how they left."""
    first = next((s for s in segments if s.section == "condition_at_discharge"), None)
    before = segments[: segments.index(first)] if first else []
    if first is None or first.label or any(s.section != "header" for s in before):
        return segments
    end = 0
    for line in first.span.text.splitlines(keepends=True):
        bare = line.strip()
        if bare and not (_IDENTIFIES.search(bare) or _NAMES_THE_HOUSE.match(bare)):
            break
        end += len(line)
    if not end:
        return segments
    head = replace(first, section="header", span=first.span.sub(0, end))
    rest = replace(first, span=first.span.sub(end, len(first.span.text)))
    return [*before, head, *([rest] if rest.span.text.strip() else []), *segments[len(before) + 1 :]]


_OF_THE_FAMILY = re.compile(r"[父母兄弟姐妹祖叔伯舅姑姨儿女子]|家族|家人|配偶|遗传|类似|直系|亲属|均|体健")
_OF_THE_PATIENT = re.compile(
    r"过敏|BMI|身高|体重|不?吸烟|不?饮酒|平素|平时|口服|服用|，服|月经|入院|查体|综合征|病史\d|独居|同住"
)


def _end_of_family(segments: list[Segment]) -> list[Segment]:
    """``家族：其母…。对…过敏``: behind the family's sentences the paragraph is of the patient again."""
    out: list[Segment] = []
    for segment in segments:
        cut = _first_of_the_patient(segment) if segment.section == "family_history" else None
        if cut is None:
            out.append(segment)
            continue
        before = next(
            (s.section for s in reversed(out) if s.note.index == segment.note.index),
            "history_of_present_illness",
        )
        length = len(segment.span.text)
        out.append(replace(segment, span=segment.span.sub(0, cut)))
        out.append(replace(segment, section=before, span=segment.span.sub(cut, length), label=""))
    return out


def _first_of_the_patient(segment: Segment) -> int | None:
    for sentence in segment.sentences[1:]:
        if _OF_THE_PATIENT.search(sentence.text) and not _OF_THE_FAMILY.search(sentence.text):
            return sentence.start - segment.span.start
    return None


def relabelled(segments: list[Segment]) -> list[Segment]:
    """The segments with what the whole chart tells of their sections."""
    told = _told_treatment(
        _rx_of_the_discharge(_discharge_lists(_head_of_the_summary(_story_before_the_stay(segments))))
    )
    return _end_of_family(_orders_of_the_discharge(told))
