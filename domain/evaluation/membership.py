"""Was this person in the training table? Asked of the released rows alone."""

from __future__ import annotations

import numpy as np

from domain.evaluation.crowd import Crowd
from domain.evaluation.risk import Trial, trial
from domain.evaluation.sighting import Sighting

NEAREST = "leakage.membership_nearest"
DENSITY = "leakage.membership_density"

_COIN = 0.5
_GRAIN = 1e-6
"""Added to distances, so that their ratio is defined for copies."""


def nearest_trials(
    crowd: Crowd, people: Sighting, strangers: Sighting, seed: int
) -> tuple[Trial, ...]:
    """Those nearest to a synthetic row are called members (Chen et al. 2020, GAN-Leaks)."""
    return membership_trials(NEAREST, crowd, -people.nearest, -strangers.nearest, seed)


def density_trials(
    crowd: Crowd,
    people: tuple[np.ndarray, np.ndarray],
    strangers: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> tuple[Trial, ...]:
    """Those where the twin is denser than the population are called members.

    After DOMIAS (van Breugel et al. 2023), densities by the nearest neighbour. Each pair holds
    the distances to the twin's rows and to reference rows that it was not trained on.
    """
    return membership_trials(DENSITY, crowd, _ratio(*people), _ratio(*strangers), seed)


def _ratio(to_twin: np.ndarray, to_reference: np.ndarray) -> np.ndarray:
    ratio: np.ndarray = np.log((to_reference + _GRAIN) / (to_twin + _GRAIN))
    return ratio


def membership_trials(
    name: str, crowd: Crowd, people: np.ndarray, strangers: np.ndarray, seed: int
) -> tuple[Trial, ...]:
    """Of everybody, then among the most outlying only. The higher a score, the more a member."""
    some, others = people[crowd.outlying_people], strangers[crowd.outlying_strangers]
    return (
        trial(name, *called(people, strangers, seed), guess=_COIN),
        trial(f"{name}_outliers", *called(some, others, seed), guess=_COIN),
    )


def called(people: np.ndarray, strangers: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Who is called a member: the half that scores highest, ties broken at random."""
    scores = np.concatenate([people, strangers])
    ties = np.random.default_rng(seed).random(len(scores))
    members = np.zeros(len(scores), bool)
    members[np.lexsort((ties, -scores))[: len(people)]] = True
    return members[: len(people)], members[len(people) :]
