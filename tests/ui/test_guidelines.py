"""The guideline page without a browser, over a real library with quick vectors."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from assistant.conversation import Conversation
from assistant.errors import AccessDenied
from assistant.shelf import Given, Shelf
from assistant.store import Outcome, own_uploads
from assistant.tasks.base import Services
from assistant.ui import desk
from assistant.wiring import Parts, load_settings, open_records
from knowledge.embedding import Embedder
from knowledge.formulary import open_formulary
from knowledge.open import Library, open_library
from tests.knowledge.conftest import word_vectors
from tests.ui.conftest import PASSWORD, Opened, words


def _file(title: str, publisher: str, year: str, goal: str, **more: str) -> bytes:
    head = {"title": title, "publisher": publisher, "published": year, "topics": "[hypertension]", **more}
    lines = "".join(f"{name}: {value}\n" for name, value in head.items())
    return f"---\n{lines}---\n# {title}\n\n## Goals\n- Systolic blood pressure goal: {goal} in most adults.\n".encode()


@pytest.fixture
def library(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    monkeypatch.setattr(Embedder, "encode", word_vectors)
    with open_library(home / "shelf") as found:
        files = {
            "old": _file("Old hypertension", "North Society", "2019", "below 140 mmHg", population="adults"),
            "new": _file("New hypertension", "South Society", "2025", "below 130 mmHg"),
            "zh": _file("高血压", "中华医学会", "2024", "below 130 mmHg", language="zh"),
        }
        for name, content in files.items():
            (home / f"{name}.md").write_bytes(content)
        found.ingest([home / f"{name}.md" for name in files], collection="starter")
        formulary = open_formulary()
        parts = Parts(load_settings(), found, formulary, Conversation(Services(found, formulary)))
        monkeypatch.setattr(desk, "opening", lambda _settings: Opened(parts))
        yield found


def _script() -> None:
    from assistant.ui import state
    from assistant.ui.pages import guidelines

    state.actor()
    guidelines.page()


@pytest.fixture
def open_page(library: Library) -> Callable[..., AppTest]:
    def enter(language: str = "en", **query: str) -> AppTest:
        store = open_records(load_settings())
        page = AppTest.from_function(_script, default_timeout=30)
        page.session_state["token"] = store.users.sign_in("clinician", PASSWORD).token
        page.session_state["language"] = language
        for key, value in query.items():
            page.query_params[key] = value
        return page.run()

    return enter


def _reader(page: AppTest) -> Any:
    found = [json.loads(e.proto.json) for e in page.get("bidi_component") if e.proto.json]
    return next(f for f in found if "reference" in json.dumps(f))


def _search(page: AppTest, query: str) -> AppTest:
    page.text_input(key="guideline_query").set_value(query)
    return page.run()


def test_results_name_publisher_and_year_and_differing_guidelines_stand_together_newer_first(
    open_page: Callable[..., AppTest],
) -> None:
    page = _search(open_page(), "systolic blood pressure goal hypertension adults")
    assert not page.exception
    text = words(page)
    assert "South Society" in text
    assert "These guidelines differ" in text
    differ = text[text.index("These guidelines differ") :]
    assert differ.index("South Society, 2025") < differ.index("North Society, 2019")
    assert "differs from South Society, 2025" in text


def test_a_filter_leaves_the_others_out_and_is_counted(open_page: Callable[..., AppTest]) -> None:
    page = _search(open_page(), "systolic blood pressure goal hypertension")
    page.multiselect(key="guideline_publisher").set_value(["North Society"])
    page.run()
    text = words(page)
    assert "North Society" in text
    assert "South Society" not in text
    assert any(e.label.endswith("· 1") for e in page.expander)
    page.multiselect(key="guideline_publisher").set_value([])
    page.selectbox(key="guideline_language").set_value("zh")
    page.run()
    assert "中华医学会" in words(page)
    assert "North Society" not in words(page)


def test_what_the_library_does_not_answer_is_said_with_the_nearest(open_page: Callable[..., AppTest]) -> None:
    page = _search(open_page(), "how do I mend a bicycle chain")
    assert "Nothing in this library answers that" in words(page)
    assert "Nearest guidelines" in words(page)


def test_a_link_opens_the_guideline_with_exactly_the_place_marked(
    open_page: Callable[..., AppTest], library: Library
) -> None:
    text = library.document("new").text
    start = text.index("Systolic")
    page = open_page(doc="new", start=str(start), end=str(start + 8))
    assert not page.exception
    reader = json.dumps(_reader(page))
    marked = [r["text"] for r in _runs(json.loads(reader)) if r.get("mark")]
    assert marked == ["Systolic"]
    assert "South Society. New hypertension. 2025." in reader
    assert f"doc=new&start={start}&end={start + 8}" in reader
    assert "Goals" in reader


def _runs(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "text" in value:
            yield value
        for inner in value.values():
            yield from _runs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _runs(inner)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"doc": "gone", "start": "0", "end": "9"}, "no longer in the library"),
        ({"doc": "new", "start": "90000", "end": "90100"}, "was replaced since"),
        ({"doc": "new", "start": "-4", "end": "<b>"}, "New hypertension"),
    ],
)
def test_a_link_that_leads_nowhere_is_one_plain_line(
    query: dict[str, str], said: str, open_page: Callable[..., AppTest]
) -> None:
    page = open_page(**query)
    assert not page.exception
    assert said in words(page)


def test_removing_asks_first_and_then_the_document_is_gone(
    open_page: Callable[..., AppTest], library: Library
) -> None:
    shelf, clinician, _ = _shelf(library)
    shelf.add(
        clinician,
        [Given("ward.md", _file("Ward", "W", "2026", "below 135 mmHg"))],
        own_uploads(clinician.user_id),
    )
    page = open_page()
    page.session_state["guideline_tab"] = "Library"
    page.run()
    assert [b.key for b in page.button if str(b.key).startswith("remove-")] == ["remove-ward"]
    page.button(key="remove-ward").click().run()
    assert "Remove “Ward”?" in words(page)
    page.button(key="remove-no").click().run()
    assert library.document("ward")
    page.button(key="remove-ward").click().run()
    page.button(key="remove-yes").click().run()
    assert "ward" not in {g.doc_id for g in library.documents()}


def test_the_page_speaks_chinese(open_page: Callable[..., AppTest]) -> None:
    page = _search(open_page("zh"), "systolic blood pressure goal hypertension adults")
    assert "以下指南有分歧" in words(page)
    assert "与 South Society, 2025 不同" in words(page)


def _shelf(library: Library) -> tuple[Shelf, Any, Any]:
    store = open_records(load_settings())
    clinician = store.users.sign_in("clinician", PASSWORD).actor
    admin = store.users.sign_in("admin", PASSWORD).actor
    return Shelf(library, store, load_settings()), clinician, admin


def test_files_go_into_ones_own_collection_failures_are_told_and_a_second_time_replaces(
    library: Library,
) -> None:
    shelf, clinician, _ = _shelf(library)
    mine = own_uploads(clinician.user_id)
    ward = Given("ward.md", _file("Ward", "Ward 3", "2026", "below 135 mmHg"))
    empty, theft = Given("empty.txt", b"  "), Given("old.md", _file("Theft", "Me", "2026", "0 mmHg"))
    report = shelf.add(clinician, [ward, empty, theft], mine)
    assert [(t.doc_id, t.change) for t in report.taken] == [("ward", "added")]
    assert {Path(s.path).name: s.reason.split(".")[0][-24:] for s in report.skipped}.keys() == {
        "empty.txt",
        "old.md",
    }
    assert library.document("old").title == "Old hypertension"
    again = shelf.add(clinician, [Given("ward.md", _file("Ward", "Ward 3", "2026", "below 125 mmHg"))], mine)
    assert [(t.doc_id, t.change) for t in again.taken] == [("ward", "replaced")]
    assert list((load_settings().knowledge_dir / "uploads").iterdir()) == [], "no uploaded file is left"


def test_who_may_not_changes_nothing_and_the_try_is_a_row(library: Library) -> None:
    shelf, clinician, admin = _shelf(library)
    for attempt in (
        lambda: shelf.remove(clinician, "old"),
        lambda: shelf.remove(admin, "old"),
        lambda: shelf.add(clinician, [Given("x.md", b"# X\n\nText.")], "starter"),
        lambda: shelf.add(admin, [Given("x.md", b"# X\n\nText.")], own_uploads(admin.user_id)),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    assert {g.doc_id for g in library.documents()} == {"old", "new", "zh"}
    denied = shelf.store.audit.search(admin, outcome=Outcome.DENIED, object_kind="guideline")
    assert len(denied) == 4


def test_a_file_over_the_limit_is_told_and_the_rest_goes_in(library: Library) -> None:
    shelf, clinician, _ = _shelf(library)
    small = Shelf(shelf.library, shelf.store, shelf.settings.model_copy(update={"max_upload_mb": 1}))
    files = [
        Given("big.txt", b"x" * 1_100_000),
        Given("ward.md", _file("Ward", "W", "2026", "below 135 mmHg")),
    ]
    report = small.add(clinician, files, own_uploads(clinician.user_id))
    assert [t.doc_id for t in report.taken] == ["ward"]
    assert "larger than 1 MB. Split it" in report.skipped[0].reason
