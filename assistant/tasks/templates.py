"""Templates: which sections a document has, in which order, under which titles and fixed words. A hospital's own are YAML.

Owns the file's shape and the one line that a wrong file gives, with its row. Refuses to know how a section is filled: a
template can only arrange what the task states and checks, so no template can bring in a fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.domain.answer import Origin, Sentence, Verdict
from assistant.errors import BadInput, ConfigurationError
from assistant.tasks.base import SectionSpec, Task

SHIPPED = Path(__file__).with_name("templates")
PLAIN = {"discharge": "international"}
"""Task → the template that is meant where none is named. A hospital's file of that name changes every draft."""
_KEY = r"^[a-z][a-z0-9_]{0,40}$"


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid")
    en: str = Field(min_length=1, max_length=500)
    zh: str = Field(min_length=1, max_length=500)


class _SectionRow(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    key: str = Field(pattern=_KEY)
    en: str = Field(min_length=1, max_length=120)
    zh: str = Field(min_length=1, max_length=120)
    required: bool = True
    sources: list[str] | None = Field(None, alias="from", min_length=1)
    lead: _Words | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,40}$")
    task: str = "discharge"
    title: _Words
    sections: list[_SectionRow] = Field(min_length=1)


@dataclass(frozen=True)
class TemplateSection:
    """``sources`` are the task's section keys that stand here, in this order; ``lead`` is fixed text before them."""

    spec: SectionSpec
    sources: tuple[str, ...]
    lead_en: str = ""
    lead_zh: str = ""

    def lead(self, language: str) -> str:
        return self.lead_zh if language == "zh" else self.lead_en


@dataclass(frozen=True)
class Template:
    name: str
    task: str
    en: str
    zh: str
    sections: tuple[TemplateSection, ...]

    def title(self, language: str) -> str:
        return self.zh if language == "zh" else self.en

    def place_of(self, source: str) -> str | None:
        """The key under which the task's section ``source`` stands; None where this template leaves it out."""
        return next((s.spec.key for s in self.sections if source in s.sources), None)

    def arranged(
        self, sentences: Mapping[str, Sequence[Sentence]], language: str
    ) -> dict[str, list[Sentence]]:
        """Section key → its sentences: those of its sources in the order named, after the lead where there are any."""
        found: dict[str, list[Sentence]] = {}
        for section in self.sections:
            here = [s for source in section.sources for s in sentences.get(source, ())]
            lead = section.lead(language)
            if here and lead:
                here.insert(0, Sentence(lead, Verdict.SUPPORTED, Origin.RULE))
            found[section.spec.key] = here
        return found


class Templates:
    """Templates by name; a hospital's folder adds to and replaces those that come along."""

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self._templates = dict(templates)

    def for_task(self, task: str) -> list[Template]:
        """The task's templates, the plain one first."""
        plain = PLAIN.get(task)
        return sorted(
            (t for t in self._templates.values() if t.task == task), key=lambda t: (t.name != plain, t.name)
        )

    def chosen(self, task: str, name: str) -> Template | None:
        """The template named, else the task's plain one; None for a task without templates.

        Raises:
            BadInput: the task has no template of that name; the line names those it has.
        """
        names = [t.name for t in self.for_task(task)]
        if name and name not in names:
            has = f"Templates: {', '.join(names)}" if names else "It has none"
            raise BadInput(f"There is no template “{name}” for {task}. {has}.")
        return self._templates[name or PLAIN[task]] if names and (name or PLAIN.get(task) in names) else None


def open_templates(folder: Path | None = None) -> Templates:
    """The templates that come along, and those of ``folder``.

    Raises:
        ConfigurationError: a file is wrong; the line names the file, its row, the value and what is expected.
    """
    found = {t.name: t for t in _read_folder(SHIPPED)}
    if folder is not None:
        if not folder.is_dir():
            raise ConfigurationError(
                f"BEDSIDE_TEMPLATES={folder}: there is no such folder. Name one with YAML files, or leave it out."
            )
        found |= {t.name: t for t in _read_folder(folder)}
    return Templates(found)


@cache
def shipped_templates() -> Templates:
    return open_templates()


def _read_folder(folder: Path) -> Iterator[Template]:
    names: dict[str, Path] = {}
    for path in sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml")):
        template = read_template(path)
        if template.name in names:
            raise ConfigurationError(
                f"{path}: the name “{template.name}” is also that of {names[template.name].name}. Give it another."
            )
        names[template.name] = path
        yield template


def read_template(path: Path) -> Template:
    """One file, checked against its shape and against the sections that its task states."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = f", row {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise ConfigurationError(
            f"{path}{row}: not YAML ({problem}). Compare it with {SHIPPED.name}/."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot be read as UTF-8 text. Save it again.") from error
    if node is None or not isinstance(raw, dict):
        raise ConfigurationError(
            f"{path}, row 1: no template. It starts with name, task, title and sections."
        )
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(p + 1) if isinstance(p, int) else p for p in first["loc"])
        given = "" if first["type"] == "missing" else f" (found {str(first['input'])[:60]!r})"
        raise ConfigurationError(
            f"{path}, row {_row(node, first['loc'])}: {where}: {first['msg']}{given}."
        ) from error
    return _checked(path, node, file)


def _checked(path: Path, node: yaml.Node, file: _File) -> Template:
    from assistant.tasks.registry import all_tasks

    task = all_tasks().get(file.task)
    if task is None:
        known = ", ".join(all_tasks())
        raise ConfigurationError(
            f"{path}, row {_row(node, ('task',))}: there is no task “{file.task}”. Tasks: {known}."
        )
    stated = stated_keys(task)
    used: set[str] = set()
    sections: list[TemplateSection] = []
    for index, row in enumerate(file.sections):
        line = _row(node, ("sections", index))
        if row.key in {s.spec.key for s in sections}:
            raise ConfigurationError(f"{path}, row {line}: the section “{row.key}” stands twice. Keep one.")
        sources = tuple(row.sources or (row.key,))
        for source in sources:
            if source not in stated:
                raise ConfigurationError(
                    f"{path}, row {line}: {file.task} states no “{source}”. It states: {', '.join(stated)}."
                )
            if source in used:
                raise ConfigurationError(
                    f"{path}, row {line}: “{source}” already stands in another section. Name it once."
                )
            used.add(source)
        spec = SectionSpec(row.key, row.en, row.zh, row.required)
        words = (row.lead.en, row.lead.zh) if row.lead else ("", "")
        sections.append(TemplateSection(spec, sources, *words))
    if "signature" in stated and not any(s.spec.key == "signature" for s in sections):
        # Signing writes into this section; without it a signed paper would not say who signed.
        raise ConfigurationError(
            f"{path}, row {_row(node, ('sections',))}: the section “signature” is missing."
        )
    return Template(file.name, file.task, file.title.en, file.title.zh, tuple(sections))


def stated_keys(task: Task) -> list[str]:
    return [s.key for s in task.sections] + list(task.also_states)


def _row(node: yaml.Node, place: Sequence[int | str]) -> int:
    """The line of the innermost node on the way to ``place``, counted from 1."""
    line = node.start_mark.line
    for step in place:
        following: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == step:
                    line, following = key.start_mark.line, value
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            following = node.value[step]
            line = following.start_mark.line
        if following is None:
            break
        node = following
    return int(line) + 1
