"""The model writes from numbered evidence; each sentence is checked before it leaves here.

Owns the time that the model may take and what happens when it fails: the turn goes on without it and says so.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator, Iterator, Sequence

from assistant.domain.answer import Origin, Sentence, Verdict, Withheld
from assistant.domain.events import Event, SentenceWithheld
from assistant.domain.evidence import Evidence
from assistant.errors import ModelCancelled, ModelFailed, ModelTimeout
from assistant.prompting.messages import task_messages
from assistant.safety.guard import dead_text
from assistant.tasks.base import Turn
from assistant.verification.claims import stream_sentences, take_citations
from assistant.verification.terms import terms_in
from assistant.verification.verify import check_stream

log = logging.getLogger(__name__)

MIN_CONTENT_WORDS = 3
"""A sentence of fewer says too little to be shown, or to be told of as withheld."""
MIN_CALL_S = 3.0
"""A call that cannot finish a sentence in the time left is not begun."""
SYSTEM = {
    "en": (
        "You write for clinicians. Use only the numbered evidence. Copy every number, unit, date and drug name exactly. "
        "Write short, plain sentences in the past tense. Do not add anything. End each sentence with its evidence number in square brackets."
    ),
    "zh": "你为临床医生写作。只使用编号的证据。数字、单位、日期和药名必须与证据完全一致。句子简短，不得添加任何内容。每句末尾用方括号注明证据编号。",
}


def write(
    turn: Turn,
    instructions: str,
    evidence: Sequence[Evidence],
    *,
    question: str | None = None,
    max_new_tokens: int | None = None,
    allow_partial: bool = False,
    budget_s: float | None = None,
    examples: Sequence[tuple[Sequence[str], str]] = (),
) -> Iterator[Sentence | Withheld]:
    """Checked sentences, as they come. Nothing where there is no model or no evidence; a model's failure is a notice.

    Raises:
        ModelCancelled: the user pressed Stop.
    """
    services = turn.services
    if services.model is None or not evidence or turn.language not in services.model_languages:
        return
    if turn.cancel.is_set():
        raise ModelCancelled("Stopped.")
    timeout_s = min(services.model_timeout_s, budget_s) if budget_s is not None else services.model_timeout_s
    if timeout_s < MIN_CALL_S:
        return
    messages = task_messages(
        system=SYSTEM[turn.language],
        instructions=instructions,
        evidence=[e.quote for e in evidence],
        question=question,
        language=turn.language,
        examples=examples,
    )
    end = _End()
    budgeted = budget_s is not None and budget_s <= services.model_timeout_s
    chunks = _stream(turn, messages, max_new_tokens or services.max_new_tokens, timeout_s, end, budgeted)
    if not services.verify:
        for raw in stream_sentences(chunks, was_cut=lambda: end.cut):
            text, _ = take_citations(raw)
            yield Sentence(
                dead_text(text), Verdict.UNPARSED, Origin.MODEL, reason="not checked (verification is off)"
            )
        return
    for item in check_stream(
        chunks, evidence, services.formulary, allow_partial=allow_partial, was_cut=lambda: end.cut
    ):
        if len(terms_in(item.text)) >= MIN_CONTENT_WORDS:
            yield item


def reword(
    turn: Turn,
    instructions: str,
    evidence: Sequence[Evidence],
    text: str,
    *,
    budget_s: float,
    examples: Sequence[tuple[Sequence[str], str]],
) -> Generator[Event, None, list[Sentence]]:
    """``text`` in the model's words: what is withheld is told as it comes, the checked sentences are returned.

    ``examples``, which are in English, are shown to a model without an adapter alone.
    """
    told: list[Sentence] = []
    for item in write(
        turn,
        instructions,
        evidence,
        max_new_tokens=min(96, 24 + len(text) // 2),
        budget_s=budget_s,
        examples=examples if turn.language == "en" and turn.services.adapter_name is None else (),
    ):
        if isinstance(item, Withheld):
            yield SentenceWithheld(item)
        else:
            told.append(item)
    return told


class _End:
    """How a model call ended: ``cut`` in mid-sentence by a limit, or by itself."""

    cut = False


def _stream(
    turn: Turn, messages: Sequence[object], max_new_tokens: int, timeout_s: float, end: _End, budgeted: bool
) -> Iterator[str]:
    """The model's text in pieces. Running out of a draft's time budget is no failure: quotes stand in, as intended."""
    services = turn.services
    assert services.model is not None
    began = time.perf_counter()
    try:
        for chunk in services.model.stream(
            list(messages),  # type: ignore[arg-type]
            cancel=turn.cancel,
            max_new_tokens=max_new_tokens,
            timeout_s=timeout_s,
        ):
            text = chunk.content if isinstance(chunk.content, str) else ""
            end.cut = (chunk.response_metadata or {}).get("finish_reason") in (
                "length",
                "repetition",
            ) or end.cut
            usage = getattr(chunk, "usage_metadata", None)
            if usage:
                turn.model_tokens += int(usage.get("output_tokens", 0))
            if not text:
                continue
            if not turn.first_token_s:
                turn.first_token_s = turn.elapsed_s()
            yield text
    except ModelCancelled:
        raise
    except ModelFailed as failure:
        end.cut = True
        if budgeted and isinstance(failure, ModelTimeout):
            return
        log.warning("model failed: %s", type(failure).__name__)
        note = turn.say(
            f"The model could not finish ({failure}); the evidence is quoted instead.",
            f"模型未能完成（{failure}）；以下改为引用原文。",
        )
        if note not in turn.notices:
            turn.notices.append(note)
    finally:
        turn.model_s += time.perf_counter() - began
