"""Doses that cannot be meant: insulin in millilitres, "10U", and one medicine written tenfold elsewhere in the record.

Owns what the written order and the rest of the record contradict. Refuses to know the usual range of a dose, except to
tell how grave a tenfold difference is. After ISMP, List of error-prone abbreviations, 2021.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.evidence import Evidence
from assistant.domain.record import PatientRecord, Place
from assistant.safety.alert_wording import formulary_evidence
from assistant.safety.orders import OrderedMedicine, record_evidence
from assistant.safety.patient_state import PatientState
from knowledge.formulary import Formulary

AMOUNT = re.compile(
    r"(\d{1,3}(?:,\d{3})+|\d+(?:[.,]\d+)?)(?:\s?[-–~]\s?(\d+(?:\.\d+)?))?\s?(mg|mcg|microg(?:ram)?s?|µg|μg|ug|g|毫克|微克|克)(/kg)?",
    re.IGNORECASE,
)
_TO_MG = {"mg": 1.0, "毫克": 1.0, "g": 1000.0, "克": 1000.0}
_GIVEN = re.compile(
    r"[^\d\n.;。；]{0,24}?(?:\([^)]*\)\s*)?(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)\s?(units?|U|IU|单位)(?![A-Za-z-])",
    re.IGNORECASE,
)
_IN_MILLILITRES = re.compile(
    r"[^\d\n.;,。；，(（]{0,24}?(\d+(?:\.\d+)?)\s?(?:ml|毫升)(?![A-Za-z/])", re.IGNORECASE
)
_NEXT_AMOUNT = re.compile(
    r"[^\d\n.;。；(（]{0,24}?(?:\([^)]*\)\s*)?" + AMOUNT.pattern + r"(?!/|%|[A-Za-z])",
    re.IGNORECASE,
)
_FORMER = re.compile(
    r"(?:\b(?:from|was|previously|formerly|before|increased to|changed to|reduced to|up to)|→|->|入院前|原|改为|增至|减至|由|加至)[^\d\n.;。；]{0,16}?"
    + AMOUNT.pattern
    + r"(?!/|%|[A-Za-z])",
    re.IGNORECASE,
)
_STRENGTH = re.compile(
    r"\s*(?:tabs?|tablets?|caps?|capsules?|strength|ampoules?|vials?|[/x×]|片|粒|支|规格)", re.IGNORECASE
)
_MEANT = re.compile(
    r"\b(?:taper\w*|wean\w*|reduc\w*|decreas\w*|load\w*|PRN|breakthrough|as needed|maximum|up to|total|allerg\w*|level|then|followed by|test dose)\b|"
    r"减量|递减|逐渐|负荷|必要时|爆发痛|最大|总量|过敏|然后|后改|随后",
    re.IGNORECASE,
)
_MANY_STRENGTHS = frozenset({"corticosteroid_systemic", "opioid", "insulin", "heparin_group"})


def plain(number: str) -> str:
    """``5,000`` is five thousand, ``2,5`` two and a half."""
    return number.replace(",", "" if re.fullmatch(r"\d{1,3}(?:,\d{3})+", number) else ".")


def amount_mg(match: re.Match[str]) -> float:
    """The larger end of a match of ``AMOUNT``, in milligrams (a kilogram for those per kilogram)."""
    return float(plain(match[2] or match[1])) * _TO_MG.get(match[3].lower(), 0.001)


def unit_alert(
    order: OrderedMedicine, record: PatientRecord, state: PatientState, formulary: Formulary, language: str
) -> Alert | None:
    """The first contradiction found in how the order is written."""
    return (
        _two_doses(order, record, formulary, language)
        or _insulin(order, record, state, formulary, language)
        or _tenfold(order, record, formulary, language)
    )


def _tenfold(
    order: OrderedMedicine, record: PatientRecord, formulary: Formulary, language: str
) -> Alert | None:
    """The dose ordered is ten, a hundred or a thousand times another of the same medicine and route, or the inverse."""
    ordered = AMOUNT.search(order.dose)
    if ordered is None or ordered[4] or order.evidence is None or order.local:
        return None
    if not formulary.tags(order.generic).isdisjoint(_MANY_STRENGTHS):
        return None
    mine = amount_mg(ordered)
    for amount, place in (*_former(order.evidence, record), *_amounts(order.generic, record, formulary)):
        ratio = max(mine, amount) / max(min(mine, amount), 1e-9)
        if any(abs(ratio / factor - 1) < 0.03 for factor in (10, 100, 1000)):
            return _tenfold_alert(
                order, (mine, amount), (order.evidence, record_evidence(record, place)), formulary, language
            )
    return None


def _former(own: Evidence, record: PatientRecord) -> list[tuple[float, Place]]:
    """The other dose of one line: ``captopril 125 mg TDS (was 12.5 mg)``."""
    document = next((d for d in record.documents if d.id == own.id and d.kind != "fhir"), None)
    if document is None or own.start is None or own.end is None:
        return []
    line = (
        document.text[own.start : own.end]
        + re.split(r"[.;](?=\s|$)|[。；\n]", document.text[own.end : own.end + 50])[0]
    )
    if _MEANT.search(line):
        return []
    return [
        (amount_mg(m), Place(document.id, own.start + m.start(), own.start + m.end(), m.group()))
        for m in _FORMER.finditer(line)
        if not m[4]
    ]


def _amounts(generic: str, record: PatientRecord, formulary: Formulary) -> list[tuple[float, Place]]:
    """Each dose written of the medicine, but for strengths of a tablet and doses that are meant to differ."""
    found = []
    for document in record.documents:
        if document.kind == "fhir":
            continue
        text = document.text
        for mention in formulary.names_in(text):
            match = _NEXT_AMOUNT.match(text, mention.end) if mention.generic == generic else None
            if match is None or match[4] or _STRENGTH.match(text, match.end()):
                continue
            line = text[max(0, mention.start - 40) : match.end() + 40]
            if _MEANT.search(line) or any(m.generic != generic for m in formulary.names_in(match.group())):
                continue
            found.append(
                (
                    amount_mg(match),
                    Place(document.id, mention.start, match.end(), text[mention.start : match.end()]),
                )
            )
    return found


def _tenfold_alert(
    order: OrderedMedicine, doses_mg: tuple[float, float], evidence: tuple[Evidence, Evidence], formulary: Formulary, language: str
) -> Alert:  # fmt: skip
    """A stop where the larger of the two is beyond any usual day or the medicine forgives little; else a caution."""
    low, high = sorted(doses_mg)
    rows = formulary.doses(order.generic)
    grave = bool(rows) and (any(row.narrow for row in rows) or all(high > row.daily_mg[1] for row in rows))
    mine = doses_mg[0] == high
    severity = Severity.STOP if grave and mine else Severity.CAUTION
    name, zh = formulary.name(order.generic, language), language == "zh"
    said = (
        f"{name} {order.dose}剂量疑有误：病历另写{doses_mg[1]:g} mg，相差十倍以上（{low:g}与{high:g} mg），核对前避免给药。"
        if zh
        else f"{name.capitalize()} {order.dose}: check the dose – the record also has {doses_mg[1]:g} mg, a tenfold difference "
        f"({low:g} and {high:g} mg); confirm before giving."
    )
    rule = "a tenfold change of dose is an error until confirmed (ISMP 2021; unchecked)"
    return _dose_alert(order, severity, said, evidence, "dose/tenfold", rule)


def _insulin(
    order: OrderedMedicine, record: PatientRecord, state: PatientState, formulary: Formulary, language: str
) -> Alert | None:
    """One dose of insulin far above what a body of this weight takes; or ``10U``, which a hand makes 100."""
    if "insulin" not in formulary.tags(order.generic) or order.evidence is None:
        return None
    place = order.evidence
    document = next((d for d in record.documents if d.id == place.id), None)
    names = [m for m in formulary.names_in(document.text) if m.start == place.start] if document else []
    dose = _GIVEN.match(document.text, names[0].end) if document and names else None
    if dose is None:
        poured = _IN_MILLILITRES.match(document.text, names[0].end) if document and names else None
        return _in_millilitres(order, poured[1], place, formulary, language) if poured else None
    units, weight = float(plain(dose[1])), state.readings.get("weight")
    zh, name = language == "zh", formulary.name(order.generic, language)
    rule = "more than 1.5 units/kg at once is an error until confirmed; never abbreviate units (ISMP 2021; unchecked)"
    if units >= 1.5 * (weight.value if weight else 80):
        sentence = (
            f"{name}剂量有误：单次{units:g}单位过大，疑十倍差错，核对前避免给药。"
            if zh
            else f"{name.capitalize()}: check the dose – {units:g} units in one dose is too much; a tenfold error; confirm before giving."
        )
        return _dose_alert(order, Severity.STOP, sentence, (place,), "dose/insulin", rule)
    if dose.group().endswith(f"{dose[1]}U") and not zh and record.language != "zh":
        # In Chinese notes `18U` is how units are written.
        sentence = f"{name.capitalize()}: {dose[1]}U is easily misread as {dose[1]}0 by hand; write “units”."
        return _dose_alert(order, Severity.NOTE, sentence, (place,), "dose/insulin", rule)
    return None


def _in_millilitres(
    order: OrderedMedicine, amount: str, place: Evidence, formulary: Formulary, language: str
) -> Alert:
    """A millilitre holds 100 units or more: an order in millilitres is read as units, or given as such."""
    name = formulary.name(order.generic, language)
    said = (
        f"{name}剂量有误：写作{amount}毫升；胰岛素须以单位开具（1毫升至少含40–100单位），核对前避免给药。"
        if language == "zh"
        else f"{name.capitalize()}: check the dose – {amount} mL is written; insulin is ordered in units (1 mL holds 100 or more). Confirm before giving."
    )
    rule = "ordered in units, never in millilitres (NPSA/2010/RRR013; ISMP 2021; unchecked)"
    return _dose_alert(order, Severity.STOP, said, (place,), "dose/insulin", rule)


def _two_doses(
    order: OrderedMedicine, record: PatientRecord, formulary: Formulary, language: str
) -> Alert | None:
    """Insulin or heparin written once as N and once as 10 N units: ``10U`` read as ``100``."""
    seen: dict[float, Evidence] = {}
    if formulary.tags(order.generic).isdisjoint({"insulin", "heparin_group"}):
        return None
    for document in record.documents:
        for mention in formulary.names_in(document.text):
            if mention.generic != order.generic:
                continue
            dose = _GIVEN.match(document.text, mention.end)
            if dose:
                place = Place(
                    document.id, mention.start, dose.end(), document.text[mention.start : dose.end()]
                )
                seen.setdefault(float(plain(dose[1])), record_evidence(record, place))
    for low in sorted(seen):
        for high in seen:
            if low and abs(high / low - 10) < 0.5:
                name = formulary.name(order.generic, language)
                said = (
                    f"{name}：病历中剂量相差十倍（{low:g}与{high:g}单位），疑十倍差错，核对前避免给药。"
                    if language == "zh"
                    else f"{name.capitalize()}: the record has {low:g} units and {high:g} units, a tenfold difference; do not give before the dose is confirmed."
                )
                rule = (
                    "a tenfold change of an insulin or heparin dose is an error until confirmed (ISMP 2022)"
                )
                return _dose_alert(order, Severity.STOP, said, (seen[low], seen[high]), "dose/tenfold", rule)
    return None


def _dose_alert(
    order: OrderedMedicine, severity: Severity, said: str, places: Sequence[Evidence], row_id: str, rule: str
) -> Alert:
    """The places of the record first, then the rule that they break."""
    row = formulary_evidence(row_id, f"{order.generic}: {rule}")
    return Alert(AlertKind.DOSE, severity, said, (*places, row), (order.generic,))
