"""A whole table as codes: one codec a column, in the metadata's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, TableMetadata
from domain.synthesis.conditions import Condition
from domain.synthesis.encoding.allowed import Allowed
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.codec import Codec, Codes
from domain.synthesis.encoding.flags import FlagGroup, flag_groups
from domain.synthesis.encoding.holders import person_keys
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.encoding.surrogates import SurrogateCodec

OnColumn = Callable[[int, int], None]
"""``on_column(done, total)`` after each column."""

Part = tuple[NDArray[np.bool_], Allowed]
"""Some rows, and what a column's cells in them may hold."""
Parts = Mapping[str, Sequence[Part]]
"""By home column; the rows of its parts are all rows, each once."""

_NUMBERS = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Codec]] = {
    "number": NumberCodec.from_state,
    "category": CategoryCodec.from_state,
    "surrogate": SurrogateCodec.from_state,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableEncoder:
    """The codecs of one table, by column name."""

    codecs: Mapping[str, Codec]
    flags: tuple[FlagGroup, ...] = ()
    """Columns learned together; the codec is that of the first of them."""

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
        references: Sequence[str] = (),
    ) -> TableEncoder:
        """Learn a codec for each column of a typed ``frame``.

        Of ``held_out`` only identifiers are read, which no invented value may equal. The columns
        ``references`` refer to tables of people.
        """
        specs, rng = list(specs), np.random.default_rng(seed)
        keys = person_keys(frame, specs, references)
        flags = tuple(flag_groups(frame, specs, primary_key))
        frame, specs = _folded(frame, flags), _folded_specs(specs, flags)
        codecs: dict[str, Codec] = {}
        for done, spec in enumerate(specs):
            on_column(done, len(specs))
            salt = rng.bytes(8).hex()
            column = frame[spec.name]
            if spec.name == primary_key or is_surrogate(spec):
                unseen = column[:0] if held_out is None else held_out[spec.name]
                unique = spec.name == primary_key or spec.unique
                codecs[spec.name] = SurrogateCodec.fit(
                    column, spec, rare_threshold, unique=unique, salt=salt, held_out=unseen
                )
            else:
                codecs[spec.name] = _modelled(column, spec, rare_threshold, keys)
        return cls(codecs=codecs, flags=flags)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that decoding gives, in order."""
        groups = {group.columns[0]: group.columns for group in self.flags}
        return tuple(c for name in self.codecs for c in groups.get(name, (name,)))

    def issuing_anew(self) -> TableEncoder:
        """One that may invent the same identifiers once more."""
        own = {n: c.issuing_anew() for n, c in self.codecs.items() if isinstance(c, SurrogateCodec)}
        return replace(self, codecs={**self.codecs, **own})

    @property
    def modelled(self) -> tuple[str, ...]:
        """Columns with something to learn: those with more than one code."""
        return tuple(name for name, codec in self.codecs.items() if codec.size > 1)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Codes of each modelled column."""
        return tuple(self.codecs[name].size for name in self.modelled)

    def encode(self, frame: pd.DataFrame, on_column: OnColumn) -> NDArray[np.int16]:
        """Codes of the modelled columns, shape ``(rows, columns)``; 16 bits hold any code."""
        codes = np.empty((len(frame), len(self.modelled)), dtype=np.int16)
        frame = _folded(frame, self.flags)
        for place, name in enumerate(self.modelled):
            on_column(place, len(self.modelled))
            codes[:, place] = self.codecs[name].encode(frame[name])
        return codes

    def decode(
        self,
        codes: NDArray[np.int16],
        rng: np.random.Generator,
        on_column: OnColumn,
        parts: Parts | None = None,
    ) -> pd.DataFrame:
        """Typed rows for ``codes`` of the modelled columns; all columns in order."""
        place = {name: i for i, name in enumerate(self.modelled)}
        groups = {group.columns[0]: group for group in self.flags}
        columns: dict[str, pd.Series] = {}
        for done, (name, codec) in enumerate(self.codecs.items()):
            on_column(done, len(self.codecs))
            column = codes[:, place[name]] if name in place else np.zeros(len(codes))
            values = _decoded(codec, column.astype(np.int64), rng, (parts or {}).get(name, ()))
            columns |= groups[name].unfolded(values) if name in groups else {name: values}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(codes)))

    def members(self, home: str) -> tuple[str, ...]:
        """The columns that the codec of ``home`` holds."""
        return next((g.columns for g in self.flags if g.columns[0] == home), (home,))

    def knows(self, home: str, frame: pd.DataFrame) -> NDArray[np.bool_]:
        """In which rows the cells of ``home`` say something to the network."""
        group = next((g for g in self.flags if g.columns[0] == home), None)
        if group is None:
            return self.codecs[home].knows(frame[home])
        return group.spelt(frame) & self.codecs[home].knows(group.folded(frame))

    def home(self, column: str) -> str:
        """The column whose codec holds ``column``: itself, or the first of its group of flags."""
        return next((g.columns[0] for g in self.flags if column in g.columns), column)

    def allowed(
        self, home: str, all_of: Sequence[Condition], none_of: Sequence[Condition]
    ) -> Allowed:
        """The part of a home column that conditions on it (or its group's flags) leave."""
        group = next((g for g in self.flags if g.columns[0] == home), None)
        if group is not None:
            return Allowed(weights=group.allowed(all_of, none_of, self.codecs[home]))
        return self.codecs[home].allowed(all_of, none_of)

    def notes(self) -> tuple[str, ...]:
        """What was protected or invented, in words that quote no data."""
        return tuple(note for name, codec in self.codecs.items() for note in _notes(name, codec))

    def state(self) -> Mapping[str, Any]:
        # A list of pairs, since column names may hold anything, also what marks arrays.
        codecs = [[name, codec.state()] for name, codec in self.codecs.items()]
        return {"codecs": codecs, "flags": [group.state() for group in self.flags]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> TableEncoder:
        return cls(
            codecs={name: _READERS[codec["kind"]](codec) for name, codec in state["codecs"]},
            flags=tuple(FlagGroup.from_state(group) for group in state["flags"]),
        )


def _decoded(
    codec: Codec, codes: Codes, rng: np.random.Generator, parts: Sequence[Part]
) -> pd.Series:
    """All rows at once; where conditions leave parts of codes, the rows of each part together."""
    if not any(allowed.partly for _, allowed in parts):
        return codec.decode(codes, rng)
    rows = np.concatenate([np.flatnonzero(chosen) for chosen, _ in parts])
    values = pd.concat([codec.decode(codes[c], rng, a) for c, a in parts], ignore_index=True)
    return values.iloc[np.argsort(rows)].reset_index(drop=True)


def _folded(frame: pd.DataFrame, flags: Iterable[FlagGroup]) -> pd.DataFrame:
    """The frame with each group of flags as one category, in the place of the first."""
    return frame.assign(**{g.columns[0]: g.folded(frame).array for g in flags})


def _folded_specs(specs: Iterable[ColumnSpec], flags: Iterable[FlagGroup]) -> list[ColumnSpec]:
    category = {group.columns[0]: group.spec for group in flags}
    gone = {name for group in flags for name in group.columns[1:]}
    return [category.get(spec.name, spec) for spec in specs if spec.name not in gone]


def is_surrogate(spec: ColumnSpec) -> bool:
    """Whether the column's values are invented instead of modelled."""
    return spec.sdtype in (SdType.ID, SdType.TEXT) or (
        spec.pii_action is PiiAction.SURROGATE and spec.sdtype is not SdType.BOOLEAN
    )


def table_specs(table: TableMetadata, without: Iterable[str] = ()) -> tuple[ColumnSpec, ...]:
    """The kept columns, less those handled elsewhere (foreign keys)."""
    left_out = set(without)
    return tuple(spec for spec in table.kept if spec.name not in left_out)


def _modelled(
    column: pd.Series, spec: ColumnSpec, rare_threshold: int, keys: Sequence[pd.Series]
) -> Codec:
    if spec.sdtype in _NUMBERS:
        return NumberCodec.fit(column, spec, rare_threshold)
    return CategoryCodec.fit(column, spec, rare_threshold, keys)


def _notes(name: str, codec: Codec) -> list[str]:
    if isinstance(codec, SurrogateCodec):
        return [f"Column “{name}”: every value is an invented surrogate of the same look."]
    if isinstance(codec, CategoryCodec) and codec.rare:
        instead = "written as one stand-in word" if codec.stand_in else "never drawn"
        values = "1 rare value is" if codec.rare == 1 else f"{codec.rare} rare values are"
        return [f"Column “{name}”: {values} protected, {instead}."]
    return []
