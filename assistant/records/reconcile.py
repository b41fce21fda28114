"""The home list against the discharge list: new, changed, stopped, held, continued.

Owns the comparison. Refuses to decide what a patient should take: where the record is silent or contradicts itself the
medicine carries ``uncertain``. Follows WHO High 5s "medication reconciliation" (best possible home list, every
difference accounted for).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.domain.answer import MedicationChange
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import (
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    PatientRecord,
    Place,
)
from assistant.domain.stay import as_of_discharge, iso_date, sort_key
from assistant.records.dosing import is_bare_number, same_dose, same_frequency, says_when
from assistant.records.drug_names import DrugNames, comparable, generic_name, way_given

_SAID = {
    "no_list": (
        "the record has no discharge list; taken before admission and not said to be stopped",
        "病历中无出院带药清单；入院前在用，未注明停用",
    ),
    "order_active": (
        "ordered during the stay and still active after it, not marked as a discharge medicine",
        "住院期间医嘱，出院后仍有效，未标为出院带药",
    ),
    "unaccounted": (
        "on the home list but not on the discharge list, and no reason is given: confirm before stopping",
        "入院前用药，未列入出院带药，亦未说明原因：停用前请核实",
    ),
    "both": ("the record says both to take it and to stop it: confirm", "病历中既写继续又写停用：请核实"),
    "terms": (
        "the doses at home and at discharge are in different terms: confirm",
        "入院前与出院剂量表述不同：请核实",
    ),
    "unit": ("the record gives its dose without a unit: confirm", "病历中剂量未写单位：请核实"),
    "calls": ("the record calls it {word}: confirm", "病历标注为“{word}”：请核实"),
}


@dataclass
class _Mentions:
    """All mentions of one medicine, by phase, in time order."""

    home: list[MedicationStatement]
    inpatient: list[MedicationStatement]
    discharge: list[MedicationStatement]
    orders: list[MedicationStatement]
    """Orders of the stay still active after it (``fhir_medicines``): a discharge list only for want of one."""


def reconcile(record: PatientRecord, formulary: DrugNames | None = None) -> tuple[ReconciledMedicine, ...]:
    """Every medicine of the home and discharge lists once, in the order of the record.

    A medicine given only in hospital is on neither list. Without a discharge list, only what the record says in so
    many words is a change; the home medicines then stand as continued, marked uncertain.
    """
    record = as_of_discharge(record)
    chinese = record.language == "zh"
    texts = {d.id: d.text for d in record.documents if d.kind != "fhir"}
    groups = _group(record.medications, formulary, texts)
    listed = any(s.action is MedicationAction.TAKE for mentions in groups for s in mentions.discharge)
    marked = [s for m in groups for s in m.discharge if _MARKED_NEW.search(s.place.quote)]
    if len(marked) >= _MARKED_AT_LEAST:
        groups = [_unmarked_goes_on(mentions) for mentions in groups]
    found = (_settle(m, listed, chinese) for m in groups if not _only_the_class(m, record))
    return tuple(medicine for medicine in found if medicine is not None)


def _only_the_class(mentions: _Mentions, record: PatientRecord) -> bool:
    """``on insulin`` beside ``insulin glargine 18 units``: no second insulin."""
    said = [*mentions.home, *mentions.inpatient, *mentions.discharge, *mentions.orders]
    bare = all(s.generic == "insulin" and not s.dose and s.action is MedicationAction.TAKE for s in said)
    return bare and any(
        s.generic and s.generic != "insulin" and "insulin" in s.generic for s in record.medications
    )


_MARKED_NEW = re.compile(r"(?i)(?:\*{2}|\[)\s?new")
_MARKED_AT_LEAST = 2


def _unmarked_goes_on(mentions: _Mentions) -> _Mentions:
    """Beside lines marked ``**NEW**`` or ``[new]``, an unmarked one that nothing in the stay began is not new."""
    if mentions.home or mentions.inpatient or any(s.change or s.previous_dose for s in mentions.discharge):
        return mentions
    said = [
        replace(s, change="continued") if s.action is MedicationAction.TAKE else s for s in mentions.discharge
    ]
    return replace(mentions, discharge=said)


def _group(
    statements: Sequence[MedicationStatement], formulary: DrugNames | None, texts: Mapping[str, str]
) -> list[_Mentions]:
    named: dict[str, list[MedicationStatement]] = {}
    for statement in statements:
        generic = statement.generic or generic_name(statement.name, formulary)
        named.setdefault(comparable(statement.name, generic, formulary), []).append(statement)
    ordered = {s.place for s in statements if s.phase is MedicationPhase.INPATIENT}
    return [
        _by_phase(part, ordered)
        for group in named.values()
        for form in _by_form(group)
        for part in _by_product(form, texts)
    ]


def _by_form(group: list[MedicationStatement]) -> list[list[MedicationStatement]]:
    """An inhaler beside tablets of the same drug is a second medicine, where one list names both."""
    ways = {id(s): way_given(s.name, s.route) for s in group}
    for phase in (MedicationPhase.HOME, MedicationPhase.DISCHARGE):
        listed = {ways[id(s)] for s in group if s.phase is phase and s.action is MedicationAction.TAKE}
        if len(listed) > 1:
            parts: dict[str | None, list[MedicationStatement]] = {}
            for statement in group:
                parts.setdefault(ways[id(statement)], []).append(statement)
            return list(parts.values())
    return [group]


def _by_product(
    group: list[MedicationStatement], texts: Mapping[str, str]
) -> list[list[MedicationStatement]]:
    """Slow and quick morphine, or two lines of one list with other doses and times, are two medicines."""
    taken = [
        s
        for s in group
        if s.phase is MedicationPhase.DISCHARGE and s.action is MedicationAction.TAKE and s.dose
    ]
    if len(taken) < 2:
        return [group]
    slow = {id(s): _is_slow(s) for s in group}
    if len({slow[id(s)] for s in taken}) > 1 and _quick(taken):
        # what says neither goes with the one it is written like
        return [[s for s in group if _belongs(s, slow) is way] for way in (True, False)]
    listed = [s for s in taken if _opens_its_line(s, texts)]
    if len(listed) < 2 or not all(_differs(a, b) for a, b in itertools.pairwise(listed)):
        return [group]
    if not _in_one_list(listed, texts):
        return [group]
    parts = {id(s): [s] for s in listed}
    for statement in group:
        if id(statement) not in parts:
            own = next((s for s in listed if same_dose(statement.dose, s.dose)), listed[0])
            parts[id(own)].append(statement)
    return list(parts.values())


def _is_slow(statement: MedicationStatement) -> bool:
    return bool(
        _SLOW.search(statement.place.quote[: len(statement.name) + 32]) or _SLOW.search(statement.name)
    )


def _quick(taken: Sequence[MedicationStatement]) -> bool:
    """Whether one of them says that it is quick, or is for when it is needed."""
    return any(
        _QUICK.search(f"{s.place.quote[: len(s.name) + 32]} {s.frequency or ''}")
        for s in taken
        if not _is_slow(s)
    )


def _belongs(statement: MedicationStatement, slow: Mapping[int, bool]) -> bool:
    said = f"{statement.place.quote[: len(statement.name) + 32]} {statement.frequency or ''}"
    return slow[id(statement)] or not _QUICK.search(said)


def _opens_its_line(statement: MedicationStatement, texts: Mapping[str, str]) -> bool:
    text, start = texts.get(statement.place.document_id, ""), statement.place.start
    return bool(_LINE_HEAD.fullmatch(text[text.rfind("\n", 0, start) + 1 : start])) if text else False


_LINE_HEAD = re.compile(r"[\s\-•*·–|│]*(?:\d{1,2}\s?[.)、）|│]\s*)?")


def _differs(one: MedicationStatement, other: MedicationStatement) -> bool:
    """Another dose at other times: the same time twice would be a correction, or a doubt."""
    return (
        same_dose(one.dose, other.dose) is not True
        and bool(one.frequency and other.frequency)
        and (one.frequency or "").casefold() != (other.frequency or "").casefold()
    )


def _in_one_list(listed: Sequence[MedicationStatement], texts: Mapping[str, str]) -> bool:
    document = listed[0].place.document_id
    if any(s.place.document_id != document or s.date != listed[0].date for s in listed):
        return False
    between = texts[document][listed[0].place.start : listed[-1].place.start]
    return not re.search(r"\n\s*\n", between)


def _by_phase(group: list[MedicationStatement], ordered: set[Place]) -> _Mentions:
    mentions = _Mentions([], [], [], [])
    for statement in group:
        if statement.phase is MedicationPhase.HOME:
            mentions.home.append(statement)
        elif statement.phase is MedicationPhase.INPATIENT:
            mentions.inpatient.append(statement)
        elif statement.place in ordered and statement.place.document_id.startswith("MedicationRequest/"):
            mentions.orders.append(statement)
        else:
            mentions.discharge.append(statement)
    for phase in (mentions.home, mentions.inpatient, mentions.discharge, mentions.orders):
        if all(iso_date(s.date or "") for s in phase):
            phase.sort(key=lambda s: sort_key(s.date))  # renewals in a bundle come in any order
    return mentions


def _settle(mentions: _Mentions, listed: bool, chinese: bool) -> ReconciledMedicine | None:
    home = _last(mentions.home, MedicationAction.TAKE)
    if mentions.discharge:
        return _from_list(mentions, home, chinese)
    if home is not None:
        return _from_home(mentions, home, listed, chinese)
    held = _last(mentions.home, MedicationAction.HOLD)
    if held is not None:
        return _stopped(held, None, [held], chinese)
    if mentions.orders and not listed:
        order = mentions.orders[-1]
        return _taken(order, None, MedicationChange.NEW, [order], _say("order_active", chinese))
    return None  # given in hospital only, or stopped before admission


def _from_list(
    mentions: _Mentions, home: MedicationStatement | None, chinese: bool
) -> ReconciledMedicine | None:
    final, contradicted = _final(mentions.discharge)
    doubt = _say("both", chinese) if contradicted else None
    if final.action is not MedicationAction.TAKE:
        if final.change == "forbidden" and not mentions.home and _only_warned_of(mentions):
            return None  # a warning against a medicine that the patient does not take
        given = _last(mentions.inpatient, MedicationAction.TAKE)
        listed = final.reason or final.change == "forbidden"
        if (
            final.action is MedicationAction.STOP
            and not mentions.home
            and given
            and not _IN_QUESTION.search(given.place.quote)
            and not (contradicted or listed)
        ):
            return None  # a medicine of the stay that ended with it
        return _stopped(final, home, _supporting(mentions, final.action, home, final), chinese, doubt)
    change, unsure = _change(home, final, chinese)
    if (
        change is MedicationChange.CONTINUED
        and home is None
        and any(s.change == "new" for s in mentions.inpatient)
    ):
        change = MedicationChange.NEW  # `losartan 50 mg, allopurinol unchanged`: started in this stay
    statements = [
        s
        for s in (home, *_explaining(mentions.inpatient), *mentions.discharge)
        if s is not None and (s is home or not _other_release(s, final))
    ]
    if _unit_unknown(final, (*mentions.home, *mentions.inpatient)):
        unsure = unsure or _say("unit", chinese)
    return _taken(final, home, change, statements, doubt or unsure)


_IN_QUESTION = re.compile(r"(?i)\bwhether\b|是否")
"""``停用的地高辛是否重新使用``: it was not given in the stay, it is asked about."""


def _only_warned_of(mentions: _Mentions) -> bool:
    return all(s.change == "forbidden" for s in mentions.discharge)


def _unit_unknown(final: MedicationStatement, others: Sequence[MedicationStatement]) -> bool:
    """A bare number as dose, and no other entry that has the same number with its unit."""
    if not final.dose or not is_bare_number(final.dose):
        return False
    return not any(same_dose(final.dose, s.dose) and not is_bare_number(s.dose or "") for s in others)


def _from_home(
    mentions: _Mentions, home: MedicationStatement, listed: bool, chinese: bool
) -> ReconciledMedicine:
    last = mentions.inpatient[-1] if mentions.inpatient else None
    said = last is not None and last.action is not MedicationAction.TAKE
    if last is not None and said and last.place.document_id.partition("/")[0] not in _ORDER_KINDS:
        return _stopped(last, home, _supporting(mentions, last.action, home, last), chinese)
    statements = [home, *_explaining(mentions.inpatient)]
    if listed:
        return ReconciledMedicine(
            name=home.name,
            generic=home.generic,
            change=MedicationChange.STOPPED,
            dose=home.dose,
            route=home.route,
            frequency=home.frequency,
            statements=_unique(statements),
            uncertain=_say("unaccounted", chinese),
        )
    if last is not None and last.action is MedicationAction.TAKE:
        # Without a list the last dose given stands, not the one taken at home.
        change, _ = _change(home, last, chinese)
        if last.change or last.previous_dose or change is MedicationChange.CHANGED:
            return _taken(last, home, change, [home, last], _say("no_list", chinese))
    doubt = _say("order_active" if mentions.orders else "no_list", chinese)
    return _taken(home, home, MedicationChange.CONTINUED, [home, *mentions.orders], doubt)


_ORDER_KINDS = {"MedicationRequest", "MedicationAdministration", "MedicationOrder"}
"""The end of a hospital order says nothing about the medicine at home; a sentence in a note does."""


def _final(discharge: Sequence[MedicationStatement]) -> tuple[MedicationStatement, bool]:
    """The last word on it, and whether the list contradicts itself. "Stop 5 mg, start 2.5 mg" is a change, not that."""
    last = discharge[-1]
    takes = [s for s in discharge if s.action is MedicationAction.TAKE]
    others = [s for s in discharge if s.action is not MedicationAction.TAKE]
    if not others:
        return _last(discharge, MedicationAction.TAKE) or last, False
    if not takes:
        return last, False
    if same_dose(others[-1].dose, takes[-1].dose) is False or _other_release(others[-1], takes[-1]):
        return takes[-1], False
    return last, True


_RELEASE = re.compile(
    r"(?<![A-Za-z])(?:SR|MR|XL|XR|CR|ER|LA|modified[- ]release|slow[- ]release)(?![A-Za-z])|缓释|控释"
)


_SLOW = re.compile(
    r"(?<![A-Za-z])(?:SR|MR|XL|XR|CR|ER|LA|PR|MST|Zomorph|MXL|Longtec|OxyContin|Shortec XL|(?:modified|slow|prolonged|extended|sustained|controlled)[- ]release)(?![A-Za-z])|缓释|控释"
)
_QUICK = re.compile(
    r"(?i)(?<![a-z])(?:IR|immediate[- ]release|quick|oral (?:solution|liquid)|liquid|Oramorph|OxyNorm|Sevredol|Shortec|prn|sos|as (?:needed|required)|when (?:needed|required)|if (?:needed|required)|breakthrough)(?![a-z])|必要时|即释|口服液|爆发"
)


def _other_release(stopped: MedicationStatement, taken: MedicationStatement) -> bool:
    """``oxycodone IR 5 mg prn ... CEASED: oxycodone SR``: the slow form ends, the quick one stays."""
    found = [bool(_RELEASE.search(s.place.quote[: len(s.name) + 24])) for s in (stopped, taken)]
    return found[0] != found[1]


def _change(
    home: MedicationStatement | None, final: MedicationStatement, chinese: bool
) -> tuple[MedicationChange, str | None]:
    said = MedicationChange(final.change) if final.change in set(MedicationChange) else None
    if home is None:
        if final.previous_dose and said is None:
            return MedicationChange.CHANGED, None
        return said or MedicationChange.NEW, None
    dose, frequency = same_dose(home.dose, final.dose), same_frequency(home.frequency, final.frequency)
    if dose is False or frequency is False:
        doubt = _say("calls", chinese, word=said.value) if said is MedicationChange.CONTINUED else None
        return MedicationChange.CHANGED, doubt
    if said in {MedicationChange.CHANGED, MedicationChange.CONTINUED}:
        return said or MedicationChange.CONTINUED, None
    if final.previous_dose and same_dose(final.previous_dose, final.dose) is not True:
        return MedicationChange.CHANGED, None
    doubt = _say("terms", chinese) if dose is None and home.dose and final.dose else None
    return MedicationChange.CONTINUED, doubt


def _taken(
    final: MedicationStatement,
    home: MedicationStatement | None,
    change: MedicationChange,
    statements: Sequence[MedicationStatement],
    uncertain: str | None,
) -> ReconciledMedicine:
    changed = change is MedicationChange.CHANGED
    before = home if home is not None and home is not final else None
    return ReconciledMedicine(
        name=final.name,
        generic=final.generic or (before.generic if before else None),
        change=change,
        dose=final.dose or (before.dose if before and not changed else None),
        route=final.route or (before.route if before else None),
        frequency=final.frequency or (before.frequency if before and not says_when(final.dose) else None),
        duration=final.duration,
        previous_dose=_previous(final, before) if changed else None,
        reason=_first(
            s.reason for s in (final, *reversed(statements)) if s.phase is not MedicationPhase.INPATIENT
        ),
        statements=_unique(statements),
        uncertain=uncertain,
    )


def _previous(final: MedicationStatement, home: MedicationStatement | None) -> str | None:
    if home is None or not home.dose:
        return final.previous_dose or (home.frequency if home else None)
    if home.frequency and same_frequency(home.frequency, final.frequency) is False:
        return f"{home.dose} {home.frequency}"
    return home.dose


def _stopped(
    final: MedicationStatement,
    home: MedicationStatement | None,
    statements: Sequence[MedicationStatement],
    chinese: bool,
    uncertain: str | None = None,
) -> ReconciledMedicine:
    held = final.action is MedicationAction.HOLD
    known = home or final
    return ReconciledMedicine(
        name=final.name,
        generic=final.generic or known.generic,
        change=MedicationChange.STOPPED,
        held=held,
        dose=known.dose,
        route=known.route,
        frequency=known.frequency,
        reason=_first(
            s.reason for s in (final, *reversed(statements)) if s.action is not MedicationAction.TAKE
        ),
        restart_condition=_first(s.condition for s in (final, *reversed(statements))) if held else None,
        statements=_unique(statements),
        uncertain=uncertain,
    )


def _supporting(
    mentions: _Mentions,
    action: MedicationAction,
    home: MedicationStatement | None,
    final: MedicationStatement,
) -> list[MedicationStatement]:
    same = [s for s in (*mentions.inpatient, *mentions.discharge) if s.action is action and s is not final]
    return [s for s in (home, *same, final) if s is not None]


def _explaining(inpatient: Sequence[MedicationStatement]) -> list[MedicationStatement]:
    """Mentions from the stay that say why or from what dose."""
    return [s for s in inpatient if s.previous_dose or s.change or s.action is not MedicationAction.TAKE]


def _last(statements: Sequence[MedicationStatement], action: MedicationAction) -> MedicationStatement | None:
    found = [s for s in statements if s.action is action]
    # of several entries the last that names a dose: a later bare mention does not take the dose away
    return next((s for s in reversed(found) if s.dose), found[-1] if found else None)


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value), None)


def _unique(statements: Iterable[MedicationStatement]) -> tuple[MedicationStatement, ...]:
    return tuple(dict.fromkeys(statements))


def _say(key: str, chinese: bool, **parts: str) -> str:
    return _SAID[key][chinese].format(**parts)
