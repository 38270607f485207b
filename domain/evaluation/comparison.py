"""One table's three sides (trained on, held out, synthetic) in the form statistics need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata
from domain.evaluation.report import AttackRates, Score
from domain.evaluation.seen import row_keys, seen_rows
from domain.kernel import BadInput

MAX_ROWS = 50_000
"""Longer tables are drawn down to this many rows before anything is measured."""

FEW_SHARED = 0.05
"""Up to this share of held-out people (or rows) may have been trained on too: they are left out."""

MISSING = "\x00missing"
"""How a missing cell looks among categories: a category of its own that no file can spell."""

_NUMERIC = frozenset({SdType.INTEGER, SdType.FLOAT, SdType.DATETIME})
_CATEGORICAL = frozenset({SdType.CATEGORICAL, SdType.BOOLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The three sides of one table, with the same columns in the same order.

    Numeric columns (integers, floats, datetimes as seconds since 1970) are float64 with NaN for
    missing; all others are strings with :data:`MISSING`. Identifiers, free text and surrogates
    are left out: they carry no statistics.
    """

    numeric: tuple[str, ...]
    categorical: tuple[str, ...]
    train: pd.DataFrame
    holdout: pd.DataFrame
    """Real rows that were never trained on; may have no rows."""
    synthetic: pd.DataFrame
    seed: int
    prefix: str = ""
    """``<table>/`` in datasets of several tables."""
    sampled: str = ""
    """A sentence for the reader when rows were drawn down, else empty."""
    flagged: tuple[str, ...] = ()
    """Compared columns that the check for personal data flagged."""
    dates: tuple[str, ...] = ()
    """Numeric columns that hold seconds since 1970."""
    unseen: bool = True
    """Whether the held-out rows were kept from the synthesizer. Where they were not, they can
    serve as a baseline of chance, but tell nothing about memorised people."""
    entity: str = ""
    """The column that said whose a row was, where each row here is a person's whole history."""
    shared_people: float = 0.0
    """Of the held-out people of :attr:`entity`, the share of whom other rows were trained on."""
    seen_share: float = 0.0
    """The share of held-out rows that are training rows, beyond those that repeat by chance."""
    seen_at: tuple[int, ...] = ()
    """Their places in :attr:`holdout`, but for those that were left out already."""
    unsplit: str = ""
    """Why none of the rows could be held out, and what to do; empty where they could."""

    @property
    def seen(self) -> float:
        """:attr:`seen_share` where it is so large that the others are no fair control; else 0."""
        return self.seen_share if self.seen_share > FEW_SHARED else 0.0

    @property
    def is_control(self) -> bool:
        """Whether the held-out rows are of people whom the synthesizer never saw."""
        return self.unseen and not self.met and not self.seen

    @property
    def seen_note(self) -> str:
        """What a reader must know about held-out rows that were trained on; may be empty."""
        if not self.seen_share:
            return ""
        where = f"{self.prefix.rstrip('/')}: " if self.prefix else ""
        found = f"{where}{self.seen_share:.1%} of the held-out {self.records} are training"
        if not self.seen:
            return f"{found} {self.records} too and were left out."
        return (
            f"{found} {self.records} too, so they are no control: attacks are not measured, "
            "baselines and models look better than they are. Bring rows that the synthesizer "
            "never saw."
        )

    def without_seen(self) -> Comparison:
        """The same without the held-out rows that were trained on, where they are few."""
        if self.seen or not self.seen_at:
            return self
        left = self.holdout.drop(index=list(self.seen_at)).reset_index(drop=True)
        return replace(self, holdout=left, seen_at=())

    @property
    def more_held_out(self) -> str:
        """What to do where held-out rows are too few."""
        if self.unsplit:
            return self.unsplit
        if self.has_holdout:
            return f"Hold out a larger share, or bring more {self.records} as a holdout."
        return "Train again with a holdout."

    @property
    def met(self) -> str:
        """The column of people, where so many held-out ones were trained on too that the others
        are no fair control (who has few rows is rarely on both sides); else empty."""
        return self.entity if self.shared_people > FEW_SHARED else ""

    @property
    def record(self) -> str:
        """What a row is, for a sentence."""
        return "history" if self.entity else "row"

    @property
    def records(self) -> str:
        """What rows are, for a sentence."""
        return "histories" if self.entity else "rows"

    @property
    def columns(self) -> tuple[str, ...]:
        """Numeric columns, then categorical ones."""
        return self.numeric + self.categorical

    @property
    def has_holdout(self) -> bool:
        """Whether there are real rows that were never trained on."""
        return len(self.holdout) > 0

    @property
    def reference(self) -> pd.DataFrame:
        """What synthetic rows are measured against: the holdout, else the training rows."""
        return self.holdout if self.has_holdout else self.train

    @property
    def against(self) -> str:
        """The words for :attr:`reference`."""
        return "held-out real rows" if self.has_holdout else "training rows (no holdout was kept)"

    def score(
        self,
        name: str,
        value: float | None,
        sentence: str,
        *,
        scope: str = "table",
        interval: tuple[float, float] | None = None,
        baseline: float | None = None,
        threshold: float | None = None,
        source: str = "",
        rates: AttackRates | None = None,
    ) -> Score:
        """A score of this table; numbers that are not finite become ``None``."""
        return Score(
            name=name,
            scope=self.prefix + scope,
            value=_finite(value),
            interval=interval if interval and np.isfinite(interval).all() else None,
            baseline=_finite(baseline),
            threshold=threshold,
            source=source,
            sentence=sentence,
            rates=rates,
        )


