"""What a sentence says was done with a medicine or another measure, against what its sources say was done."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from assistant.verification.belonging import is_old, last_drug
from assistant.verification.facts import Quantity
from assistant.verification.reading import DrugNames, Reading
from assistant.verification.schedules import MARK
from assistant.verification.terms import ACTIONS, DrugAction, actions_in

_NEUTRAL = {"give", "start"}
_PAST = {
    "hold": "held", "stop": "stopped", "continue": "continued", "start": "started", "resume": "resumed", "increase": "increased",
    "decrease": "reduced", "switch": "switched", "cancel": "cancelled", "give": "given", "not": "withheld",
}  # fmt: skip
_MEASURES = {"stop", "cancel", "resume", "continue", "hold"}
_SAME = {("hold", "not"), ("stop", "hold")}


def drug_actions(reading: Reading, drugs: DrugNames) -> list[DrugAction]:
    """Actions in words, and those that two doses tell: ``3 mg (was 5 mg)`` is a reduction."""
    mentions = [(m.key, m.start, m.end) for m in reading.of("drug")]
    return [
        *actions_in(MARK.sub(" ", reading.text), mentions),
        *_told_behind(reading),
        *_told_by_doses(reading),
        *_told_by_arrow(reading),
    ]


_BEHIND = re.compile(
    r"^\s*(?:因|由于|故|已|现|于|后|予|because|due to|now|since|for|but)?[^,，;；。]{0,24}$", re.IGNORECASE
)


def _told_behind(reading: Reading) -> list[DrugAction]:
    """``metformin 0.5 g tid, stopped for eGFR 38``: the next clause acts on the drug of this one, naming none itself."""
    found = []
    for number, clause in enumerate(reading.clauses[1:], start=1):
        before = reading.in_clause(number - 1, "drug")
        if len(before) != 1 or reading.in_clause(number, "drug") or not _BEHIND.match(clause.text):
            continue
        if reading.clauses[number - 1].sentence != clause.sentence:
            continue
        action = next(
            (name for name, pattern in ACTIONS if name not in _NEUTRAL and pattern.search(clause.text)), ""
        )
        if action:
            found.append(DrugAction(before[0].key, action))
    return found


def _told_by_arrow(reading: Reading) -> list[DrugAction]:
    """``drug A 1 g q6h -> drug B 500 mg bd`` is a switch of both."""
    drugs = reading.of("drug")
    return [
        DrugAction(drug, "switch")
        for a, b in pairwise(drugs)
        if a.key != b.key and re.search(r"->|→|=>", reading.text[a.end : b.start])
        and not re.search(r"[.;。；\n](?!\d)", reading.text[a.end : b.start])
        for drug in (a.key, b.key)
    ]  # fmt: skip


def _told_by_doses(reading: Reading) -> list[DrugAction]:
    found = []
    for drug in {m.key for m in reading.of("drug")}:
        doses: dict[bool, list[Quantity]] = {True: [], False: []}
        for mark in reading.of("number"):
            if mark.quantity and mark.quantity.unit and last_drug(reading, mark) == drug:
                doses[is_old(reading, mark)].append(mark.quantity)
        for old in doses[True]:
            for new in doses[False]:
                if new.unit == old.unit or (old.unit is None):
                    found.append(DrugAction(drug, "increase" if new.value > old.value else "decrease"))
    return found


def check_actions(said: Reading, sources: Sequence[Reading], drugs: DrugNames) -> str:
    stands: dict[str, set[str]] = {}
    for source in sources:
        for done in drug_actions(source, drugs):
            stands.setdefault(done.drug, set()).add(done.action)
    for done in actions_in(MARK.sub(" ", said.text), [(m.key, m.start, m.end) for m in said.of("drug")]):
        problem = _differs(done, stands.get(done.drug, set()))
        if problem:
            return problem
    return _measures(said, sources)


def _differs(done: DrugAction, known: set[str]) -> str:
    if done.action in _NEUTRAL and (not known or known - {"not", "cancel", "hold", "stop"}):
        return ""
    if done.action in known or (done.action == "hold" and "not" in known):
        return ""
    if known:
        return f"the evidence says otherwise of {done.drug}"
    return f"the evidence does not say that {done.drug} was {_PAST.get(done.action, done.action)}"


def _measures(said: Reading, sources: Sequence[Reading]) -> str:
    """``IV fluids stopped``: an action on what is no medicine must be told of the same thing."""
    patterns = [(name, pattern) for name, pattern in ACTIONS if name in _MEASURES]
    for number, clause in enumerate(said.clauses):
        if said.in_clause(number, "drug"):
            continue
        names = {m.key for m in said.in_clause(number, "word")}
        for name, pattern in patterns:
            if names and pattern.search(clause.text) and not _done(sources, names, pattern):
                return f"the evidence does not say that this was {_PAST[name]}"
    return ""


def _done(sources: Sequence[Reading], names: set[str], pattern: re.Pattern[str]) -> bool:
    for source in sources:
        for number, clause in enumerate(source.clauses):
            if pattern.search(clause.text) and names & {m.key for m in source.in_sentence(number) if m.names}:
                return True
    return False
