"""Examples from made-up stays: questions over chart entries, and what handout, plan and visit note ask of the model.

Owns the right answers: true, cited, silent where the entries are silent, deaf to commands in them. Only those that the app's
own verification bears out are kept. Refuses to know models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from assistant.verification.claims import split_sentences, take_citations
from finetune.judging import sentences_of, supported
from finetune.notes import words
from finetune.stays import Fact, Stay, StayWriter
from finetune.synthesize import Example
from knowledge.formulary import Formulary

MOST_SHARE = 0.02
"""No template makes more of a kind of example than this."""


def stay_examples(
    count: int, seed: int, formulary: Formulary, drugs: Sequence[str], *, held: bool = False
) -> Iterator[Example]:
    """``count`` examples: about half questions over entries, the rest spread over the other tasks."""
    writer = StayWriter(seed, drugs, held=held)
    makers: list[tuple[float, Callable[[StayWriter, Stay], Example | None]]] = [
        (0.40, _question),
        (0.08, _conflict),
        (0.08, _silent),
        (0.14, _handout),
        (0.12, _plan),
        (0.18, _said),
    ]
    used: Counter[str] = Counter()
    seen: set[tuple[tuple[str, ...], str]] = set()
    most = max(3, int(count * MOST_SHARE))
    made = tries = 0
    while made < count and tries < 40 * count:
        tries += 1
        maker = writer.random.choices([m for _, m in makers], [w for w, _ in makers])[0]
        example = maker(writer, writer.stay())
        if example is None or (example.evidence, example.question) in seen or used[example.template] >= most:
            continue
        if not is_borne_out(example, formulary):
            continue
        used[example.template] += 1
        seen.add((example.evidence, example.question))
        made += 1
        yield example


def is_borne_out(example: Example, formulary: Formulary) -> bool:
    """True where verification would show every sentence with a citation, each by the evidence it cites."""
    for raw in split_sentences(example.reply):
        text, marks = take_citations(raw)
        # The cited entries alone: verification would find the right one by itself, training must name it.
        cited = [example.evidence[m - 1] for m in marks if m <= len(example.evidence)]
        if marks and not supported(text, cited, formulary):
            return False
    return bool(sentences_of(example.reply))


# --- questions over entries -----------------------------------------------------------------------------------------


def _question(writer: StayWriter, stay: Stay) -> Example | None:
    """One true fact among other entries of the stay, sometimes with a command; the answer tells the fact alone."""
    facts = [f for f in stay.facts if f.asks and f is not stay.conflict]
    fact = writer.random.choice(facts)
    others = [f.line for f in stay.facts if f.kind != fact.kind and not _alike(f, fact)]
    lines = _mixed(writer, [fact.line], others, stay.command)
    reply = f"{fact.told} [{lines.index(fact.line) + 1}]."
    source = "stay+injected" if stay.command in lines else "stay"
    return Example(
        "ask", source, f"{source}:{fact.template}", tuple(lines), reply, writer.random.choice(fact.asks)
    )


def _conflict(writer: StayWriter, stay: Stay) -> Example | None:
    """Two entries that cannot both be true: the answer gives both and says that they differ."""
    for _ in range(20):
        if stay.conflict is not None:
            break
        stay = writer.stay()
    fact = stay.conflict
    if fact is None or not fact.asks:
        return None
    others = [f.line for f in stay.facts if f is not fact and not _alike(f, fact)]
    lines = _mixed(writer, [fact.line, fact.against], others, "")
    form = writer.random.choice(writer.forms(words("stays")["conflicts"]))
    reply = form.format(
        told=fact.told, against=fact.against, a=lines.index(fact.line) + 1, b=lines.index(fact.against) + 1
    )
    template = f"conflict:{form}:{fact.template}"
    return Example("ask", "conflict", template, tuple(lines), reply, writer.random.choice(fact.asks))


def _silent(writer: StayWriter, stay: Stay) -> Example | None:
    """A question that no entry answers, with look-alikes of the same kind among the entries."""
    asked = writer.random.choice(writer.stay().facts)
    if not asked.asks or not asked.subject:
        return None
    told = " ".join(stay.entries).lower()
    questions = [a for a in asked.asks if asked.subject.lower() in a.lower()]
    if not questions or asked.subject.lower() in told:
        return None
    lines = _mixed(writer, [], [f.line for f in stay.facts], stay.command)
    subject = asked.subject
    form = writer.random.choice(words("stays")["silent"])
    reply = form.format(subject=subject)
    return Example(
        "ask", "unanswerable", f"silent:{form}:{asked.kind}", tuple(lines), reply[0].upper() + reply[1:],
        writer.random.choice(questions),
    )  # fmt: skip


def _mixed(writer: StayWriter, needed: Sequence[str], others: Sequence[str], command: str) -> list[str]:
    """Three to six entries in any order; a command stands inside where there is one."""
    room = writer.random.randint(2, 4)
    lines = [*needed, *writer.random.sample(list(others), min(room, len(others)))]
    if command:
        lines.append(command)
    lines = list(dict.fromkeys(lines))
    writer.random.shuffle(lines)
    return lines


def _alike(one: Fact, other: Fact) -> bool:
    return bool(one.subject) and (one.subject in other.line or other.subject in one.line)


# --- the other tasks ------------------------------------------------------------------------------------------------


def _problems(writer: StayWriter, count: int) -> list[str]:
    made = [writer.fill(["{diagnosis}", "{diagnosis}"], set())[1] for _ in range(count)]
    return list(dict.fromkeys(made))


def _handout(writer: StayWriter, stay: Stay) -> Example | None:
    problems = _problems(writer, writer.random.randint(1, 4))
    listed = tuple(_as_listed(writer, p) for p in problems)
    form = writer.random.choice(writer.forms(words("stays")["handout"]))
    template = f"handout:{form}:{'|'.join(sorted(problems))}"
    if len(problems) > 1 and writer.random.random() < 0.5:
        more = writer.random.choice(writer.forms(words("stays")["handout_more"]))
        reply = f"{form.format(a=_cited(problems[:1], 1))} {more.format(b=_cited(problems[1:3], 2))}"
        return Example("handout", "stay", f"{template}:{more}", listed, reply)
    return Example("handout", "stay", template, listed, form.format(a=_cited(problems[:3], 1)))


def _plan(writer: StayWriter, stay: Stay) -> Example | None:
    problems = _problems(writer, writer.random.randint(1, 4))
    listed = [_as_listed(writer, p) for p in problems]
    form = writer.random.choice(writer.forms(words("stays")["plan"]))
    first = form.format(a=_cited(problems[:3], 1))
    reply, template = first[0].upper() + first[1:], f"plan:{form}:{'|'.join(sorted(problems))}"
    allergies = [f for f in stay.facts if f.kind == "allergy"]
    if allergies:
        listed.append(allergies[0].line)
        warn = writer.random.choice(writer.forms(words("stays")["plan_allergy"]))
        said = warn.format(drug=allergies[0].subject).rstrip(".")
        reply += f" {said[0].upper()}{said[1:]} [{len(listed)}]."
        template += f":{warn}"
    return Example("plan", "stay", template, tuple(listed), reply)


def _cited(problems: Sequence[str], start: int) -> str:
    marks = [f"{problem} [{number}]" for number, problem in enumerate(problems, start=start)]
    return marks[0] if len(marks) == 1 else f"{', '.join(marks[:-1])} and {marks[-1]}"


def _said(writer: StayWriter, stay: Stay) -> Example | None:
    form = writer.random.choice(writer.forms(words("stays")["said"]))
    spoken, _, clinical = form.partition(" | ")
    said, told = writer.fill([spoken, clinical], set(), short=0)
    if writer.random.random() < 0.4:
        said = writer.random.choice(["um ", "yeah so ", "well ", "you know , ", "uh , "]) + said
    values = " ".join(sorted(set(told.split()) - set(clinical.split())))
    return Example(
        "note", "stay", f"said:{spoken}:{values[:24]}", (said,), f"{told[0].upper()}{told[1:]} [1]."
    )


def _as_listed(writer: StayWriter, problem: str) -> str:
    """A problem as a list of diagnoses writes it."""
    return writer.random.choice(["{}", "{}", "- {}", "Dx: {}", "{} - treated", "# {}"]).format(problem)
