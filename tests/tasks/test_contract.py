"""What every task promises, in both languages, to both readers, whatever the model writes: the JSON of the contract,
evidence at its place, nothing invented, and an end."""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from assistant.conversation import Conversation
from assistant.domain.answer import Answer, Origin
from assistant.domain.answer_json import answer_from_json
from assistant.domain.record import PatientRecord
from assistant.errors import ModelCancelled, ModelFailed
from assistant.tasks.base import Request, Services
from assistant.tasks.registry import all_tasks
from tests.fakes import GARBAGE, Fails, Hangs, Loops, Reply
from tests.turns import CHART, SAMPLES, answer, chart, sample, services, shown, texts

if TYPE_CHECKING:
    from knowledge.formulary import Formulary
    from knowledge.open import Library

PATIENTS = ("pneumonia-aki-penicillin-allergy.json", "diabetic-foot-zh.json")
QUESTIONS = {
    "en": "Which antibiotic treats community-acquired pneumonia?",
    "zh": "2型糖尿病的血糖控制目标是什么？",
}
REQUIRED = {
    "discharge": "patient dates reason_for_admission diagnoses procedures hospital_course results condition_at_discharge disposition "
    "medications allergies pending_results follow_up patient_instructions signature",
    "plan": "problems goals actions medications monitoring lifestyle_or_exercise safety_limits red_flags follow_up cautions",
    "ask": "answer",
}
ADDED = {"who_does_what"}  # sections may be added, never renamed
ALERT_KINDS = "allergy interaction renal hepatic pregnancy age duplicate disease dose missing".split()
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w])")

Composed = tuple[Answer, PatientRecord]


@pytest.fixture(scope="module")
def compose(shelf: Library, formulary: Formulary) -> Callable[..., Composed]:
    """Answers without a model, each made once."""
    made: dict[tuple[str, ...], Composed] = {}

    def compose(task: str, patient: str, language: str, audience: str) -> Composed:
        key = (task, patient, language, audience)
        if key not in made:
            record = sample(patient, formulary)
            question = QUESTIONS[language] if task == "ask" else ""
            request = Request(task, question, record, audience, language)
            made[key] = (Conversation(services(shelf, formulary)).answer(request), record)
        return made[key]

    return compose


every_case = pytest.mark.parametrize(
    ("task", "patient", "language", "audience"),
    [
        (task, patient, language, audience)
        for task in all_tasks()
        for patient in PATIENTS
        for language in ("en", "zh")
        for audience in ("clinician", "patient")
    ],
)


@every_case
def test_the_json_has_the_fields_and_words_of_the_contract(
    compose: Callable[..., Composed], task: str, patient: str, language: str, audience: str
) -> None:
    result, _ = compose(task, patient, language, audience)
    row = json.loads(json.dumps(result.to_json(), ensure_ascii=False))
    assert set(row) >= {
        "task", "language", "model", "adapter", "abstained", "red_flags", "alerts", "sections", "missing", "withheld", "text",
        "timings",
    }  # fmt: skip
    assert (row["task"], row["language"], row["model"], row["adapter"]) == (task, language, "none", None)
    assert set(row["timings"]) >= {"retrieve_s", "first_token_s", "total_s", "tokens_per_s"}
    for alert in row["alerts"]:
        assert alert["kind"] in ALERT_KINDS
        assert alert["severity"] in ("stop", "caution", "note")
        assert alert["text"].strip()
    for section in row["sections"]:
        assert set(section) >= {"key", "title", "required", "complete", "sentences"}
        for sentence in section["sentences"]:
            assert sentence["verdict"] in ("supported", "partial", "unsupported", "unparsed")
            assert sentence["origin"] in ("record", "model", "guideline", "rule")
            assert sentence["text"].strip()
            assert sentence.get("change", "new") in ("new", "changed", "stopped", "continued")
            for evidence in sentence["evidence"]:
                assert set(evidence) >= {"kind", "id", "quote", "start", "end"}
                assert evidence["kind"] in ("record", "guideline", "formulary")
    assert answer_from_json(row).to_json() == row


