"""What can go wrong in fine-tuning, each said in one line with its remedy."""

from __future__ import annotations


class FineTuneError(Exception):
    """Exit status 2: the input or the machine does not allow it."""
