"""The page over a temporary home, one guideline on the shelf and a scripted model: no index, no weights."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.conversation import Conversation
from assistant.tasks.base import Services
from assistant.ui import desk
from assistant.wiring import Parts, load_settings, open_records
from knowledge.errors import UnknownDocument
from knowledge.formulary import open_formulary
from knowledge.types import Guideline, Passage, ScoredPassage, SearchResult

ROOT = Path(__file__).parent.parent.parent
TEXT = "# Pneumonia\n\n## Treatment\nTreat pneumonia for 5 days or more. Review at 48 hours.\n"
CHART = """Patient: Ada Byron
MRN: 4711
Age: 67 y  Sex: F
Admitted: 2026-03-01
Discharged: 2026-03-05

DISCHARGE DIAGNOSES
1. Community-acquired pneumonia

ALLERGIES
Penicillin (anaphylaxis)

HOSPITAL COURSE
She was admitted with pneumonia. Creatinine was 1.9 mg/dL on 2026-03-01.

DISCHARGE MEDICATIONS
Levofloxacin 750 mg by mouth once daily, new

FOLLOW-UP
Clinic visit in one week.
"""
PASSWORD = "quiet-harbour-7-lanterns"


class ShelfOfOne:
    """A library of one guideline; whatever is asked, it offers that."""

    guideline = Guideline("cap", "Pneumonia in adults", TEXT, "Example Society", "2025", "2025")

    def __init__(self) -> None:
        start = TEXT.index("Treat pneumonia")
        body = TEXT[start:].rstrip()
        self.passage = Passage(
            "cap#0",
            "cap",
            "Pneumonia in adults",
            body,
            start,
            start + len(body),
            "Treatment",
            "Example Society",
            "2025",
        )

    def search(self, query: str, k: int = 10, **_: object) -> SearchResult:
        return SearchResult(query, (ScoredPassage(self.passage, 1.0),))

    def documents(self) -> list[Guideline]:
        return [self.guideline]

    def document(self, doc_id: str) -> Guideline:
        if doc_id != "cap":
            raise UnknownDocument(f"no document {doc_id}")
        return self.guideline

    def passages(self, doc_id: str) -> list[Passage]:
        return [self.passage]

    def similarities(self, query: str, texts: Sequence[str]) -> list[float]:
        return [0.5] * len(texts)

    def knows(self, word: str) -> bool:
        return True

    def page_image(self, *_: object) -> None:
        return None


class Opened:
    """Stands where the opening of the real parts stands."""

    ready = True

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def begin(self) -> None: ...

    def wait(self) -> Parts:
        return self.parts


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with its first accounts, their own passwords and one patient: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("furnished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEDSIDE_HOME", str(folder))
        patch.setenv("MODEL", "none")
        patch.delenv("DATABASE_URL", raising=False)
        store = open_records(load_settings())
        for name, first in dict(store.users.ensure_first_accounts()).items():
            session = store.users.sign_in(name, first)
            store.users.change_password(session.token, first, PASSWORD)
        from assistant.intake import admit
        from assistant.store import DEMONSTRATION_WARD, SYSTEM

        admit(store, SYSTEM, CHART.encode(), "chart.txt", open_formulary(), ward_id=DEMONSTRATION_WARD)
        store.close()
    return folder


@pytest.fixture
def home(furnished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("BEDSIDE_HOME", str(tmp_path))
    monkeypatch.setenv("MODEL", "none")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    formulary = open_formulary()
    shelf = ShelfOfOne()
    services = Services(library=shelf, formulary=formulary)
    parts = Parts(load_settings(), shelf, formulary, Conversation(services))  # type: ignore[arg-type]
    monkeypatch.setattr(desk, "opening", lambda _settings: Opened(parts))
    yield tmp_path
    desk._store.clear()  # type: ignore[attr-defined]


@pytest.fixture
def page(home: Path) -> AppTest:
    return AppTest.from_file(str(ROOT / "app.py"), default_timeout=30)


@pytest.fixture
def signed_in(page: AppTest) -> Callable[..., AppTest]:
    def enter(name: str = "clinician") -> AppTest:
        page.run()
        page.text_input(key="sign_in_name").set_value(name)
        page.text_input(key="sign_in_password").set_value(PASSWORD)
        button(page, "Sign in").click()
        page.run()
        return page

    return enter


def button(page: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next(b for b in page.button if b.label == label)


def words(page: AppTest) -> str:
    """All text that the page holds: markup, sheets' data and labels."""
    texts = [
        str(getattr(e, "value", "")) for kind in ("markdown", "caption", "title") for e in page.get(kind)
    ]
    texts += [e.proto.body for e in page.get("html")]
    texts += [e.proto.json for e in page.get("bidi_component")]
    texts += [b.label for b in page.button]
    return "\n".join(texts)