@every_case
def test_each_quote_stands_verbatim_at_its_place(
    compose: Callable[..., Composed], shelf: Library, task: str, patient: str, language: str, audience: str
) -> None:
    result, record = compose(task, patient, language, audience)
    sources = {"record": lambda i: record.document(i).text, "guideline": lambda i: shelf.document(i).text}
    cited = [e for s in shown(result) for e in s.evidence] + [e for a in result.alerts for e in a.evidence]
    assert cited, "an answer about a patient cites something"
    for evidence in cited:
        assert evidence.quote.strip()
        if evidence.kind.value in sources:
            text = sources[evidence.kind.value](evidence.id)
            assert text[evidence.start : evidence.end] == evidence.quote
        else:
            assert len(evidence.quote) == evidence.end - evidence.start
            assert "/" in evidence.id, "a formulary row says which table it is of"


@every_case
def test_what_is_not_said_by_rule_has_evidence(
    compose: Callable[..., Composed], task: str, patient: str, language: str, audience: str
) -> None:
    result, _ = compose(task, patient, language, audience)
    bare = [s.text for s in shown(result) if s.origin is not Origin.RULE and not s.evidence]
    assert bare == []


@every_case
def test_sections_are_those_of_the_contract_and_what_is_missing_is_named_and_not_filled(
    compose: Callable[..., Composed], task: str, patient: str, language: str, audience: str
) -> None:
    result, _ = compose(task, patient, language, audience)
    if task in REQUIRED:
        assert [s.key for s in result.sections if s.key not in ADDED] == REQUIRED[task].split()
    empty = [s.key for s in result.sections if s.required and not s.sentences]
    assert list(result.missing) == empty
    for section in result.sections:
        assert section.complete is (section.key not in result.missing)


@every_case
def test_the_text_is_markdown_of_the_same_sentences(
    compose: Callable[..., Composed], task: str, patient: str, language: str, audience: str
) -> None:
    result, _ = compose(task, patient, language, audience)
    for sentence in shown(result):
        assert sentence.text in result.text
    for alert in result.alerts:
        assert alert.text in result.text
    for section in result.sections:
        if len(result.sections) > 1 and (section.sentences or section.required):
            assert f"## {section.title}" in result.text


@pytest.mark.parametrize(
    "patient", [p.name for p in sorted(SAMPLES.glob("*")) if p.suffix in (".json", ".txt")]
)
def test_no_number_of_a_discharge_summary_is_absent_from_the_record(
    shelf: Library, formulary: Formulary, patient: str
) -> None:
    result = answer(services(shelf, formulary), "discharge", record=sample(patient, formulary))
    source = _written(SAMPLES / patient)
    strange = {
        number: s.text for s in shown(result) for number in NUMBER.findall(s.text) if number not in source
    }
    # A day or month that the chart writes as 5/4 or 9 is shown as 05-04 or 09.
    strange = {n: t for n, t in strange.items() if not (re.fullmatch(r"0\d", n) and n[1] in source)}
    assert strange == {}


def _written(path: Path) -> str:
    """All that stands in a record's file, its encoded notes read by themselves and not by the assistant's reader."""
    raw = path.read_text(encoding="utf-8")
    notes = [base64.b64decode(data).decode() for data in re.findall(r'"data":\s*"([^"]+)"', raw)]
    return "\n".join([raw, *notes])


@pytest.mark.parametrize("patient", PATIENTS)
def test_each_medicine_of_a_summary_carries_its_change(
    compose: Callable[..., Composed], patient: str
) -> None:
    result, _ = compose("discharge", patient, "en", "clinician")
    medicines = [s for s in shown(result, "medications") if s.origin is Origin.RECORD]
    assert medicines
    assert all(s.change is not None for s in medicines)


