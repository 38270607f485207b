"""The sentences of the model card."""

from __future__ import annotations

from domain.compliance.dp_case import unit_words
from domain.compliance.dp_wording import ROWS_KNOWN, VOID
from domain.datasets.entities import Dataset
from domain.datasets.event_keys import keys_in_words
from domain.evaluation.copying import beyond_limit, crowding, worst_copies
from domain.evaluation.grouping import table_of
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.titles import figure
from domain.privacy.budget import ROW, PrivacyStatement
from domain.privacy.published import written
from domain.synthesis.catalogue import SEQUENCES, SynthesizerEntry
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.synthesis.spec_wording import spec_sentences

_DEVELOPING = "Developing and testing software, teaching, and exploring methods."
_MODELS = (
    "Training models where the utility measurements of the evaluation show that little is lost."
)
_MODELS_UNMEASURED = (
    "Training models, once somebody has measured that little is lost: here nothing is told of it."
)
_SHARING = (
    "Sharing inside and outside the organisation once a person responsible for the data has "
    "approved it on the evidence of this pack."
)

_NO_DECISIONS = (
    "No decision about a single person may rest on these rows: they were drawn from a model, and "
    "where one resembles a person, what it says about that person may be wrong, or right."
)
_CROWDED = (
    "The rows stand nearer to training rows than chance explains, a sign of memorising: do not "
    "release them before you know why."
)
_NO_RARE_EVENTS = (
    "Rare events and small groups are the least faithful part of any synthetic table; confirm "
    "findings about them on real data."
)
_NOT_THE_WHOLE = (
    "These rows were drawn under conditions and do not stand for the whole table: take no overall "
    "frequency, mean or trend from them."
)
_CHANGED_SHARES = (
    "Shares were changed on purpose: how often something occurs in these rows says nothing about "
    "how often it does in reality."
)
_FILLED_GAPS = (
    "Gaps were filled with what the rest of the row suggests: that values are there says nothing "
    "about whether they were recorded."
)
_BIASES = "Biases of the real table are learned with everything else and are still there."
_NOT_PRIVATE = (
    "Without differential privacy there is no proof that a person's presence in the real table "
    "cannot be inferred; distance measurements look for copying, they cannot prove its absence."
)
_MEASURED = (
    "How close its rows come to real ones was measured instead (see the measurements); a "
    "measurement finds only what it looks for."
)
_NOT_MEASURED = "Nor was it measured how close its rows come to real ones."
_NOT_EVALUATED = (
    "This twin was not evaluated: nothing is known about its faithfulness or its safety."
)
_NO_HOLDOUT = (
    "No real rows were held out, so memorising cannot be told from chance likeness; do not "
    "release the rows outside on this evidence alone."
)


def intended_use(report: EvaluationReport | None) -> list[str]:
    """What the twin is for, as far as it is known."""
    return [_DEVELOPING, _MODELS if report else _MODELS_UNMEASURED, _SHARING]


def describe(
    run: TrainingRun,
    synthetic: SyntheticDataset,
    dataset: Dataset,
    entry: SynthesizerEntry,
    report: EvaluationReport | None,
) -> str:
    """What this is, in a few sentences, one of which follows the scores."""
    rows = sum(t.rows for t in synthetic.tables)
    tables = len(synthetic.tables)
    counted = f"{rows:,} {_record(run, synthetic)}"
    shape = counted if tables <= 1 else f"{counted} in {tables} tables"
    measured = ", how they were measured," if report else ""
    asked = "".join(f"{sentence} " for sentence in spec_sentences(synthetic.spec))
    return (
        f"A synthetic twin of “{dataset.name}”: {shape} drawn from a model “{entry.title}” that "
        f"learned from {_learned(run, synthetic)}. {_of_whom(run)}{asked}{_closeness(run, report)} "
        f"This card says how they were made{measured} and what they are not fit for."
    )


def _learned(run: TrainingRun, synthetic: SyntheticDataset) -> str:
    """How many rows, where that may be told."""
    records = _record(run, synthetic)
    untold = run.statement is not None and run.statement.unit != ROW
    if run.rows_trained is None or untold:
        return f"real {records}"
    return f"{run.rows_trained:,} real {records}"


def _record(run: TrainingRun, synthetic: SyntheticDataset) -> str:
    """What a row is, where all tables are of one kind."""
    all_events = bool(run.sequences) and len(run.sequences) == max(len(synthetic.tables), 1)
    return "events" if all_events else "rows"


