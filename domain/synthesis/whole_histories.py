"""Whole entities are drawn until enough keep every rule in every event of every table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.belonging import NOBODY, Belonging, belonging
from domain.datasets.constraints import Unique
from domain.datasets.entities import Metadata, Tables
from domain.kernel import BadInput
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition
from domain.synthesis.row_rules import CONDITIONS, Blame, Mask, RowRules, Unrepeated

_MIN_BATCH = 20
_MIN_BUDGET = 1_000
"""Entities drawn before a rule is given up, however few are wanted."""
_BUDGET_PER_ENTITY = 60
_ALLOWANCE = 1.1
"""So many times the entities that should do are drawn, for some of them will not."""

Owners = NDArray[np.int64]
"""For each row the number of its entity within a chunk; ``NOBODY`` without one."""
Draw = Callable[[int | None, int], Iterator[Tables]]
"""``draw(entities, time)``: typed tables of so many whole entities, of which no two share an
invented identifier; each ``time`` gives others. Tables beside the histories may come first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeHistories:
    """Sees that every event of a log, or of several tables, keeps its rules as it is written.

    An entity with one row that does not is left out with all its rows in all tables, and more are
    drawn at once: cells of a single event from elsewhere would tear what comes before from what
    follows, and histories of two draws could bear the same identifiers.
    """

    metadata: Metadata
    belongs: Belonging | None
    """How several tables belong to their entities; ``None`` for one log."""
    where: tuple[Condition, ...]
    """Those that the engine could not see to: of one log they leave out events, and count the
    entities that have any left; of several tables they are about the entities' own."""
    invented: Mapping[str, frozenset[str]]
    """By table the columns whose values never repeat anyway."""

    @classmethod
    def of(
        cls,
        metadata: Metadata,
        where: Sequence[Condition],
        invented: Mapping[str, frozenset[str]],
    ) -> WholeHistories | None:
        """``None`` where no table says whose its events are."""
        if metadata.only_table is None:
            belongs = belonging(metadata)
            if belongs is None:
                return None
        else:
            belongs, keys = None, metadata.tables[metadata.only_table].sequence
            if keys is None or keys.entity is None:
                return None
        return cls(metadata=metadata, belongs=belongs, where=tuple(where), invented=invented)

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables whose rows belong to entities."""
        if self.belongs is None:
            return tuple(self.metadata.tables)
        return (self.belongs.root, *self.belongs.links)

    @property
    def leaves_out_events(self) -> bool:
        return self.belongs is None and bool(self.where)

    def owners(self, chunk: Tables) -> tuple[int, Mapping[str, Owners]]:
        """How many entities a chunk has, and whose each row is."""
        if self.belongs is not None:
            root = len(chunk[self.belongs.root])
            own = {self.belongs.root: np.arange(root, dtype=np.int64)}
            return root, {**self.belongs.owners(chunk), **own}
        name = self.tables[0]
        keys = self.metadata.tables[name].sequence
        assert keys is not None
        assert keys.entity is not None
        places, names = pd.factorize(chunk[name][keys.entity].astype(object))
        return len(names), {name: places.astype(np.int64)}

    def drawn(self, wanted: int | None, draw: Draw) -> Iterator[Tables]:
        """Chunks with ``wanted`` entities (``None``: as many as ``draw`` gives of itself), from one
        draw. Raises :class:`BadInput` where so many cannot be had within the budget."""
        blame: Blame = Counter()
        asked, spent = wanted, 0
        for time in count():
            drawing = _Drawing(histories=self, blame=blame, asked=asked, wanted=wanted)
            drawing.read(draw(asked, time))
            wanted = drawing.seen if wanted is None and not self.where else wanted
            if wanted is None or drawing.kept >= wanted:
                break
            spent += drawing.seen
            left = max(_MIN_BUDGET, _BUDGET_PER_ENTITY * wanted) - spent
            if left <= 0 or not drawing.seen:
                raise _in_vain(blame, spent)
            share = max(drawing.kept / drawing.seen, 1 / _MIN_BUDGET)
            asked = min(ceil(_ALLOWANCE * wanted / share) + _MIN_BATCH, max(left, wanted))
        yield from drawing.chunks


@dataclass(slots=True, kw_only=True, eq=False)
class _Drawing:
    """What of one draw keeps the rules."""

    histories: WholeHistories
    blame: Blame
    asked: int | None
    wanted: int | None
    seen: int = 0
    """Entities that were judged, and those of them that are kept."""
    kept: int = 0
    chunks: list[Tables] = field(default_factory=list)
    _unrepeated: dict[str, Unrepeated] = field(default_factory=dict)

    def read(self, chunks: Iterator[Tables]) -> None:
        """Judge chunk by chunk, until there are enough or too few to come."""
        for chunk in chunks:
            there = set(self.histories.tables) <= set(chunk)
            self.chunks.append(self._judged(chunk) if there else chunk)
            if self._enough or self._hopeless:
                return

    @property
    def _enough(self) -> bool:
        return self.wanted is not None and self.kept >= self.wanted

    @property
    def _hopeless(self) -> bool:
        if self.asked is None or self.wanted is None or self.seen < min(self.asked, _MIN_BATCH):
            return False
        return self.kept + self.asked - self.seen < self.wanted

    def _judged(self, chunk: Tables) -> Tables:
        """The chunk without the entities that break a rule, or are too many."""
        names = self.histories.tables
        written = {name: self._rules(name).written(chunk[name]) for name in names}
        entities, owners = self.histories.owners(written)
        broken = {name: self._rules(name).broken(written[name]) for name in names}
        right = np.ones(entities, dtype=np.bool_)
        for name in names:
            _strike(right, owners[name][broken[name]])
        for name in names:
            among = np.append(right, True)[owners[name]] & ~broken[name]
            _strike(right, owners[name][self._of(name).repeats(written[name], among)])
        fulfilled = self._fulfilled(written)
        right &= _having(entities, owners, fulfilled)
        if self.wanted is not None:
            right &= np.cumsum(right) <= self.wanted - self.kept
        self.seen, self.kept = self.seen + entities, self.kept + int(right.sum())
        found = {}
        for name in names:
            rows = np.append(right, True)[owners[name]] & ~broken[name]
            self._of(name).remember(written[name][rows])
            found[name] = written[name][rows & fulfilled[name]].reset_index(drop=True)
        return {**chunk, **found}

    def _fulfilled(self, written: Tables) -> Mapping[str, Mask]:
        """The rows that conditions on events leave."""
        every = {name: np.ones(len(frame), dtype=np.bool_) for name, frame in written.items()}
        if not self.histories.leaves_out_events:
            return every
        return {name: matching(frame, self.histories.where) for name, frame in written.items()}

    def _rules(self, name: str) -> RowRules:
        belongs = self.histories.belongs
        own = belongs is not None and name == belongs.root
        return RowRules(
            table=self.histories.metadata.tables[name],
            conditions=self.histories.where if own else (),
            blame=self.blame,
        )

    def _of(self, name: str) -> Unrepeated:
        if name not in self._unrepeated:
            invented = self.histories.invented[name]
            rules = self.histories.metadata.tables[name].constraints
            uniques = [r for r in rules if isinstance(r, Unique) and not invented & set(r.columns)]
            self._unrepeated[name] = Unrepeated(uniques=uniques, blame=self.blame)
        return self._unrepeated[name]


def _strike(right: Mask, owners: Owners) -> None:
    right[owners[owners != NOBODY]] = False


def _having(entities: int, owners: Mapping[str, Owners], rows: Mapping[str, Mask]) -> Mask:
    """The entities with any of the rows in each table where some rows are left out."""
    found = np.ones(entities, dtype=np.bool_)
    for name, chosen in rows.items():
        if not chosen.all():
            found &= np.isin(np.arange(entities), owners[name][chosen])
    return found


def _in_vain(blame: Blame, spent: int) -> BadInput:
    rule, _ = blame.most_common(1)[0] if blame else (CONDITIONS, 0)
    what = "widen them" if rule == CONDITIONS else "loosen it, or ask for fewer entities"
    return BadInput(f"Of {spent:,} drawn histories, too few meet {rule} in every event; {what}.")
