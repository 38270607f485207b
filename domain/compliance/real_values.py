"""What must not leave the house: the real table's identifiers and values that stand alone.

Gathered from the real rows into keyed hashes, so that a check can recognise them without holding,
showing or writing a single one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.compliance.fingerprints import (
    LONGEST_RUN,
    Hasher,
    Keys,
    Words,
    distinct,
    runs_of_all_lengths,
)
from domain.compliance.row_copies import RealRows
from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    SdType,
    TableMetadata,
)
from domain.datasets.preparing import typed, untyped

RARE = 11
"""Words without digits are a person's when fewer people than this have them."""

LONG_TEXT = 20
"""Characters from which a text that one row alone has is taken to tell of that row."""

_ROOM = 1_000.0
"""A number or moment tells of its row where chance repeats one in a thousand twins at most."""

_NUMERIC = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)

_MAILS = r"@"
_CODES = r"^(?:[^\s]*[A-Za-z][^\s]*\d[^\s]*|[^\s]*\d[^\s]*[A-Za-z][^\s]*)$"
"""One word of letters and digits."""
_NUMBERS = r"^[^\sA-Za-z]*(?:\d[^\sA-Za-z]*){7}$"
"""One word of seven digits or more."""
_DIGITS = r"\d"

_NONE = pa.array([], pa.string())

Column = tuple[str, str]
"""Table and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealValues:
    """Everything that is looked for, as keyed hashes, each array sorted.

    ``own``: cells that may not stand in a column of the same name. ``used``: texts that a modelled
    column may hold. ``runs``: by their number, consecutive words that may stand nowhere. ``names``:
    texts that may not be the whole of a JSON string. ``rows``: real rows, by table.
    """

    hasher: Hasher
    metadata: Metadata
    own: Mapping[Column, Keys]
    used: Mapping[Column, Keys]
    runs: Mapping[int, Keys]
    names: Keys
    rows: Mapping[str, RealRows]
    count: int
    """How many different values are looked for."""

    @classmethod
    def of(
        cls,
        tables: Mapping[str, pa.Table],
        metadata: Metadata,
        *,
        drawn: int,
        public: Iterable[str] = (),
    ) -> RealValues:
        """Gather from text ``tables`` (training and held-out rows together).

        ``drawn`` is how many rows the twin has: more of them meet real values by chance. Texts of
        ``public`` (names of columns, files and people at work, sources) are no leak.
        """
        gathered = _Gathering()
        for name, table in tables.items():
            gathered.add_table(name, table, metadata.tables[name], drawn)
        return gathered.result(metadata, _public(metadata, public))

    def table_of(self, stem: str, columns: Iterable[str]) -> str | None:
        """The table that an exported file of this name and header holds, or ``None``."""
        if stem in self.metadata.tables:
            return stem
        header = set(columns)
        fitting = [n for n, t in self.metadata.tables.items() if header <= _names(t)]
        return fitting[0] if len(fitting) == 1 else None


@dataclass(slots=True)
class _Gathering:
    """Real values on their way into hashes."""

    hasher: Hasher = field(default_factory=Hasher)
    own: dict[Column, Keys] = field(default_factory=dict)
    used: dict[Column, Keys] = field(default_factory=dict)
    runs: dict[int, list[Keys]] = field(default_factory=dict)
    names: list[Keys] = field(default_factory=list)
    shared: list[pa.Array] = field(default_factory=list)
    """Categories of so many people that they are told as they are, whoever is called the same."""
    rows: dict[str, RealRows] = field(default_factory=dict)
    count: int = 0

    def add_table(self, name: str, text: pa.Table, table: TableMetadata, drawn: int) -> None:
        """The identifying values of every column, and the rows of those that are modelled."""
        frame = typed(text, table)
        written = untyped(frame, table)
        rooms = {}
        for spec in (s for s in table.columns if s.companion is None):
            if is_identifying(spec):
                column = text[spec.name] if spec.name not in frame else written[spec.name]
                self._add_identifying((name, spec.name), column, spec)
            else:
                rooms[spec.name] = _room(frame[spec.name], spec)
                self._add_modelled((name, spec.name), written[spec.name], rooms[spec.name], drawn)
        rows = RealRows.of(written, rooms, self.hasher)
        if rows is not None:
            self.rows[name] = rows

    def _add_identifying(self, at: Column, column: pa.ChunkedArray, spec: ColumnSpec) -> None:
        values, counts = distinct(column)
        self.own[at] = np.sort(self.hasher.whole(values))
        self.count += len(values)
        if spec.sdtype is SdType.DATETIME or spec.pii_kind is PiiKind.BIRTH_DATE:
            return  # in prose a date is nobody's: every day has many people
        is_name = spec.pii_kind is PiiKind.NAME
        if is_name:
            self.names.append(self.hasher.whole(values.filter(pa.array(counts < RARE))))
        self._add_prose(values, counts, is_name=is_name)

    def _add_modelled(self, at: Column, column: pa.ChunkedArray, room: float, drawn: int) -> None:
        """Of a modelled column, what one row alone has and chance would not repeat."""
        values, counts = distinct(column)
        single = values.filter(pa.array(counts == 1))
        if room:
            sure = room > _ROOM * max(drawn, 1) * len(single) and len(single) == len(values)
            telling = single if sure else single[:0]
        else:
            self.used[at] = np.sort(self.hasher.whole(values))
            self.shared.append(values.filter(pa.array(counts >= RARE)))
            telling = single.filter(pc.greater_equal(pc.utf8_length(single), LONG_TEXT))
        self.own[at] = np.sort(self.hasher.whole(telling))
        self.count += len(telling)
        self._add_prose(telling, np.ones(len(telling), np.int64), is_name=False)

    def _add_prose(self, values: pa.Array, counts: NDArray[np.int64], *, is_name: bool) -> None:
        """Values that are told from ordinary words also inside a sentence."""
        words = self.hasher.words(values)
        lengths = words.counts(len(values))
        telling = _telling(values, lengths, counts, is_name=is_name)
        for length in range(1, LONGEST_RUN + 1):
            keys, first = words.runs(length)
            starts = _starts(words, lengths, length)[first]
            self.runs.setdefault(length, []).append(keys[starts & telling[words.text[first]]])

    def _whole_runs(self, values: pa.Array) -> Iterator[Keys]:
        """The runs by which these texts would be looked for, had a person one of them."""
        words = self.hasher.words(values)
        lengths = words.counts(len(values))
        for length in range(1, LONGEST_RUN + 1):
            keys, first = words.runs(length)
            yield keys[_starts(words, lengths, length)[first]]

    def result(self, metadata: Metadata, public: list[str]) -> RealValues:
        """What was gathered, without what is public."""
        texts, shared = pa.array(public, pa.string()), pa.concat_arrays([_NONE, *self.shared])
        known = np.concatenate(
            [*runs_of_all_lengths(self.hasher.words(texts)), *self._whole_runs(shared)]
        )
        return RealValues(
            hasher=self.hasher,
            metadata=metadata,
            own=self.own,
            used=self.used,
            runs={n: np.setdiff1d(_told(n, keys), known) for n, keys in self.runs.items()},
            names=np.setdiff1d(
                np.concatenate([*self.names, np.zeros(0, np.uint64)]),
                self.hasher.whole(pa.concat_arrays([texts, shared])),
            ),
            rows=self.rows,
            count=self.count,
        )


def _told(length: int, keys: list[Keys]) -> Keys:
    """Runs that are looked for; phrases that longer texts have in common tell of nobody."""
    seen, counts = np.unique(np.concatenate(keys), return_counts=True)
    return seen[counts == 1] if length == LONGEST_RUN else seen


def is_identifying(spec: ColumnSpec) -> bool:
    """Whether every value of the column is looked for: none of it may be in the twin."""
    return spec.pii_action is not PiiAction.KEEP or spec.sdtype in (SdType.ID, SdType.TEXT)


def _names(table: TableMetadata) -> set[str]:
    return {spec.name for spec in table.columns}


def _public(metadata: Metadata, public: Iterable[str]) -> list[str]:
    """Texts that leave the house on purpose: names of tables and columns among them."""
    columns = (s.name for t in metadata.tables.values() for s in t.columns)
    return [*metadata.tables, *columns, *public]


def _room(values: pd.Series, spec: ColumnSpec) -> float:
    """How many values of the column's grid lie between its quartiles; 0 for categories."""
    if spec.sdtype not in _NUMERIC:
        return 0.0
    known = values.dropna()
    numbers = (
        known.to_numpy("datetime64[us]").astype(np.int64)
        if spec.sdtype is SdType.DATETIME
        else known.to_numpy(float)
    )
    if len(numbers) < 2:
        return 1.0
    low, high = np.quantile(numbers, [0.25, 0.75])
    return max(float(high - low) / _step(numbers, spec), 1.0)


