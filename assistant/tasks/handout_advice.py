"""What to do at home, when to call and when to go to emergency: the team's own words first, then the guidelines' patient pages.

Owns which box a sentence goes to and which guideline lines this patient should not be given: advice to take a medicine that they
do not take or that was stopped, exercise from a guideline about a lesser problem, the same advice twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.answer import Alert, MedicationChange, Origin, Sentence, Verdict, Withheld
from assistant.domain.events import Event, SentenceShown, SentenceWithheld
from assistant.domain.medicines import ReconciledMedicine
from assistant.domain.record import PatientRecord
from assistant.safety.emergency_numbers import emergency_number, with_local_number
from assistant.safety.patient_state import patient_state
from assistant.tasks.base import Turn
from assistant.tasks.discharge_facts import instruction_statements
from assistant.tasks.discharge_state import URGENT
from assistant.tasks.fitting import Fit
from assistant.tasks.matching import Problem, fits_patient, sentences_of
from assistant.tasks.ordering import hold_back
from assistant.tasks.own_orders import OwnOrders
from assistant.tasks.plain_words import PlainWriter
from assistant.tasks.stating import ruled, stated
from assistant.verification.terms import terms_in

HOME_FIRST, HOME_OTHER = 9, 4
"""Lines for life at home from the main problem's guideline, and from each other one: a longer sheet is not read."""
EMERGENCY = re.compile(
    r"(?i)\bambulance\b|(?<![\d/.,\u4e00-\u9fff])(?:911|999|000|112)(?!\d|[/.,]\d|%|\s?(?:mg|mmol|g|kg|bpm|umol|units?|ml)\b)|\bemergency\b(?! stop| contracep)|\bA&E\b|"
    r"\bgo to (?:the )?(?:hospital|ER)\b|\b(?:straight|right) away\b|\bat once\b|\bimmediately\b"
    r"|(?<![\d/.])120(?!\d|[/.]\d|%)|急诊|(?:立即|马上|立刻)(?:就诊|就医|来|去|到|打|拨|送|急)"
)
CALL = re.compile(
    r"(?i)\b(?:call|ring|phone|contact)\b|\btell (?:us|staff|your (?:doctor|nurse|team))\b|\bsame day\b|\bsee (?:a|your) doctor\b|"
    r"\bcome back\b|\breturn (?:if|to|for)\b|\bseek\b|联系|告诉(?:我们|医生|护士)|当天来|来看医生|(?:尽快|赶快|及时|随时)(?:就[诊医]|来)|返院|复诊(?=如|若)"
)
_TELLS_TO_TAKE = re.compile(
    r"(?i)^(?:take|give|keep (?:taking|giving|using)|use|never (?:skip|stop)|finish|start)\b|要(?:按时|天天|一直|长期)(?:吃|用|放|服)"
)
_MEDICINE_WORDS: tuple[tuple[str, frozenset[str]], ...] = (
    (r"blood thinner|抗凝药|clot medicine|clot pill", frozenset({"anticoagulant", "antiplatelet"})),
    (r"\bstatins?\b|他汀", frozenset({"statin"})),
    (r"\bsteroids?\b|激素", frozenset({"corticosteroid_systemic", "inhaled_corticosteroid"})),
    (r"allopurinol|别嘌醇", frozenset({"allopurinol"})),
    (r"metformin|二甲双胍", frozenset({"metformin"})),
    (r"\binsulin\b|胰岛素", frozenset({"insulin"})),
    (r"nitroglycerin|硝酸甘油|\bGTN\b", frozenset({"nitrate"})),
    (r"water pills?|利尿药", frozenset({"diuretic"})),
    (r"stomach acid pill|抑酸药", frozenset({"acid_suppressant"})),
    (r"levothyroxine|thyroid pill|甲状腺素", frozenset({"levothyroxine"})),
)
"""Kinds of medicine in guidelines' words for patients, and the formulary's tags of what they name."""
_SKIPPED = re.compile(r"(?i)\bnever (?:skip|stop)\b.*\bit\b|^(?:never skip it|never stop it)")
_EXERCISE = re.compile(r"(?i)\bwalk (?:fast|or move)\b|\bexercise\b|快走|迈开腿|运动")
_ORDER = re.compile(
    r"(?i)(?:no|do not|don't|never|avoid|take|keep|weigh|check|drink|eat|walk|rest|use|wear|finish|continue|stop)\b|[不勿禁避每按坚戒少多]|继续|注意|\d+个月内不"
)
"""How an instruction begins that stands for itself."""
_PLAINLY_STOPS = re.compile(r"(?i)\b(?:do not|don't|stop|avoid|limit|less)\b|不要|别|少|停")


def handout_advice(
    turn: Turn,
    record: PatientRecord,
    problems: Sequence[Problem],
    medicines: Sequence[ReconciledMedicine],
    alerts: Sequence[Alert],
    writer: PlainWriter,
) -> Iterator[Event]:
    said: list[str] = []
    for statement in instruction_statements(record):
        for text in writer.pieces(statement.text, whole=_hangs_together(statement.text)):
            if any(c.isalpha() for c in text) and not _told(text, said):
                said.append(text)
                yield SentenceShown(box_of(text), stated(record, text, [statement.place]))
    yield from _guideline_lines(turn, record, problems, medicines, alerts, said)
    number = emergency_number(turn.language, turn.services.country)
    yield SentenceShown(
        "warning_signs",
        ruled(
            turn.say(
                f"If you feel very unwell, call {number or 'your emergency number'} or go to the emergency department.",
                f"如果感觉很不舒服，请拨打{number or '120'}或去急诊。",
            )
        ),
    )
    yield SentenceShown(
        "call_us",
        ruled(
            turn.say(
                "Not sure? Call us. Our number is: ____________", "拿不准就打电话问我们。电话：____________"
            )
        ),
    )


