"""The exception tree of the guideline library.

KnowledgeError               a plain sentence for the user: value, expectation, remedy
├── DocumentUnreadable       a file cannot be taken in (exit code 2)
├── UnknownDocument          no document has this id (exit code 2)
├── BadQueries               a file of queries cannot be read (exit code 2)
├── BadFilter                a filter of a search makes no sense (exit code 2)
├── EmbeddingModelNotFound   the named model is not on this machine (exit code 2)
├── IndexAddress             CHROMA_URL is no address (exit code 2)
├── IndexUnavailable         the Chroma server does not answer
├── StoreTooNew              written by a newer version of the program (exit code 2)
├── StoreInUse               another process writes to this directory
└── StoreUnavailable         the database or its directory cannot be opened or written
"""

from __future__ import annotations


class KnowledgeError(Exception):
    """Its text is shown to the user as it is: one line, no traceback."""

    exit_code = 1


class DocumentUnreadable(KnowledgeError):
    exit_code = 2


class UnknownDocument(KnowledgeError):
    exit_code = 2


class BadQueries(KnowledgeError):
    exit_code = 2


class BadFilter(KnowledgeError):
    exit_code = 2


class EmbeddingModelNotFound(KnowledgeError):
    exit_code = 2


class IndexAddress(KnowledgeError):
    exit_code = 2


class IndexUnavailable(KnowledgeError):
    pass


class StoreTooNew(KnowledgeError):
    exit_code = 2


class StoreInUse(KnowledgeError):
    pass


class StoreUnavailable(KnowledgeError):
    pass
