"""Choose settings on private rows and pay for it: independent trials, of which one is released.

Every trial is one mechanism: it trains a candidate within ρ that was fixed beforehand, draws a
twin, and counts with noise how far the private rows are from it. The noise of that score is part
of the trial and of its ρ; the trial with the lowest score is released, and nothing of the others.

δ of discovered sets. A trial that may tell a rare value is private but for a chance d. Marked by
coins that do not depend on the rows, none of K trials is such a one with probability
E[(1 − d)^K] ≥ 1 − d·E[K]; given that, K is geometric with a smaller mean, which the bound covers.
So δ = E[K]·d + δ of the mechanisms. The same holds for what is put aside for finite precision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.evaluation.pair_errors import PairErrors
from domain.kernel import BadInput, OnProgress
from domain.privacy.accounting import AccountingError
from domain.privacy.budget import PrivacySpec, PrivacyStatement, TuningMode, TuningRecord
from domain.privacy.coins import key_for
from domain.privacy.published import written
from domain.privacy.randomness import SealedSeed
from domain.privacy.selection import EveryOnce, RandomlyOften, Selection, planned
from domain.privacy.zcdp import epsilon_of
from domain.synthesis.base import FitResult, Synthesizer
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.private_fit import PrivateFit, keys_of, private_table_of
from domain.synthesis.settings import SettingValue

SCORING = 0.1
"""Share of a trial's ρ for its score."""
_SLACK = 1e-6

_NOT_TOLD = (
    "How many trials a charged choice of settings had is drawn in secret and not told, but how "
    "long it took is not hidden."
)
_NOTE = "trying settings, each paid for"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """What one trial would release."""

    candidate: Mapping[str, Any]
    fitted: FitResult
    score: int
    touches: tuple[Mapping[str, Any], ...]
    """Those of the score."""


@dataclass(frozen=True, slots=True)
class RepeatAndSelect:
    """One charged choice among candidates (settings that replace those of the run)."""

    engine: Synthesizer
    candidates: Sequence[Mapping[str, Any]]

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
        """Learn one table with the candidate whose trial came out best."""
        assert privacy is not None  # candidates are part of it
        name = private_table_of(metadata, "choice of settings")
        search = _Search(
            engine=self.engine,
            candidates=tuple(self.candidates),
            rows=tables[name],
            metadata=metadata,
            settings=settings,
            privacy=replace(privacy, candidates=()),
            seed=seed,
        )
        return search.best(on_progress)


