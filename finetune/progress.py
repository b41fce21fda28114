"""How far a training run has come, and the one line that says it. Owns nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

BAR_WIDTH = 20


@dataclass
class Progress:
    """``losses`` holds one mean loss per assistant token for each step; ``row_tokens`` counts rows as if not packed.

    ``held_losses`` are (step, loss) on held-out rows; ``stopped_early`` where they no longer fell.
    """

    step: int
    losses: list[float]
    seconds: float = 0.0
    row_tokens: int = 0
    held_losses: list[tuple[int, float]] = field(default_factory=list)
    stopped_early: bool = False


def time_share(step: int, steps: int, seconds: float, max_minutes: float) -> float:
    """How much of the run is over, 0 to 1: by steps, or by the clock where that ends it sooner."""
    by_steps = step / max(1, steps)
    return max(by_steps, seconds / (60 * max_minutes)) if max_minutes else by_steps


def line_of(progress: Progress, steps: int, max_minutes: float) -> str:
    """A bar, the loss, tokens a second and the time left."""
    share = min(1.0, max(time_share(progress.step, steps, progress.seconds, max_minutes), 1e-6))
    full = round(share * BAR_WIDTH)
    speed = progress.row_tokens / max(progress.seconds, 1e-6)
    return (
        f"[{'#' * full}{'.' * (BAR_WIDTH - full)}] step {progress.step}/{steps}  loss {progress.losses[-1]:.3f}  "
        f"{speed:.0f} tokens/s  {progress.seconds:.0f} s  {progress.seconds * (1 - share) / share:.0f} s left"
    )
