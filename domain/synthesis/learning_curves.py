"""How a training went, epoch by epoch, for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from domain.charts.chart import Chart
from domain.charts.lines import Mark, line_chart
from domain.synthesis.catalogue import CATALOGUE, CurveMeaning
from domain.synthesis.runs import TrainingRun

_SAME = 0.001
"""Losses that differ by less than this share are called level."""

_LEAP = 0.25
"""A rise in one epoch by more than this share of all that was learned is no overfitting: only a
network that starts over climbs so far at once."""

_PARTS_OF_A_LOG = {
    "events": "Events, one after the other",
    "entities": "Entities, one row of each",
}
"""Headings of the curves that the synthesizer of sequences leaves of its two models."""
_A_LOG = "nats an event"
"""The unit of those curves: of another synthesizer's they are tables of such names."""
_AN_ENTITY = "nats an entity"


_FEWEST_BEHIND = 11
"""Rows or histories that a loss has to rest on to be told: of fewer it is a figure about single
people, and says little about the training. The smallest cell of ``evaluation.small_cells``."""

TOO_FEW_ASIDE = "on fewer than 11 rows or histories kept aside, too few to tell a loss of"
"""How the best weights were found, where no loss is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningCurve:
    """The curve of one table; lower is better."""

    table: str
    measure: str
    unit: str
    first_epoch: int
    """The epoch of the first value; 0 stands for before training."""
    values: tuple[float, ...]
    """At least one."""
    kept_epoch: int
    """The epoch whose weights were kept."""

    @classmethod
    def of(cls, table: str, values: tuple[float, ...], meaning: CurveMeaning) -> LearningCurve:
        """What a synthesizer left, with its meaning."""
        first = 0 if meaning.before_training else 1
        kept = values.index(min(values)) if meaning.best_kept else len(values) - 1
        return cls(
            table=table,
            measure=meaning.measure,
            unit=meaning.unit,
            first_epoch=first,
            values=values,
            kept_epoch=first + kept,
        )

    def to_document(self) -> dict[str, Any]:
        """The curve as JSON values, of three significant digits."""
        return {**asdict(self), "values": [float(f"{value:.3g}") for value in self.values]}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> LearningCurve:
        """Read :meth:`to_document`'s form."""
        return cls(**{**document, "values": tuple(document["values"])})

    @property
    def told_unit(self) -> str:
        """The unit in words: the network of the entities reads one row of each."""
        return _AN_ENTITY if self.unit == _A_LOG and self.table == "entities" else self.unit

    @property
    def heading(self) -> str:
        """What was learned, where a page shows several curves."""
        part = _PARTS_OF_A_LOG.get(self.table) if self.unit == _A_LOG else None
        return part or f"Table “{self.table}”"

    @property
    def sentence(self) -> str:
        """The curve in words."""
        return f"{self._course()}{self._started_over()}"

    def _course(self) -> str:
        first, kept = self.values[0], self.values[self.kept_epoch - self.first_epoch]
        start = f"in epoch {self.first_epoch}" if self.first_epoch else "before training"
        if self.kept_epoch == 0:
            return (
                f"The {self.measure} was lowest {start}, at {loss_words(first)} {self.told_unit}."
            )
        last = self.first_epoch + len(self.values) - 1
        return (
            f"The {self.measure} was {loss_words(first)} {self.told_unit} {start} and "
            f"{loss_words(kept)} in epoch {self.kept_epoch}, whose weights were kept; the "
            f"training ended with epoch {last}."
        )

    def _started_over(self) -> str:
        leap = self.leap
        if leap is None:
            return ""
        return (
            f" The leap in epoch {leap} is a second, shorter course that started from the "
            "beginning, because the best epoch of the first came early."
        )

    @property
    def leap(self) -> int | None:
        """The first epoch of a second course, where the numbers show one.

        Only curves that begin before training can tell: the others are noisy by nature.
        """
        if self.first_epoch:
            return None
        learned = self.values[0] - min(self.values)
        rises = ((b - a, at) for at, (a, b) in enumerate(pairwise(self.values[1:]), start=2))
        height, at = max(rises, default=(0.0, 0))
        return at if height > _LEAP * learned > 0 else None

    def chart(self, number: int = 1) -> Chart:
        """The curve as a chart, the ``number``-th of its page."""
        return line_chart(
            f"learning-curve-{number}",
            f"Learning curve: {self.measure} by epoch",
            self.sentence,
            first_x=self.first_epoch,
            values=self.values,
            x_label="epoch",
            y_label=f"{self.measure}, {self.told_unit}",
            mark=Mark(x=self.kept_epoch, words="kept" if self.kept_epoch else "nothing learned"),
        )


def learning_curves(run: TrainingRun) -> tuple[LearningCurve, ...]:
    """The curves of a run, table by table; none for synthesizers that keep none."""
    known = CATALOGUE.get(run.synthesizer)
    meaning = known.curve if known else None
    if meaning is None:
        return ()
    return tuple(
        LearningCurve.of(table, values, meaning) for table, values in run.curves.items() if values
    )


def told_losses(losses: Sequence[float], behind: int) -> tuple[float, ...]:
    """``losses`` that rest on ``behind`` rows or histories; none where these are few people."""
    return tuple(losses) if behind >= _FEWEST_BEHIND else ()


def epoch_note(epoch: int, epochs: int, losses: Sequence[float], unit: str = "nats a row") -> str:
    """What is being done, with the newest of the validation ``losses`` and where it goes.

    ``epoch`` counts from 1; ``losses`` are those before training and after each epoch so far, or
    none where they are not told.
    """
    if not losses:
        return f"epoch {epoch} of {epochs}"
    note = f"epoch {epoch} of {epochs}, validation loss {loss_words(losses[-1])} {unit}"
    return f"{note} {_trend(losses)}"


def of_network(called: str, note: str) -> str:
    """A note that says which of several networks it is about."""
    return f"Network “{called}”: {note[:1].lower()}{note[1:]}"


def time_note(epoch: int, epochs: int) -> str:
    """That the time allowed was over before the training was."""
    return (
        f"The time limit ended the training at epoch {epoch} of {epochs}; allow more time "
        "(max_seconds) for a closer twin."
    )


def _trend(losses: Sequence[float]) -> str:
    if len(losses) < 2:
        return "before training"
    change = losses[-1] - losses[-2]
    if abs(change) < _SAME * abs(losses[-2]):
        return "and level"
    return "and falling" if change < 0 else "and rising"


def loss_words(loss: float) -> str:
    """A loss as a person writes it."""
    return f"{loss:,.1f}" if abs(loss) >= 1 else f"{loss:.2g}"
