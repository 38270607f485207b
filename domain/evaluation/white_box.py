"""The attack of someone who holds the model: was this person in the training table?

A network finds people likelier whom it was trained on. How likely anybody would find them is
told by a reference model: the same synthesizer fitted to other real rows, which holds nobody
under attack (difficulty calibration, Watson et al. 2022).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import Metadata, TableMetadata, Tables
from domain.evaluation.comparison import MAX_ROWS, Comparison, compare
from domain.evaluation.crowd import MIN_ROWS, Crowd
from domain.evaluation.leakage import judged, scored, whole_note
from domain.evaluation.leakage_wording import LOW_FPR, WHITE_BOX, obstacle, source_of
from domain.evaluation.membership import membership_trials
from domain.evaluation.report import Score
from domain.evaluation.risk import Trial
from domain.evaluation.spec import EvaluationSpec
from domain.evaluation.whole_entities import (
    compare_histories,
    has_histories,
    owners_of,
    strangers_in,
)
from domain.kernel import OnProgress
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import CATALOGUE
from domain.synthesis.settings import SettingValue

FEWEST = 200
"""Held-out people needed: half of them to fit the reference model, half as the control."""

FALSE_ALARMS = 0.01
"""The share of held-out people whom the careful attacker accuses by mistake."""

WITH_LOSSES = tuple(e.name for e in CATALOGUE.values() if e.curve is not None)
"""The synthesizers whose networks tell how likely they find a row: our own."""

Losses = NDArray[np.float64]


class RowLosses(Protocol):
    """Asks a fitted model (see :func:`domain.synthesis.row_losses.row_losses`)."""

    def __call__(
        self,
        synthesizer: str,
        artifact: bytes,
        table: str,
        rows: pd.DataFrame,
        *,
        seed: int,
        on_progress: OnProgress,
    ) -> Losses:
        """The loss of each typed row, in nats."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldModel:
    """What the attacker holds: a fitted model, and what it takes to fit another like it."""

    synthesizer: str
    """Its name in the catalogue."""
    engine: Synthesizer
    artifact: bytes
    settings: Mapping[str, SettingValue]
    row_losses: RowLosses
    private: bool = False
    """Whether it was trained under differential privacy."""

    def losses(self, table: str, rows: pd.DataFrame, seed: int, on_progress: OnProgress) -> Losses:
        """The loss of each typed row, in nats."""
        return self.row_losses(
            self.synthesizer, self.artifact, table, rows, seed=seed, on_progress=on_progress
        )

    def refitted(
        self, table: str, rows: pd.DataFrame, metadata: Metadata, seed: int, on_progress: OnProgress
    ) -> HeldModel:
        """The same synthesizer, fitted to other rows of one table."""
        alone = Metadata(tables={table: _alone(table, metadata)})
        columns = [spec.name for spec in alone.tables[table].columns]
        result = self.engine.fit(
            {table: rows[columns]},
            alone,
            held_out={table: rows[columns].iloc[:0]},
            settings=self.settings,
            privacy=None,
            seed=seed,
            on_progress=on_progress,
        )
        return replace(self, artifact=result.artifact)


