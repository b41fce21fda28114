"""Words that are names, words that are words, and those that are both.

Owns the public name lists of Faker (MIT), ``redaction_words.yaml`` and ``ordinary_words.txt``. Refuses to judge a text.
"""

from __future__ import annotations

import importlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

_WORDS = Path(__file__).with_name("redaction_words.yaml")
_ORDINARY = Path(__file__).with_name("ordinary_words.txt")
_FUNCTION_WORDS = 600
_LOCALES = (
    "en_US en_GB en_IN en_NZ de_DE fr_FR es_ES it_IT nl_NL sv_SE da_DK no_NO fi_FI pl_PL pt_PT pt_BR hu_HU cs_CZ ro_RO "
    "hr_HR tr_TR ga_IE yo_NG sl_SI en_IE en_KE en_NG en_PK ig_NG ha_NG tw_GH zu_ZA id_ID vi_VN sk_SK lt_LT lv_LV et_EE is_IS "
    "fr_QC fr_DZ es_MX es_AR es_CO nl_BE de_AT de_CH az_AZ uz_UZ"
).split()
_LISTS = (
    "first_names",
    "first_names_male",
    "first_names_female",
    "first_names_nonbinary",
    "first_names_unisex",
)
_MEDICAL_END = re.compile(
    r"(?i)(?:itis|osis|oses|a?emia|uria|ectomy|otomy|ostomy|oscopy|ography|ogram|omas?|pathy|plasty|plegia|paresis|algia|dynia|"
    r"phagia|phasia|pnoe?a|rrhoe?a|rrhage|penia|philia|trophy|trophic|genic|lysis|lytic|metry|megaly|ectasis|mab|nib|pril|"
    r"sartan|statin|olol|azole|cillin|mycin|floxacin|cycline|gliptin|gliflozin|glutide|parin|xaban|dipine|semide|thiazide|"
    r"setron|triptan|caine|dronate|platin|taxel|rubicin|zepam|zolam|virus|coccus|bacter|ella|illa|oid|ical|ally|ation|ing|ness)s?$"
)


@dataclass(frozen=True)
class NameWords:
    given: frozenset[str]
    surnames: frozenset[str]
    ordinary: frozenset[str]
    words_too: frozenset[str]
    word_followers: frozenset[str]
    common: frozenset[str]
    """English words in lower case that are words before they are names."""
    function: frozenset[str]
    """The commonest of them: ``will``, ``may``, ``can``."""
    clinical: frozenset[str]
    """Words of the guidelines."""

    def is_name(self, word: str) -> bool:
        plain = plain_letters(word)
        return plain in self.given or plain in self.surnames

    def is_word(self, word: str) -> bool:
        """True when it is an ordinary or clinical word, whatever else it may be."""
        if "-" in word.strip("-"):
            return all(self.is_word(part) for part in word.split("-") if part)
        low = word.lower()
        return (
            word in self.ordinary
            or low in self.common
            or low in self.clinical
            or bool(_MEDICAL_END.search(word))
        )

    def only_a_word(self, word: str) -> bool:
        return word in self.ordinary or (
            self.is_word(word) and not self.is_name(word) and word not in self.words_too
        )

    def only_a_name(self, word: str) -> bool:
        return self.is_name(word) and not self.is_word(word)


def plain_letters(word: str) -> str:
    """Without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def listed_names() -> tuple[frozenset[str], frozenset[str]]:
    """Given names and surnames in Latin letters, without accents."""
    given: set[str] = set()
    surnames: set[str] = set()
    for locale in _LOCALES:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for name in _LISTS:
            given.update(part for whole in getattr(provider, name, ()) for part in str(whole).split())
        surnames.update(part for whole in getattr(provider, "last_names", ()) for part in str(whole).split())
    given_plain = frozenset(plain_letters(w) for w in given if len(w) > 1 and w[0].isupper())
    return given_plain, frozenset(plain_letters(w) for w in surnames if len(w) > 1 and w[0].isupper())


@lru_cache(maxsize=1)
def name_words() -> NameWords:
    """The lists, read at first use (about half a second)."""
    given, surnames = listed_names()
    rows = yaml.safe_load(_WORDS.read_text(encoding="utf-8"))
    listed = [
        line for line in _ORDINARY.read_text(encoding="utf-8").splitlines() if not line.startswith("# ")
    ]
    end = listed.index("#")
    none = frozenset(rows["no_names"])
    return NameWords(
        given=given - none,
        surnames=surnames - none,
        ordinary=frozenset(rows["ordinary"]),
        words_too=frozenset(rows["words_too"]) | frozenset(rows["names_and_words"]),
        word_followers=frozenset(rows["word_followers"]),
        common=frozenset(listed[:end]),
        function=frozenset(listed[:_FUNCTION_WORDS]),
        clinical=frozenset([*listed[end + 1 :], *rows["clinical_words"]]),
    )
