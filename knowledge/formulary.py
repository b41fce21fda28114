"""The formulary: which medicine a name means, and what is known of it, each fact with its source.

Owns look-up of names, classes and facts in ``knowledge/formulary/*.yaml``. Refuses to know any patient.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from knowledge.formulary_facts import (
    RANK,
    ConditionName,
    CrossAllergy,
    Dose,
    Interaction,
    PatientRule,
    read_facts,
)
from knowledge.formulary_names import (
    DrugClass,
    FormularyError,
    Medicine,
    read_classes,
    read_medicines,
    read_not_medicines,
    read_regimens,
    read_short_names,
)
from knowledge.medicine_names import ClassMention, DrugMention, NameIndex

__all__ = [
    "ClassMention",
    "Dose",
    "DrugClass",
    "DrugMention",
    "Formulary",
    "FormularyError",
    "Interaction",
    "Medicine",
    "PatientRule",
    "open_formulary",
]

FOLDER = Path(__file__).with_name("formulary")


class Formulary:
    """Read only; safe to share between threads."""

    def __init__(self, folder: Path = FOLDER) -> None:
        medicines = read_medicines(folder)
        self.medicines: dict[str, Medicine] = {medicine.generic: medicine for medicine in medicines}
        self.classes: dict[str, DrugClass] = read_classes(folder, medicines)
        self.facts = read_facts(folder)
        hidden: list[tuple[str, str | None]] = [(phrase, None) for phrase in read_not_medicines(folder)]
        named = [(name, m.generic) for m in medicines for name in m.names]
        self._names = NameIndex([*named, *read_short_names(folder, medicines), *hidden])
        self._regimens = read_regimens(folder, medicines)
        self._regimen_names = NameIndex([(name, name) for name in self._regimens])
        self._class_names = NameIndex(
            [(name, c.id) for c in self.classes.values() for name in (*c.english, *c.chinese)] + hidden
        )
        self._classes_of = self._close_classes()

    def names_in(self, text: str) -> list[DrugMention]:
        """Each medicine named in the text, longest match, left to right."""
        return [DrugMention(g, text[start:end], start, end) for g, start, end in self._names.search(text)]

    def medicines_in(self, text: str) -> list[DrugMention]:
        """``names_in``, and each medicine of a regimen named by its short name (``HRZE``) at that name's place."""
        found = self.names_in(text)
        for name, start, end in self._regimen_names.search(text):
            found += [DrugMention(g, text[start:end], start, end) for g in self._regimens[name]]
        return sorted(found, key=lambda mention: mention.start)

    def classes_in(self, text: str) -> list[ClassMention]:
        """Each class of medicines named in the text (``NSAIDs``, ``头孢类``)."""
        return [
            ClassMention(c, text[start:end], start, end) for c, start, end in self._class_names.search(text)
        ]

    def find(self, name: str) -> Medicine | None:
        """The medicine of that generic, brand, abbreviation or Chinese name; None where unknown."""
        generic = self._names.exact(name)
        return self.medicines[generic] if generic is not None else None

    def generic(self, name: str) -> str | None:
        """Lower-case English generic name of one drug or brand; None where unknown."""
        return self._names.exact(name)

    def find_class(self, name: str) -> DrugClass | None:
        """The class of that id, English or Chinese name; None where unknown."""
        if name in self.classes:
            return self.classes[name]
        key = self._class_names.exact(name)
        return self.classes[key] if key is not None else None

    def name(self, generic: str, language: str = "en") -> str:
        """The name to show: English generic, or the Chinese generic where there is one."""
        medicine = self.medicines.get(generic)
        return (medicine.chinese if medicine and language == "zh" else "") or generic

    def ingredients(self, generic: str) -> tuple[str, ...]:
        """The active substances: itself, or those of the combination."""
        medicine = self.medicines.get(generic)
        return medicine.of if medicine and medicine.of else (generic,)

    def tags(self, generic: str) -> frozenset[str]:
        """The medicine, its ingredients and every class any of them belongs to."""
        return self._classes_of.get(generic, frozenset((generic,)))

    def interactions(self, a: str, b: str) -> tuple[Interaction, ...]:
        """Rows that name both medicines, by name or class, gravest first."""
        tags_a, tags_b = self.tags(a), self.tags(b)
        found = [
            item
            for item in self.facts.interactions
            if (not tags_a.isdisjoint(item.row.a) and not tags_b.isdisjoint(item.row.b))
            or (not tags_a.isdisjoint(item.row.b) and not tags_b.isdisjoint(item.row.a))
        ]
        return tuple(sorted(found, key=lambda item: -RANK[item.row.severity]))

    def patient_rules(self, generic: str) -> tuple[PatientRule, ...]:
        """Rules about the medicine or a class of it, gravest first."""
        tags = self.tags(generic)
        found = [
            rule
            for rule in self.facts.patient_rules
            if not tags.isdisjoint(rule.row.drugs) and tags.isdisjoint(rule.row.unless_drug)
        ]
        return tuple(sorted(found, key=lambda rule: -RANK[rule.row.severity]))

    def allergy_groups(self, substance: str) -> frozenset[str]:
        """What an allergy to the substance is an allergy to: medicines and classes; empty where unknown."""
        found: set[str] = set()
        for class_mention in self.classes_in(substance):
            found.add(class_mention.drug_class)
        for mention in self.names_in(substance):
            found |= self.tags(mention.generic)
        found |= {word for word in ("egg", "fish", "peanut") if word in substance.lower()}
        return frozenset(found)

    def allergy_rules(self, generic: str, groups: frozenset[str]) -> tuple[CrossAllergy, ...]:
        """Rules by which an allergy to one of ``groups`` bars the medicine, gravest first."""
        tags = self.tags(generic)
        found = [
            rule
            for rule in self.facts.allergies
            if (
                rule.source_group in groups
                or not groups.isdisjoint(rule.targets[1:] if rule.targets[0] == rule.source_group else ())
            )
            and not tags.isdisjoint(rule.targets)
        ]
        return tuple(sorted(found, key=lambda rule: -RANK[rule.severity]))

    def doses(self, generic: str) -> tuple[Dose, ...]:
        return self.facts.doses.get(generic, ())

    def conditions(self) -> tuple[ConditionName, ...]:
        return tuple(self.facts.conditions.values())

    def label(self, tag: str, language: str = "en") -> str:
        """The name to show of a medicine, class or group."""
        if tag in self.medicines:
            return self.name(tag, language)
        group = self.classes.get(tag) or self.facts.groups.get(tag)
        return group.name(language) if group else tag

    def names_count(self) -> int:
        return len(self._names)

    def strangers(self) -> tuple[str, ...]:
        """Tags used in facts that name no medicine, class, group or condition: each is a typing error."""
        known = {*self.medicines, *self.classes, *self.facts.groups}
        used = {tag for item in self.facts.interactions for tag in (*item.row.a, *item.row.b)}
        used |= {tag for rule in self.facts.patient_rules for tag in (*rule.row.drugs, *rule.row.unless_drug)}
        used |= {tag for g in (*self.facts.groups.values(), *self.classes.values()) for tag in g.of}
        used |= {
            tag for rule in self.facts.allergies for tag in rule.targets if tag != rule.source_group
        } | set(self.facts.doses)
        conditions = {r.row.when.condition for r in self.facts.patient_rules if r.row.when.condition}
        conditions |= {r.row.unless_condition for r in self.facts.patient_rules if r.row.unless_condition}
        return tuple(sorted((used - known) | (conditions - set(self.facts.conditions))))

    def _close_classes(self) -> dict[str, frozenset[str]]:
        parents: dict[str, set[str]] = {}
        for drug_class in (*self.classes.values(), *self.facts.groups.values()):
            for member in drug_class.of:
                parents.setdefault(member, set()).add(drug_class.id)
        closed: dict[str, frozenset[str]] = {}
        for medicine in self.medicines.values():
            tags: set[str] = set()
            queue = [medicine.generic, medicine.drug_class]
            for ingredient in medicine.of:
                queue += [ingredient, self.medicines[ingredient].drug_class]
            while queue:
                tag = queue.pop()
                if tag not in tags:
                    tags.add(tag)
                    queue += parents.get(tag, ())
            closed[medicine.generic] = frozenset(tags)
        return closed


@lru_cache(maxsize=1)
def open_formulary() -> Formulary:
    """The formulary that ships with the app; read once."""
    return Formulary()
