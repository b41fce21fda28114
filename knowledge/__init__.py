"""Guidelines: taking them in, searching them, and which edition holds. Imports nothing else of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.open import Library, open_library

__all__ = ["Library", "open_library"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import knowledge.open

        return getattr(knowledge.open, name)
    raise AttributeError(f"module 'knowledge' has no attribute {name!r}")