def _step(numbers: NDArray[np.float64] | NDArray[np.int64], spec: ColumnSpec) -> float:
    """The finest difference that the column's values are written with."""
    if spec.sdtype is SdType.INTEGER:
        return 1.0
    if spec.sdtype is SdType.DATETIME:
        microseconds = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000, 1_000)
        return next((float(s) for s in microseconds if not (numbers % s).any()), 1.0)
    for decimals in range(16):
        if np.array_equal(np.round(numbers, decimals), numbers):
            return float(10.0**-decimals)
    return 1e-16


def _telling(
    values: pa.Array, lengths: NDArray[np.int64], counts: NDArray[np.int64], *, is_name: bool
) -> NDArray[np.bool_]:
    """Which values no sentence holds by chance: addresses, codes, long numbers, names of two
    words, and rare longer texts."""
    long = _at_least(values, 8)
    one_word = _like(values, _MAILS) | (_at_least(values, 6) & _like(values, _CODES))
    one_word |= _like(values, _NUMBERS)
    rare = counts < RARE
    plain = rare & (lengths >= 4) & _at_least(values, LONG_TEXT)
    several = long & (_like(values, _DIGITS) | _like(values, _MAILS))
    if is_name:
        several |= rare & long
    return np.where(lengths == 1, one_word, several | plain) & (lengths > 0)


def _like(values: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return _bools(pc.match_substring_regex(values, pattern))


def _at_least(values: pa.Array, characters: int) -> NDArray[np.bool_]:
    return _bools(pc.greater_equal(pc.utf8_length(values), characters))


def _bools(mask: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(mask.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _starts(words: Words, lengths: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    """Where a run that stands for its text begins: the whole of a short one, and every eighth
    word of a longer one, so that fifteen words in a row never go unseen."""
    first = np.cumsum(lengths) - lengths
    place = np.arange(len(words.keys)) - first[words.text]
    of_text = lengths[words.text]
    whole = (of_text == length) & (place == 0)
    if length < LONGEST_RUN:
        return np.asarray(whole)
    return np.asarray(whole | ((of_text > length) & (place % LONGEST_RUN == 0)))