class _Search:
    """One search, from the plan to the statement."""

    def __init__(
        self,
        *,
        engine: Synthesizer,
        candidates: tuple[Mapping[str, Any], ...],
        rows: pd.DataFrame,
        metadata: Metadata,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec,
        seed: int,
    ) -> None:
        self._engine, self._candidates, self._rows = engine, candidates, rows
        self._metadata, self._settings, self._seed = metadata, settings, seed
        self._secret = privacy.secret or SealedSeed.fresh().secret
        self._privacy = replace(privacy, secret=self._secret)
        self._name = private_table_of(metadata, "choice of settings")
        self._whole = self._opening(self._privacy)
        self._plan = planned(privacy.epsilon, self._whole.rest, len(candidates))

    def best(self, on_progress: OnProgress) -> FitResult:
        """Run the trials; what the best of them fitted, with the statement of the whole search."""
        best: _Trial | None = None
        for number, candidate in enumerate(self._drawn()):
            trial = self._trial(number, candidate, on_progress)
            if best is None or trial.score < best.score:
                best = trial
        assert best is not None  # there is at least one trial
        statement = self._statement(best)
        chosen = ", ".join(f"{name} = {value}" for name, value in best.candidate.items())
        of_trial = (f"Of the released trial alone: {note}" for note in best.fitted.notes)
        notes = (f"Chosen on the private rows: {chosen}. {self._account}", *of_trial)
        return replace(best.fitted, statement=statement, notes=notes)

    def _drawn(self) -> Iterator[Mapping[str, Any]]:
        """The candidate of each trial."""
        if isinstance(self._plan, EveryOnce):
            yield from self._candidates
            return
        lots = SealedSeed(self._secret).stream("candidates")
        number = self._plan.number(float(lots.uniforms(1)[0]))
        for _ in range(number):
            yield self._candidates[lots.choice(np.ones(len(self._candidates)))]

    def _trial(self, number: int, candidate: Mapping[str, Any], on_progress: OnProgress) -> _Trial:
        secret = key_for(self._secret, f"trial {number}")
        privacy = self._of_trial(secret)

        def unnumbered(done: int, total: int, note: str) -> None:
            on_progress(0, 0, _NOTE)

        fitted = self._engine.fit(
            {self._name: self._rows},
            self._metadata,
            held_out={},
            settings={**self._settings, **candidate},
            privacy=privacy,
            seed=self._seed,
            on_progress=unnumbered,
        )
        self._check(fitted.statement)
        errors = self._errors(fitted, unnumbered)
        opening = self._opening(replace(privacy, secret=key_for(secret, "score")))
        table = opening.opened(self._rows, self._plan.rho * SCORING)
        score = table.sum(
            f"how far the counts of {errors.sensitivity} pairs of columns are from the twin's",
            errors.of,
            errors.sensitivity,
            self._plan.rho * SCORING,
        )
        touches = tuple(t.to_document() for t in opening.touches.record if t.mechanism)
        return _Trial(candidate=candidate, fitted=fitted, score=score, touches=touches)

    def _errors(self, fitted: FitResult, on_progress: OnProgress) -> PairErrors:
        chunks = self._engine.sample(
            fitted.artifact, rows=None, seed=self._seed, on_progress=on_progress
        )
        twin = pd.concat([chunk[self._name] for chunk in chunks], ignore_index=True)
        table, target = self._metadata.tables[self._name], str(self._settings.get("target") or "")
        errors = PairErrors(twin, table, target, self._seed)
        if not errors.sensitivity:
            raise BadInput("A choice of settings is judged by pairs of columns; keep two or more.")
        return errors

    def _of_trial(self, secret: bytes) -> PrivacySpec:
        """What a trial's training may cost, in the words of its engine."""
        delta = self._privacy.delta / self._plan.mean
        spec = replace(self._privacy, delta=delta, secret=secret)
        rho = self._plan.rho * (1 - SCORING) * (1 - _SLACK)
        return replace(spec, epsilon=epsilon_of(rho, self._opening(spec).rest))

    def _check(self, proved: PrivacyStatement | None) -> None:
        if proved is None or proved.rho is None or proved.training is not None:
            raise BadInput(
                "Settings can be chosen on private rows for synthesizers that are counted in ρ "
                "alone, such as “marginals”; leave out the candidates."
            )
        if proved.rho > self._plan.rho * (1 - SCORING):
            raise AccountingError("A trial of a charged choice cost more than was fixed for it.")

    def _opening(self, privacy: PrivacySpec) -> PrivateFit:
        table = self._metadata.tables[self._name]
        return PrivateFit(privacy=privacy, specs=table_specs(table), keys=keys_of(table, privacy))

    def _statement(self, best: _Trial) -> PrivacyStatement:
        """The whole search's figures over what the released trial says of itself."""
        proved, rest = best.fitted.statement, self._whole.rest
        assert proved is not None
        epsilon = self._plan.epsilon(rest)
        if epsilon > self._privacy.epsilon * (1 + _SLACK):
            raise AccountingError("A charged choice cost more than was asked for.")
        once = self._plan if isinstance(self._plan, EveryOnce) else None
        hidden = () if once else (_NOT_TOLD,)
        return replace(
            proved,
            epsilon=min(epsilon, self._privacy.epsilon),
            delta=self._privacy.delta,
            delta_discovery=self._whole.discovery,
            accountant=_accountant(self._plan),
            rho=once.total_rho if once else None,
            rho_spent=once.total_rho if once else None,
            second_epsilon=max(once.second(rest), epsilon) if once else None,
            second_accountant="RDP (dp-accounting)" if once else "",
            touches=(*proved.touches, *best.touches),
            seed_commitment=SealedSeed(self._secret).commitment,
            curve=self._whole.curve(self._plan.epsilon, min(epsilon, self._privacy.epsilon)),
            tuning=TuningRecord(
                mode=TuningMode.CHARGED,
                configurations=len(self._candidates),
                account=self._account,
            ),
            not_covered=(*proved.not_covered, *hidden),
        )

    @property
    def _untried(self) -> str:
        """That not every candidate need have had a trial, where lots decide; known beforehand."""
        if isinstance(self._plan, EveryOnce):
            return ""
        missed = self._plan.missed(len(self._candidates))
        return (
            "Each trial is of a candidate drawn by lot: any given one was never tried with a "
            f"chance of {missed:.0%}, and nobody is told which were. "
        )

    @property
    def _account(self) -> str:
        before = f" Before that: {found.account}" if (found := self._privacy.tuning) else ""
        return (
            f"The choice was among {len(self._candidates)} candidates, on the private rows within "
            f"ε = {written(self._privacy.epsilon)}: {self._plan.words}. {self._untried}"
            f"{SCORING:.0%} of each trial's ρ went into its noisy score. The looks listed are "
            "those of the trial that was released; those of the others are of the same kinds and "
            "are counted in ε. Training once with fixed settings would have had all of ε for "
            "itself: a charged choice saves none."
            f"{before}"
        )


def _accountant(plan: Selection) -> str:
    if isinstance(plan, RandomlyOften):
        return f"RDP (dp-accounting), repeat and select: {plan.words}"
    return f"zCDP filters, added up: {plan.words}"
