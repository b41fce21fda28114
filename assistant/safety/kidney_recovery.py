"""Whether the kidneys of a record that names an acute injury have recovered by its own creatinine values.

Owns the comparison of the newest value with the lowest and the peak. Refuses to call an injury over without three values.
"""

from __future__ import annotations

import re

from assistant.domain.record import Assertion, PatientRecord
from assistant.domain.stay import sort_key

_CREATININE = re.compile(r"^(?:serum |plasma )?creat(?:inine)?\b|^s?Cr\b|^(?:血|血清)?肌酐", re.IGNORECASE)
_RISE = 1.3
_BACK = 1.25
_LEAST_VALUES = 3
"""A value before, one at the height and one after. KDIGO 2012 calls an injury of the kidneys a rise to 1.5 times, or by 26.5
micromol/L in 48 hours; back within a quarter of the lowest value is recovery by any of its measures."""


def has_recovered(record: PatientRecord) -> bool:
    """True where creatinine rose in this record and the newest dated value is back within a quarter of the lowest."""
    series = [
        (sort_key(o.time), o.number, (o.unit or "").casefold(), o.time)
        for o in record.observations
        if o.assertion is Assertion.PRESENT and o.number and _CREATININE.search(o.name)
    ]
    if len({unit for _, _, unit, _ in series if unit}) > 1:
        return False
    dated = sorted((when, value) for when, value, _, time in series if time)
    values = [value for _, value, _, _ in series]
    if len(values) < _LEAST_VALUES or not dated:
        return False
    newest, low, peak = dated[-1][1], min(values), max(values)
    return peak >= _RISE * low and newest <= _BACK * low
