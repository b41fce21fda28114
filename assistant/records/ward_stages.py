"""Parts of a discharge record headed by where the patient lay: ``【转出CCU小结 01-10】``, ``【普通病房】``.

Owns which framed lines are such headings. Refuses them outside a discharge record and behind its diagnoses or orders, where a
ward's name heads a visit.
"""

from __future__ import annotations

import re

from assistant.records.layout_state import Open, State

_PART_OF_THE_STAY = re.compile(
    r"(?:转[出入])?(?:(?:E|R|S|N|P)?ICU|CCU|HDU|监护室|重症(?:医学科|监护室?|病房)|普通病房|病房|抢救室|急诊科?|[一-鿿]{2,4}(?:科|病房))"
    r"(?:小结|经过|阶段|期间|诊疗经过|治疗经过|住院经过)?(?:\s*[（(]?[\d.月日/:：~～–—至-]+[)）]?)?(?:\s*(?:小结|经过))?\Z"
)
_AFTER_THE_COURSE = {"discharge_diagnosis", "discharge_medications", "discharge_orders", "follow_up"}


def opens_a_stage(heading: str, start: int, state: State) -> bool:
    """Opens the course under a framed heading that names a ward; False where the line is none."""
    told = not state.note.discharge or any(s.section in _AFTER_THE_COURSE for s in state.segments)
    if told or not _PART_OF_THE_STAY.match(heading):
        return False
    state.open = Open("hospital_course", heading, "block", start, stage=True)
    return True
