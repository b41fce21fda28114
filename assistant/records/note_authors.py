"""Who wrote an entry, as its header names them.

Owns the titles and names. Refuses to know which line is a header (``note_headers``).
"""

from __future__ import annotations

import re

AUTHOR = re.compile(
    r"(?<![A-Za-z])(?:Dr\.?|Prof\.?|Mr|Ms|Mrs|Miss|S/N|RN|SN|Nurse|Sister)\.?\s+(?P<en>(?:[A-Z][\w'’.-]*\s?){1,3})"
    r"|(?:医师|医生|护士|主任|主治|药师|规培|住院医师|查房)\s*[（(：:]?\s*(?P<zh>[一-鿿]{2,4})(?=[）)\s\d:：]|$)"
    r"|[（(](?P<zh2>[一-鿿]{2,4})[)）]|[（(](?P<paren>(?:[A-Z]\.?\s)?[A-Z][a-z'’-]+(?:\s[A-Z][\w'’-]+)?)(?:,[^)]*)?[)）]"
)


def author_of(bare: str) -> str | None:
    """The name of the author; None where the header names none."""
    for match in AUTHOR.finditer(bare):
        name = match["en"] or match["zh"] or match["zh2"] or match["paren"]
        if name and not re.fullmatch(r"(?i)(?:resp|surg|cardio|med)\w*", name.strip()):
            return name.strip(" .,-")
    return None
