"""A column of events: its codec, and whether it likes to repeat an earlier value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.encoding.references import ReferenceCodec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.sequences.cells import BUCKETS, DRAWN, Cell, Codes, State, bucket
from domain.synthesis.sequences.grains import Sizes, grains_of, rounded, wide

KIND = "kind of event"
"""The column that tells kinds of events apart, in logs of several (see ``sequences.kinds``)."""
NOWHERE = -1
"""The source of a value that has none like it before."""
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Codec]] = {
    "number": NumberCodec.from_state,
    "category": CategoryCodec.from_state,
    "reference": ReferenceCodec.from_state,
    "surrogate": SurrogateCodec.from_state,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventColumn:
    """One column of the events.

    Where it ``repeats``, the network is told the last value that the same entity had under the
    same ``key`` (codes of other columns), says whether it comes again, and only if not, another.
    In a state, ``source NAME`` is the number of the event with that last value.
    """

    spec: ColumnSpec
    codec: Codec
    repeats: bool
    key: tuple[str, ...]
    since: bool
    """A datetime that is learned as the units that passed since the event."""
    kind: int | None = None
    """The code of the one kind of events that have the column; ``None``: all do."""
    anywhere: bool = False
    """What comes again is any value that the entity had, not the last (see ``own_values``)."""
    grains: Sizes = ()
    """Of which powers of ten its numbers are multiples, where that tells them apart."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def again(self) -> str:
        """The name of the cell that says whether the last value comes again."""
        return f"column {self.name}, again"

    @property
    def cell(self) -> str:
        """The name of the cell of its value, apart from those of the clock."""
        return f"column {self.name}"

    @property
    def codes(self) -> int:
        """How many codes that cell has: the last one for events of another kind."""
        return self.codec.size + (self.kind is not None)

    def lacking(self, state: State) -> NDArray[np.bool_]:
        """Which events are of a kind that does not have the column."""
        if self.kind is None:
            return np.zeros(len(state["place"]), dtype=np.bool_)
        lacks: NDArray[np.bool_] = state[f"column {KIND}"] != self.kind
        return lacks

    def cells(self) -> list[Cell]:
        nothing = (self.again, self.known_cell)
        return [
            replace(cell, kind=self.kind, lacking=0 if cell.name in nothing else cell.size - 1)
            for cell in self._cells()
        ]

    def _cells(self) -> list[Cell]:
        value = [self._value()] if self.codec.size > 1 else []
        value += [self._grain()] if self.grains else []
        if not self.repeats:
            return value
        if self.anywhere:
            return [self._known(), self._again(), *value]
        cells = [self._last()] if self.codec.size > 1 else []
        return [*cells, self._again(), *value]

    @property
    def known_cell(self) -> str:
        """The name of the cell that says how many values the entity has had."""
        return f"column {self.name}, known"

    def _known(self) -> Cell:
        return Cell(
            name=self.known_cell,
            size=BUCKETS,
            told=lambda s: np.where(self.lacking(s), 0, bucket(s[f"known {self.name}"])),
            ordered=True,
        )

    def _last(self) -> Cell:
        """The code of the last value; one code more for “none yet”."""
        return Cell(
            name=f"column {self.name}, last",
            size=self.codec.size + 1,
            told=lambda s: np.where(
                s[f"source {self.name}"] == NOWHERE, self.codec.size, s[f"last {self.name}"]
            ),
            ordered=self.codec.ordered,
        )

    def _again(self) -> Cell:
        return Cell(
            name=self.again,
            size=2,
            told=lambda s: np.where(
                (s[f"source {self.name}"] == NOWHERE) | self.lacking(s), 0, DRAWN
            ),
            learned=lambda s: s[f"again {self.name}"],
        )

    def _value(self) -> Cell:
        def told(state: State) -> Codes:
            codes = np.where(self.lacking(state), self.codec.size, DRAWN)
            if not self.repeats:
                return codes
            return np.where(state[self.again] == 1, state[f"last {self.name}"], codes)

        return Cell(
            name=self.cell,
            size=self.codes,
            told=told,
            learned=lambda s: s[f"code {self.name}"],
            ordered=self.codec.ordered,
            drawable=np.pad(self.codec.drawable, (0, self.codes - self.codec.size)),
        )

    @property
    def grain(self) -> str:
        """The name of the cell that says how round a number is."""
        return f"column {self.name}, round"

    def _grain(self) -> Cell:
        """One code more where the value stands alone, is missing or came before."""
        assert isinstance(self.codec, NumberCodec)
        nothing, several = len(self.grains), np.append(wide(self.codec), False)

        def told(state: State) -> Codes:
            open_ = several[state[self.cell]]
            if self.repeats:
                open_ = open_ & (state[self.again] == 0)
            return np.where(open_, DRAWN, nothing)

        return Cell(
            name=self.grain,
            size=nothing + 1,
            told=told,
            learned=lambda s: s[f"grain {self.name}"],
            drawable=np.arange(nothing + 1) < nothing,
        )

    def known(self, values: pd.Series) -> Codes:
        """How round real ``values`` are, for the cell ``grain``."""
        assert isinstance(self.codec, NumberCodec)
        return grains_of(values, self.codec, self.grains)

    def decoded(self, codes: Codes, grains: Codes | None, rng: np.random.Generator) -> pd.Series:
        """Typed values of drawn codes, as round as the network said."""
        values = self.codec.decode(codes, rng)
        if grains is None or not self.grains or not isinstance(self.codec, NumberCodec):
            return values
        return rounded(values, self.codec, codes, self.grains, grains)

    def state(self) -> Mapping[str, Any]:
        return {
            "spec": {n: getattr(self.spec, n) for n in ("name", "sdtype")},
            "codec": self.codec.state(),
            "repeats": self.repeats,
            "key": list(self.key),
            "since": self.since,
            "anywhere": self.anywhere,
            "kind": self.kind,
            "grains": list(self.grains),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> EventColumn:
        spec = ColumnSpec(name=state["spec"]["name"], sdtype=SdType(state["spec"]["sdtype"]))
        codec = state["codec"]
        return cls(
            spec=spec,
            codec=_READERS[codec["kind"]](codec),
            repeats=state["repeats"],
            key=tuple(state["key"]),
            since=state["since"],
            anywhere=state["anywhere"],
            kind=state["kind"],
            grains=tuple(state["grains"]),
        )


def encoded(columns: Sequence[EventColumn], frame: pd.DataFrame) -> dict[str, Codes]:
    """The codes of each column of a frame of events, by name."""
    codes: dict[str, Codes] = {}
    for column in columns:
        has = having(column, columns, frame)
        codes[column.name] = np.full(len(frame), column.codec.size, dtype=np.int64)
        codes[column.name][has] = column.codec.encode(frame[column.name][has])
    return codes


def having(
    column: EventColumn, columns: Sequence[EventColumn], frame: pd.DataFrame
) -> NDArray[np.bool_]:
    """Which events of a frame are of a kind that has the column."""
    if column.kind is None:
        return np.ones(len(frame), dtype=np.bool_)
    kind = next(c for c in columns if c.name == KIND)
    has: NDArray[np.bool_] = kind.codec.encode(frame[KIND]) == column.kind
    return has


def sources(owner: Codes, keys: Sequence[Codes]) -> Codes:
    """For every row the last row before of the same owner and keys, ``NOWHERE`` where none."""
    frame = pd.DataFrame({"owner": owner, **{str(i): key for i, key in enumerate(keys)}})
    frame["row"] = np.arange(len(frame))
    last = frame.groupby([c for c in frame.columns if c != "row"], sort=False)["row"].shift()
    return last.fillna(NOWHERE).to_numpy(np.int64)


def repeated(column: pd.Series, source: Codes) -> Codes:
    """1 where a row has the value of its source, 0 elsewhere."""
    numbers = pd.factorize(column.astype(object), use_na_sentinel=True)[0]
    same = (numbers == numbers[np.maximum(source, 0)]) & (source != NOWHERE)
    return same.astype(np.int64)
