"""Errors with high-alert medicines that no dose range shows: a deadly route, a potassium drip too strong, a wrong opioid switch.

Owns these three checks. Refuses to know interactions and organs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.record import Place, SourceDocument
from assistant.safety.alert_wording import Chart, capital
from assistant.safety.asserted import clause_before, place_of
from assistant.safety.dose_checks import dose_mg, times_a_day
from assistant.safety.order_words import DOSE
from assistant.safety.orders import OrderedMedicine
from knowledge.formulary import DrugMention
from knowledge.formulary_high_alert import read_opioids, read_routes

_WAYS = {
    "push": re.compile(
        r"(?<!not )\b(?:IV|intravenous|slow|stat|fast|rapid)?[ -]?(?:push\b|bolus\b)|\bundiluted\b|\bneat\b|\bover (?:[1-9]|1\d|20|30) ?min|静脉?推注?(?!速度)|推注|静推|入壶|缓推|推完",
        re.IGNORECASE,
    ),
    "intrathecal": re.compile(
        r"\bintra-?thecal\w*|\bIT\b(?= (?:inj|with|on|day|chemo|at|\d|for))|鞘内|腰穿注", re.IGNORECASE
    ),
    "iv": re.compile(r"\bIV\b|\bintravenous\w*|静脉|静滴|静推|静注", re.IGNORECASE),
    "sc": re.compile(r"\bS/?C\b|\bsubcut\w*|皮下", re.IGNORECASE),
}
_AGAINST = re.compile(
    r"\b(?:not|never|no|avoid\w*|do not|don't|without|refus\w*|cancel\w*|stopp?e?d?|instead of)\b|禁|勿|不得|不可|不能|不要|避免|取消|而非",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.;](?=\s|$)|[。；\n”\"]")
_PHRASE_END = re.compile(r"[,，、]|\b(?:and|then|with|plus|start\w*|commenc\w*|or)\b|和|及|联合|加")
_DRIP = re.compile(
    r"(\d+(?:\.\d+)?)\s?mmol[^.;。\n]{0,30}?\b(?:in|into|/|per)\s?(\d+(?:,\d{3})?)\s?(ml|L)\b|10\s?%[^，。；\n]{0,8}?氯化钾[^\d。；\n]{0,6}(\d+(?:\.\d+)?)\s?ml[^。；\n]{0,16}?(\d{2,4})\s?ml",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"(\d+(?:\.\d+)?)\s?mmol\s?(?:/|per|an|each|every)\s?(?:h\b|hr|hour)|mmol[^.;\n]{0,40}\bover (\d+(?:\.\d+)?) ?(min|h)",
    re.IGNORECASE,
)
_CENTRAL = re.compile(r"\bcentral\b|\bCVC\b|\bPICC\b|中心静脉|深静脉", re.IGNORECASE)
_PRN = re.compile(
    r"\bPRN\b|break-?through|as needed|if needed|when needed|rescue|必要时|需要时|爆发|按需", re.IGNORECASE
)
_SWITCH = re.compile(
    r"\b(?:switch\w*|convert\w*|conversion|rotat\w*|chang\w*|replac\w*|instead of|d/c|in place of)\b|→|->|换|改为|改用|转换|替代|轮替",
    re.IGNORECASE,
)
_PER_HOUR = re.compile(
    r"(\d+(?:\.\d+)?)\s?(?:mcg|microg(?:ram)?s?|µg|μg|ug|微克)?\s?/?\s?(?:per |an )?(?:h\b|hr|hour|小时)|\bpatch(?:es)?[^\d.;\n]{0,12}(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)(?:\s?(?:mcg|microg(?:ram)?s?))?\s?patch",
    re.IGNORECASE,
)
_SCALED = (1.5, 2.0)
"""A switch to half as much again needs a reason; twice the dose stops the breath (BNF: reduce by a quarter to a half)."""


def high_alerts(chart: Chart, orders: list[OrderedMedicine]) -> list[Alert]:
    """At most one alert for each medicine's route, one for a potassium drip, one for an opioid switch."""
    alerts = [alert for order in orders for alert in _route_alerts(chart, order)]
    alerts += [alert for order in orders if (alert := _drip(chart, order)) is not None]
    alerts += [alert for order in orders if (alert := _opioid_switch(chart, order)) is not None]
    return alerts


