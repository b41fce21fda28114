"""Names of kinds of medicines that stand for their members: who stops HRT stops its estradiol.

Owns which kind has which members. Refuses to know classes that prescribers tell apart (``knowledge.formulary``).
"""

from __future__ import annotations

_KINDS = {
    "hormone replacement therapy": frozenset(
        ("estradiol", "conjugated estrogens", "norethisterone", "medroxyprogesterone", "progesterone", "dydrogesterone", "tibolone")
    ),
}  # fmt: skip


def is_of_kind(one: str | None, other: str | None) -> bool:
    """Whether one name is the kind that the other belongs to: ``HRT`` and estradiol, ``insulin`` and insulin lispro."""
    for kind, member in ((one, other), (other, one)):
        if not kind or not member or kind == member:
            continue
        if member in _KINDS.get(kind, ()) or (kind == "insulin" and "insulin" in member):
            return True
    return False
