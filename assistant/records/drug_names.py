"""From a medicine as a record names it to its generic names.

Owns the stripping of strengths and forms (RxNorm and dm+d style descriptions). Refuses to know which drugs exist: that
is the formulary's.
"""

from __future__ import annotations

import re
from typing import Protocol


class DrugNames(Protocol):
    """What the records need of the formulary."""

    def generic(self, name: str) -> str | None:
        """Lower-case English generic name of one drug or brand; None where the formulary does not know it."""

    def ingredients(self, generic: str) -> tuple[str, ...]:
        """The active substances of that generic: itself, or those of a combination."""


_BRACKETS = re.compile(r"\[[^\]]*\]|\([^)]*\)")
_STRENGTH = re.compile(
    r"\b\d[\d.,]*(?:\s*[-/]\s*\d[\d.,]*)*\s*"
    r"(?:mg|mcg|microgram(?:s)?|µg|ug|g|gm|kg|ml|l|unt|units?|iu|meq|mmol|%|actuat|hr|day|dose|puffs?)?"
    r"(?:\s*/\s*(?:\d[\d.]*\s*)?(?:mg|ml|hr|actuat|day|dose|l|g|puff))?(?![a-z0-9])",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\b(?:(?:delayed|extended|modified|prolonged|immediate|sustained)[- ]release|abuse[- ]deterrent|gastro-resistant|"
    r"oral|tablets?|tabs?|capsules?|caps?|injection|injectable|solution|suspension|prefilled syringe|syringe|"
    r"inhaler|dry powder|metered dose|topical|cream|ointment|gel|patch|transdermal system|transdermal|mucosal|spray|"
    r"drug implant|implant|intrauterine system|vaginal ring|chewable|powder|nasal|ophthalmic|drops|pack|pen|"
    r"enteric coated|film coated|xr|sr|er|mr|xl|cr|ec|la)\b",
    re.IGNORECASE,
)
_SALT = re.compile(
    r"\b(?:hydrochloride|hcl|sodium|potassium|calcium|succinate|tartrate|maleate|besylate|besilate|mesylate|"
    r"bitartrate|hydrobromide|sulfate|sulphate|acetate|phosphate|citrate|fumarate|propionate|dihydrate|monohydrate|"
    r"trihydrate|anhydrous)\b",
    re.IGNORECASE,
)
_GIVEN = (
    ("inhaled", re.compile(r"\binhal|\bactuat\b|nebuli[sz]|\bpuffs?\b|吸入|雾化", re.IGNORECASE)),
    (
        "topical",
        re.compile(
            r"\b(?:topical|cream|ointment|gel|ophthalmic|eye drops?|nasal)\b|乳膏|软膏|滴眼", re.IGNORECASE
        ),
    ),
    (
        "injected",
        re.compile(
            r"\b(?:inject\w*|intraven\w*|iv|im|infusion|syringe)\b|静脉|静滴|肌注|注射", re.IGNORECASE
        ),
    ),
)
_BRAND = re.compile(r"\[([^\]]+)\]")


def bare_names(name: str) -> tuple[str, ...]:
    """Ingredient names in the description, strengths and forms removed, lower case, in order."""
    # strengths first: the slash of ``MG/ACTUAT`` is none between ingredients
    whole = _STRENGTH.sub(" ", _BRACKETS.sub(" ", name))
    parts = re.split(r"\s/\s|\s\+\s|/(?=[A-Za-z]{4,})|\+", whole)
    found = []
    for part in parts:
        bare = _FORM.sub(" ", part)
        bare = " ".join(bare.replace(",", " ").split()).strip(" -/").casefold()
        if bare and bare not in found:
            found.append(bare)
    return tuple(found)


def generic_name(name: str, formulary: DrugNames | None) -> str | None:
    """The formulary's generic name; of a combination the ingredients joined with ``/``; None where unknown."""
    if formulary is None:
        return None
    whole = formulary.generic(name)
    if whole:
        return whole
    found = [_one(part, formulary) for part in bare_names(name)]
    if found and all(found):
        joined = "/".join(part for part in found if part)
        return formulary.generic(joined) or joined
    for brand in _BRAND.findall(name):
        known = formulary.generic(brand)
        if known:
            return known
    return None


def comparable(name: str, generic: str | None = None, formulary: DrugNames | None = None) -> str:
    """What two mentions of the same medicine share: ingredients of the generic, else bare names without salts."""
    if generic:
        parts = generic.casefold().split("/")
        if formulary is not None:
            parts = [one for part in parts for one in formulary.ingredients(part)]
        return "/".join(sorted(parts))
    bare = [" ".join(_SALT.sub(" ", part).split()) or part for part in bare_names(name)]
    return "/".join(sorted(bare)) or name.casefold().strip()


def way_given(name: str, route: str | None = None) -> str | None:
    """``inhaled``, ``topical`` or ``injected`` where name or route says so; None for by mouth or unsaid."""
    said = f"{name} {route or ''}"
    return next((way for way, pattern in _GIVEN if pattern.search(said)), None)


_CHINESE_FORM = re.compile(
    r"(?:肠溶|缓释|控释|分散|咀嚼|泡腾|口崩)?(?:片|胶囊|颗粒|注射液|口服液|混悬液|滴丸|吸入剂|气雾剂|软膏|乳膏)$"
)
_CHINESE_SALT = re.compile(
    r"^(?:盐酸|硫酸|富马酸|酒石酸|马来酸|苯磺酸|甲磺酸|枸橼酸)(?=[\u4e00-\u9fff]{2})|(?:钠|钙|钾)$"
)


def _one(part: str, formulary: DrugNames) -> str | None:
    if re.search(r"[\u4e00-\u9fff]", part):
        bare = _CHINESE_FORM.sub("", part)
        base = _CHINESE_SALT.sub("", bare)
        return formulary.generic(part) or formulary.generic(bare) or formulary.generic(base)
    return formulary.generic(part) or formulary.generic(" ".join(_SALT.sub(" ", part).split()) or part)
