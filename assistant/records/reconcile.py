"""The home list against the discharge list: new, changed, stopped, held, continued.

Owns the comparison. Refuses to group the mentions of one medicine (``medicine_groups``) and to decide what a patient should
take: where the record is silent or contradicts itself the medicine carries ``uncertain``. Follows WHO High 5s "medication
reconciliation" (best possible home list, every difference accounted for).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from assistant.domain.answer import MedicationChange
from assistant.domain.medicine_kinds import is_of_kind
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import (
    MedicationAction,
    MedicationPhase,
    MedicationStatement,
    PatientRecord,
)
from assistant.domain.stay import as_of_discharge
from assistant.records.dosing import is_bare_number, same_dose, same_frequency, says_when
from assistant.records.drug_names import DrugNames
from assistant.records.last_order import (
    as_charted,
    begun_and_going_on,
    given_to_the_end,
    is_pointed_at,
    tells_of_the_end,
    with_limits,
    with_unit,
)
from assistant.records.medicine_groups import Mentions, as_ordered_above, group_mentions, only_the_class
from assistant.records.reconcile_words import say


def reconcile(record: PatientRecord, formulary: DrugNames | None = None) -> tuple[ReconciledMedicine, ...]:
    """Every medicine of the home and discharge lists once, in the order of the record.

    A medicine given only in hospital is on neither list. Without a discharge list, only what the record says in so
    many words is a change; the home medicines then stand as continued, marked uncertain.
    """
    record = as_of_discharge(record)
    chinese = record.language == "zh"
    texts = {d.id: d.text for d in record.documents if d.kind != "fhir"}
    groups = group_mentions(record.medications, formulary, texts)
    listed = any(s.action is MedicationAction.TAKE for mentions in groups for s in mentions.discharge)
    marked = [s for m in groups for s in m.discharge if _MARKED_NEW.search(s.place.quote)]
    if len(marked) >= _MARKED_AT_LEAST:
        groups = [_unmarked_goes_on(mentions) for mentions in groups]
    ended = [s for m in groups for s in (*m.inpatient, *m.discharge) if s.action is not MedicationAction.TAKE]
    going_on = {m.discharge[-1].generic for m in groups if m.discharge and m.discharge[-1] not in ended}
    left = record.encounter.discharged if record.encounter else None
    letter = not listed and not chinese and tells_of_the_end(texts.values())
    out: list[ReconciledMedicine] = []
    for mentions in groups:
        medicine = None if only_the_class(mentions, record) else _settle(mentions, listed, chinese, left)
        if medicine is not None and medicine.uncertain == say("unaccounted", chinese):
            stop = next((s for s in reversed(ended) if is_of_kind(s.generic, medicine.generic)), None)
            if stop is not None and not any(is_of_kind(g, medicine.generic) for g in going_on):
                home = mentions.home[-1]
                medicine = _stopped(
                    replace(stop, name=home.name, generic=home.generic), home, [home, stop], chinese
                )
        if medicine is None and letter and not mentions.home:
            begun = begun_and_going_on(mentions.inpatient)
            doubt = say("begun", chinese)
            medicine = _taken(begun, None, MedicationChange.NEW, [begun], doubt) if begun else None
        if medicine is not None:
            out.append(medicine)
    return tuple(out)


_MARKED_NEW = re.compile(r"(?i)(?:\*{2}|\[)\s?new")
_MARKED_AT_LEAST = 2


def _unmarked_goes_on(mentions: Mentions) -> Mentions:
    """Beside lines marked ``**NEW**`` or ``[new]``, an unmarked one that nothing in the stay began is not new."""
    if mentions.home or mentions.inpatient or any(s.change or s.previous_dose for s in mentions.discharge):
        return mentions
    said = [
        replace(s, change="continued") if s.action is MedicationAction.TAKE else s for s in mentions.discharge
    ]
    return replace(mentions, discharge=said)


def _settle(mentions: Mentions, listed: bool, chinese: bool, left: str | None) -> ReconciledMedicine | None:
    home = _last(mentions.home, MedicationAction.TAKE)
    if mentions.discharge:
        return _from_list(mentions, home, chinese)
    if home is not None:
        return _from_home(mentions, home, listed, chinese, left)
    held = _last(mentions.home, MedicationAction.HOLD)
    if held is not None:
        return _stopped(held, None, [held], chinese)
    if mentions.orders and not listed:
        order = mentions.orders[-1]
        return _taken(order, None, MedicationChange.NEW, [order], say("order_active", chinese))
    return None  # given in hospital only, or stopped before admission


def _from_list(
    mentions: Mentions, home: MedicationStatement | None, chinese: bool
) -> ReconciledMedicine | None:
    final, contradicted = _final(mentions.discharge)
    doubt = say("both", chinese) if contradicted else None
    if final.action is not MedicationAction.TAKE:
        if final.change == "forbidden" and not mentions.home and _only_warned_of(mentions):
            return None  # a warning against a medicine that the patient does not take
        given = _last(mentions.inpatient, MedicationAction.TAKE)
        listed = final.reason or final.change == "forbidden" or final.generic in _WORTH_A_WORD
        if (
            final.action is MedicationAction.STOP
            and not mentions.home
            and given
            and not _IN_QUESTION.search(given.place.quote)
            and not (contradicted or listed)
        ):
            return None  # a medicine of the stay that ended with it
        return _stopped(final, home, _supporting(mentions, final.action, home, final), chinese, doubt)
    final = as_ordered_above(final, home, mentions)
    home = _before_the_change(home, final)
    charted = as_charted(final, home, mentions.inpatient)
    final = with_unit(final, (*mentions.home, *mentions.inpatient))
    if charted is not None:
        final = replace(final, dose=charted.dose, frequency=final.frequency or charted.frequency)
    change, unsure = _change(home, final, chinese)
    if charted is not None and not is_pointed_at(final):
        unsure = unsure or say("charted", chinese)
    if (
        change is MedicationChange.CONTINUED
        and home is None
        and any(s.change == "new" for s in mentions.inpatient)
    ):
        change = MedicationChange.NEW  # `losartan 50 mg, allopurinol unchanged`: started in this stay
    limits = with_limits(mentions.inpatient, final.dose)
    statements = [
        s
        for s in (home, limits, *_explaining(mentions.inpatient), charted, *mentions.discharge)
        if s is not None and (s is home or s is limits or not _other_release(s, final))
    ]
    if _unit_unknown(final, (*mentions.home, *mentions.inpatient)):
        unsure = unsure or say("unit", chinese)
    return _taken(final, home, change, statements, doubt or unsure)


def _before_the_change(
    home: MedicationStatement | None, final: MedicationStatement
) -> MedicationStatement | None:
    """A row of the home list that says in its last column what became of it (``0.25 mg tid | 减为0.125 mg tid``): the dose at
    home is the first."""
    told = home is not None and home.previous_dose and "|" in home.place.quote
    return (
        replace(home, dose=home.previous_dose) if told and home and same_dose(home.dose, final.dose) else home
    )


_WORTH_A_WORD = frozenset(
    "aspirin clopidogrel prasugrel ticagrelor warfarin apixaban rivaroxaban edoxaban dabigatran ibuprofen naproxen diclofenac".split()
)
"""Given in the stay and named among what is stopped: who might go on with it must be told, even from the chemist's shelf."""
_IN_QUESTION = re.compile(r"(?i)\bwhether\b|是否")
"""``停用的地高辛是否重新使用``: it was not given in the stay, it is asked about."""