def _of_whom(run: TrainingRun) -> str:
    """What the events are and how they were learned; ends with a space, or is empty."""
    if not run.sequences:
        return ""
    told = [
        f"“{name}” holds {keys_in_words(keys)}" if len(run.sequences) > 1 else keys_in_words(keys)
        for name, keys in run.sequences.items()
    ]
    what = "; ".join(told)
    if run.synthesizer != SEQUENCES:
        return f"It learned row by row, although these are {what}. "
    return f"It learned whole histories: {what}. " if run.owner else f"It learned {what}. "


def _closeness(run: TrainingRun, report: EvaluationReport | None) -> str:
    if run.statement is None or report is not None:
        return copying_sentence(report)
    return (
        "It learned under differential privacy; no row was compared with a real one for this card."
    )


def copying_sentence(report: EvaluationReport | None) -> str:
    """What was measured about copies of real rows, and no more than that."""
    copies = worst_copies(report)
    if copies is None or copies.value is None:
        return "Whether rows repeat real ones was not measured."
    one, many = _records_of(copies)
    if copies.value == 0:
        return f"None of the measured {many} repeats a training {one} in every compared column."
    table = table_of(copies.scope)
    of_table = f" of “{table}”" if table else ""
    repeated = (
        f"{figure(copies.name, copies.value)} of the measured {many}{of_table} repeat a training "
        f"{one} in every compared column"
    )
    if beyond_limit(copies):
        return f"{repeated}, more than chance explains: do not release before you know why."
    return f"{repeated}; the measurements below say whether chance explains that."


def _records_of(copies: Score) -> tuple[str, str]:
    """One and many of what was compared: where somebody's events are one history, that."""
    if "synthetic histories" in copies.sentence:
        return "history", "histories"
    return "row", "rows"


def privacy_sentences(statement: PrivacyStatement | None, *, measured: bool) -> list[str]:
    """What the privacy setting means for a person in the real table."""
    if statement is None:
        return [
            "This model was trained without differential privacy.",
            "Nothing bounds by proof what it may have learned about a single person. "
            + (_MEASURED if measured else _NOT_MEASURED),
            "Treat the rows as confidential until a person responsible for the data has approved "
            "their release.",
        ]
    one, epsilon, delta = (
        unit_words(statement.unit),
        written(statement.epsilon),
        written(statement.delta),
    )
    known = f", {ROWS_KNOWN}" if statement.unit == ROW else ""
    return [
        *(
            [f"{VOID}. The figures below tell how much noise there was, and promise nothing."]
            if statement.void
            else []
        ),
        f"This model was trained with ({epsilon}, {delta})-differential privacy for {one}, as "
        f"counted by {statement.accountant}{known}.",
        f"Whoever sees the model or any rows drawn from it can hardly tell whether {one} was in "
        f"the real table: no event becomes more than e^{epsilon} times as likely by it, but for a "
        f"chance of {delta}.",
        "The privacy report (dp-report.pdf, dp-report.json) lists every look at the rows, the odds "
        "for one person, and what ε does not cover.",
    ]


def limitations(run: TrainingRun, report: EvaluationReport | None, spec: SampleSpec) -> list[str]:
    """What the twin is not fit for, the gravest first."""
    copies = worst_copies(report)
    return [
        *([] if report or run.statement else [_NOT_EVALUATED]),
        *([f"{VOID}."] if run.statement and run.statement.void else []),
        *([copying_sentence(report)] if copies and beyond_limit(copies) else []),
        *([_CROWDED] if crowding(report) else []),
        *([] if run.rows_held_out or run.holdout.dataset_id else [_NO_HOLDOUT]),
        *([] if run.statement else [_NOT_PRIVATE]),
        *([_NOT_THE_WHOLE] if spec.where else []),
        *([_CHANGED_SHARES] if spec.changes_shares else []),
        *([_FILLED_GAPS] if spec.impute else []),
        _NO_DECISIONS,
        _NO_RARE_EVENTS,
        _BIASES,
    ]


def reproducibility_notes(entry: SynthesizerEntry, *, private: bool) -> list[str]:
    """What it takes to get the same rows again."""
    if private:
        return [
            "The same rows come again from the model on this instance, by the seed of sampling. "
            "The noise of training comes from a sealed seed that nobody is shown: only the "
            "instance itself can train the same model again, as long as it has the source. Whoever "
            "else could might take the noise off.",
            "The model is kept encrypted on the instance and is not part of the pack.",
        ]
    if entry.from_sdv:
        return [
            "SDV's synthesizers are seeded, but SDV does not promise the same rows on another "
            "machine or version.",
        ]
    return [
        "The same source file, confirmed columns, settings and seeds give the same rows on a "
        "machine with the same library versions, thread count, instruction set and maker of the "
        "processor as listed.",
        "The model's weights are kept encrypted on the instance and are not part of the pack.",
    ]
