"""One medicine under two names, and what the patient still has at home beside the new list.

Owns the brand that hides a second supply. Refuses to know interactions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.record import MedicationPhase
from assistant.safety.alert_wording import Chart
from assistant.safety.asserted import place_of
from assistant.safety.order_words import DOSE, ENDED_AFTER
from assistant.safety.orders import OrderedMedicine, orders_of, record_evidence
from knowledge.formulary_high_alert import read_opioids

SPLIT_ON_PURPOSE = frozenset(
    {"levodopa", "carbidopa", "benserazide", "salbutamol", "ipratropium", "metformin", "formoterol", "amlodipine"}
)  # fmt: skip
BACKGROUND_AND_RESCUE = frozenset({"opioid", "insulin", "corticosteroid_systemic", "inhaled_corticosteroid"})
_ALONE = frozenset({"amlodipine", "metformin"})
"""Split on purpose only between a combination and itself; as one tablet under two names they are doubled."""
ALTERNATIVE = re.compile(r"\bor\b|alternativ|if not|instead|否则|或|替代|不耐受", re.IGNORECASE)
_IN_HAND = re.compile(
    r"\bown (?:drugs?|supply|medicines?|bag)\b|\b(?:drugs?|medicines?|pill) bag\b|\bbag of\b|\bbrought in\b|\bkitchen\b|\bdrawer\b|\bcupboard\b|\bleft over\b|\bstill has\b|\bat home (?:he|she) (?:has|keeps)\b|\bfrom (?:the )?other (?:hospital|pharmacy)\b|"
    r"自带|药袋|还剩|剩余|家[中里](?:还|仍|尚)?有|家[中里]剩|外院(?:开|带|处方)|另一家",
    re.IGNORECASE,
)
_TAKES_BOTH = re.compile(
    r"\btak(?:es|ing) (?:both|all|everything)\b|\bboth (?:boxes|packs|bottles|kinds)\b|\beverything in\b|\bkeep taking (?:all|both)\b|都(?:在)?(?:吃|服|用)|一样不落|两种(?:都|一起)|同时(?:吃|服)",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"\b(?:return\w*|destroy\w*|dispos\w*|stopp\w*|no longer|discontinu\w*|removed|do not take)\b|销毁|不再|停用|已停|交还|回收|勿",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\n。]+")


def name_alerts(chart: Chart, ordered: list[OrderedMedicine]) -> list[Alert]:
    """A brand and its generic as if two, two slow-release brands of one opioid, and a supply at home beside the list."""
    every = orders_of(chart.record, chart.formulary)
    found = []
    for order in ordered:
        own = [o for o in every.get(order.generic, ()) if o.dose and not o.local and o.evidence is not None]
        found.append(_twice_by_name(chart, order, own) or _two_slow_brands(chart, order, own))
    return [alert for alert in found if alert is not None] + list(_supplies(chart, ordered))


def _twice_by_name(chart: Chart, order: OrderedMedicine, every: list[OrderedMedicine]) -> Alert | None:
    """A brand and its generic, each with a dose of its own, as if they were two medicines."""
    tags = chart.formulary.tags(order.generic)
    if order.local or not tags.isdisjoint(BACKGROUND_AND_RESCUE) or order.generic in SPLIT_ON_PURPOSE:
        return None
    named: dict[str, OrderedMedicine] = {}
    listed = min(
        (m.place.start for m in chart.record.medications if m.phase is MedicationPhase.DISCHARGE), default=0
    )
    for own in every:
        if own.evidence and (own.evidence.start or 0) < listed:
            continue  # given during the stay; the discharge list is what the patient takes
        named.setdefault(own.name.casefold(), own)
    if len(named) < 2:
        return None
    first, second = list(named.values())[:2]
    between = _between(chart, first, second)
    if between is None or len(between) < 8 or ALTERNATIVE.search(between):
        return None
    return _same(chart, first, second, Severity.STOP)


def _two_slow_brands(chart: Chart, order: OrderedMedicine, every: list[OrderedMedicine]) -> Alert | None:
    """Slow-release morphine under two brands is a double dose; a slow brand beside a quick one is how opioids are given."""
    slow = read_opioids().get(order.generic, {}).get("long_acting", ())
    if len(slow) < 2:
        return None
    brands: dict[str, OrderedMedicine] = {}
    for own in every:
        brand = next((b for b in slow if own.name.casefold().startswith(b.casefold())), None)
        if brand is not None:
            brands.setdefault(brand.casefold().split(" ")[0], own)
    if len(brands) < 2:
        return None
    first, second = list(brands.values())[:2]
    between = _between(chart, first, second)
    if between is None or ALTERNATIVE.search(between) or _changed(chart, first, second):
        return None
    return _same(chart, first, second, Severity.STOP)


def _changed(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> bool:
    a, b = first.evidence, second.evidence
    if a is None or b is None:
        return False
    low, high = sorted((a.start or 0, b.start or 0))
    between = next((d.text[low:high] for d in chart.record.documents if d.id == a.id), "")
    return bool(re.search(r"(?i)\b(?:switch\w*|chang\w*|replac\w*|stopp\w*)\b|→|->|换|改|停", between))


def _same(chart: Chart, first: OrderedMedicine, second: OrderedMedicine, severity: Severity) -> Alert:
    what = chart.name(first.generic)
    said = (
        f"“{first.name}”与“{second.name}”为同一药物（{what}），属重复用药，避免同时使用。" if chart.zh
        else f"Duplicate therapy: “{first.name}” and “{second.name}” are the same medicine, {what}; avoid giving both."
    )  # fmt: skip
    row = ("duplicate/name", f"{first.generic} under two names")
    return chart.alert(AlertKind.DUPLICATE, severity, said, [first, second], [], [row])


def _supplies(chart: Chart, ordered: list[OrderedMedicine]) -> Iterator[Alert]:
    """What stands in a bag or drawer under another name or of the same class: both would be taken."""
    if not any(m.phase is MedicationPhase.DISCHARGE for m in chart.record.medications):
        return
    severity = Severity.STOP if _TAKES_BOTH.search(chart.record.text()) else Severity.CAUTION
    seen: set[str] = set()
    for home in _in_hand(chart):
        if home.generic in seen:
            continue
        for order in ordered:
            if (
                order.local
                or order.name.casefold() == home.name.casefold()
                or order.generic in SPLIT_ON_PURPOSE - _ALONE
            ):
                continue
            if order.generic == home.generic:
                if chart.formulary.tags(order.generic).isdisjoint(BACKGROUND_AND_RESCUE):
                    seen.add(home.generic)
                    yield _same(chart, home, order, severity)
            elif (shared := _same_class(chart, home, order)) is not None:
                seen.add(home.generic)
                yield _alike(chart, home, order, shared, severity)


def _in_hand(chart: Chart) -> Iterator[OrderedMedicine]:
    for document in chart.record.documents:
        if document.kind == "fhir":
            continue
        for line in _LINE.finditer(document.text):
            if not _IN_HAND.search(line.group()) or _GIVEN_UP.search(line.group()):
                continue
            for mention in chart.formulary.names_in(line.group()):
                after = line.group()[mention.end :]
                if not DOSE.match(after) or ENDED_AFTER.search(after):
                    continue
                at = line.start() + mention.start
                place = place_of(document, at, line.start() + mention.end)
                yield OrderedMedicine(
                    mention.generic, mention.text, evidence=record_evidence(chart.record, place)
                )


def _same_class(chart: Chart, home: OrderedMedicine, order: OrderedMedicine) -> str | None:
    known = chart.formulary
    if not known.tags(order.generic).isdisjoint(BACKGROUND_AND_RESCUE):
        return None
    shared = known.tags(home.generic) & known.tags(order.generic)
    return next((c for c in sorted(shared) if c in known.classes and known.classes[c].duplicate), None)


def _alike(chart: Chart, home: OrderedMedicine, order: OrderedMedicine, shared: str, severity: Severity) -> Alert:  # fmt: skip
    what, a, b = (
        chart.formulary.label(shared, chart.language),
        chart.name(home.generic),
        chart.name(order.generic),
    )
    said = (
        f"患者手中的“{home.name}”（{a}）与{b}同属{what}，属重复用药，避免同时使用。" if chart.zh
        else f"Duplicate therapy: “{home.name}” ({a}), which the patient still has, and {b} are both {what}; avoid giving both."
    )  # fmt: skip
    return chart.alert(AlertKind.DUPLICATE, severity, said, [home, order], [], [(f"duplicate/{shared}", f"{home.generic} and {order.generic}: {shared} twice")])  # fmt: skip


def _between(chart: Chart, first: OrderedMedicine, second: OrderedMedicine) -> str | None:
    a, b = first.evidence, second.evidence
    if a is None or b is None or a.id != b.id:
        return None
    low, high = sorted((a, b), key=lambda e: e.start or 0)
    return next((d.text[low.end : high.start] for d in chart.record.documents if d.id == a.id), None)
