"""A hospital arranges its papers by YAML; a wrong file says in one line where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.domain.answer import Origin
from assistant.errors import BadInput, ConfigurationError
from assistant.tasks.registry import task_named
from assistant.tasks.templates import SHIPPED, open_templates, read_template
from tests.turns import answer, chart, services, shown

if TYPE_CHECKING:
    from knowledge.formulary import Formulary

GOOD = """name: ward-seven
task: discharge
title: {en: Ward seven, zh: 七病区}
sections:
  - {key: medications, en: Tablets, zh: 药, lead: {en: Read this first., zh: 请先看这里。}}
  - {key: rest, en: The rest, zh: 其余, from: [follow_up, diagnoses], required: false}
  - {key: signature, en: Signed, zh: 签名}
"""
BAD = {
    "an unknown field": ("key: rest", "kee: rest", 6, "Field required"),
    "a key the task does not state": (
        "from: [follow_up, diagnoses]",
        "from: [weather]",
        6,
        "states no “weather”",
    ),
    "a key twice": ("key: rest", "key: medications", 6, "stands twice"),
    "a source twice": ("[follow_up, diagnoses]", "[follow_up, medications]", 6, "already stands"),
    "no signature": ("  - {key: signature, en: Signed, zh: 签名}\n", "", 4, "signature"),
    "another task": ("task: discharge", "task: sing", 2, "no task “sing”"),
    "a title in one language": (", zh: 七病区", "", 3, "Field required"),
    "no YAML": ("title: {", "title: {{", 4, "not YAML"),
    "required by a word": ("required: false", "required: perhaps", 6, "boolean"),
}


def test_the_plain_template_is_the_tasks_own_order_and_titles() -> None:
    plain = open_templates().chosen("discharge", "")
    assert plain is not None
    assert tuple(s.spec for s in plain.sections) == tuple(task_named("discharge").sections)


def test_tasks_without_templates_have_none() -> None:
    templates = open_templates()
    assert templates.chosen("plan", "") is None
    with pytest.raises(BadInput, match="no template “isbar” for plan"):
        templates.chosen("plan", "isbar")


@pytest.mark.parametrize("name", [p.stem for p in sorted(SHIPPED.glob("*.yaml"))])
def test_every_shipped_template_gives_its_sections_in_its_order(formulary: Formulary, name: str) -> None:
    made = answer(
        services(None, formulary), "discharge", record=chart(formulary), language="zh", template=name
    )
    template = read_template(SHIPPED / f"{name}.yaml")
    assert made.template == name
    assert [s.title for s in made.sections] == [s.spec.zh for s in template.sections]
    assert all(s.change for s in shown(made, "medications") if s.origin is Origin.RECORD)
    assert shown(made, "medications")


def test_a_merged_section_holds_its_sources_in_the_order_named_after_its_lead(
    formulary: Formulary, tmp_path: Path
) -> None:
    (tmp_path / "ward.yaml").write_text(GOOD, encoding="utf-8")
    parts = services(None, formulary, templates=open_templates(tmp_path))
    plain = answer(parts, "discharge", record=chart(formulary), language="en")
    made = answer(parts, "discharge", record=chart(formulary), language="en", template="ward-seven")
    assert [s.key for s in made.sections] == ["medications", "rest", "signature"]
    assert shown(made, "medications")[0].text == "Read this first."
    assert shown(made, "rest") == shown(plain, "follow_up") + shown(plain, "diagnoses")


def test_a_folder_replaces_a_template_of_the_same_name(formulary: Formulary, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.replace("ward-seven", "international"), encoding="utf-8")
    parts = services(None, formulary, templates=open_templates(tmp_path))
    made = answer(parts, "discharge", record=chart(formulary), language="en")
    assert [s.title for s in made.sections] == ["Tablets", "The rest", "Signed"]


@pytest.mark.parametrize("fault", BAD)
def test_a_wrong_file_is_told_with_its_name_and_row(tmp_path: Path, fault: str) -> None:
    old, new, row, words = BAD[fault]
    assert old in GOOD
    path = tmp_path / "ward.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        open_templates(tmp_path)
    line = str(caught.value)
    assert f"{path}, row {row}" in line
    assert words in line
    assert "\n" not in line


def test_the_right_file_is_taken(tmp_path: Path) -> None:
    (tmp_path / "ward.yaml").write_text(GOOD, encoding="utf-8")
    assert "ward-seven" in [t.name for t in open_templates(tmp_path).for_task("discharge")]


def test_a_folder_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        open_templates(Path("/nowhere/templates"))


def test_the_admission_diagnosis_is_taken_under_its_own_label_only(formulary: Formulary) -> None:
    text = "Patient: A B, 60 F\nAdmission diagnosis: cholecystitis\nDischarge diagnosis: pancreatitis\n"
    made = answer(
        services(None, formulary),
        "discharge",
        record=chart(formulary, text),
        language="en",
        template="chinese",
    )
    assert [s.text for s in shown(made, "admission_diagnoses")] == ["cholecystitis."]
    bare = answer(
        services(None, formulary), "discharge", record=chart(formulary), language="en", template="chinese"
    )
    assert "admission_diagnoses" in bare.missing
