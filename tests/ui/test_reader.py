from __future__ import annotations

from assistant.ui.components.reader import blocks_of, places
from knowledge.contents import Entry

TEXT = (
    "# Pneumonia\n\nAdults only.\n\n## Treatment\n- Give 5 days 或更长. 😀\n- Review at 48 hours.\n\n"
    "| Drug | Dose |\n| --- | --- |\n| amoxicillin | 1 g |\n\n1 Follow-up\nOne week.\n"
)


def _marked(text: str, start: int, end: int) -> str:
    blocks = blocks_of(text, start, end)
    runs = [r for b in blocks for r in (b.get("runs") or [r for cell in b["cells"] for r in cell])]
    return "".join(r["text"] for r in runs if r.get("mark"))


def test_what_is_marked_is_what_is_cited_whichever_characters_they_are() -> None:
    plain = blocks_of(TEXT, 0, 0)
    shown = {i for b in plain for i in range(b["at"], b["at"] + len(TEXT[b["at"] :].split("\n")[0]))}
    for start in range(len(TEXT)):
        for length in (1, 7, 60):
            cited = TEXT[start : start + length]
            marked = _marked(TEXT, start, start + length)
            squeezed = "".join(cited.split())
            assert all(c in squeezed for c in "".join(marked.split()))
            if length == 1 and cited.isalnum():
                assert marked == cited, (start, cited)
    assert shown


def test_a_whole_passage_is_marked_without_its_signs_of_layout() -> None:
    start = TEXT.index("- Give")
    end = TEXT.index("hours.") + len("hours.")
    assert _marked(TEXT, start, end) == "Give 5 days 或更长. 😀Review at 48 hours."


def test_tables_lists_and_headings_are_told_apart_and_the_line_under_a_tables_head_is_left_out() -> None:
    kinds = [b["kind"] for b in blocks_of(TEXT, 0, 0, [Entry("1 Follow-up", 1, 0)])]
    assert kinds == ["heading", "text", "heading", "item", "item", "row", "row", "heading", "text"]
    rows = [b for b in blocks_of(TEXT, 0, 0) if b["kind"] == "row"]
    assert [[c[0]["text"].strip() for c in r["cells"]] for r in rows] == [
        ["Drug", "Dose"],
        ["amoxicillin", "1 g"],
    ]


def test_contents_lead_to_the_headings_own_line_else_to_the_text_below() -> None:
    blocks = blocks_of(TEXT, 0, 0)
    entries = [Entry("Treatment", 1, TEXT.index("- Give")), Entry("Unseen", 2, TEXT.index("- Review"))]
    assert [TEXT[p["at"] :][:9] for p in places(entries, blocks)] == ["## Treatm", "- Review "]


def test_a_text_without_a_line_has_no_places() -> None:
    assert places([Entry("A", 1, 0)], []) == [{"title": "A", "level": 1, "page": None, "at": 0}]
