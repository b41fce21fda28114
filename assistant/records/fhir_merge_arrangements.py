"""What a note adds to the coded follow-up and pending results of a bundle.

Owns when two arrangements are one. Refuses to know who makes them.
"""

from __future__ import annotations

import re

from assistant.domain.record import FollowUp, PatientRecord, PendingResult
from assistant.records.fhir_facts import Reading
from assistant.records.fhir_structure import section_of
from assistant.records.same_item import covered, days, meaning, same_name

_ADVICE = re.compile(
    r"\s*(?:no|not|do not|don't|avoid|never|only if)\b|(?:\w+\s+){1,2}only if\b|禁止|避免|勿", re.IGNORECASE
)


_AGAIN = re.compile(
    r"\b(?:repeat\w*|recheck\w*|in \d+ (?:week|month)s?|at \d+ (?:week|month)s?)\b|复查", re.IGNORECASE
)


def add_follow_up(found: FollowUp, read: PatientRecord, reading: Reading) -> None:
    """The same arrangement once: the entry with a date and a person stays."""
    _, sentence = section_of(found.place, read)
    for known in reading.follow_ups:
        if not _same_arrangement(known, found, sentence):
            continue
        return
    if meaning(found.text) or not reading.follow_ups:
        reading.follow_ups.append(found)


def _same_arrangement(known: FollowUp, found: FollowUp, sentence: str) -> bool:
    if re.sub(r"\W+", "", known.text).casefold() == re.sub(r"\W+", "", found.text).casefold():
        return True
    if _ADVICE.match(found.text):
        return False
    said = f"{known.text} {known.who or ''}"
    one, two = meaning(said), meaning(found.text)
    shared = {word for word in one & two if not word[0].isdigit()}
    dates = days(f"{known.text} {known.when or ''}"), days(found.text)
    if dates[0] and dates[1]:
        return bool(dates[0] & dates[1]) and bool(shared)
    if found.incidental:
        return bool({w for w in one & meaning(sentence) if not w[0].isdigit()})
    smaller = min((meaning(known.text), two), key=len)
    return len(shared) >= 1 and len(one & two) * 2 >= max(len(smaller), 2)


_A_TEST = re.compile(
    r"cultur|patholog|histolog|biops|antibod|antigen|level|swab|electrophores|cytolog|\bPCR\b|serolog|screen|\btests?\b|titre|titer|"
    r"assay|ratio|scan|x-?ray|\bMRI\b|\bCT\b|ultrasound|echo|film|stud(?:y|ies)|genotyp|sensitiv|smear|count|lipoprotein|hormone|"
    r"vitamin|ferritin|blood|urine|sputum|培养|病理|抗体|化验|检查|检测|结果|报告",
    re.IGNORECASE,
)


def add_pending(found: PendingResult, reading: Reading) -> None:
    """The same pending result once; what a note says of its repeat stays as a follow-up."""
    words = meaning(found.name)
    if reading.pending_results and not (words and _A_TEST.search(found.name)):
        return  # "final 28 September", "Dr X calls with both": about one that is listed
    for index, known in enumerate(reading.pending_results):
        if not (same_name(known.name, found.name) or covered(re.sub(r"\(.*", "", found.name), [known.name])):
            continue
        if _AGAIN.search(found.name) and not _AGAIN.search(known.name):
            reading.follow_ups.append(FollowUp(found.name, found.place))
        if found.owner and not known.owner:
            reading.pending_results[index] = found
        return
    reading.pending_results.append(found)
