"""The patient's strip: who this is, what must not be forgotten. Figures and names are the record's own."""

from __future__ import annotations

from html import escape

from assistant.domain.record import Assertion, Observation, PatientRecord
from assistant.domain.stay import iso_date, sort_key
from assistant.intake import problems
from assistant.ui import state
from assistant.ui.components.marked import chip, draw

MAX_PROBLEMS = 3
_RENAL = (("egfr", "eGFR"), ("creatinine", ""), ("肌酐", ""))


def age_at(birth_date: str | None, day: str | None) -> int | None:
    """Whole years; None without both dates."""
    born, then = iso_date(birth_date or ""), iso_date(day or "")
    if born is None or then is None or then < born:
        return None
    return then.year - born.year - ((then.month, then.day) < (born.month, born.day))


def age_and_sex(record: PatientRecord) -> str:
    """The age as the record states it, else worked out for the day of admission."""
    patient = record.patient
    years = age_at(patient.birth_date, record.encounter.admitted if record.encounter else None)
    age = patient.age_text or (state.t("years", n=years) if years is not None else "")
    sex = state.t(f"sex_{patient.sex}") if patient.sex in ("female", "male", "other") else ""
    return " · ".join(p for p in (age, sex) if p)


def kidney_course(record: PatientRecord) -> str:
    """``eGFR 31 → 54``: first and last result of the stay that count; eGFR before creatinine; empty without one."""
    for word, label in _RENAL:
        found = [o for o in record.observations if word in o.name.casefold() and _counts(o)]
        if not found:
            continue
        found.sort(key=lambda o: sort_key(o.time))
        if len({o.unit for o in found}) > 1:
            found = [o for o in found if o.unit == found[-1].unit]
        first, last = found[0], found[-1]
        values = first.value if first.value == last.value else f"{first.value} → {last.value}"
        return f"{label or last.name} {values}"
    return ""


def _counts(o: Observation) -> bool:
    return o.number is not None and o.assertion is Assertion.PRESENT


def show_strip(record: PatientRecord) -> None:
    patient, stay = record.patient, record.encounter
    facts = [age_and_sex(record)]
    if patient.mrn:
        facts.append(f"{state.t('mrn')} {patient.mrn}")
    if stay and stay.admitted:
        facts.append(state.t("admitted", day=stay.admitted[:10]))
    if stay and stay.discharged:
        facts.append(state.t("discharged", day=stay.discharged[:10]))
    parts = [
        f'<span class="name">{escape(patient.name or state.t("no_name"))}</span>',
        f'<span class="soft">{escape(" · ".join(f for f in facts if f))}</span>',
    ]
    if patient.deceased:
        parts.append(chip(state.t("deceased", day=patient.deceased[:10]), "red"))
    known = [a for a in record.allergies if not a.none_known]
    for allergy in known[:4]:
        parts.append(
            chip(allergy.substance + (f": {allergy.reaction}" if allergy.reaction else ""), "red", longest=44)
        )
    if not known:
        parts.append(
            chip(
                state.t("no_known_allergy" if record.allergies else "allergy_unknown"),
                "" if record.allergies else "amber",
            )
        )
    kidney = kidney_course(record)
    if kidney:
        parts.append(chip(kidney, "amber"))
    names = problems(record)
    parts += [chip(name, longest=34) for name in names[:MAX_PROBLEMS]]
    if len(names) > MAX_PROBLEMS:
        parts.append(chip(f"+{len(names) - MAX_PROBLEMS}"))
    draw(f'<div class="strip">{" ".join(parts)}</div>')
