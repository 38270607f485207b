"""A whole synthesis, as asked for on a command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER
from domain.synthesis.condition_text import NO_WORDS, SpecWords


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file on this machine."""

    name: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesisRequest:
    """Which files to learn from, and what to make of them."""

    inputs: Sequence[InputFile]
    holdout: InputFile | None = None
    """Other real rows to evaluate against; without them a share is split off."""
    schema: bytes | None = None
    synthesizer: str = DEFAULT_SYNTHESIZER
    settings: Mapping[str, str]
    rows: int | None = None
    seed: int = 0
    target: str | None = None
    evaluate: bool = True
    pack: bool = True
    words: SpecWords = NO_WORDS
    """Conditions and shares, as typed."""
    constraints: Sequence[str] = ()
    """Rules that every row keeps, as typed, beside those suggested."""
    suggested_constraints: bool = True
    """Whether the rules that profiling suggests are kept."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Words that are read as missing cells, by column."""
    csv: bool = True
    """Whether CSV is written beside Parquet (a pack needs it)."""
