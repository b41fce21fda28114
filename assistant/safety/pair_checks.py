"""Two medicines of one patient: interactions and duplicate therapy.

Owns which pairs are weighed and how alike ones are told together. Refuses to know the patient's organs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.safety.alert_wording import Chart, capital
from assistant.safety.dose_checks import dose_mg
from assistant.safety.double_names import ALTERNATIVE, SPLIT_ON_PURPOSE, name_alerts
from assistant.safety.orders import OrderedMedicine
from knowledge.formulary import Interaction

_DOUBLED_IS_DANGEROUS = frozenset({"doac", "oral_anticoagulant", "maoi", "anticoagulant"})


_INR_IN_RANGE = 2.0
_BRIDGED = re.compile(r"\bbridg\w*|\boverlap\w*|\buntil (?:the )?INR\b|桥接|重叠|达标", re.IGNORECASE)
_ONE_AFTER_THE_OTHER = re.compile(
    r"\bthen\b|\bfollowed by\b|\bafter (?:the )?last\b|\bwhen the next dose\b|序贯|继以|(?:后|再)(?:改|换|续|转)",
    re.IGNORECASE,
)
"""Between two medicines of a class."""


@dataclass(frozen=True)
class _Pair:
    first: OrderedMedicine
    second: OrderedMedicine
    item: Interaction
    severity: Severity


def interaction_alerts(
    chart: Chart, ordered: list[OrderedMedicine], current: list[OrderedMedicine]
) -> list[Alert]:
    """One alert for each interaction and the medicine that its pairs share."""
    pairs = [pair for pair in _pairs(chart, ordered, current) if pair is not None]
    grouped: dict[tuple[str, Severity, str], list[_Pair]] = {}
    for pair in pairs:
        names = (pair.first.generic, pair.second.generic)
        shared = next((g for g in names if (pair.item.id, pair.severity, g) in grouped), names[0])
        grouped.setdefault((pair.item.id, pair.severity, shared), []).append(pair)
    return [_told(chart, shared, group) for (_, _, shared), group in grouped.items()]


def _pairs(
    chart: Chart, ordered: list[OrderedMedicine], current: list[OrderedMedicine]
) -> Iterator[_Pair | None]:
    everything = [*ordered, *current]
    for i, first in enumerate(ordered):
        for second in everything[i + 1 :]:
            local = (first.local or second.local) and "miconazole" not in (first.generic, second.generic)
            if local or _share(chart, first, second) or _alternatives(chart, first, second):
                continue
            doses = {o.generic: dose_mg(o.dose) for o in (first, second)}
            rows = [
                row
                for row in chart.formulary.interactions(first.generic, second.generic)
                if all((doses.get(generic) or 0) > limit for generic, limit in row.row.above_mg.items())
            ]
            if rows:
                yield _weighed(chart, first, second, rows[0])


def _weighed(
    chart: Chart, first: OrderedMedicine, second: OrderedMedicine, item: Interaction
) -> _Pair | None:
    """A pair the patient has long taken together is at most a caution, and no note."""
    severity = Severity(item.row.severity)
    if first.long_taken and second.long_taken:
        if severity is Severity.NOTE:
            return None
        severity = Severity.CAUTION
    if _two_anticoagulants(chart, first, second):
        return None
    return _Pair(first, second, item, severity)


def _two_anticoagulants(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> bool:
    """Told as duplicate therapy. Warfarin with an injected one is a bridge until its INR is in range; heparin with
    another injected one is what a catheter laboratory does, unless it is of low weight."""
    tags = chart.formulary.tags(first.generic), chart.formulary.tags(second.generic)
    if not all("anticoagulant" in t for t in tags) or first.generic == second.generic:
        return False
    if any("vitamin_k_antagonist" in t for t in tags):
        inr = chart.state.readings.get("inr")
        in_range = inr is not None and inr.value >= _INR_IN_RANGE
        return any("doac" in t for t in tags) or (in_range and not _BRIDGED.search(chart.record.text()))
    return "heparin" not in (first.generic, second.generic) or any("doac" in t for t in tags)


def _told(chart: Chart, shared: str, pairs: list[_Pair]) -> Alert:
    item, severity = pairs[0].item, pairs[0].severity
    orders = list(dict.fromkeys(order for pair in pairs for order in (pair.first, pair.second)))
    others = chart.names(order.generic for order in orders if order.generic != shared)
    if chart.zh:
        verb = {Severity.STOP: "避免合用", Severity.CAUTION: "合用需谨慎", Severity.NOTE: "合用注意"}[
            severity
        ]
        said = f"{chart.name(shared)}与{others}{verb}：{item.row.zh}。"
    else:
        verb = {Severity.STOP: "avoid together", Severity.CAUTION: "caution together", Severity.NOTE: "note"}[
            severity
        ]
        said = f"{capital(chart.name(shared))} with {others}: {verb} – {item.row.why}."
    orders.sort(key=lambda order: order.generic != shared)
    return chart.alert(
        AlertKind.INTERACTION, severity, said, orders, [], [(item.id, item.text(chart.language))]
    )


def _alternatives(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> bool:
    """Both stand in one proposal as a choice: "naproxen 500 mg or celecoxib 200 mg"."""
    if not (first.proposed and second.proposed):
        return False
    between = _between(chart, first, second)
    return between is not None and bool(ALTERNATIVE.search(between))


def _between(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> str | None:
    """The words between two orders of one line, with the second; None where they stand further apart."""
    a, b = first.evidence, second.evidence
    if a is None or b is None or a.id != b.id or a.end is None or b.end is None:
        return None
    low, high = sorted((a.end, b.end))
    between = next((d.text[low:high] for d in chart.record.documents if d.id == a.id), "")
    return between if len(between) < 160 and "\n" not in between else None


def _in_turn(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> bool:
    """Two of a class, one after the other: ``enoxaparin for 5 days, then edoxaban``."""
    between = _between(chart, first, second)
    return between is not None and bool(_ONE_AFTER_THE_OTHER.search(between))


def _share(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> bool:
    return not set(chart.formulary.ingredients(first.generic)).isdisjoint(
        chart.formulary.ingredients(second.generic)
    )


def duplicate_alerts(
    chart: Chart, ordered: list[OrderedMedicine], current: list[OrderedMedicine]
) -> list[Alert]:
    """The same substance or class twice: in two medicines, or under a brand and its generic."""
    alerts = name_alerts(chart, ordered)
    everything = [*ordered, *current]
    for i, first in enumerate(ordered):
        for second in everything[i + 1 :]:
            if first.local or second.local or _alternatives(chart, first, second):
                continue
            if _two_anticoagulants(chart, first, second) and _in_turn(chart, first, second):
                continue
            alert = _doubled(chart, first, second)
            if alert is not None:
                alerts.append(alert)
    return alerts


def _doubled(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> Alert | None:
    formulary = chart.formulary
    shared = set(formulary.ingredients(first.generic)) & set(formulary.ingredients(second.generic))
    classes = formulary.tags(first.generic) & formulary.tags(second.generic)
    doubled = next(
        (c for c in sorted(classes) if c in formulary.classes and formulary.classes[c].duplicate), None
    )
    if doubled is None and _two_anticoagulants(chart, first, second):
        doubled = "anticoagulant"
    if not shared and doubled is None:
        return None
    what = (
        " + ".join(chart.name(s) for s in sorted(shared))
        if shared
        else formulary.label(doubled or "", chart.language)
    )
    grave = bool(shared - SPLIT_ON_PURPOSE) or doubled == "anticoagulant" or bool(
        classes & (_DOUBLED_IS_DANGEROUS - {"anticoagulant"})
    )  # fmt: skip
    a, b = chart.name(first.generic), chart.name(second.generic)
    said = (
        f"{a}与{b}重复用药（{what}），避免同时使用。" if chart.zh
        else f"Duplicate therapy: {a} and {b} both contain or are {what}; avoid giving both."
    )  # fmt: skip
    row = (f"duplicate/{doubled or 'ingredient'}", f"{first.generic} and {second.generic}: {what} twice")
    severity = Severity.STOP if grave else Severity.CAUTION
    return chart.alert(AlertKind.DUPLICATE, severity, said, [first, second], [], [row])
