from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from assistant.private_temp import private_temp


def test_temporary_files_are_the_owners_alone_and_gone_on_leaving(tmp_path: Path) -> None:
    before = os.environ.get("TMPDIR")
    with private_temp(tmp_path) as folder:
        made = tempfile.NamedTemporaryFile(delete=False)  # noqa: SIM115 - it is left behind on purpose
        made.write(b"Ottoline Plumtree")
        made.close()
        assert Path(made.name).parent == folder
        assert folder.stat().st_mode & 0o077 == 0
        assert (tmp_path / "tmp").stat().st_mode & 0o077 == 0
        child = subprocess.run(
            [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert child.stdout.strip() == str(folder)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert os.environ.get("TMPDIR") == before


def test_what_a_killed_process_left_is_wiped_at_the_next_start_and_a_living_ones_is_not(
    tmp_path: Path,
) -> None:
    script = (
        "import os, sys, time; from pathlib import Path; from assistant.private_temp import private_temp\n"
        "with private_temp(Path(sys.argv[1])) as folder:\n"
        "    (folder / 'note').write_text('Ottoline Plumtree'); print(folder, flush=True); time.sleep(60)\n"
    )
    root = str(Path(__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    ) as child:
        assert child.stdout is not None
        left = Path(child.stdout.readline().strip())
        with private_temp(tmp_path):
            assert (left / "note").exists()
        child.kill()
    assert (left / "note").exists()
    with private_temp(tmp_path):
        assert not left.exists()


def test_a_folder_that_cannot_be_made_is_an_error_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").write_text("in the way")
    before = tempfile.tempdir
    with pytest.raises(OSError, match=r"exists|directory"), private_temp(tmp_path):
        pass
    assert tempfile.tempdir == before
