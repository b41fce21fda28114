"""Figures behind a substance's name that are what was given, not what was measured: ``albumin 20%``, ``Mg 2 g IV``.

Owns that one decision. Refuses to know medicines.
"""

from __future__ import annotations

import re

from assistant.records.observation_names import key_of_test

_GIVEN = re.compile(
    r"\s?(?:mg|MG|mcg|microg(?:ram)?s?|[µμ]g|g|gm|grams?|ml|mL|mls|litres?|IU|units?|tabs?|tablets?|puffs?|amps?|ampoules?|bags?|pools?|vials?|bottles?|支|瓶|片|袋|粒|毫升|毫克|克|单位)(?!\s?/\s?(?:d?[lL]|m[lL]|mmol|mol|24|d(?:ay)?\b))(?![A-Za-z])"
    r"|\s?(?:mmols?|mEq)(?!\s?/)\s*(?:IV|PO|iv|po|over|in\b|infus|x\s?\d|bolus|replac|静滴|口服|入)"
)
_SOLUTION = frozenset(
    map(
        key_of_test, ("albumin", "glucose", "sodium", "bicarbonate", "calcium", "magnesium", "白蛋白", "血糖")
    )
)
_PER_KILO = re.compile(r"\s?(?:m?c?g|g|ml|mL|mmol|units?|U)\s?/\s?(?:kg|h\b|hr|min)")
_ELEMENT = re.compile(r"^[钾钠钙氯镁]$")


def is_amount_given(text: str, name: re.Match[str], value: re.Match[str]) -> bool:
    """Whether the figure is a dose or a strength."""
    after = text[value.end("value") :]
    if _GIVEN.match(after) or _PER_KILO.match(after):
        return True
    if _ELEMENT.match(name.group()) and text[max(0, name.start() - 1) : name.start()] in tuple("化酸氢"):
        return True
    if key_of_test(name.group()) in _SOLUTION and re.match(r"\s?%", after):
        return True
    return bool(_PRODUCT.search(name.group())) and bool(
        re.match(r"(?i)\s?(?:U|单位|units?|袋|pools?|ATD)(?![/A-Za-z])", after)
    )


_PRODUCT = re.compile(r"(?i)^(?:红细胞|血小板|血浆|白蛋白|platelets|albumin|plts?|fibrinogen)$")
