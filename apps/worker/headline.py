"""The result in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from apps.worker.foreground import Result
from domain.evaluation.headline import headline_scores, histories_in_words
from domain.evaluation.report import EvaluationReport

_STEPS = ("read", "profile", "fit", "sample", "evaluate", "pack")


def made_by(result: Result) -> str:
    """The run and its synthesizer, and why it was chosen, in one line."""
    why = f": {' '.join(result.decided)}" if result.decided else "."
    return f"The training run is {result.run_id}, by {result.synthesizer}{why}"


def sentences(result: Result) -> Iterator[str]:
    """What was made, where it is, and what its evaluation says."""
    seconds = sum(result.timings.get(step, 0.0) for step in _STEPS)
    yield f"Wrote {', '.join(result.files)} to {result.out} in {seconds:.0f} seconds."
    if result.report is not None:
        yield from judged(result.report)


def held_back(result: Result) -> str:
    """Why the pack stays inside, and what releases it; nothing where it was written."""
    if not result.held:
        return ""
    commands = ", then ".join(f"“{command}”" for command in result.commands)
    return f"{result.held} Run and rows are kept: {commands}."


def judged(report: EvaluationReport) -> Iterator[str]:
    """The verdict where there is one, why, and what the headline scores say."""
    if report.verdict is not None:
        yield f"Verdict: {report.verdict}."
    said = (score.sentence for score in headline_scores(report).values())
    told = (*report.reasons, *said, *histories_in_words(report))
    yield from (f"  · {sentence}" for sentence in told)
