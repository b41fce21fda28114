"""The number to call in an emergency, by country and language, and texts that name another country's set right.

Owns the reading of ``red_flags/crisis.yaml`` for documents that a patient takes home. Refuses to know where a text comes from:
the hospital's own words are not its business, only lines of guidelines and of the product.
"""

from __future__ import annotations

import re

from assistant.safety.triage import load_rules

_CALLS = re.compile(
    r"(?P<call>\b(?:call|ring|dial|phone)(?:ing)? (?:an ambulance (?:on|at) )?|(?:拨打|打|呼叫|拨)\s?)(?P<number>911|999|112|000|120|995|119)(?!\d|[/.]\d|%)"
    r"(?:(?: ?(?:/|or|或) ?)(?:911|999|112|000|120|995|119)(?!\d|[/.]\d|%))*",
    re.IGNORECASE,
)


def emergency_number(language: str, country: str) -> str:
    """The number of ``country`` (ISO code); "" where none is set or known, so that the text names none of another country."""
    place = load_rules().places.get(country.strip().upper()) if country.strip() else None
    if place is None:
        return ""
    return place.emergency if isinstance(place.emergency, str) else place.emergency.in_language(language)


def with_local_number(text: str, language: str, country: str) -> str:
    """``Call 911`` as ``Call 999`` where the country is GB; unchanged where no country is set."""
    number = emergency_number(language, country)
    return _CALLS.sub(lambda match: match["call"] + number, text) if number else text
