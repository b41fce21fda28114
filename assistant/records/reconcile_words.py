"""What the reconciliation says where the record is silent or contradicts itself, in both languages.

Owns the wording. Refuses to decide which of it applies (``reconcile``).
"""

from __future__ import annotations

_SAID = {
    "no_list": (
        "the record has no discharge list; taken before admission and not said to be stopped",
        "病历中无出院带药清单；入院前在用，未注明停用",
    ),
    "order_active": (
        "ordered during the stay and still active after it, not marked as a discharge medicine",
        "住院期间医嘱，出院后仍有效，未标为出院带药",
    ),
    "unaccounted": (
        "on the home list but not on the discharge list, and no reason is given: confirm before stopping",
        "入院前用药，未列入出院带药，亦未说明原因：停用前请核实",
    ),
    "given": (
        "on the home list and given to the last day, but not on the discharge list: confirm",
        "入院前用药，住院期间一直使用，但未列入出院带药：请核实",
    ),
    "charted": (
        "the discharge list names no dose; the last one ordered is shown: confirm",
        "出院带药未写剂量，所示为最后一次医嘱剂量：请核实",
    ),
    "begun": (
        "begun in the stay; the record has no discharge list: confirm",
        "住院期间开始使用；病历中无出院带药清单：请核实",
    ),
    "both": ("the record says both to take it and to stop it: confirm", "病历中既写继续又写停用：请核实"),
    "terms": (
        "the doses at home and at discharge are in different terms: confirm",
        "入院前与出院剂量表述不同：请核实",
    ),
    "unit": ("the record gives its dose without a unit: confirm", "病历中剂量未写单位：请核实"),
    "calls": ("the record calls it {word}: confirm", "病历标注为“{word}”：请核实"),
}


def say(key: str, chinese: bool, **parts: str) -> str:
    """The words of ``key``."""
    return _SAID[key][chinese].format(**parts)