def _alone(name: str, metadata: Metadata) -> TableMetadata:
    """The table without columns that lead to its parents: no network learns them."""
    table = metadata.tables[name]
    leading = {r.child_foreign_key for r in metadata.relationships if r.child_table_name == name}
    return replace(
        table,
        columns=tuple(spec for spec in table.columns if spec.name not in leading),
        constraints=tuple(c for c in table.constraints if not leading & set(c.columns)),
        suggested_constraints=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Typed rows of one real side, and whose they are."""

    rows: pd.DataFrame
    owner: NDArray[np.int64]
    """Of each row its person's place, in the order of the comparison's rows."""

    @classmethod
    def of(cls, frame: pd.DataFrame, entity: str, seed: int) -> People:
        """Everybody, drawn down to as many as are compared; rows of nobody are left out."""
        whose = frame[entity] if entity else pd.Series(np.arange(len(frame)), index=frame.index)
        frame, whose = frame[whose.notna()], whose[whose.notna()]
        names = whose.astype(object).astype(str) if entity else whose
        owner, people = pd.factorize(names, sort=True)
        chosen = np.random.default_rng(seed).permutation(len(people))[:MAX_ROWS]
        some = np.isin(owner, chosen)
        owner = np.unique(owner[some], return_inverse=True)[1]
        return cls(rows=frame[some].reset_index(drop=True), owner=owner.astype(np.int64))

    def those(self, places: NDArray[np.int64]) -> People:
        """Some people, in the order of ``places``."""
        order = np.full(int(self.owner.max(initial=-1)) + 1, -1)
        order[places] = np.arange(len(places))
        mine = order[self.owner]
        return People(
            rows=self.rows[mine >= 0].reset_index(drop=True), owner=mine[mine >= 0].astype(np.int64)
        )

    def each(self, of_rows: Losses) -> Losses:
        """The mean over a person's rows, one number a person."""
        return np.bincount(self.owner, weights=of_rows) / np.bincount(self.owner)


def white_box_scores(
    model: HeldModel | None,
    train: Tables,
    holdout: Tables,
    metadata: Metadata,
    *,
    asked: EvaluationSpec,
    seed: int,
    unseen: bool,
    on_progress: OnProgress,
) -> tuple[Score, ...]:
    """The risk of every table from whoever holds the model: on average, for the 5 % most
    outlying people, and with at most 1 % false alarms.

    Fits a reference model a table, to half of the held-out people, by the same settings. The
    same tables, model and seed give the same scores. Raises ``Cancelled`` on request.
    """
    found: list[Score] = []
    for name in metadata.tables:
        prefix = "" if metadata.only_table else f"{name}/"
        keys = owners_of(metadata.tables[name], asked)
        owned = keys.entity is not None and has_histories(train[name], keys.entity)
        entity = str(keys.entity) if owned else ""
        held_out = holdout.get(name, train[name].iloc[:0])
        if entity:
            held_out, _ = strangers_in(held_out, train[name], entity)
        people, strangers = (People.of(s, entity, seed) for s in (train[name], held_out))
        comparison = _compared(people, strangers, metadata.tables[name], entity, keys.time, seed)
        comparison = replace(comparison, prefix=prefix, unseen=unseen)
        if reason := _obstacle(model, comparison):
            found.append(comparison.score(WHITE_BOX, None, reason, source=source_of(WHITE_BOX)))
        elif model is not None:
            attack = _Attack(model, name, metadata, comparison, on_progress)
            found += attack.scores(people, strangers)
    return tuple(found)


def _compared(
    people: People,
    strangers: People,
    table: TableMetadata,
    entity: str,
    time: str | None,
    seed: int,
) -> Comparison:
    """Who is outlying is read from the real rows; there is no twin to look at."""
    nobody = people.rows.iloc[:0]
    if not entity:
        return compare(people.rows, strangers.rows, nobody, table, seed=seed)
    return compare_histories(
        people.rows, strangers.rows, nobody, table, entity=entity, time=time, seed=seed
    )


def _obstacle(model: HeldModel | None, comparison: Comparison) -> str:
    """Why nothing can be measured, and what to bring; or the empty string."""
    if model is None:
        return (
            "Not measured: only the rows are at hand, not the model that made them. Ask for the "
            "white-box attack of a twin that was trained here."
        )
    if model.private:
        return (
            "Not measured: the model was trained under differential privacy, and its ε bounds what "
            "whoever holds it can tell of one person. Run audit_privacy to put that to the test."
        )
    if model.synthesizer not in WITH_LOSSES:
        return (
            f"Not measured: “{model.synthesizer}” does not tell how likely it finds a row. Train "
            f"one of {', '.join(WITH_LOSSES)} to measure what a model gives away."
        )
    if why := obstacle(comparison.unseen, comparison.met, comparison.seen):
        return why
    if not comparison.columns:
        return "Not measured: the table has no column that a model learns."
    if len(comparison.train) < MIN_ROWS or len(comparison.holdout) < FEWEST:
        return (
            f"Not measured: it takes {MIN_ROWS} training and {FEWEST} held-out people, half of the "
            "latter to fit a model that knows none of the others. Train again with a larger "
            "holdout."
        )
    return ""


@dataclass(frozen=True, slots=True)
class _Attack:
    """The attack on the people of one table."""

    model: HeldModel
    table: str
    metadata: Metadata
    comparison: Comparison
    on_progress: OnProgress

    def scores(self, people: People, strangers: People) -> tuple[Score, ...]:
        crowd = Crowd.of(self.comparison)
        others = strangers.those(crowd.others_at)
        reference = self.model.refitted(
            self.table,
            others.rows,
            self.metadata,
            self.comparison.seed,
            self._while("fitting a model that knows none of them"),
        )
        attacked = (people.those(crowd.people_at), strangers.those(crowd.strangers_at))
        held = [self._losses(self.model, side) for side in attacked]
        usual = [self._losses(reference, side) for side in attacked]
        seed = self.comparison.seed
        attack = _trials(crowd, usual[0] - held[0], usual[1] - held[1], seed)
        without = _trials(crowd, -usual[0], -usual[1], seed)
        found, honest = (judged([t.finding() for t in trials]) for trials in (attack, without))
        told = scored(self.comparison, found, honest)
        note = whole_note(self.comparison)
        return (replace(told[0], sentence=told[0].sentence + note), *told[1:])

    def _losses(self, model: HeldModel, side: People) -> Losses:
        asking = self._while("asking how likely the model finds people")
        return side.each(model.losses(self.table, side.rows, self.comparison.seed, asking))

    def _while(self, what: str) -> OnProgress:
        return lambda done, total, note: self.on_progress(done, total, what)


def _trials(crowd: Crowd, people: Losses, strangers: Losses, seed: int) -> tuple[Trial, ...]:
    """Scores are the higher, the more a person looks trained on."""
    return (
        *membership_trials(WHITE_BOX, crowd, people, strangers, seed),
        careful_trial(people, strangers, seed),
    )


def careful_trial(people: Losses, strangers: Losses, seed: int) -> Trial:
    """Those who score higher than all but 1 % of the control are called members.

    The threshold is read from the control; that Fisher's test sums the same hypergeometric tail
    as the exact test of such a threshold makes it exact here too. Ties are broken at random.
    """
    allowed = int(FALSE_ALARMS * len(strangers))
    scores = np.concatenate([people, strangers])
    ties = np.random.default_rng(seed).random(len(scores))
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[np.lexsort((ties, -scores))] = np.arange(len(scores))
    theirs = np.sort(ranks[len(people) :])
    hits = int(np.count_nonzero(ranks[: len(people)] < theirs[allowed]))
    return Trial(
        name=LOW_FPR,
        hits=hits,
        attacks=len(people),
        control_hits=allowed,
        controls=len(strangers),
        guess=FALSE_ALARMS,
    )
