"""The front matter of a guideline file: its schema and how it is read.

Owns which fields a guideline's head may have. Refuses strangers, so that a misspelt field is an error, not a loss.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from knowledge.errors import DocumentUnreadable

_FENCED = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def _as_text(value: Any) -> Any:
    """YAML reads 2024 as a number and 2024-05-01 as a date; an edition and a date are text here."""
    if value is None:
        return ""
    if isinstance(value, (int, float, dt.date)):
        return str(value)
    return value


def _as_list(value: Any) -> Any:
    if value is None or value == "":
        return ()
    return [value] if isinstance(value, (str, dict)) else value


def _as_lines(value: Any) -> Any:
    """Sources may be text or a small table (title, url, checked on); a table is one line of its values."""
    return [
        "; ".join(str(v) for v in row.values() if v) if isinstance(row, dict) else str(row)
        for row in _as_list(value)
    ]


Text = Annotated[str, BeforeValidator(_as_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_as_lines)]


class FrontMatter(BaseModel):
    """What a guideline says of itself; dates are ISO dates or years."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    doc_id: Text = ""
    title: Text = ""
    publisher: Text = ""
    edition: Text = ""
    published: Text = ""
    next_review: Text = ""
    url: Text = ""
    language: Text = Field(default="", pattern=r"^([a-z]{2,3}(-[A-Za-z]{2,4})?)?$")
    population: Text = ""
    topics: Texts = ()
    grade: Text = ""
    supersedes: Text = ""
    collection: Text = ""
    sources: Lines = ()
    unchecked: Lines = ()


def split_front_matter(source: str, name: str) -> tuple[FrontMatter, str]:
    """The head and the body of a Markdown file; an empty head where there is none.

    Raises DocumentUnreadable where the head is not YAML or has a field that the schema does not know.
    """
    match = _FENCED.match(source)
    if not match:
        return FrontMatter(), source
    try:
        fields = yaml.safe_load(match[1]) or {}
    except yaml.YAMLError as error:
        line = str(error).splitlines()[0]
        raise DocumentUnreadable(
            f"{name}: the front matter is not valid YAML ({line}). Quote values that hold a colon."
        ) from error
    if not isinstance(fields, dict):
        raise DocumentUnreadable(
            f"{name}: the front matter must be `field: value` lines, not {type(fields).__name__}."
        )
    return checked(fields, name), source[match.end() :]


def checked(fields: dict[str, Any], name: str) -> FrontMatter:
    try:
        return FrontMatter.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        known = ", ".join(FrontMatter.model_fields)
        raise DocumentUnreadable(
            f"{name}: front matter field {field!r}: {first['msg']}. Known fields: {known}."
        ) from error
