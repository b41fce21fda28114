"""What a child may not do, whatever the file it reads makes it try."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from knowledge.apart import Apart, LimitReached, Limits
from knowledge.load_apart import load_apart
from knowledge.loaders import load
from knowledge.types import Skipped

HERE = "evals.misbehaving"


def test_answers_come_in_order_and_one_child_serves_many_payloads() -> None:
    with Apart(f"{HERE}:shouts") as child:
        assert list(child.answers(b"abc")) == [b"ABC", b"twice"]
        assert list(child.answers(b"d" * 300_000)) == [b"D" * 300_000, b"twice"]


def test_a_reading_that_takes_too_long_ends_and_the_next_one_goes_on() -> None:
    with Apart(f"{HERE}:sleeps", Limits(seconds=0.5)) as child:
        with pytest.raises(LimitReached, match=r"longer than 0\.5 s"):
            list(child.answers(b"stuck"))
        assert list(child.answers(b"fine")) == [b"woke"]


def test_memory_has_a_limit_that_a_large_but_honest_file_does_not_meet() -> None:
    with Apart(f"{HERE}:eats", Limits(memory_mb=512)) as child:
        assert list(child.answers(b"50")) == [str(50 * 1024 * 1024).encode()]
        with pytest.raises(LimitReached, match="512 MB"):
            list(child.answers(b"900"))


def test_a_child_that_dies_is_a_refusal() -> None:
    with Apart(f"{HERE}:dies") as child:
        answers = child.answers(b"")
        assert next(answers) == b"first"
        with pytest.raises(LimitReached, match="damaged"):
            next(answers)


def test_an_answer_beyond_the_size_allowed_is_not_taken() -> None:
    with Apart(f"{HERE}:shouts", Limits(answer_mb=1)) as child, pytest.raises(LimitReached, match="1 MB"):
        list(child.answers(b"x" * (2 * 1024 * 1024)))


def test_the_child_opens_no_connection_writes_nothing_and_starts_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("kept")
    made = tmp_path / "made.txt"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with Apart(f"{HERE}:tries") as child:
            for attempt in (f"connect {port}", f"write {made}", f"run {made}", f"delete {kept}"):
                assert list(child.answers(attempt.encode())) == [b"refused"], attempt
            assert list(child.answers(b"nothing x")) == [b"done"]
    assert kept.read_text() == "kept"
    assert not made.exists()


def test_no_key_of_ours_reaches_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_API_KEY", "secret")
    with Apart(f"{HERE}:environment") as child:
        assert list(child.answers(b"")) == [b"nothing"]


def test_guidelines_come_through_as_they_are_and_a_bad_one_is_skipped(tmp_path: Path) -> None:
    good = tmp_path / "gout.md"
    good.write_text("---\ntitle: Gout\npublisher: X\n---\n# Gout\n\n## Treatment\n\nGive colchicine.\n")
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7 cut off")
    named = tmp_path / "0f3c.txt"
    named.write_text("ASTHMA\n\nUse an inhaler.\n")
    found = list(load_apart([good, bad, named], names={named: "asthma.txt"}))
    assert found[0] == next(iter(load(good)))
    assert isinstance(found[1], Skipped)
    assert "damaged" in found[1].reason
    assert not isinstance(found[2], Skipped)
    assert found[2].doc_id == "asthma"
