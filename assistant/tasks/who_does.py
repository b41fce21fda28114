"""Who does what: each arrangement of the plan under the person or team that carries it.

Owns the grouping. Names come from the record alone; where it names nobody, the plan says that somebody must be named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.domain.answer import Sentence
from assistant.domain.record import PatientRecord, Place
from assistant.tasks.base import Turn
from assistant.tasks.booked import Booked
from assistant.tasks.stating import record_evidence, ruled, tidy

_ROLES = (
    ("General practice", "社区与家庭医生", r"\bGPs?\b|\bPCP\b|primary care|family (?:doctor|medicine)|社区|卫生院|卫生服务"),
    ("Nurses", "护士", r"\bnurs\w*|护士|换药"),
    ("Therapists", "康复治疗师", r"therap\w*|physio\w*|rehab\w*|speech|swallow|康复"),
    ("Specialist clinics", "专科门诊", r"clinic|Dr\b|Mr\b|surgeon|cardiolog|urolog|nephrolog|endocrin|neurosurg|ultrasound|MRI|CT\b|X-ray|门诊|医院|科"),
)  # fmt: skip
_SELF = re.compile(
    r"\b(?:weigh|measure|never skip|at home|no ibuprofen|ring|call|pause|chart)\b|自测|每日看脚|不漏服|立即120|自己",
    re.IGNORECASE,
)


def who_does_what(
    turn: Turn, record: PatientRecord, booked: Sequence[Booked], own_lines: Sequence[Sentence]
) -> Iterator[Sentence]:
    """One sentence a role, with the places of what it carries; first the patient and family."""
    own = [s for s in own_lines if _SELF.search(s.text)]
    if own:
        tasks = "; ".join(_bare(s.text) for s in own[:4])
        evidence = tuple({(e.id, e.start): e for s in own[:4] for e in s.evidence}.values())
        yield ruled(turn.say(f"Patient and family: {tasks}.", f"患者和家属：{tasks}。"), evidence=evidence)
    left: list[Booked] = []
    groups: dict[int, list[Booked]] = {}
    for b in booked:
        text = f"{b.follow_up.text} {b.follow_up.who or ''}"
        role = next((i for i, (_, _, p) in enumerate(_ROLES) if re.search(p, text, re.IGNORECASE)), None)
        (left if role is None else groups.setdefault(role, [])).append(b)
    for index in sorted(groups):
        en, zh, _ = _ROLES[index]
        yield _line(turn, record, turn.say(en, zh), groups[index])
    if left:
        yield _line(
            turn,
            record,
            turn.say("Nobody is named for these; name somebody", "以下未写明负责人，请指定"),
            left,
        )
    for pending in record.pending_results:
        if not pending.owner and not re.search(r"\(|->|→|负责", pending.place.quote):
            text = turn.say(
                f"Name who follows up the awaited result: {tidy(pending.name)}.",
                f"请指定待报结果的跟进人：{tidy(pending.name)}。",
            )
            yield ruled(text, evidence=(record_evidence(record, pending.place),))


def _line(turn: Turn, record: PatientRecord, role: str, items: Sequence[Booked]) -> Sentence:
    said = []
    places: list[Place] = []
    for b in items:
        when = f" ({b.on.isoformat()})" if b.on else ""
        said.append(f"{tidy(b.follow_up.text).rstrip('.。')}{when}")
        places.append(b.follow_up.place)
    text = f"{role}{turn.say(': ', '：')}{turn.say('; ', '；').join(said)}{turn.say('.', '。')}"
    return ruled(text, evidence=tuple(record_evidence(record, p) for p in places))


def _bare(text: str) -> str:
    return re.sub(r"^(?:From the record|病历)[^:：]*[:：]\s*", "", text).rstrip(".。")
