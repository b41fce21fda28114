"""The model card: what ONC's HTI-1 rule asks a predictive decision-support intervention to disclose, in its nine groups.

Owns the words. Source: 45 CFR 170.315(b)(11)(iv)(B), in force since 2025-01-01. What is not known or was not done is said so;
a hospital that tunes on data of its own fills in what only it knows.
"""

from __future__ import annotations

from typing import Any

from assistant.models.manifest import Manifest

_OWN = "To be filled in by who deploys it."
_NOT_DONE = "Not done."
_ATTRIBUTES: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "1. Details and output",
        (
            ("Developer and contact", "the Bedside project, through its repository; or who trained this copy."),
            ("Funding", "none."),
            ("Output", "sentences that word given evidence, each with the number of the evidence it rests on."),
            ("Kind of output", "other: text. No prediction, score or recommendation of its own."),
        ),
    ),
    (
        "2. Purpose",
        (
            ("Intended use", "wording of chart statements and of cited answers inside Bedside, before its verification."),
            ("Intended patients", "none in particular: it words what is given about any inpatient."),
            ("Intended users", "clinicians who check and sign what is written."),
            ("Role in decisions", "informs only; every sentence is checked against its evidence and signed by a person."),
        ),
    ),
    (
        "3. Cautioned uses",
        (
            ("Out of scope", "advice, diagnosis, dosing, use without verification, other languages than English."),
            ("Known risks", "omits, merges or invents facts; takes commands in a note for content; declines too rarely."),
        ),
    ),
    (
        "4. Development and inputs",
        (
            ("Inclusion and exclusion", "rows whose every cited sentence verification bears out; rows near held-out ones leave."),
            ("Demographic and social inputs", "none used as features; age and sex may stand in the text given to it."),
            ("Representativeness", "not assessed: synthetic notes hold no population. " + _OWN),
            ("Relevance to the setting", "synthetic ward notes in the app's own prompt; " + _OWN.lower()),
        ),
    ),
    (
        "5. Fairness process",
        (
            ("Approach", "no person is scored or ranked; the same check is made of every sentence."),
            ("Bias", "not assessed for this adapter."),
        ),
    ),
    (
        "6. External validation",
        (
            ("Data and setting", _NOT_DONE + " " + _OWN),
            ("Party", "none."),
            ("Representativeness", "not assessed."),
            ("Process", _NOT_DONE),
        ),
    ),
    (
        "7. Performance",
        (
            ("Validity, same source", "see *Measured* below; where nothing stands there, it was not measured."),
            ("Fairness, same source", "not measured."),
            ("Validity, other source", "the set `charts` below: this project's sample charts, made up by hand."),
            ("Fairness, other source", "not measured."),
            ("Studies of outcomes", "none."),
        ),
    ),
    (
        "8. Maintenance",
        (
            ("Monitoring validity", "`python -m finetune evaluate` at each change of base, prompt or data. " + _OWN),
            ("Validity in local data", "not measured. " + _OWN),
            ("Monitoring fairness", _NOT_DONE + " " + _OWN),
            ("Fairness in local data", "not measured."),
        ),
    ),
    (
        "9. Updates",
        (
            ("Schedule", "none fixed; a new adapter is a new folder, approved anew."),
            ("Correcting", "roll back in the administration page, or `python -m finetune adapters rollback`."),
        ),
    ),
)  # fmt: skip


def model_card(manifest: Manifest) -> str:
    """Markdown. Training on data of the team's own is recognised by nothing here, so the card asks for it to be added."""
    recipe, figures = manifest.recipe, manifest.figures
    groups = "\n\n".join(
        f"### {name}\n" + "\n".join(f"- **{attribute}:** {text}" for attribute, text in rows)
        for name, rows in _ATTRIBUTES
    )
    return f"""# {manifest.name}

A LoRA adapter (rank {recipe["rank"]}, all linear layers) for {manifest.base}.

- Gate: {_gate(manifest)}
- Base: SHA-256 {manifest.base_sha256}; another base is refused. Tokenizer: SHA-256 {manifest.tokenizer_sha256}.
- Weights: SHA-256 {manifest.weights_sha256}. Training data: SHA-256 {manifest.data_sha256}.
- Prompt: the app's own, {"with" if manifest.worked_examples else "without"} worked examples.
- Training: {figures.get("steps")} steps, {figures.get("row_tokens")} tokens, {figures.get("seconds")} s; loss {figures.get("first_loss")} at first, {figures.get("last_loss")} at last.{_start(figures)}
- Licence: that of the base and of the training data (Apache-2.0 and this project's own for the default base and synthetic rows).

## Source attributes (ONC HTI-1)

{groups}
{_measured(figures)}"""


def _start(figures: dict[str, Any]) -> str:
    before = figures.get("started_from")
    if not before:
        return ""
    return (
        f" It went on from earlier weights (SHA-256 {before['weights_sha256']}; {before['steps']} steps, {before['row_tokens']} "
        f"tokens of data {before['data_sha256']})."
    )


def _gate(manifest: Manifest) -> str:
    state = "passed." if manifest.approved else "not passed."
    return " ".join([state, *manifest.gate.reasons])


def _measured(figures: dict[str, Any]) -> str:
    table = figures.get("table")
    return f"\n## Measured\n\n{table}\n" if table else ""