def compare(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    metadata: TableMetadata,
    *,
    seed: int,
    prefix: str = "",
    unseen: bool = True,
) -> Comparison:
    """Bring three typed frames of one table into a :class:`Comparison`.

    Raises :class:`BadInput` when a side with rows lacks a column that the metadata keep.
    """
    specs = [s for s in metadata.kept if s.pii_action is not PiiAction.SURROGATE]
    numeric = [s for s in specs if s.sdtype in _NUMERIC]
    categorical = [s for s in specs if s.sdtype in _CATEGORICAL]
    sides = {"training": train, "held-out": holdout, "synthetic": synthetic}
    frames = {
        side: _comparable(drawn(frame, MAX_ROWS, seed), numeric, categorical, side)
        for side, frame in sides.items()
    }
    known = _seen(train, frames["held-out"], numeric, categorical) if unseen else (0.0, ())
    return Comparison(
        numeric=tuple(s.name for s in numeric),
        categorical=tuple(s.name for s in categorical),
        train=frames["training"],
        holdout=frames["held-out"],
        synthetic=frames["synthetic"],
        seed=seed,
        prefix=prefix,
        sampled=_sampling_note(sides),
        flagged=tuple(s.name for s in (*numeric, *categorical) if s.pii_kind),
        dates=tuple(s.name for s in numeric if s.sdtype is SdType.DATETIME),
        unseen=unseen,
        seen_share=known[0],
        seen_at=known[1],
    )


def comparable(frame: pd.DataFrame, metadata: TableMetadata) -> pd.DataFrame:
    """Rows as :class:`Comparison` holds them, each by itself: none is drawn or left out."""
    specs = [s for s in metadata.kept if s.pii_action is not PiiAction.SURROGATE]
    numeric = [s for s in specs if s.sdtype in _NUMERIC]
    categorical = [s for s in specs if s.sdtype in _CATEGORICAL]
    return _comparable(frame, numeric, categorical, "private")


def drawn(frame: pd.DataFrame, rows: int, seed: int) -> pd.DataFrame:
    """``rows`` random rows of ``frame`` (all of them when it has no more), by ``seed``."""
    return frame if len(frame) <= rows else frame.sample(rows, random_state=seed)


def _sampling_note(sides: dict[str, pd.DataFrame]) -> str:
    long = [side for side, frame in sides.items() if len(frame) > MAX_ROWS]
    if not long:
        return ""
    return f"Measured on {MAX_ROWS:,} random rows of the {' and '.join(long)} rows."


def _seen(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    numeric: Sequence[ColumnSpec],
    categorical: Sequence[ColumnSpec],
) -> tuple[float, tuple[int, ...]]:
    """Which of the comparable held-out rows were trained on.

    They are looked for among all training rows: of those that were drawn they meet few.
    """
    if not len(holdout) or not (numeric or categorical):
        return 0.0, ()
    everybody = _comparable(train, numeric, categorical, "training")
    return seen_rows(row_keys(everybody), row_keys(holdout))


def _comparable(
    frame: pd.DataFrame,
    numeric: Iterable[ColumnSpec],
    categorical: Iterable[ColumnSpec],
    side: str,
) -> pd.DataFrame:
    columns: dict[str, np.ndarray] = {}
    for kind, specs in (("numeric", numeric), ("categorical", categorical)):
        for spec in specs:
            column = _column(frame, spec.name, side)
            columns[spec.name] = _floats(column) if kind == "numeric" else _words(column)
    return pd.DataFrame(columns, index=range(len(frame)))


def _column(frame: pd.DataFrame, name: str, side: str) -> pd.Series:
    if name in frame:
        return frame[name]
    if len(frame) == 0:
        return pd.Series([], dtype="float64")
    raise BadInput(
        f"The {side} rows have no column “{name}”; evaluate tables that have the same columns."
    )


def _floats(column: pd.Series) -> np.ndarray:
    """The column as float64, datetimes as epoch seconds; infinities count as missing."""
    if column.dtype.kind == "M":
        stamps = column.to_numpy("datetime64[ns]")
        values = stamps.astype("int64") / 1e9
        values[np.isnat(stamps)] = np.nan
        return values
    values = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _words(column: pd.Series) -> np.ndarray:
    """The column as strings; a missing cell is :data:`MISSING`."""
    words = column.astype(object)
    return words.where(words.notna(), MISSING).astype(str).to_numpy(object)


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
