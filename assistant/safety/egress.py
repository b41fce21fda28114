"""What may leave for a model outside the walls: text without direct identifiers, put back in what comes in return.

Owns which hosts count as inside, what the record knows of the patient, and the crossing in both directions. Refuses to
find identifiers itself (``redaction.py``) and to promise anonymity: the text is redacted, not de-identified.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk

from assistant.domain.record import PatientRecord
from assistant.errors import ModelFailed
from assistant.models.streamed import StreamedChatModel
from assistant.safety.redaction import redact

BETWEEN = "\n\x1e\n"
LONGEST_PLACEHOLDER = 24
SHORTEST_IDENTIFIER = 4
INSIDE_ENDINGS = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
"""Names that no public server has (RFC 6761, RFC 6762, RFC 8375, and ICANN's reserved .internal)."""
_ROLE = re.compile(r"(?i)^(?:dr|prof|mr|mrs|ms|miss|sr|nurse)\b\.?\s*|\s*\([^)]*\)|,.*$")


def is_inside(host: str) -> bool:
    """True for this machine and for private networks, by the address as it is written; no name is looked up.

    A name with a dot that is not reserved counts as outside: what it leads to can change.
    """
    bare = host.strip("[]").rstrip(".").lower()
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return bool(bare) and ("." not in bare or bare.endswith(INSIDE_ENDINGS))
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return address.is_loopback or (address.is_private and not address.is_unspecified) or address.is_link_local


def names_of(record: PatientRecord | None) -> tuple[str, ...]:
    """Names of people that the record itself states: the patient's, and those who care for the patient."""
    if record is None:
        return ()
    people = [record.patient.name, *(e.attending for e in (record.encounter, *record.encounters) if e)]
    people += [f.who for f in record.follow_ups] + [s.author for s in record.statements]
    people += [p.owner for p in record.pending_results]
    bare = (_ROLE.sub("", name).strip() for name in people if name)
    return tuple(dict.fromkeys(name for name in bare if len(name) > 1))


def numbers_of(record: PatientRecord | None) -> tuple[str, ...]:
    """Identifiers that the record itself states: record number, ids of patient and encounters where they hold a digit."""
    if record is None:
        return ()
    found = [record.patient.mrn, record.id, *(e.id for e in record.encounters)]
    wanted = (n for n in found if n and len(n) >= SHORTEST_IDENTIFIER and any(c.isdigit() for c in n))
    return tuple(dict.fromkeys(wanted))


class Crossing:
    """One request's texts redacted together, so that the same words have the same placeholder in each of them."""

    def __init__(self, texts: Sequence[str], names: Sequence[str] = (), numbers: Sequence[str] = ()) -> None:
        whole = BETWEEN.join(text.replace("\x1e", " ") for text in texts)
        redacted = redact(whole, known=names)
        self._originals = dict(redacted.originals)
        out = redacted.text
        for number in numbers:
            out = re.sub(_loosely(number), self._numbered, out)
        self.texts = tuple(out.split(BETWEEN))
        if len(self.texts) != len(texts):
            raise ModelFailed("The text could not be redacted for the outside model, so it was not sent.")

    def _numbered(self, match: re.Match[str]) -> str:
        for placeholder, original in self._originals.items():
            if original == match.group():
                return placeholder
        placeholder = f"[RECORDNUMBER_{sum(p.startswith('[RECORDNUMBER_') for p in self._originals) + 1}]"
        self._originals[placeholder] = match.group()
        return placeholder

    def __len__(self) -> int:
        return len(self._originals)

    def restored(self, text: str) -> str:
        """Placeholders of this crossing put back; one never given out stays as it is."""
        return re.sub(r"\[[A-Z0-9]+_\d+\]", lambda m: self._originals.get(m.group(), m.group()), text)


def _loosely(number: str) -> str:
    """The identifier however its parts are joined, not inside a longer one."""
    parts = re.findall(r"[A-Za-z]+|\d+", number)
    return r"(?i)(?<![A-Za-z0-9_])" + r"[\s./-]{0,2}".join(map(re.escape, parts)) + r"(?![A-Za-z0-9_])"


class RestoringStream:
    """Pieces of a reply with the identifiers put back; holds what may be the beginning of a placeholder."""

    def __init__(self, crossing: Crossing) -> None:
        self._crossing = crossing
        self._held = ""

    def feed(self, piece: str) -> str:
        self._held += piece
        opened = self._held.rfind("[")
        waits = (
            opened >= 0 and "]" not in self._held[opened:] and len(self._held) - opened <= LONGEST_PLACEHOLDER
        )
        ready, self._held = (self._held[:opened], self._held[opened:]) if waits else (self._held, "")
        return self._crossing.restored(ready)

    def finish(self) -> str:
        ready, self._held = self._held, ""
        return self._crossing.restored(ready)


class RedactedChatModel(StreamedChatModel):
    """``inner`` as seen by a turn: what goes out is redacted by what ``names`` and ``numbers`` of the record tell."""

    inner: BaseChatModel
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @classmethod
    def around(cls, inner: BaseChatModel, record: PatientRecord | None) -> RedactedChatModel:
        return cls(inner=inner, names=names_of(record), numbers=numbers_of(record))

    @property
    def _llm_type(self) -> str:
        return "bedside-redacted"

    @property
    def model_name(self) -> str:
        return str(getattr(self.inner, "model_name", ""))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        crossing = Crossing([str(m.content) for m in messages], self.names, self.numbers)
        outgoing = [
            m.model_copy(update={"content": text}) for m, text in zip(messages, crossing.texts, strict=True)
        ]
        restoring = RestoringStream(crossing)
        for chunk in self.inner.stream(outgoing, stop=stop, **kwargs):
            text = restoring.feed(str(chunk.content))
            if chunk.response_metadata or chunk.usage_metadata:
                yield _chunk(text + restoring.finish(), chunk)  # the closing chunk: nothing is held any more
            elif text:
                yield _chunk(text, chunk)
        rest = restoring.finish()
        if rest:
            yield ChatGenerationChunk(message=AIMessageChunk(content=rest))


def _chunk(text: str, like: AIMessageChunk) -> ChatGenerationChunk:
    message = AIMessageChunk(
        content=text,
        response_metadata=like.response_metadata,
        usage_metadata=like.usage_metadata,
        chunk_position=like.chunk_position,
    )
    return ChatGenerationChunk(message=message)
