"""Codec of identifying columns: only whether a value is missing is learned, values are invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, PiiKind, SdType
from domain.kernel import BadInput
from domain.synthesis.conditions import Condition, Operator
from domain.synthesis.encoding.allowed import Allowed, is_in
from domain.synthesis.encoding.codec import Codes, stratified
from domain.synthesis.encoding.grid import Grid
from domain.synthesis.encoding.masks import Mask, learn_masks
from domain.synthesis.encoding.prose import draw_emails, draw_prose, word_counts

MAX_POOL = 100_000
_ROUNDS = 60
_OLDEST = 2**62
"""Nanoseconds before 1970 that invented moments never pass (the year 1823)."""
_NO_ROOM = (
    "A column of identifiers leaves no room for enough invented values; "
    "drop that column or mark it as not identifying."
)
_TYPED = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)

Keys = NDArray[np.uint64]
Draw = Callable[[int, int, np.random.Generator], NDArray[Any]]
"""``draw(count, round, rng)``: candidates; a later round draws from a larger space."""


@dataclass(slots=True, kw_only=True, eq=False)
class SurrogateCodec:
    """Code 0 is "present", code 1 "missing" (left out where nothing is missing).

    ``forbidden`` holds salted 64-bit hashes of the real values, by which an invented value that
    happens to be real is thrown away. Values that repeat in the column (``pool_shares`` is not
    empty) are drawn from a pool of invented values that repeat alike; unique ones never repeat,
    also from one ``decode`` to the next of the same codec.
    """

    sdtype: SdType
    unique: bool
    salt: str
    forbidden: Keys
    pool_shares: NDArray[np.float64]
    email: bool
    masks: tuple[Mask, ...]
    words: NDArray[np.int64]
    grid: Grid | None
    span: tuple[int, int]
    has_missing: bool
    always_missing: bool
    _issued: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    _pool: NDArray[Any] | None = None

    @classmethod
    def fit(
        cls,
        column: pd.Series,
        spec: ColumnSpec,
        rare_threshold: int,
        *,
        unique: bool,
        salt: str,
        held_out: pd.Series,
    ) -> SurrogateCodec:
        """Learn the look, the repetition and what is forbidden: values of ``held_out`` too."""
        present = column.dropna()
        typed = spec.sdtype in _TYPED
        grid = Grid.fit(column, spec) if typed else None
        distinct, counts = _distinct(_plain(present, grid))
        unseen = _plain(held_out.dropna(), grid)
        texts = np.array([] if grid else distinct, dtype=object)
        email = spec.pii_kind is PiiKind.EMAIL or _look_like_emails(texts)
        masks = () if grid or email else learn_masks(texts, rare_threshold)
        return cls(
            sdtype=spec.sdtype,
            unique=unique,
            salt=salt,
            forbidden=np.unique(_keys(np.concatenate([distinct, unseen]), salt)),
            pool_shares=_pool_shares(counts, unique=unique),
            email=email,
            masks=masks,
            words=word_counts(texts) if len(texts) else np.ones(1, dtype=np.int64),
            grid=grid,
            span=_span(distinct, grid),
            has_missing=bool(column.isna().any()) or present.empty,
            always_missing=present.empty,
        )

    @property
    def size(self) -> int:
        return 1 if self.always_missing else 1 + self.has_missing

    @property
    def ordered(self) -> bool:
        return False

    @property
    def drawable(self) -> NDArray[np.bool_]:
        return np.ones(self.size, dtype=np.bool_)

    def encode(self, column: pd.Series) -> Codes:
        if self.size == 1:
            return np.zeros(len(column), dtype=np.int64)
        return column.isna().to_numpy().astype(np.int64)

    @property
    def missing(self) -> int | None:
        return 1 if self.size == 2 else None

    def knows(self, column: pd.Series) -> NDArray[np.bool_]:
        return np.full(len(column), self.size > 1)

    def allowed(self, all_of: Sequence[Condition], none_of: Sequence[Condition]) -> Allowed:
        asked = (*all_of, *none_of)
        if any(c.test not in (Operator.MISSING, Operator.PRESENT) for c in asked):
            raise BadInput(
                f"The values of the column “{asked[0].column}” are invented; "
                "no condition can be set on them but that they are there or missing."
            )
        inside = is_in([""], all_of)
        for condition in none_of:
            inside &= ~is_in([""], [condition])
        ends = inside[-1:] if self.always_missing else inside[: self.size]
        return Allowed(weights=ends.astype(np.float64))

    def decode(
        self, codes: Codes, rng: np.random.Generator, allowed: Allowed | None = None
    ) -> pd.Series:
        missing = np.full(len(codes), self.always_missing) | (codes == 1)
        values = self.invent(int((~missing).sum()), rng)
        return self._typed(values, missing)

    def invent(self, count: int, rng: np.random.Generator) -> NDArray[Any]:
        """``count`` invented values (grid positions for typed columns, else texts)."""
        if not len(self.pool_shares):
            return self._fresh(count, rng, distinct=self.unique)
        if self._pool is None:
            self._pool = self._fresh(len(self.pool_shares), rng, distinct=True)
        places = np.searchsorted(np.cumsum(self.pool_shares), stratified(count, rng), side="right")
        return self._pool[np.minimum(places, len(self._pool) - 1)]

    def avoid(self, column: pd.Series) -> None:
        """From now on invent no value of a typed ``column``, where none repeats."""
        keys = _keys(_plain(column.dropna(), self.grid), self.salt)
        self._issued = np.union1d(self._issued, keys)

    def issuing_anew(self) -> SurrogateCodec:
        """The same values where they repeat, and the same room for those that never do: what it
        invents may be what this one invented already."""
        return replace(self, _issued=np.zeros(0, dtype=np.uint64))

    def _fresh(self, count: int, rng: np.random.Generator, *, distinct: bool) -> NDArray[Any]:
        """``count`` values that are not real, each new where ``distinct``."""
        draw = self._draw()
        kept = [draw(0, 0, rng)]
        for round_ in range(_ROUNDS):
            wanted = count - sum(map(len, kept))
            if wanted <= 0:
                break
            candidates = draw(wanted, round_, rng)
            kept.append(candidates[self._allowed(candidates, distinct=distinct)])
        if sum(map(len, kept)) < count:
            raise BadInput(_NO_ROOM)
        return np.concatenate(kept)

    def _allowed(self, candidates: NDArray[Any], *, distinct: bool) -> NDArray[np.bool_]:
        keys = _keys(candidates, self.salt)
        allowed = ~_among(keys, self.forbidden)
        if distinct:
            first = np.zeros(len(keys), dtype=np.bool_)
            first[np.unique(keys, return_index=True)[1]] = True
            allowed &= first & ~_among(keys, self._issued)
            self._issued = np.sort(np.concatenate([self._issued, keys[allowed]]), kind="stable")
        return np.asarray(allowed)

    def _draw(self) -> Draw:
        if self.grid is not None:
            return self._numbers
        if self.email:
            return lambda count, round_, rng: draw_emails(count, rng)
        if self.masks:
            return self._masked
        return self._text

    def _numbers(self, count: int, round_: int, rng: np.random.Generator) -> NDArray[Any]:
        """Whole positions in the learned span, which grows downwards or upwards when used up."""
        low, high = self.span
        wider = (high - low + 1) * (2 ** min(round_, 40) - 1)
        if self.sdtype is SdType.DATETIME:
            low = max(low - wider, -_OLDEST // self.grid.step) if self.grid else low
        else:
            high = min(high + wider, 2**52)
        return rng.integers(low, high, count, endpoint=True).astype(np.float64)

    def _masked(self, count: int, round_: int, rng: np.random.Generator) -> NDArray[Any]:
        shares = np.cumsum([mask.share for mask in self.masks])
        which = np.searchsorted(shares, stratified(count, rng), side="right")
        which = np.minimum(which, len(self.masks) - 1)
        texts = np.empty(count, dtype=object)
        for index in np.unique(which):
            rows = np.flatnonzero(which == index)
            texts[rows] = self._roomy(self.masks[index], round_).draw(len(rows), rng)
        return texts

    def _roomy(self, mask: Mask, round_: int) -> Mask:
        """The mask, with more room in later rounds: first free its digits, then make it longer."""
        if round_ >= 2:
            mask = mask.loosened()
        for _ in range(max(round_ - 3, 0) // 2):
            mask = mask.longer()
        return mask

    def _text(self, count: int, round_: int, rng: np.random.Generator) -> NDArray[Any]:
        texts = draw_prose(count, self.words, rng)
        if not self.unique and not round_:
            return texts
        numbers = rng.integers(0, 10 ** min(4 + round_, 15), count)
        return np.array([f"{t} {n}" for t, n in zip(texts, numbers, strict=True)], dtype=object)

    def _typed(self, values: NDArray[Any], missing: NDArray[np.bool_]) -> pd.Series:
        if self.grid is not None:
            positions = np.zeros(len(missing))
            positions[~missing] = values
            return self.grid.values(positions, missing)
        texts = np.full(len(missing), None, dtype=object)
        texts[~missing] = values
        if self.sdtype is SdType.CATEGORICAL:
            return pd.Series(pd.Categorical(texts))
        return pd.Series(texts, dtype="string[pyarrow]")

    def state(self) -> Mapping[str, Any]:
        return {
            "kind": "surrogate",
            "sdtype": self.sdtype.value,
            "unique": self.unique,
            "salt": self.salt,
            "forbidden": self.forbidden,
            "pool_shares": self.pool_shares,
            "email": self.email,
            "masks": [mask.state() for mask in self.masks],
            "words": self.words,
            "grid": self.grid.state() if self.grid else None,
            "span": list(self.span),
            "has_missing": self.has_missing,
            "always_missing": self.always_missing,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> SurrogateCodec:
        rest = {k: v for k, v in state.items() if k != "kind"}
        return cls(
            **{
                **rest,
                "sdtype": SdType(state["sdtype"]),
                "masks": tuple(Mask.from_state(mask) for mask in state["masks"]),
                "grid": Grid.from_state(state["grid"]) if state["grid"] else None,
                "span": tuple(state["span"]),
            }
        )


def _plain(present: pd.Series, grid: Grid | None) -> NDArray[Any]:
    """Non-missing values as grid positions, or as they are."""
    return grid.positions(present) if grid else present.astype(object).to_numpy()


def _keys(values: NDArray[Any], salt: str) -> Keys:
    """Salted 64-bit hashes of texts or positions, the same for equal values."""
    texts = values if values.dtype == object else values.astype(np.str_).astype(object)
    return np.asarray(pd.util.hash_array(texts, hash_key=salt, categorize=False), dtype=np.uint64)


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Distinct values in the order of first appearance, and how often each occurs."""
    places, distinct = pd.factorize(values)
    return np.asarray(distinct), np.bincount(places, minlength=len(distinct)).astype(np.int64)


def _pool_shares(counts: NDArray[np.int64], *, unique: bool) -> NDArray[np.float64]:
    """How often each of a pool of invented values shall occur; empty where values hardly repeat."""
    if unique or not len(counts) or len(counts) > min(counts.sum() / 2, MAX_POOL):
        return np.zeros(0)
    shares: NDArray[np.float64] = np.sort(counts)[::-1] / counts.sum()
    return shares


def _span(distinct: NDArray[Any], grid: Grid | None) -> tuple[int, int]:
    if grid is None or not len(distinct):
        return (0, 0)
    return int(np.floor(distinct.min())), int(np.ceil(distinct.max()))


def _look_like_emails(texts: NDArray[np.object_]) -> bool:
    sample = texts[:200]
    return bool(len(sample)) and all("@" in t and " " not in t for t in sample)


def _among(keys: Keys, sorted_keys: Keys) -> NDArray[np.bool_]:
    if not len(sorted_keys):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.searchsorted(sorted_keys, keys).clip(0, len(sorted_keys) - 1)
    return np.asarray(sorted_keys[places] == keys)
