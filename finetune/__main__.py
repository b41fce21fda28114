"""``python -m finetune``."""

from __future__ import annotations

from finetune.cli import main

if __name__ == "__main__":
    main()
