"""A letter broken at 120 characters, with few broken lines between its lists, reads as if it were not broken."""

from __future__ import annotations

from assistant.records.wrapped_lines import join_broken_lines

_LONG = "word " * 18


def _text(broken: int, *, short: int = 0) -> str:
    told = [f"{_LONG}hypertension and a bleeding\nduodenal ulcer settled." for _ in range(broken)]
    ended = [f"{'item ' * 5}\nnext small line ended." for _ in range(short)]
    listed = [f"Tablet{i} 5 mg once daily" for i in range(20)]
    return "\n".join([*told, *ended, *listed])


def test_few_lines_that_all_reach_the_width_are_joined() -> None:
    joined = join_broken_lines(_text(6))
    assert joined is not None
    assert "bleeding duodenal ulcer" in joined.text


def test_a_list_with_lines_that_end_early_is_left() -> None:
    assert join_broken_lines(_text(3, short=3)) is None