def _only_warned_of(mentions: Mentions) -> bool:
    return all(s.change == "forbidden" for s in mentions.discharge)


def _unit_unknown(final: MedicationStatement, others: Sequence[MedicationStatement]) -> bool:
    """A bare number as dose, and no other entry that has the same number with its unit."""
    if not final.dose or not is_bare_number(final.dose):
        return False
    return not any(same_dose(final.dose, s.dose) and not is_bare_number(s.dose or "") for s in others)


def _from_home(
    mentions: Mentions, home: MedicationStatement, listed: bool, chinese: bool, left: str | None
) -> ReconciledMedicine:
    last = mentions.inpatient[-1] if mentions.inpatient else None
    said = last is not None and last.action is not MedicationAction.TAKE
    if last is not None and said and last.place.document_id.partition("/")[0] not in _ORDER_KINDS:
        return _stopped(last, home, _supporting(mentions, last.action, home, last), chinese)
    statements = [home, *_explaining(mentions.inpatient)]
    given = given_to_the_end(home, mentions.inpatient, left) if listed else None
    if given is not None:
        doubt = say("given", chinese)
        return _taken(home, home, MedicationChange.CONTINUED, [home, given], doubt)
    if listed:
        return ReconciledMedicine(
            name=home.name,
            generic=home.generic,
            change=MedicationChange.STOPPED,
            dose=home.dose,
            route=home.route,
            frequency=home.frequency,
            statements=_unique(statements),
            uncertain=say("unaccounted", chinese),
        )
    if last is not None and last.action is MedicationAction.TAKE:
        # Without a list the last dose given stands, not the one taken at home.
        change, _ = _change(home, last, chinese)
        if last.change or last.previous_dose or change is MedicationChange.CHANGED:
            return _taken(last, home, change, [home, last], say("no_list", chinese))
    doubt = say("order_active" if mentions.orders else "no_list", chinese)
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
        doubt = say("calls", chinese, word=said.value) if said is MedicationChange.CONTINUED else None
        return MedicationChange.CHANGED, doubt
    if said in {MedicationChange.CHANGED, MedicationChange.CONTINUED}:
        return said or MedicationChange.CONTINUED, None
    if final.previous_dose and same_dose(final.previous_dose, final.dose) is not True:
        return MedicationChange.CHANGED, None
    doubt = say("terms", chinese) if dose is None and home.dose and final.dose else None
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
    # At the same dose it may be how often that was changed: the old one must not stand for it.
    often_kept = not (changed and before and final.change == "changed" and same_dose(before.dose, final.dose))
    return ReconciledMedicine(
        name=final.name,
        generic=final.generic or (before.generic if before else None),
        change=change,
        dose=final.dose or (before.dose if before and not changed else None),
        route=final.route or (before.route if before else None),
        frequency=final.frequency
        or (before.frequency if before and often_kept and not says_when(final.dose) else None),
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
    mentions: Mentions,
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
