"""Which columns belong to the entity, which to its events, and how each event column is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.holders import held_by_one
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.encoding.references import ReferenceCodec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.encoding.table import is_surrogate
from domain.synthesis.sequences.cells import Codes
from domain.synthesis.sequences.columns import KIND, NOWHERE, EventColumn, repeated, sources
from domain.synthesis.sequences.grains import grains
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.own_values import before, comes_again
from domain.synthesis.sequences.referring import refers

PLAIN = 12
"""A category of at most so many codes says what kind of event it is."""
MOST_KINDS = 4_096
MOSTLY_OWN = 0.5
"""Share of the rows whose value only one entity has, from which on a category names things."""
_OFTEN, _BEYOND_CHANCE = 0.1, 0.05
_FAR_BEYOND = 0.1
"""How much more often any earlier value comes again than the last, where it is any of them."""
_NUMBERS = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)


def event_columns(
    histories: Histories,
    frame: pd.DataFrame,
    specs: Sequence[ColumnSpec],
    *,
    since: Sequence[str],
    entity: pd.Series | None,
    held_out: pd.DataFrame | None,
    primary_key: str | None,
    rare_threshold: int,
    rng: np.random.Generator,
) -> tuple[EventColumn, ...]:
    """The columns of a ``frame`` of events in the order in which they are learned: kinds of
    events, other categories, numbers. Those ``since`` hold the units that passed since the event.
    """
    keys = [] if entity is None else [entity]
    learned: list[EventColumn] = []
    for spec in specs:
        spec = _as_learned(spec, frame[spec.name], keys)
        unseen = None if held_out is None else held_out[spec.name]
        codec, repeats = _codec(
            spec, frame, histories, keys, unseen, primary_key, rare_threshold, rng
        )
        learned.append(
            EventColumn(
                spec=spec,
                codec=codec,
                repeats=repeats,
                key=(),
                since=spec.name in since,
                grains=()
                if spec.name in since
                else grains(
                    frame[spec.name], codec, rare_threshold, histories.owners(rare_threshold)
                ),
            )
        )
    learned.sort(key=_turn)
    kinds = telling(learned)
    codes = {c.name: c.codec.encode(frame[c.name]) for c in learned if c.name in kinds}
    return tuple(_with_repeats(c, kinds, codes, frame, histories, primary_key) for c in learned)


def _turn(column: EventColumn) -> int:
    if isinstance(column.codec, NumberCodec):
        return 3
    return 0 if _is_kind(column) else 1 if isinstance(column.codec, CategoryCodec) else 2


def _is_kind(column: EventColumn) -> bool:
    return isinstance(column.codec, CategoryCodec) and 1 < column.codec.size <= PLAIN


def telling(columns: Sequence[EventColumn]) -> tuple[str, ...]:
    """The columns that tell kinds of events apart, as many as there is room for."""
    names, product = [], 1
    for column in columns:
        tells = _is_kind(column) or (column.name == KIND and column.codec.size > 1)
        if tells and product * column.codec.size <= MOST_KINDS:
            names.append(column.name)
            product *= column.codec.size
    return tuple(names)


def _as_learned(spec: ColumnSpec, column: pd.Series, keys: Sequence[pd.Series]) -> ColumnSpec:
    """A category most of whose values belong to one entity each is a name: it is invented."""
    if spec.sdtype is not SdType.CATEGORICAL or not keys:
        return spec
    own = column.astype(object).isin(held_by_one(column, keys))
    present = column.notna()
    if present.any() and own[present].mean() > MOSTLY_OWN and column.nunique() > PLAIN:
        return replace(spec, sdtype=SdType.ID)
    return spec


def invents(spec: ColumnSpec, column: pd.Series, keys: Sequence[pd.Series]) -> bool:
    """Whether the values of a column of words are invented; ``keys``: of the entities."""
    return is_surrogate(_as_learned(spec, column, keys))


def _codec(
    spec: ColumnSpec,
    frame: pd.DataFrame,
    histories: Histories,
    keys: Sequence[pd.Series],
    unseen: pd.Series | None,
    primary_key: str | None,
    rare_threshold: int,
    rng: np.random.Generator,
) -> tuple[Codec, bool]:
    """The codec, and for invented values whether they come again."""
    column = frame[spec.name]
    if not is_surrogate(spec) and spec.name != primary_key:
        once = _once_an_entity(column, histories, rare_threshold)
        if spec.sdtype in _NUMBERS:
            as_number = replace(spec, sdtype=SdType.INTEGER) if column.dtype == "Int64" else spec
            if refers(column, histories, rare_threshold):
                return _reference(column[once], as_number, unseen, rare_threshold, rng), False
            whose = histories.owners(rare_threshold)
            own = None if whose is None else whose[once]
            return NumberCodec.fit(column[once], as_number, rare_threshold, own), False
        owners = [key[once] for key in keys]
        return CategoryCodec.fit(column[once], spec, rare_threshold, owners), False
    unique = spec.name == primary_key or spec.unique
    again = repeated(column, sources(histories.owner, []))
    if comes_again(histories.owner, column) > max(float(again.mean()), _OFTEN) + _FAR_BEYOND:
        again = before(histories.owner, column).again
    repeats = not unique and bool(again.mean() > _OFTEN)
    text = column if spec.sdtype in _NUMBERS else column.astype("string[pyarrow]")
    codec = SurrogateCodec.fit(
        text[again == 0] if repeats else text,
        spec,
        rare_threshold,
        unique=unique,
        salt=rng.bytes(8).hex(),
        held_out=text[:0] if unseen is None else unseen.astype(text.dtype),
    )
    return codec, repeats


def _reference(
    column: pd.Series,
    spec: ColumnSpec,
    unseen: pd.Series | None,
    rare_threshold: int,
    rng: np.random.Generator,
) -> ReferenceCodec:
    held_out = column[:0] if unseen is None else unseen
    salt = rng.bytes(8).hex()
    return ReferenceCodec.fit(column, spec, rare_threshold, salt=salt, held_out=held_out)


def _once_an_entity(
    column: pd.Series, histories: Histories, rare_threshold: int
) -> NDArray[np.bool_]:
    """The rows from which values are learned: each value once of every entity.

    So what is rare is counted in entities: a standing order's amount in a hundred rows is still
    one person's. Where there are fewer entities than the threshold, rows are counted.
    """
    if histories.owners(rare_threshold) is None:
        return np.ones(len(column), dtype=np.bool_)
    values = column.astype(object).to_numpy(object)
    return ~pd.DataFrame({"owner": histories.owner, "value": values}).duplicated().to_numpy()


def _with_repeats(
    column: EventColumn,
    kinds: tuple[str, ...],
    codes: dict[str, Codes],
    frame: pd.DataFrame,
    histories: Histories,
    primary_key: str | None,
) -> EventColumn:
    """The column with the key under which its last value comes again most often, if it does."""
    if column.name in kinds or column.name == primary_key or column.spec.unique:
        return column
    shares = frame[column.name].value_counts(normalize=True, dropna=False)
    invented = isinstance(column.codec, SurrogateCodec)
    chance = 0.0 if invented else float((shares**2).sum())
    rates = {}
    for key in dict.fromkeys([(), kinds]):
        source = sources(histories.owner, [codes[name] for name in key])
        known = source != NOWHERE
        again = repeated(frame[column.name], source)
        rates[key] = float(again[known].mean()) if known.any() else 0.0
    best = max(rates, key=lambda key: rates[key])
    if invented or isinstance(column.codec, ReferenceCodec):
        anywhere = comes_again(histories.owner, frame[column.name])
        if anywhere > max(rates[best], _OFTEN) + _FAR_BEYOND:
            return replace(column, repeats=True, anywhere=True, key=())
    often = rates[best] > _OFTEN and rates[best] > chance + _BEYOND_CHANCE
    return replace(column, repeats=bool(often), key=best)
