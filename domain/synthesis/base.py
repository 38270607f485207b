"""What every synthesizer promises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.settings import SettingValue


@dataclass(frozen=True, slots=True, kw_only=True)
class FitResult:
    """A fitted synthesizer, ready to be stored."""

    artifact: bytes
    """safetensors: weights, with a JSON header (schema, synthesizer, encoder state, versions,
    seed) in its metadata. Holds values of the real table (vocabularies, quantiles): it is
    stored encrypted and never leaves the instance."""
    notes: tuple[str, ...] = ()
    """Decisions for the model card, in words that quote no data."""
    curves: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Validation loss before training and after each epoch, by table (lower is better)."""
    statement: PrivacyStatement | None = None
    """The proof, for private fits."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """What it was computed on, as far as the engine chose it: device, threads."""


def no_conditions(synthesizer: str) -> BadInput:
    """The refusal of a synthesizer that draws whole rows only."""
    return BadInput(
        f"The synthesizer “{synthesizer}” draws whole rows without conditions; "
        "train “autoregressive” for conditions, amplification and completing."
    )


def no_completing(name: str) -> BadInput:
    """The refusal of a synthesizer that was trained under differential privacy to fill gaps."""
    return BadInput(
        f"The synthesizer “{name}” fills no gaps once it was trained under differential privacy; "
        "train it without a privacy budget for that."
    )


class Synthesizer(Protocol):
    """Learns tables and draws new ones. Takes values, returns values."""

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Learn typed ``tables`` (see ``preparing.typed``; dropped PII columns already gone).

        ``held_out`` holds real rows that are not learned from (empty when there are none): only
        the identifiers in them are read, so that no invented one equals a real one.
        The same tables, settings, seed, thread count and processor give the same bytes.
        Raises :class:`BadInput` for tables that cannot be learned, ``Cancelled`` on request.
        """
        ...

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw typed rows in chunks (each chunk maps table names to frames, any may be absent).

        Every row fulfils ``spec``; every column it does not name follows its distribution under
        it. Raises :class:`BadInput` for what the synthesizer cannot do, and where the learned
        rows do not support a condition.

        ``rows`` counts rows of the main table (the one that is no other table's child; with
        several, each is scaled alike); ``None`` gives as many as were learned from. Columns
        come in the order of the metadata, dtypes as ``preparing.typed`` gives them.
        """
        ...

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Fill the missing cells of typed rows of the main table; given cells stay as they are.

        Each gap is drawn from its distribution under the given cells of its row. A synthesizer of
        histories lets those given go on instead: new rows follow those of each entity, as many as
        ``spec.lengths`` says; nothing else of ``spec`` is read. Raises :class:`BadInput` where
        the synthesizer cannot.
        """
        ...
