"""One private fit of a network: columns first, then steps of DP-SGD with what is left of ε."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from domain.kernel import BadInput, OnProgress
from domain.privacy.accounting import (
    AccountingError,
    Exponential,
    Filtered,
    Gaussian,
    Guarantee,
    Mechanism,
    SampledGaussian,
    guarantee,
    published_epsilon,
)
from domain.privacy.budget import PrivacyStatement
from domain.privacy.dp_sgd import Noise
from domain.privacy.noise_calibration import calibrated
from domain.privacy.published import written
from domain.privacy.zcdp import rho_for, sigma_for
from domain.synthesis.device import THREADS
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_fit import PrivateFit
from domain.synthesis.private_networks.schedule import Schedule
from domain.synthesis.private_networks.task import PrivateMethod, Task, Weights
from domain.synthesis.settings import SettingValue
from domain.synthesis.training import torch_set_up
from domain.synthesis.whole_rows import Beat

COLUMNS, TOTAL = 0.15, 0.01
"""Shares of what ε comes to in ρ: for columns one by one, for the number of rows where that is
not public."""
UNITS = 0.02
"""Share of ε, and of δ, for the number of units where that is not public. It is asked first, and
all parameters of training follow from it: so it is added to the rest (basic composition), which
holds whatever was answered."""
BINS = 24
_SLACK = 1e-6


@dataclass(slots=True, kw_only=True)
class NetworkFit:
    """One fit, from the budget to the statement."""

    private: PrivateFit
    method: PrivateMethod
    settings: Mapping[str, SettingValue]
    noise: Noise | None = None
    """Instead of the secret one: for tests alone, and then nothing is proved."""
    training: SampledGaussian = field(init=False)

    def run(
        self, rows: pd.DataFrame, seed: int, on_progress: OnProgress
    ) -> tuple[PrivateEncoder, Weights, int]:
        """Ask the rows; returns what is kept of the answers: columns, weights, number of rows."""
        if not self.private.modelled:
            raise BadInput(
                "Every column of this table is an identifier or a text; keep one that can be "
                "learned."
            )
        table = self.private.opened(rows, self._rho_units + self._rho)
        on_progress(0, 0, "asking what each column holds, with noise")
        units = table.units(self._rho_units) if self._rho_units else None
        total = self.private.total(table, self._rho * TOTAL)
        units = units or total
        left = self.private.touches.left
        encoder = self.private.encoder(table, total, rho=left, bins=BINS)
        table.rewritten(encoder.encode)
        on_progress(0, 0, "finding how much noise the training needs")
        self._calibrate(units)
        batches = table.batches("gradients of the training", float(self.settings["max_grad_norm"]))
        with torch_set_up(seed, THREADS) as device:
            task = Task(
                encoder=encoder,
                batches=batches,
                units=units,
                settings=self.settings,
                seed=seed,
                device=device,
                beat=Beat(on_progress),
                noise=self.noise,
            )
            return encoder, self.method.learn(task), total

    def _calibrate(self, units: int) -> None:
        plan = Schedule.of(units, self._epsilon, self.settings)
        self.training = calibrated(
            self._others(),
            sample_rate=plan.sample_rate,
            steps=plan.steps,
            epsilon=self._epsilon,
            delta=self._delta,
        )
        self.private.touches.allow(self.training)

    def _others(self) -> list[Mechanism]:
        """All questions about columns as one: what a filter of ρ let through, of Gaussians the
        same as a single one (Smith & Thakurta 2022)."""
        asked = [touch.mechanism for touch in self.private.touches.record]
        if not any(isinstance(m, Exponential) for m in asked):
            return [Gaussian(noise_multiplier=sigma_for(self._rho))]
        return [Filtered(rho=self._rho)]

    @property
    def _first(self) -> tuple[float, float]:
        """(ε, δ) of the first question."""
        if self.private.privacy.entity is None:
            return 0.0, 0.0
        return self.private.privacy.epsilon * UNITS, self.private.rest * UNITS

    @property
    def _epsilon(self) -> float:
        return self.private.privacy.epsilon - self._first[0]

    @property
    def _delta(self) -> float:
        return self.private.rest - self._first[1]

    @property
    def _rho_units(self) -> float:
        epsilon, delta = self._first
        return rho_for(epsilon, delta) if epsilon else 0.0

    @property
    def _rho(self) -> float:
        """For all questions about columns."""
        return COLUMNS * rho_for(self._epsilon, self._delta)

    def statement(self) -> PrivacyStatement | None:
        """What was proved. Raises :class:`AccountingError` where it is less than was asked for."""
        if self.noise is not None:
            return None
        spec, first = self.private.privacy, self._first
        mechanisms = [*self._others(), self.training]
        found = guarantee(mechanisms, self._delta)
        if found.epsilon + first[0] > spec.epsilon * (1 + _SLACK):
            raise AccountingError(
                f"ε = {found.epsilon + first[0]:.6g} for {spec.epsilon:g} asked; nothing is "
                "published."
            )
        return self.private.statement(
            epsilon=found.epsilon + first[0],
            accountant=self._named(found),
            second_epsilon=_added(found.second_epsilon, first[0]),
            second_accountant=found.second_accountant,
            epsilon_at=lambda delta: self._at(mechanisms, delta),
            training={
                "sample_rate": self.training.sample_rate,
                "steps": self.training.steps,
                "noise_multiplier": self.training.noise_multiplier,
                "max_grad_norm": float(self.settings["max_grad_norm"]),
                "sampler": "Poisson",
                "loss_reduction": "sum over units, divided by the expected batch",
                "networks": list(self.method.networks),
            },
        )

    def _at(self, mechanisms: list[Mechanism], delta: float) -> float:
        """ε of everything at another δ, of which the first question has its own."""
        first = self._first
        if delta <= first[1]:
            return math.inf
        return published_epsilon(mechanisms, delta - first[1]) + first[0]

    def _named(self, found: Guarantee) -> str:
        if not self._first[0]:
            return found.accountant
        return f"{found.accountant}, plus ε = {written(self._first[0])} for the number of units"


def _added(epsilon: float | None, first: float) -> float | None:
    return None if epsilon is None else epsilon + first
