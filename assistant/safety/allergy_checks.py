"""Ordered medicines against the recorded allergies: the same medicine, its class, a real cross-reaction.

Owns what counts as a recorded allergy. Refuses to know other risks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.domain.answer import Alert, AlertKind, Severity
from assistant.domain.record import Place
from assistant.safety.alert_wording import RANK, VERB, Chart, capital
from assistant.safety.allergy_stories import is_tested_free, taken_since, told_allergies
from assistant.safety.asserted import clause_before, place_of, struck_spans
from assistant.safety.orders import OrderedMedicine

_REACTION = (
    r"anaphyla\w+|hives|urticaria|welts|(?:face|lips?|tongue|throat|facial|airway)[\w ]{0,12}swell\w*|swell\w* (?:of|in) (?:the |her |his )?(?:face|lips?|tongue|throat)|"
    r"swollen (?:face|lips?|tongue|throat)|swelled|bronchospasm|angio-?o?edema|stevens[- ]johnson|\bSJS\b|\bTEN\b|\bDRESS\b|severe skin|blister\w*|"
    r"collapsed?\b|rash|throat (?:clos\w+|swell\w*|tighten\w*)|wheez\w*|breathless\w*|could(?: not|n't) breathe|stopped breathing"
)
_REACTION_ZH = "皮疹|皮肤?疹|休克|荨麻疹|风团|喉头水肿|喉水肿|过敏|剥脱性皮炎|血管性水肿|面部?水肿|支气管痉挛|史蒂文斯|大疱|喘憋|呼吸困难"
_ALLERGY_TEXTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"allerg(?:y|ic|ies)(?: to)?[:：]?\s*([^.;\n。；]{2,80})",
        r"(?:anaphylaxis|anaphylactic|angio-?o?edema|reaction|rash|hives|urticaria|stevens[- ]johnson[^.;,\n]{0,12}|SJS|TEN|DRESS)\s+(?:to|after|with|from|on)\s+([^.;,\n]{2,60})",
        r"(?:对|既往)?([^，。；\n:：]{2,20})过敏(?!史?[:：]?\s*(?:无|否认))",
        r"过敏史?[:：]\s*([^。；\n]{2,40})",
        r"([^.;,:\n]{2,40}?)[ \t]*(?:allergy|anaphylaxis|\(?rash\b)",
        rf"(?:{_REACTION})[^.;,\n]{{0,20}}?\s(?:on|to|after|with|from|following|when (?:given|taking))\s+([^.;,\n]{{2,50}})",
        rf"([^.;,:\n]{{2,50}}?)\s(?:caused|causes|gave|gives|brings?|brought|makes?|made|triggered|induced|led to|leads to|->|→)[^.;\n]{{0,30}}?(?:{_REACTION})",
        rf"([^.;,:'‘\"\n]{{2,30}}?)\s*[-–(=]\s*[^.;,\n)]{{0,25}}?(?:{_REACTION})",
        rf"([^.;,:'‘\"\n]{{2,30}}?)\s*:\s*[^.;,\n)]{{0,25}}?(?:{_REACTION})",
        r"([^.;,:\n]{2,40}?)\s*['\"‘’“”]?(?:nearly|almost) (?:killed|died|finished)",
        r"(?:drug|medicine|medication) (?:sensitivit\w+|intoleranc\w+|reactions?)[:：]\s*([^.;\n]{2,80})",
        rf"(?:用|服用?|使用|注射|应用|静滴|输注|注入|予以?|给予|滴注)([^，。；\n]{{2,20}}?)(?:后|时|期间)[^。；\n]{{0,15}}?(?:{_REACTION_ZH})",
        rf"([^，。；\n:：]{{2,15}})(?:引起|导致|致|所致)(?:的)?(?:{_REACTION_ZH})",
    )
)
_NO_ALLERGY = re.compile(
    r"\b(?:no|nil|not|none|denies|NKDA|tolerat\w+|without)\b|否认|无|未|没有|耐受", re.IGNORECASE
)
_FORETOLD = re.compile(
    r"\b(?:watch|monitor|report|return|stop if|if|warn\w*|counsel\w*|risk|may|might|can|could (?!not)|side effects?|look out|treat\w* (?:a |the |her |his )?rash)\b|警惕|观察|注意|如出现|可能|若",
    re.IGNORECASE,
)
_RELATIVE = re.compile(
    r"\b(?:mother|father|mum|dad|parents?|son|daughter|wife|husband|partner|brother|sister|twin|family)(?:'s)?\b|"
    r"母亲|父亲|其母|其父|妻子|丈夫|儿子|女儿|兄|弟|姐|妹|家属|家族",
    re.IGNORECASE,
)
_TREATMENT = re.compile(
    r"\b(?:carr(?:y|ies|ied|ying)|treated with|given|received|keeps?|has (?:an?|his|her)|settled with|responded to)\b|"
    r"携带|备有|予以?|给予|抢救|治疗",
    re.IGNORECASE,
)
_RESCUE = frozenset({"adrenaline", "hydrocortisone", "prednisolone", "methylprednisolone", "dexamethasone"})
_RESCUE_CLASSES = frozenset({"antihistamine_sedating", "antihistamine_nonsedating"})
_STATED = re.compile(
    r"allergies?(?: to|[:：])|allergic to|过敏史?[:：]|对[^，。；]{1,15}过敏|(?:reaction|rash) to",
    re.IGNORECASE,
)


def recorded_allergies(chart: Chart) -> Iterator[tuple[str, Place]]:
    """Substance and place of every allergy that the record asserts, from its fields and from its prose."""
    for allergy in chart.record.allergies:
        if allergy.none_known or _is_rescue(chart, allergy.substance, allergy.place.quote):
            continue
        if is_tested_free(chart.record, allergy.substance, allergy.place):
            continue
        if not _is_a_relatives(chart, allergy.place, allergy.substance):
            yield f"{allergy.substance} {allergy.generic or ''}".strip(), allergy.place
    struck = struck_spans(chart.record)
    for substance, place in told_allergies(chart.record, chart.formulary):
        if not _is_rescue(chart, substance, place.quote):
            yield substance, place
    for document in chart.record.documents:
        for match in (m for pattern in _ALLERGY_TEXTS for m in pattern.finditer(document.text)):
            spans = struck.get(document.id, ())
            context = clause_before(document.text, match.start())[-25:] + match.group()
            if (
                _NO_ALLERGY.search(context)
                or _FORETOLD.search(match.group())
                or any(a < match.end() and match.start() < b for a, b in spans)
            ):
                continue
            substance = next((group for group in match.groups() if group), "").strip()
            if _is_rescue(chart, substance, match.group()):
                continue
            place = place_of(document, match.start(), match.end())
            if _is_a_relatives(chart, place, substance) or is_tested_free(chart.record, substance, place):
                continue
            if chart.formulary.names_in(substance) or chart.formulary.classes_in(substance):
                yield substance, place


_REPORTS = re.compile(
    r"\b(?:reports?|says?|said|tells?|told|states?|according to|recalls?|confirms?)\b|诉|称|代述|提供",
    re.IGNORECASE,
)


def _is_a_relatives(chart: Chart, place: Place, substance: str) -> bool:
    """ "Daughter is allergic to …", but not "daughter reports that she is allergic to …"."""
    text = next((d.text for d in chart.record.documents if d.id == place.document_id), "")
    until = max(text.find(substance.split(" ")[0], place.start), place.start)
    said = clause_before(text, until)
    relative = _RELATIVE.search(said)
    return relative is not None and not _REPORTS.search(said[relative.end() :])


_WITHDRAWN = re.compile(
    r"not (?:an?|a true|truly|really)(?: drug)? allerg|de-?labell?ed|allergy (?:excluded|ruled out|removed|refuted|disproved)|"
    r"(?:oral )?challenge (?:was )?negative|(?:has (?:had|taken)|took|tolerated)\b[^.;\n]{2,40}\bsince\b|not allergic|并非过敏|排除过敏|过敏已排除|非真正过敏",
    re.IGNORECASE,
)


def _is_withdrawn(chart: Chart, place: Place) -> bool:
    """The record itself takes the allergy back: tested, never one, or taken since without harm."""
    text = next((d.text for d in chart.record.documents if d.id == place.document_id), "")
    return bool(_WITHDRAWN.search(text[place.start : place.end + 160].split("\n")[0]))


def _is_rescue(chart: Chart, substance: str, said: str) -> bool:
    """Only what treats a reaction is named: adrenaline carried, an antihistamine given."""
    found = [mention.generic for mention in chart.formulary.names_in(substance)]
    if not found or chart.formulary.classes_in(substance):
        return False
    rescue = [g for g in found if g in _RESCUE or not chart.formulary.tags(g).isdisjoint(_RESCUE_CLASSES)]
    if len(rescue) < len(found):
        return bool(_TREATMENT.search(said)) and not _STATED.search(said)
    return "adrenaline" in found or bool(_TREATMENT.search(said)) or not _STATED.search(said)


def allergy_alerts(chart: Chart, order: OrderedMedicine, known: tuple[tuple[str, Place], ...]) -> list[Alert]:
    """The gravest allergy alert of the medicine, if any."""
    if order.generic == "adrenaline":
        return []
    tags = chart.formulary.tags(order.generic)
    alerts = []
    for substance, place in known:
        judged = _judged(chart, order, substance, tags)
        if judged is None:
            continue
        severity, why, row, text = judged
        if severity is Severity.STOP and _is_withdrawn(chart, place):
            severity = Severity.CAUTION
            why += "（病历称已排除，请核实）" if chart.zh else "; the record takes it back, confirm"
        elif severity is Severity.STOP and taken_since(
            chart.record, order.generic, chart.formulary, after_reaction=row.startswith("allergy/self")
        ):
            severity = Severity.CAUTION
            why += (
                "（病历记载此后用过未再反应，请核实）"
                if chart.zh
                else "; the record tells of it taken without harm, confirm"
            )
        name, recorded = chart.name(order.generic), _as_recorded(substance, place)
        said = (
            f"{name}：{VERB['zh'][severity]}，病历记载对“{recorded}”过敏——{why}。" if chart.zh
            else f"{capital(name)}: {VERB['en'][severity]} – recorded allergy “{recorded}”: {why}."
        )  # fmt: skip
        alerts.append(chart.alert(AlertKind.ALLERGY, severity, said, [order], [place], [(row, text)]))
    return sorted(alerts, key=lambda alert: RANK[alert.severity])[:1]


_UNNAMED = re.compile(
    r"(?:\b(?:allerg\w+|react\w+|anaphyla\w+|sw[eo]ll\w*|rash|hives)\b[^.;\n]{0,40}?|^\W*)(?:\?\s*|\b(?:an?|some|one|unknown|unnamed|unspecified|which)\s+)(?:\w+ )?antibiotics?\b"
    r"|\ba course of antibiotics\b[^.\n]{0,80}\b(?:sw[eo]ll\w*|rash|hives|anaphyla\w+)|(?:某种|不明|具体不详的?|某)抗[生菌][素药][^。；\n]{0,6}过敏|抗[生菌][素药]过敏[^。；\n]{0,8}(?:不详|不明|不清)",
    re.IGNORECASE | re.MULTILINE,
)
_NO_NAME = re.compile(r"^\W*(?:\?|unknown|unnamed|some|an?)?\s*antibiotics?\W*$", re.IGNORECASE)
_SCAN = re.compile(
    r"\bCTPA\b|\bCT (?:pulmonary )?angiogra\w+|\bCTA\b|\b(?:contrast|enhanced)[- ](?:enhanced )?CT\b|\bCT\b[^.;\n]{0,20}\bwith (?:IV )?contrast|\bcoronary angiogra\w+|增强CT|CT增强|(?:肺动脉|冠脉|头颈|主动脉|血管)CTA|冠(?:状动)?脉造影",
    re.IGNORECASE,
)
_SCAN_DONE = re.compile(
    r"\b(?:showed|shows|done|no PE|clear|normal|confirmed|without contrast|not|avoid|instead of|no)\b|未做|示[:：]|提示|未见|不做|避免|体检|既往|曾|\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)


def unnamed_alert(chart: Chart, orders: list[OrderedMedicine]) -> list[Alert]:
    """An antibiotic ordered where a reaction to one that nobody can name is recorded."""
    named = next((a.place for a in chart.record.allergies if _NO_NAME.match(a.substance)), None)
    if named is None:
        named = next(
            (
                place_of(d, m.start(), m.end())
                for d in chart.record.documents
                for m in _UNNAMED.finditer(d.text)
            ),
            None,
        )
    ordered = [o for o in orders if "antibacterial" in chart.formulary.tags(o.generic) and not o.local]
    if named is None or not ordered:
        return []
    names = chart.names(o.generic for o in ordered)
    said = (
        f"{names}：慎用，病历记载对某种不明抗菌药过敏，给药前须查明是哪一种。" if chart.zh
        else f"{capital(names)}: a reaction to an antibiotic is recorded and which one is not known; find out (GP, old notes, family) before giving."
    )  # fmt: skip
    row = (
        "missing/allergen",
        "the culprit of an antibiotic allergy is not named (NICE CG183 2014; unchecked)",
    )
    return [chart.alert(AlertKind.MISSING, Severity.CAUTION, said, ordered, [named], [row])]


def scan_alerts(chart: Chart, known: tuple[tuple[str, Place], ...]) -> list[Alert]:
    """A scan with contrast planned for someone who reacted to contrast; the medicine itself is seldom named."""
    culprit = next(
        (
            p
            for s, p in known
            if not chart.formulary.allergy_groups(s).isdisjoint({"contrast", "iodinated contrast"})
        ),
        None,
    )
    if culprit is None:
        return []
    for document in chart.record.documents:
        for scan in _SCAN.finditer(document.text):
            sentence = (
                clause_before(document.text, scan.start()) + document.text[scan.start() : scan.end() + 20]
            )
            if _SCAN_DONE.search(sentence) or culprit.start <= scan.start() < culprit.end:
                continue
            said = (
                f"{scan.group()}：禁用/避免使用，病历记载造影剂过敏，先改用不需造影剂的检查或与影像科商定。" if chart.zh
                else f"{scan.group()}: avoid, contraindicated – recorded reaction to contrast; choose a test without it, or agree on cover with radiology."
            )  # fmt: skip
            row = (
                "allergy/contrast/scan",
                "a scan with contrast after a reaction to contrast (ACR 2023; unchecked)",
            )
            places: list[Place | None] = [culprit, place_of(document, scan.start(), scan.end())]
            return [chart.alert(AlertKind.ALLERGY, Severity.STOP, said, [], places, [row])]
    return []


def _as_recorded(substance: str, place: Place) -> str:
    """The substance in the record's own words: "penicillin", not "penicillin benzylpenicillin"."""
    words = substance.split(" ")
    for count in range(len(words), 0, -1):
        said = " ".join(words[:count])
        if said.lower() in place.quote.lower():
            return said
    return " ".join(dict.fromkeys(words))


def _judged(
    chart: Chart, order: OrderedMedicine, substance: str, tags: frozenset[str]
) -> tuple[Severity, str, str, str] | None:
    formulary = chart.formulary
    named = {i for m in formulary.names_in(substance) for i in formulary.ingredients(m.generic)}
    classes = {m.drug_class for m in formulary.classes_in(substance)}
    if not tags.isdisjoint(named | classes):
        why = "同一药物或同类" if chart.zh else "the same medicine or class"
        text = f"{order.generic}: barred by an allergy to itself or its class"
        return Severity.STOP, why, f"allergy/self/{order.generic}", text
    rules = formulary.allergy_rules(order.generic, formulary.allergy_groups(substance))
    if not rules:
        return None
    rule = rules[0]
    return Severity(rule.severity), rule.zh if chart.zh else rule.why, rule.id, rule.text(chart.language)
