"""Which synthesizer “auto” stands for, and why. Knows no torch, so that pages can ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.datasets.entities import FEW_ROWS
from domain.kernel import BadInput
from domain.synthesis.catalogue import (
    AUTO,
    CATALOGUE,
    MARGINALS,
    MOST_PRIVATE_COLUMNS,
    SEQUENCES,
    SynthesizerEntry,
)
from domain.synthesis.settings import parse_settings

MOST_COLUMNS = 1_500
"""The autoregressive network's weights grow with the square of the columns: about 2 GB in
training here, and no table of a person's making is much wider."""
_NARROW, _WIDE = "autoregressive", "tvae"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableShape:
    """What the choice depends on. ``columns`` are those of the widest table."""

    tables: int
    rows: int
    columns: int
    events: bool = False
    """Whether a table is a log of events or a series."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen synthesizer and the reason, one sentence that quotes no data."""

    synthesizer: SynthesizerEntry
    reason: str


def choose(shape: TableShape, *, private: bool) -> Choice:
    """The synthesizer for tables of this shape.

    With ``private`` only those that train under differential privacy come into question;
    :class:`BadInput` where none does.
    """
    if shape.events and (CATALOGUE[SEQUENCES].private or not private):
        name, why = SEQUENCES, "histories of events are learned whole, in the order of time"
    else:
        name, why = _private(shape) if private else _best(shape)
    return Choice(
        synthesizer=CATALOGUE[name], reason=f"Chosen automatically: “{name}”, because {why}."
    )


def check_settings(known: SynthesizerEntry, given: Mapping[str, object]) -> None:
    """Refuse settings that ``known``, or for “auto” none of what it may choose, takes."""
    names = (_NARROW, _WIDE, MARGINALS, SEQUENCES) if known.name == AUTO else (known.name,)
    refusals: list[BadInput] = []
    for name in names:
        try:
            parse_settings(CATALOGUE[name].settings, given)
        except BadInput as refusal:
            refusals.append(refusal)
    if len(refusals) == len(names):
        raise refusals[0]


def check_counting(chosen: SynthesizerEntry, given: Mapping[str, object], *, private: bool) -> None:
    """Refuse settings that a run with an ε, or one without, would pass over."""
    counting = [setting.name for setting in chosen.of_run(private=private).settings]
    ran, other = ("With", "without") if private else ("Without", "with")
    for setting in chosen.settings:
        if setting.name in given and setting.name not in counting:
            raise BadInput(
                f"The setting “{setting.name}” of “{chosen.name}” counts {other} an ε only, so "
                f"leave it out. {ran} one there are: {', '.join(counting)}."
            )


def _best(shape: TableShape) -> tuple[str, str]:
    if shape.tables > 1:
        return _NARROW, (
            "without confirmed events in time it is the one that learns related tables, and there "
            f"are {shape.tables}"
        )
    if shape.columns > MOST_COLUMNS:
        return _WIDE, (
            f"the table has {shape.columns:,} columns, and its memory grows evenly with them, "
            f"while “{_NARROW}” would need too much above {MOST_COLUMNS:,}"
        )
    if shape.rows < FEW_ROWS:
        return _NARROW, (
            f"the table has {shape.rows} rows, and it keeps to independent columns where so few "
            "show no dependence that holds"
        )
    return _NARROW, (
        f"for one table of {shape.rows:,} rows and {shape.columns:,} columns it is the most "
        "faithful and the quickest"
    )


def _private(shape: TableShape) -> tuple[str, str]:
    if shape.tables > 1:
        raise BadInput(
            "Related tables cannot be trained under differential privacy in this version yet; "
            "bring one table, or ask for no ε."
        )
    if shape.columns > MOST_COLUMNS:
        raise BadInput(
            f"The table has {shape.columns:,} columns, and this version trains "
            f"{MOST_COLUMNS:,} at most under differential privacy; leave out columns."
        )
    if shape.columns > MOST_PRIVATE_COLUMNS:
        return _NARROW, (
            f"the table has {shape.columns:,} columns, and noisy marginals of pairs of more than "
            f"{MOST_PRIVATE_COLUMNS} would share out the privacy budget too thinly, while every "
            "noisy step of a network learns about all columns"
        )
    return MARGINALS, (
        f"noisy marginals are the most faithful for a table of {shape.columns:,} columns under "
        "differential privacy"
    )
