"""A whole synthesis, as asked for on a command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from domain.kernel import BadInput
from domain.privacy.budget import ROW, PrivacySpec, TuningRecord, default_delta
from domain.privacy.code_book import CodeBook
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER
from domain.synthesis.condition_text import NO_WORDS, SpecWords


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file on this machine."""

    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyRequest:
    """Differential privacy, as typed."""

    epsilon: float
    delta: float | None = None
    """``None``: that of :func:`default_delta`."""
    entity: str | None = None
    """The column that says whose row it is; without one every row is somebody's own."""
    rows_a_unit: int = 1
    code_book: bytes | None = None
    tuning: TuningRecord | None = None
    """How ε or settings were found, where a search came before."""
    candidates: Sequence[Mapping[str, object]] = ()
    """Settings to choose among on the private rows, the choice paid for within ε."""
    audit: Mapping[str, Any] | None = None
    """The document of an audit by canaries of the same promise, to show beside ε."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisRequest:
    """Which files to learn from, and what to make of them."""

    inputs: Sequence[InputFile]
    holdout: InputFile | None = None
    """Other real rows to evaluate against; without them a share is split off."""
    schema: bytes | None = None
    columns_reviewed: bool = False
    """Whether whoever asks says that they have looked at types and personal data."""
    synthesizer: str = DEFAULT_SYNTHESIZER
    settings: Mapping[str, str]
    rows: int | None = None
    entity: str | None = None
    """The column that says whose event a row is (and the unit of privacy)."""
    time: str | None = None
    """The column that says when it happened: makes the table a log of events."""
    entities: int | None = None
    """Histories to draw, of a log of events, instead of rows."""
    seed: int = 0
    target: str | None = None
    evaluate: bool = True
    pack: bool = True
    evaluation_in_pack: bool = False
    """Whether the pack of a private run holds figures that no ε covers."""
    words: SpecWords = NO_WORDS
    """Conditions and shares, as typed."""
    constraints: Sequence[str] = ()
    """Rules that every row keeps, as typed, beside those suggested."""
    suggested_constraints: bool = True
    """Whether the rules that profiling suggests are kept."""
    privacy: PrivacyRequest | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    """Words that are read as missing cells, by column."""
    unreadable_times: Mapping[str, str] = field(default_factory=dict)
    """What happens to cells that hold no time, as typed, by column."""
    csv: bool = True
    """Whether CSV is written beside Parquet (a pack needs it)."""


def check_rows_a_unit(entity: str | None, rows: int) -> None:
    """Refuse several rows of each where nothing says whose rows they are."""
    if rows < 1:
        raise BadInput("At least 1 row of each person has to be kept; ask for 1 or more.")
    if rows > 1 and entity is None:
        raise BadInput(
            f"Keeping {rows} rows of each needs an entity, the column that says whose row it is; "
            "name it, or keep 1."
        )


def privacy_spec(asked: PrivacyRequest, rows: int) -> PrivacySpec:
    """What was typed, for a dataset of so many rows."""
    check_rows_a_unit(asked.entity, asked.rows_a_unit)
    unit = asked.entity or ROW
    return PrivacySpec(
        epsilon=asked.epsilon,
        delta=default_delta(rows, unit) if asked.delta is None else asked.delta,
        unit=unit,
        rows_a_unit=asked.rows_a_unit,
        code_book=CodeBook.of_text(asked.code_book) if asked.code_book else None,
        tuning=asked.tuning,
        candidates=tuple(dict(settings) for settings in asked.candidates),
        audit=asked.audit,
    )
