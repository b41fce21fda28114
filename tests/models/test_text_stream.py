from __future__ import annotations

import pytest

from assistant.models.text_stream import TextStream


@pytest.mark.parametrize(
    ("text", "stop", "shown"),
    [
        ("plain text", (), "plain text"),
        ("one END two", ("END",), "one "),
        ("one EN two", ("END",), "one EN two"),
        ("ends with EN", ("END",), "ends with EN"),
        ("a##b###c", ("###", "##b#"), "a"),
        ("<think>should I?</think>\n\nYes.", (), "Yes."),
        ("<think>never closed", (), ""),
        ("Na < 130 and <thin> skin", (), "Na < 130 and <thin> skin"),
        ("later <think>is text</think>", (), "later <think>is text</think>"),
        ("<thin", (), "<thin"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_pieces_of_any_size_show_the_same_text(
    text: str, stop: tuple[str, ...], shown: str, size: int
) -> None:
    stream = TextStream(stop)
    out = [stream.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join([*out, stream.finish()]) == shown
