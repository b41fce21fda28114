"""FHIR JSON as exports really write it: accessors that forgive, references that resolve, words out of codes.

Owns the reading of single elements (CodeableConcept, Quantity, Period, HumanName, Reference). Refuses to know what a
resource means for a patient. Numbers keep the digits of the source (``Decimal``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.records.numbers import display_number, source_number

Json = dict[str, Any]


def items(value: Any) -> list[Any]:
    """The values of an element that should repeat; exports write one value bare, or null."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def objects(value: Any) -> list[Json]:
    return [item for item in items(value) if isinstance(item, dict)]


def mapping(value: Any) -> Json:
    """The object itself, the first object of a list, or an empty one."""
    found = objects(value)
    return found[0] if found else {}


def string(value: Any) -> str | None:
    """Text of a primitive, trimmed; None where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, (dict, list)):
        return None
    return source_number(value)


def codings(concept: Any) -> list[Json]:
    """Codings of a CodeableConcept, of a bare Coding, or of a list of either."""
    found: list[Json] = []
    for item in objects(concept):
        if "coding" in item:
            found.extend(objects(item["coding"]))
        elif "code" in item or "display" in item:
            found.append(item)
    return found


def codes(concept: Any) -> set[str]:
    """Bare codes in lower case; a plain string (DSTU2 and hand-made bundles) counts as a code."""
    found = {str(c["code"]).lower() for c in codings(concept) if c.get("code") is not None}
    found.update(item.strip().lower() for item in items(concept) if isinstance(item, str))
    return found


def words(concept: Any) -> str | None:
    """What a person would read: the text, else a display, else the code itself."""
    for item in items(concept):
        if isinstance(item, str) and item.strip():
            return item.strip()
        if isinstance(item, dict) and string(item.get("text")):
            return string(item["text"])
    found = codings(concept)
    for coding in found:
        if string(coding.get("display")):
            return string(coding["display"])
    for coding in found:
        if string(coding.get("code")):
            return string(coding["code"])
    return None


def code_of(concept: Any) -> str | None:
    """``system|code`` of the first coding that has a code."""
    for coding in codings(concept):
        if string(coding.get("code")):
            return f"{string(coding.get('system')) or ''}|{string(coding['code'])}"
    return None


_TAG = re.compile(
    r"\s*\((?:disorder|finding|procedure|situation|body structure|observable entity|regime/therapy|event|substance|product|"
    r"morphologic abnormality|qualifier value|physical object|person|environment|organism|record artifact|clinical drug|"
    r"medicinal product)\)(?=\s*(?:;|$))"
)


def without_tag(text: str) -> str:
    """A SNOMED CT name without the tag of its hierarchy: ``Anemia (disorder)`` → ``Anemia``."""
    return _TAG.sub("", text) or text


_SHOWN_UNITS = {"mm[Hg]": "mmHg", "Cel": "°C", "[degF]": "°F", "[in_i]": "in", "[lb_av]": "lb"}
"""UCUM codes that no clinician writes."""


def unit_of(quantity: Json) -> str | None:
    """The unit as it is read; UCUM's annotations (``{score}``, ``{beats}/min``) say nothing of the measure."""
    unit = string(quantity.get("unit")) or string(quantity.get("code"))
    if unit is None or unit == "1":
        return None
    return _SHOWN_UNITS.get(unit) or re.sub(r"\{[^}]*\}", "", unit) or None


def quantity(value: Any, *, shown: bool = False) -> str | None:
    """``<= 72.3 kg``; with ``shown`` the number by the display rule, else as the source has it."""
    found = mapping(value)
    text = string(found.get("value"))
    if text is None:
        return None
    if shown:
        text = display_number(text)
    unit = unit_of(found)
    return f"{string(found.get('comparator')) or ''}{text}{' ' + unit if unit else ''}"


def span(value: Any) -> str | None:
    """A Range or a Period in words."""
    found = mapping(value)
    low = quantity(found.get("low")) or string(found.get("start"))
    high = quantity(found.get("high")) or string(found.get("end"))
    if low and high:
        return f"{low} - {high}"
    if low:
        return f"from {low}"
    return f"up to {high}" if high else None


