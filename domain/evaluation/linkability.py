"""Can two files about the same people be joined through the twin?"""

from __future__ import annotations

from domain.evaluation.crowd import Crowd
from domain.evaluation.risk import Trial, trial
from domain.evaluation.sighting import Sighting

LINKABILITY = "leakage.linkability"


def linkability_trials(crowd: Crowd, people: Sighting, strangers: Sighting) -> tuple[Trial, ...]:
    """Both halves of a person's columns lead to the same synthetic row (Giomi et al. 2023).

    Of everybody, then of the most outlying. Guessing: halves of two different people do.
    """
    some, others = crowd.outlying_people, crowd.outlying_strangers
    return (
        trial(LINKABILITY, people.linked, strangers.linked, float(people.mislinked.mean())),
        trial(
            f"{LINKABILITY}_outliers",
            people.linked[some],
            strangers.linked[others],
            float(people.mislinked[some].mean()),
        ),
    )
