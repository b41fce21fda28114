"""Figures that look like a day and are points of a scale.

Owns the names of the scales, the limbs whose power is graded and the lines of a sight chart. Refuses to read the score.
"""

from __future__ import annotations

import re

_SCALE = (
    r"(?:pain|scores?|scored|VAS|NRS|GCS|power|MRC|grade|Barthel(?: index)?|BI|AMTS?|4AT|MMSE|MoCA|ACE-?(?:III|R)|NIHSS|m?RS|Rankin|Berg|BBS|Tinetti|FIM|FAC|"
    r"CFS|EDSS|PHQ-?[29]|GAD-?[27]|HADS|EPDS|SADQ\S*|SCIM\S*|WISCI\S*|LEMS|UEMS|AMPnoPRO|CAT|mMRC|Borg|RASS|CIWA\S*|NEWS2?|SOFA|Apgars?|ECOG|KPS|PPS|MAS|Ashworth|UPDRS|EAT-?10|MNA(?:-SF)?|SPPB|DEMMI|"
    r"visual acuit(?:y|ies)|acuit(?:y|ies)|VA|vision|monofilament|murmur|\b[LR]E|systolic murmur|视力|肌力|评分|量表|得分|巴氏指数)"
)
_SCALE_BEFORE = re.compile(
    rf"(?i)(?<![a-z]){_SCALE}(?![a-z])[\s|:：=,(（]*(?:(?:was|is|of|score|now|R|L|right|left|index|总分|total)[\s|:：=]*){{0,2}}$"
)
_LIMB_BEFORE = re.compile(
    r"(?i)\b(?:arms?|legs?|hands?|limbs?|hips?|knees?|ankles?|shoulders?|elbows?|wrists?|grip|flexors?|extensors?|flexion|extension|ext|flex|DF|PF|quads?)\s?(?:[RL]\s|right\s|left\s)?$"
)
_SCALE_BEHIND = re.compile(
    r"(?i)\s?(?:on (?:the )?)?(?:pain|VAS|NRS|MoCA|MMSE|AMTS?|Barthel|GCS|Berg|severity|at worst|monofilament|proximal|distal|分)"
)
_ACUITY = re.compile(r"6/(?:4|5|6|7\.5|9|12|18|24|36|60)")
_ACUITIES = re.compile(
    r"(?i)6/\d{1,2}[\s,;]+(?:(?:[LR]|RE|LE|OD|OS|left|right|and)[\s:]*){1,2}$|\s*(?:[,;]|and|in)?\s*(?:L|R|RE|LE|OD|OS|left|right)\W{1,3}6/\d"
)


def is_score(text: str, start: int, end: int) -> bool:
    """``Barthel 9/20``, ``AMTS | 8/10``, ``right leg 3/5`` and ``VA 6/9`` name points, no day."""
    before, after = text[max(0, start - 40) : start], text[end : end + 16]
    if _SCALE_BEFORE.search(before) or _SCALE_BEHIND.match(after):
        return True
    said = text[start:end].strip()
    if re.fullmatch(r"[0-5]/5", said):
        return bool(_LIMB_BEFORE.search(before))
    return bool(_ACUITY.fullmatch(said)) and bool(_ACUITIES.search(before) or _ACUITIES.match(after))