def person_name(names: Any) -> str | None:
    """The official name first, else the first usable one; Chinese names without a space."""
    found = objects(names)
    found.sort(key=lambda name: name.get("use") != "official")
    for name in found:
        if string(name.get("text")):
            return string(name["text"])
        given = [g for g in (string(part) for part in items(name.get("given"))) if g]
        family = [f for f in (string(part) for part in items(name.get("family"))) if f]
        if is_chinese("".join(family + given)):
            return "".join(family + given)
        if given or family:
            return " ".join(given + family)
    for name in items(names):
        if isinstance(name, str) and name.strip():
            return name.strip()
    return None


def is_chinese(text: str) -> bool:
    """More than a stray Chinese character: a tenth of the text or more."""
    count = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return count > 0 and count * 10 >= len(text)


def first_date(resource: Json, *names: str) -> str | None:
    """The first of these elements that holds a dateTime, or a Period's or Timing's start."""
    for name in names:
        value = resource.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        found = mapping(value)
        moment = string(found.get("start")) or string(mapping(found.get("event")).get("start"))
        events = [e for e in items(found.get("event")) if isinstance(e, str)]
        if moment or events:
            return moment or events[0]
    return None


@dataclass
class Resource:
    """One resource of a bundle under an id that is unique in the record, e.g. ``Observation/abc``."""

    key: str
    kind: str
    json: Json
    full_url: str = ""


@dataclass
class Bundle:
    """All resources of one bundle in order, found again by any reference style in use."""

    resources: list[Resource]
    warnings: list[str] = field(default_factory=list)
    _by_reference: dict[str, Resource] = field(default_factory=dict)

    @classmethod
    def of(cls, entries: list[Any]) -> Bundle:
        """Index the entries; those without a resource are counted in a warning."""
        bundle = cls([])
        empty, doubled = 0, 0
        keys: set[str] = set()
        for number, entry in enumerate(entries, start=1):
            resource = mapping(mapping(entry).get("resource"))
            kind = string(resource.get("resourceType"))
            if not kind:
                empty += 1
                continue
            identity = string(resource.get("id"))
            url = string(mapping(entry).get("fullUrl")) or ""
            name = identity or url.rpartition("/")[2].rpartition(":")[2] or f"entry-{number}"
            key = f"{kind}/{name}"
            if key in keys:
                doubled += 1
                key = f"{key}#{number}"
            keys.add(key)
            bundle._add(Resource(key, kind, resource, url), identity)
        if empty:
            bundle.warnings.append(f"{empty} bundle entries hold no resource and were passed over.")
        if doubled:
            bundle.warnings.append(f"{doubled} resources share an id with an earlier one; all were read.")
        return bundle

    def _add(self, resource: Resource, identity: str | None) -> None:
        self.resources.append(resource)
        names = [resource.key, resource.full_url]
        if identity:
            names += [f"{resource.kind}/{identity}", f"urn:uuid:{identity}"]
        for name in filter(None, names):
            self._by_reference.setdefault(name, resource)

    def of_kind(self, *kinds: str) -> Iterator[Resource]:
        return (r for r in self.resources if r.kind in kinds)

    def resolve(self, reference: Any, inside: Json | None = None) -> Json:
        """The resource a Reference points at (bundle, absolute, versioned, ``#contained``), or an empty object."""
        found = self.find(reference)
        if found is not None:
            return found.json
        target = string(mapping(reference).get("reference")) or ""
        if target.startswith("#") and inside is not None:
            for contained in objects(inside.get("contained")):
                if string(contained.get("id")) == target[1:]:
                    return contained
        return {}

    def find(self, reference: Any) -> Resource | None:
        """The bundle's entry a Reference points at, or None."""
        target = string(mapping(reference).get("reference")) if not isinstance(reference, str) else reference
        if not target:
            return None
        target = target.partition("/_history/")[0]
        found = self._by_reference.get(target)
        if found is None and "/" in target:
            found = self._by_reference.get("/".join(target.rsplit("/", 2)[-2:]))
        return found

    def name_of(self, reference: Any, inside: Json | None = None) -> str | None:
        """How a referenced person, place or thing is called: the display first, then the resource itself."""
        display = string(mapping(reference).get("display"))
        if display:
            return display
        found = self.resolve(reference, inside)
        name = found.get("name")
        if isinstance(name, str):
            return string(name)
        return person_name(name) or words(found.get("code")) or words(found.get("vaccineCode"))
