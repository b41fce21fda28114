from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from assistant.models.adapter_registry import AdapterRegistry
from assistant.models.manifest import Gate, read_manifest, write_manifest
from evals.adapters_refused import sound_folder
from tests.ui.conftest import words

Enter = Callable[..., AppTest]


@pytest.fixture
def adapters(home: Path) -> AdapterRegistry:
    good = sound_folder(home / "adapters" / "ward-notes")
    figures = {
        "evaluation": {
            "base": {"charts": {"unsupported": 0.53}},
            "adapter": {"charts": {"unsupported": 0.14}},
        }
    }
    write_manifest(good, read_manifest(good).model_copy(update={"figures": figures}))
    worse = sound_folder(home / "adapters" / "worse")
    write_manifest(
        worse, read_manifest(worse).model_copy(update={"gate": Gate(reasons=("<b>It invents.</b>",))})
    )
    (sound_folder(home / "adapters" / "poisoned") / "x.bin").write_bytes(b"\x80")
    return AdapterRegistry(home)


def _administration(signed_in: Enter) -> AppTest:
    """The page is a function, which the test tool knows by its hash alone."""
    page = signed_in("admin")
    page._page_hash = calc_hash("administration")
    return page.run()


def test_the_administrator_sees_figures_switches_with_one_click_and_goes_back(
    signed_in: Enter, adapters: AdapterRegistry
) -> None:
    page = _administration(signed_in)
    assert not page.exception
    shown = words(page)
    assert "ward-notes" in shown
    assert "0.53" in shown
    assert "0.14" in shown
    before = adapters.current().name
    page.button(key="adapter-ward-notes").click().run()
    assert adapters.current().name == "ward-notes"
    assert "Changed." in words(page)
    page.button(key="adapter-back").click().run()
    assert adapters.current().name == before


def test_one_that_failed_or_is_poisoned_says_why_and_cannot_be_clicked(
    signed_in: Enter, adapters: AdapterRegistry
) -> None:
    page = _administration(signed_in)
    assert page.button(key="adapter-worse").disabled
    assert page.button(key="adapter-poisoned").disabled
    assert "&lt;b&gt;It invents." in words(page)
    assert "is a pickle" in words(page)
    assert adapters.choices().history == ()