def _told(chart: Chart, order: OrderedMedicine) -> Iterator[tuple[SourceDocument, DrugMention, str]]:
    """Each mention of the medicine with the words that follow it in its sentence."""
    for document in chart.record.documents:
        if document.kind == "fhir":
            continue
        for mention in chart.formulary.names_in(document.text):
            if mention.generic == order.generic:
                after = _SENTENCE_END.split(document.text[mention.end : mention.end + 110])[0]
                yield document, mention, after


def _route_alerts(chart: Chart, order: OrderedMedicine) -> Iterator[Alert]:
    tags = chart.formulary.tags(order.generic)
    rows = [row for row in read_routes() if not tags.isdisjoint(row["drugs"])]
    for row in rows:
        for document, mention, after in _told(chart, order):
            own = after[: next((m.start for m in chart.formulary.names_in(after)), len(after))]
            if row["way"] != "push":  # `Lantus 20 units, IV insulin`: the next phrase is another's
                own = _PHRASE_END.split(own)[0]
            before = clause_before(document.text, mention.start)
            way = _WAYS[row["way"]].search(own)
            ahead = any(not before[m.end() :].strip() for m in _WAYS[row["way"]].finditer(before))
            if (
                (way is None and not ahead)
                or _AGAINST.search(before[-40:])
                or _AGAINST.search(after[: way.end() + 12 if way else 20])
            ):
                continue
            end = mention.end + (way.end() if way else 0)
            yield _alert(
                chart,
                AlertKind.DOSE,
                Severity(row["severity"]),
                order,
                row,
                [place_of(document, mention.start, end)],
                f"route/{row['way']}/{order.generic}",
            )
            return


def _alert(
    chart: Chart, kind: AlertKind, severity: Severity, order: OrderedMedicine, row: dict[str, Any], places: list[Place | None], row_id: str
) -> Alert:  # fmt: skip
    name = chart.name(order.generic)
    if chart.zh:
        said = f"{name}：{'避免按此给药' if severity is Severity.STOP else '慎用'}——{row['zh']}。"
    else:
        said = f"{capital(name)}: {'do not give as written' if severity is Severity.STOP else 'check how it is given'} – {row['why']}."
    return chart.alert(
        kind, severity, said, [order], places, [(row_id, f"{row['why']} ({row['source']}; unchecked)")]
    )


def _drip(chart: Chart, order: OrderedMedicine) -> Alert | None:
    """Potassium above 40 mmol a litre by a peripheral vein is a caution, above 80 or faster than 20 mmol an hour a stop."""
    if order.generic != "potassium chloride":
        return None
    for document, mention, after in _told(chart, order):
        start = max(0, mention.start - 24)
        text = document.text[start : mention.end] + after
        if _AGAINST.search(text):
            continue
        per_litre, per_hour = _strength(text), _hourly(text)
        central = _CENTRAL.search(chart.record.text()) is not None
        grave = (per_hour or 0) > 20 or ((per_litre or 0) > 80 and not central)
        if not grave and ((per_litre or 0) <= 41 or central):
            continue
        row = {
            "why": f"{f'{per_litre:.0f} mmol a litre' if per_litre else f'{per_hour:.0f} mmol an hour'}: at most 40 mmol a litre by a peripheral vein and 10 to 20 mmol an hour, on a monitor",
            "zh": f"{f'浓度约{per_litre:.0f} mmol/L' if per_litre else f'速度约{per_hour:.0f} mmol/小时'}：外周静脉不超过40 mmol/L（0.3%），速度不超过10–20 mmol/小时并心电监护",
            "source": "BNF 2024; ISMP 2021",
        }
        severity = Severity.STOP if grave else Severity.CAUTION
        return _alert(chart, AlertKind.DOSE, severity, order, row, [place_of(document, mention.start, mention.end)], "dose/potassium")  # fmt: skip
    return None


