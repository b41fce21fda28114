"""The exception tree of the assistant.

BedsideError                 a plain sentence for the user: value, expectation, remedy
├── BadInput                 the user's file or argument cannot be used (exit code 2)
│   ├── RecordUnreadable     not a bundle, not a chart, no text
│   ├── UnknownEncounter
│   └── TooLong
├── ConfigurationError       a setting names something that is not there (exit code 2)
│   ├── ModelNotFound
│   └── AdapterRefused
├── ModelFailed              the model could not answer (out of memory, server down, timeout)
│   ├── ModelTimeout
│   ├── ModelCancelled
│   └── ModelBusy
├── StorageFailed            disk full, database locked: nothing was half saved
├── AccessDenied             who asks may not do this
└── GuidelinesUnavailable    the index cannot be opened and could not be rebuilt
"""

from __future__ import annotations

import traceback
from pathlib import Path


class BedsideError(Exception):
    """Its text is shown to the user as it is: one line, no traceback."""

    exit_code = 1


class BadInput(BedsideError):
    exit_code = 2


class RecordUnreadable(BadInput):
    pass


class UnknownEncounter(BadInput):
    pass


class TooLong(BadInput):
    pass


class ConfigurationError(BedsideError):
    exit_code = 2


class ModelNotFound(ConfigurationError):
    pass


class AdapterRefused(ConfigurationError):
    pass


class ModelFailed(BedsideError):
    pass


class ModelTimeout(ModelFailed):
    pass


class ModelCancelled(ModelFailed):
    pass


class ModelBusy(ModelFailed):
    pass


class StorageFailed(BedsideError):
    pass


class AccessDenied(BedsideError):
    pass


class GuidelinesUnavailable(BedsideError):
    pass


def place_of(error: BaseException) -> str:
    """The kind of an unforeseen error and where it arose: never its text, which may quote a record."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}"
