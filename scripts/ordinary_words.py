"""Writes ``assistant/safety/ordinary_words.txt``: English words that are words before they are names, commonest first.

Run by hand when a source changes: ``python scripts/ordinary_words.py FREQUENCIES WEB2``. FREQUENCIES is symspellpy's
``frequency_dictionary_en_82_765.txt`` (MIT), WEB2 the public-domain word list of Webster's Second, one word a line, where
a capital marks a proper noun. The guidelines' own words join, as clinical words stand in few general lists.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from assistant.safety.name_words import listed_names

_ROOT = Path(__file__).resolve().parents[1]
_GUIDELINES = _ROOT / "knowledge" / "guidelines"
_OUT = _ROOT / "assistant" / "safety" / "ordinary_words.txt"
_NOTICE = """# English words that are words before they are names, commonest first; behind the single # the words of the guidelines.
# Made by scripts/ordinary_words.py from the frequency dictionary of symspellpy (MIT; Copyright (c) 2025 mmb L, Copyright (c)
# 2021 Wolf Garbe), the public-domain word list of Webster's Second International, and the guidelines of this project.
"""


_ENDINGS = (
    ("s", ""),
    ("es", ""),
    ("ies", "y"),
    ("ed", ""),
    ("ed", "e"),
    ("ied", "y"),
    ("ing", ""),
    ("ing", "e"),
    ("ly", ""),
    ("er", ""),
    ("er", "e"),
    ("est", ""),
    ("est", "e"),
)


def _is_word(word: str, webster: set[str]) -> bool:
    """A word of the dictionary in lower case, perhaps inflected; what stands there only with a capital is a name."""
    if word in webster:
        return True
    stems = [word.removesuffix(end) + instead for end, instead in _ENDINGS if word.endswith(end)]
    halved = [stem[:-1] for stem in stems if len(stem) > 3 and stem[-1] == stem[-2]]
    return any(stem in webster for stem in (*stems, *halved) if len(stem) > 2)


def main(frequencies: Path, web2: Path) -> None:
    webster = set(web2.read_text(encoding="utf-8").split())
    given, surnames = listed_names()
    names = {name.lower() for name in given | surnames}
    common = [line.split()[0] for line in frequencies.read_text(encoding="utf-8-sig").splitlines()]
    kept = [w for w in common if len(w) > 1 and w.isascii() and _is_word(w, webster)]
    clinical: dict[str, int] = {}
    for path in sorted(_GUIDELINES.glob("*.md")):
        for word in re.findall(r"(?<![\w@./-])[a-z]{3,}(?![\w@/])", path.read_text(encoding="utf-8")):
            clinical[word] = clinical.get(word, 0) + 1
    more = sorted(w for w in clinical if w not in names or clinical[w] > 1)
    _OUT.write_text(_NOTICE + "\n".join([*kept, "#", *more]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