def _strength(text: str) -> float | None:
    match = _DRIP.search(text)
    if match is None:
        return None
    if match[4]:
        return float(match[4]) * 1.34 / (float(match[4]) + float(match[5])) * 1000
    volume = float(match[2].replace(",", "")) * (1000 if match[3].upper() == "L" else 1)
    return float(match[1]) / volume * 1000 if volume >= 20 else None


def _hourly(text: str) -> float | None:
    match = _RATE.search(text)
    if match is None:
        return None
    if match[1]:
        return float(match[1])
    amount = re.search(r"(\d+(?:\.\d+)?)\s?mmol", text)
    hours = float(match[2]) / (60 if match[3].lower() == "min" else 1)
    return float(amount[1]) / hours if amount and hours else None


def _opioid_switch(chart: Chart, order: OrderedMedicine) -> Alert | None:
    """The opioid switched to, against the regular opioids that the record tells of, in oral morphine a day."""
    new = read_opioids().get(order.generic)
    if new is None or order.long_taken:
        return None
    if not _SWITCH.search(chart.record.text()):
        return None
    mine = [(amount, place) for amount, place, switched in _daily(chart, order.generic) if switched]
    if not mine:
        return None
    told: dict[str, tuple[float, Place]] = {}
    for generic in read_opioids():
        if generic != order.generic:
            best = max(((a, p) for a, p, _ in _daily(chart, generic)), key=lambda pair: pair[0], default=None)
            if best is not None:
                told[generic] = best
    before = sum(amount for amount, _ in told.values())
    after, place = max(mine, key=lambda pair: pair[0])
    if not before or after < _SCALED[0] * before:
        return None
    grave = after >= _SCALED[1] * before
    row = {
        "why": f"about {after:.0f} mg of oral morphine a day, where the patient takes about {before:.0f} mg: {after / before:.1f} times as much, and the breathing may stop; work out the switch again, and reduce it by a quarter to a half",
        "zh": f"约合口服吗啡每日{after:.0f} mg，而患者现用约{before:.0f} mg，为{after / before:.1f}倍，可致呼吸抑制：须重新换算剂量并减量25%–50%",
        "source": "Faculty of Pain Medicine 2020; BNF 2024",
    }
    severity = Severity.STOP if grave else Severity.CAUTION
    return _alert(
        chart,
        AlertKind.DOSE,
        severity,
        order,
        row,
        [place, *(p for _, p in told.values())],
        "dose/opioid-switch",
    )


def _daily(chart: Chart, generic: str) -> Iterator[tuple[float, Place, bool]]:
    """Oral morphine a day of each regular dose told of the opioid, its place, and whether a switch is spoken of."""
    row = read_opioids()[generic]
    for document, mention, after in _told(chart, OrderedMedicine(generic, generic)):
        following = next((m.start for m in chart.formulary.names_in(after)), len(after))
        own = after[:following]
        if _PRN.search(re.split(r"[,，]", own)[0]):
            continue
        line = document.text[
            max(document.text.rfind("\n", 0, mention.start) + 1, mention.start - 90) : mention.end
        ]
        switched = _SWITCH.search(line + after) is not None
        amount = _patch(own, row) if "patch" in row else _regular(own, row)
        if amount:
            yield amount, place_of(document, mention.start, mention.end + len(own.rstrip())), switched


def _patch(own: str, row: dict[str, Any]) -> float | None:
    rate = _PER_HOUR.search(own)
    figure = next((g for g in rate.groups() if g), None) if rate else None
    return float(figure) * row["patch"] if figure and 3 <= float(figure) <= 300 else None


def _regular(own: str, row: dict[str, Any]) -> float | None:
    dose = DOSE.match(own)
    amount = dose_mg(dose[1]) if dose else None
    if dose is None or amount is None:
        return None
    rest = own[dose.start(1) :]
    injected = next((way for way in ("sc", "iv") if way in row and _WAYS[way].search(own)), "oral")
    often = times_a_day(rest)
    return amount * often * row[injected] if often else None
