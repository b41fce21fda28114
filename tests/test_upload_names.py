from __future__ import annotations

import pytest

from assistant.upload_names import shown_name, stored_name


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("..\\..\\boot.pdf", "boot.pdf"),
        ("<img src=x>.html", "img src-x.html"),
        ("page.php", "page.txt"),
        ("高血压 2024.pdf", "高血压 2024.pdf"),
        ("...", "guideline.txt"),
    ],
)
def test_a_shown_name_is_harmless_and_a_stored_one_random(given: str, shown: str) -> None:
    assert shown_name(given) == shown
    one, other = stored_name(given), stored_name(given)
    assert one != other
    assert one.partition(".")[0].isalnum()
    assert one.rpartition(".")[2] == shown.rpartition(".")[2]
