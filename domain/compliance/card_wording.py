"""The sentences of the model card."""

from __future__ import annotations

from domain.datasets.entities import Dataset
from domain.evaluation.report import EvaluationReport
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.catalogue import SynthesizerEntry
from domain.synthesis.runs import SyntheticDataset, TrainingRun

INTENDED_USE = (
    "Developing and testing software, teaching, and exploring methods without handling real "
    "people's rows.",
    "Training models where the utility measurements of the evaluation show that little is lost.",
    "Sharing inside and outside the organisation once a person responsible for the data has "
    "approved it on the evidence of this pack.",
)

_NO_DECISIONS = (
    "No decision about a single person may rest on these rows: no row describes a real person."
)
_NO_RARE_EVENTS = (
    "Rare events and small groups are the least faithful part of any synthetic table; confirm "
    "findings about them on real data."
)
_BIASES = "Biases of the real table are learned with everything else and are still there."
_NOT_PRIVATE = (
    "Without differential privacy there is no proof that a person's presence in the real table "
    "cannot be inferred; the distance measurements lower that concern, they do not remove it."
)
_NOT_EVALUATED = (
    "This twin was not evaluated: nothing is known about its faithfulness or its safety."
)
_NO_HOLDOUT = (
    "No real rows were held out, so memorising cannot be told from chance likeness; do not "
    "release the rows outside on this evidence alone."
)


def describe(
    run: TrainingRun, synthetic: SyntheticDataset, dataset: Dataset, entry: SynthesizerEntry
) -> str:
    """What this is, in three sentences."""
    rows = sum(t.rows for t in synthetic.tables)
    tables = len(synthetic.tables)
    shape = f"{rows:,} rows" if tables <= 1 else f"{rows:,} rows in {tables} tables"
    learned = "real rows" if run.rows_trained is None else f"{run.rows_trained:,} real rows"
    return (
        f"A synthetic twin of “{dataset.name}”: {shape} drawn from a model “{entry.title}” that "
        f"learned from {learned}. The rows are invented: they follow the patterns of the real "
        "table, and none was copied from it on purpose. This card says how they were made, how "
        "they were measured, and what they are not fit for."
    )


def privacy_sentences(statement: PrivacyStatement | None) -> list[str]:
    """What the privacy setting means for a person in the real table."""
    if statement is None:
        return [
            "This model was trained without differential privacy.",
            "Nothing bounds by proof what it may have learned about a single person. How close "
            "its rows come to real ones was measured instead (see the metrics); a measurement "
            "finds only what it looks for.",
            "Treat the rows as confidential until a person responsible for the data has approved "
            "their release.",
        ]
    return [
        f"This model was trained with ({statement.epsilon:g}, {statement.delta:g})-differential "
        f"privacy for one {statement.unit}, as counted by {statement.accountant}.",
        f"Whoever sees the model or any rows drawn from it can hardly tell whether any one "
        f"{statement.unit} was in the real table: no event becomes more than "
        f"e^{statement.epsilon:g} times as likely by it, but for a chance of {statement.delta:g}.",
    ]


def limitations(run: TrainingRun, report: EvaluationReport | None) -> list[str]:
    """What the twin is not fit for, the gravest first."""
    return [
        *([] if report else [_NOT_EVALUATED]),
        *([] if run.rows_held_out or run.holdout.dataset_id else [_NO_HOLDOUT]),
        *([] if run.statement else [_NOT_PRIVATE]),
        _NO_DECISIONS,
        _NO_RARE_EVENTS,
        _BIASES,
    ]


def reproducibility_notes(entry: SynthesizerEntry) -> list[str]:
    """What it takes to get the same rows again."""
    if entry.from_sdv:
        return [
            "SDV's synthesizers are seeded, but SDV does not promise the same rows on another "
            "machine or version.",
        ]
    return [
        "The same source file, confirmed columns, settings and seeds give the same rows on a "
        "machine with the same library versions, thread count and instruction set as listed.",
        "The model's weights are kept encrypted on the instance and are not part of the pack.",
    ]