def box_of(text: str) -> str:
    """The box that a sentence belongs to: whom it tells to turn to, else life at home."""
    if EMERGENCY.search(text):
        return "warning_signs"
    return "call_us" if CALL.search(text) or URGENT.search(text) else "life_at_home"


def _hangs_together(text: str) -> bool:
    """A list of signs with one "call" or "911": taken apart, "fever" alone would no longer say what to do."""
    parts = [p for p in re.split(r"[;；]|(?<=[.。])\s*", text) if p.strip()]
    urgent = [bool(EMERGENCY.search(p) or CALL.search(p) or URGENT.search(p)) for p in parts]
    if not any(urgent) or len(parts) < 2:
        return False
    return not all(u or _ORDER.match(p.strip()) or len(p) > 60 for u, p in zip(urgent, parts, strict=True))


def _guideline_lines(
    turn: Turn,
    record: PatientRecord,
    problems: Sequence[Problem],
    medicines: Sequence[ReconciledMedicine],
    alerts: Sequence[Alert],
    said: list[str],
) -> Iterator[Event]:
    library = turn.services.library
    if library is None:
        return
    state = patient_state(record, turn.services.formulary)
    age = state.age_years
    fit = Fit.of(record, state, turn.services.formulary)
    orders = OwnOrders.of(record)
    taken, ended = _tags(turn, medicines)
    read: set[str] = set()
    for number, problem in enumerate(problems[:4]):
        for guideline in problem.guidelines[:1]:
            if guideline.doc_id in read or guideline.language != turn.language:
                continue
            first = not read
            read.add(guideline.doc_id)
            room = HOME_FIRST if first else HOME_OTHER
            skipped_about = False
            for unit in sentences_of(library, guideline, "for_patients"):
                if (
                    not fits_patient(unit.text, record, age)
                    or fit.leaves_out(unit.text, "for_patients", guideline.doc_id)
                    or orders.outranks(unit, "for_patients")
                ):
                    continue
                text = with_local_number(unit.text, turn.language, turn.services.country)
                sentence = Sentence(text, Verdict.SUPPORTED, Origin.GUIDELINE, (unit.evidence(),))
                held = hold_back(turn, sentence, alerts) or _not_theirs(
                    turn, unit.text, taken, ended, skipped_about
                )
                if held:
                    skipped_about = True
                    yield SentenceWithheld(held)
                    continue
                skipped_about = False
                key = box_of(unit.text)
                home = key == "life_at_home"
                if _told(unit.text, said) or (
                    home and (room <= 0 or (number and _EXERCISE.search(unit.text)))
                ):
                    continue
                room -= home
                said.append(unit.text)
                yield SentenceShown(key, sentence)


def _tags(turn: Turn, medicines: Sequence[ReconciledMedicine]) -> tuple[set[str], set[str]]:
    """Names and classes of what is taken, and of what was stopped or is held."""
    taken: set[str] = set()
    ended: set[str] = set()
    for m in medicines:
        if m.generic:
            into = ended if m.change is MedicationChange.STOPPED else taken
            into |= {m.generic, *turn.services.formulary.tags(m.generic)}
    return taken, ended


def _not_theirs(
    turn: Turn, text: str, taken: set[str], ended: set[str], after_skipped: bool
) -> Withheld | None:
    """Advice to take a kind of medicine that the patient does not take; with it goes a next sentence that only says "it"."""
    if after_skipped and _SKIPPED.search(text):
        return _left_out(turn, text)
    if not _TELLS_TO_TAKE.search(text) and not re.search(r"(?i)\btake your\b", text):
        return None
    named = {m.generic for m in turn.services.formulary.names_in(text)}
    if named and named <= ended - taken:
        return _left_out(turn, text)
    for words, tags in _MEDICINE_WORDS:
        if re.search(words, text, re.IGNORECASE):
            # "Take your blood thinner" beside an anticoagulant on hold is the bleed all over again.
            held = "anticoagulant" in tags and "anticoagulant" in ended - taken
            if held or not tags & taken:
                return _left_out(turn, text)
    return None


def _left_out(turn: Turn, text: str) -> Withheld:
    reason = turn.say("about a medicine that the patient does not take now", "所说的药患者现在没有在用")
    return Withheld(text, reason)


def _told(text: str, said: Sequence[str]) -> bool:
    """Whether an earlier line says the same: its telling words, with the same yes or no."""
    stems = {t.stem for t in terms_in(text)}
    plain = re.sub(r"\W+", "", text).casefold()
    for other in said:
        if plain == re.sub(r"\W+", "", other).casefold():
            return True
        others = {t.stem for t in terms_in(other)}
        if len(stems) >= 2 and stems <= others and _same_sense(text, other):
            return True
    return False


def _same_sense(text: str, other: str) -> bool:
    no, numbers = bool(_PLAINLY_STOPS.search(text)), re.findall(r"\d+", text)
    return no == bool(_PLAINLY_STOPS.search(other)) and set(numbers) <= set(re.findall(r"\d+", other))
