"""A table as a network for whole rows takes it: a code a column, and places on modes beside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.holders import person_keys
from domain.synthesis.encoding.modes import ModeCodec
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.encoding.table import OnColumn, TableEncoder, is_surrogate

FEW_VALUES = 30
"""A number column with at most this many distinct values is learned as categories."""
_NUMBERS = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedRows:
    """``codes``: (rows, modelled columns); ``places``: (rows, columns with modes), -1 to 1."""

    codes: NDArray[np.int16]
    places: NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedEncoder:
    """The codecs of one table, in the metadata's order.

    Numbers go by modes, categories and numbers of few values by codes; identifying columns are
    invented, and only whether they are missing is learned.
    """

    codecs: Mapping[str, Codec | ModeCodec]

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        specs: Iterable[ColumnSpec],
        *,
        held_out: pd.DataFrame | None,
        primary_key: str | None,
        rare_threshold: int,
        seed: int,
        on_column: OnColumn,
    ) -> MixedEncoder:
        """Learn a codec for each column of a typed ``frame`` (see ``TableEncoder.fit``)."""
        specs, rng = list(specs), np.random.default_rng(seed)
        keys = person_keys(frame, specs)
        codecs: dict[str, Codec | ModeCodec] = {}
        for done, spec in enumerate(specs):
            on_column(done, len(specs))
            column = frame[spec.name]
            if spec.name == primary_key or is_surrogate(spec):
                codecs[spec.name] = SurrogateCodec.fit(
                    column,
                    spec,
                    rare_threshold,
                    unique=spec.name == primary_key or spec.unique,
                    salt=rng.bytes(8).hex(),
                    held_out=column[:0] if held_out is None else held_out[spec.name],
                )
            else:
                codecs[spec.name] = _modelled(column, spec, rare_threshold, keys, rng)
        return cls(codecs=codecs)

    @property
    def modelled(self) -> tuple[str, ...]:
        """Columns with something to learn: those with modes, or more than one code."""
        return tuple(n for n, c in self.codecs.items() if isinstance(c, ModeCodec) or c.size > 1)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Codes of each modelled column."""
        return tuple(self.codecs[name].size for name in self.modelled)

    @property
    def drawable(self) -> NDArray[np.bool_]:
        """Which codes of all modelled columns, side by side, may be drawn."""
        parts = [self.codecs[name].drawable for name in self.modelled]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)

    @property
    def with_modes(self) -> tuple[int, ...]:
        """Places of the columns with modes among the modelled ones."""
        found = enumerate(self.modelled)
        return tuple(i for i, name in found if isinstance(self.codecs[name], ModeCodec))

    def encode(
        self, frame: pd.DataFrame, rng: np.random.Generator, on_column: OnColumn
    ) -> MixedRows:
        """The modelled columns of typed rows."""
        codes = np.empty((len(frame), len(self.modelled)), dtype=np.int16)
        places = np.empty((len(frame), len(self.with_modes)), dtype=np.float32)
        number = 0
        for at, name in enumerate(self.modelled):
            on_column(at, len(self.modelled))
            codec = self.codecs[name]
            if isinstance(codec, ModeCodec):
                codes[:, at], places[:, number] = codec.encode(frame[name], rng)
                number += 1
            else:
                codes[:, at] = codec.encode(frame[name])
        return MixedRows(codes=codes, places=places)

    def decode(
        self, rows: MixedRows, rng: np.random.Generator, on_column: OnColumn
    ) -> pd.DataFrame:
        """Typed rows; all columns in order."""
        at = {name: i for i, name in enumerate(self.modelled)}
        number = {i: n for n, i in enumerate(self.with_modes)}
        columns: dict[str, pd.Series] = {}
        for done, (name, codec) in enumerate(self.codecs.items()):
            on_column(done, len(self.codecs))
            codes = np.zeros(len(rows.codes), dtype=np.int64)
            if name in at:
                codes = rows.codes[:, at[name]].astype(np.int64)
            if isinstance(codec, ModeCodec):
                columns[name] = codec.decode(codes, rows.places[:, number[at[name]]])
            else:
                columns[name] = codec.decode(codes, rng)
        return pd.DataFrame(columns, index=pd.RangeIndex(len(rows.codes)))

    def notes(self) -> tuple[str, ...]:
        """What was protected or invented, in words that quote no data."""
        plain = {n: c for n, c in self.codecs.items() if not isinstance(c, ModeCodec)}
        return TableEncoder(codecs=plain).notes()

    def state(self) -> Mapping[str, Any]:
        return {"codecs": [[name, codec.state()] for name, codec in self.codecs.items()]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> MixedEncoder:
        codecs: dict[str, Codec | ModeCodec] = {}
        for name, codec in state["codecs"]:
            if codec["kind"] == "modes":
                codecs[name] = ModeCodec.from_state(codec)
            else:
                alone = {"codecs": [[name, codec]], "flags": []}
                codecs |= TableEncoder.from_state(alone).codecs
        return cls(codecs=codecs)


def _modelled(
    column: pd.Series,
    spec: ColumnSpec,
    rare_threshold: int,
    keys: Sequence[pd.Series],
    rng: np.random.Generator,
) -> Codec | ModeCodec:
    if spec.sdtype not in _NUMBERS:
        return CategoryCodec.fit(column, spec, rare_threshold, keys)
    if column.nunique() <= FEW_VALUES:
        return NumberCodec.fit(column, spec, rare_threshold)
    return ModeCodec.fit(column, spec, rare_threshold, rng)