# What a model may do wrong: the reply, and what of it must never be shown.
LIES: dict[str, tuple[Reply, str]] = {
    "an invented dose": ("Doxycycline 350 mg was given every four hours [1].", r"350"),
    "a wrong drug": ("The patient was treated with gentamicin [1].", r"(?i)gentamicin"),
    "a flipped negation": ("The patient had chest pain [1].", r"had chest pain"),
    "the other side": ("There was consolidation of the right lower lobe [1].", r"(?i)right lower"),
    "a wrong value": ("Potassium was 7.9 mmol/L and creatinine 400 umol/L [1] [2].", r"7\.9|\b400\b"),
    "a wrong date": ("Lisinopril was held on 14 June 2021 [1].", r"14 June|2021"),
    "an invented diagnosis": ("The patient had a pulmonary embolism [1].", r"(?i)embolism"),
    "a held medicine continued": ("Lisinopril was continued [1].", r"(?i)lisinopril was continued"),
    "a link and markup": (
        "Doxycycline was started for pneumonia [here](https://evil.example/?q=1) ![x](https://evil.example/p.png) "
        "<img src=x onerror=alert(1)> [1].",
        r"https?:/|evil\.example/?\)|<img|onerror",
    ),
    "garbage": (GARBAGE, r"<\||<script|\x1b|\x00"),
    "an endless loop": (Loops("Doxycycline 900 mg again "), r"900"),
    "a failure": (Fails(ModelFailed("The model server is down."), after="Half a 777 mg sent"), r"777"),
    "a crash": (Fails(RuntimeError("out of memory: Edith Marlowe 555 mg")), r"555"),
    "silence": ("", r"(?!)"),
}
SHORT = ("an invented dose", "a wrong drug", "a link and markup", "garbage", "an endless loop", "a failure")
CASES = [(task, lie) for task in all_tasks() for lie in (LIES if task in ("ask", "discharge") else SHORT)]


def lying(shelf: Library, formulary: Formulary, lie: str, **fields: Any) -> Services:
    return services(shelf, formulary, LIES[lie][0], **fields)


@pytest.mark.parametrize(("task", "lie"), CASES)
def test_nothing_that_a_model_invents_is_shown(
    shelf: Library, formulary: Formulary, task: str, lie: str
) -> None:
    question = "How was the pneumonia treated, and what was the potassium?" if task == "ask" else ""
    result = answer(
        lying(shelf, formulary, lie), task, record=chart(formulary), question=question, language="en"
    )
    said = "\n".join([texts(result), result.text, *result.notices])
    assert not re.search(LIES[lie][1], said), said
    for held in result.withheld:
        assert held.reason.strip(), f"withheld without a reason: {held.text}"
        assert not re.search(r"<img|<script|\]\(http", held.text), "what is withheld is drawn too"
    if task == "discharge":
        assert [n for n in NUMBER.findall(texts(result)) if n not in CHART] == []


@pytest.mark.slow
@pytest.mark.parametrize("task", ["ask", "discharge"])
def test_a_model_that_hangs_ends_with_its_time(shelf: Library, formulary: Formulary, task: str) -> None:
    parts = services(shelf, formulary, Hangs("The", 60.0), model_timeout_s=3.2, draft_budget_s=3.1)
    began = time.monotonic()
    result = answer(
        parts, task, record=chart(formulary), question="potassium?" if task == "ask" else "", language="en"
    )
    assert time.monotonic() - began < 60
    assert shown(result), "the evidence stands in for the model"


@pytest.mark.parametrize("task", list(all_tasks()))
def test_stop_ends_the_turn_without_an_answer(shelf: Library, formulary: Formulary, task: str) -> None:
    parts = services(shelf, formulary, Loops())
    pressed = threading.Event()
    threading.Timer(0.3, pressed.set).start()
    request = Request(task, "potassium?" if task == "ask" else "", chart(formulary), language="en")
    if task != "ask":
        pressed.set()
    with pytest.raises(ModelCancelled):
        for _ in Conversation(parts).run(request, pressed):
            pass


def test_a_failed_model_is_said_in_one_line_and_quotes_stand_in(shelf: Library, formulary: Formulary) -> None:
    result = answer(lying(shelf, formulary, "a failure"), "ask", question=QUESTIONS["en"], language="en")
    assert any("The model server is down" in n for n in result.notices)
    assert any(s.origin is Origin.GUIDELINE for s in shown(result))


def test_the_words_of_a_crash_are_not_shown(shelf: Library, formulary: Formulary) -> None:
    result = answer(lying(shelf, formulary, "a crash"), "ask", question=QUESTIONS["en"], language="en")
    assert any("RuntimeError" in n for n in result.notices)
    assert not any("Marlowe" in n for n in result.notices)


def test_unchecked_model_text_is_marked_so(shelf: Library, formulary: Formulary) -> None:
    parts = lying(shelf, formulary, "an invented dose", verify=False)
    result = answer(parts, "ask", question=QUESTIONS["en"], language="en")
    (sentence,) = [s for s in shown(result) if s.origin is Origin.MODEL]
    assert sentence.verdict.value == "unparsed"
    assert "_(unverified)_" in result.text
