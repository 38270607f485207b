"""Anonymeter's attacks on one twin, in its own environment.

    .venv-anonymeter/bin/python benchmarks/peer_anonymeter.py TRAIN.csv HOLDOUT.csv TWIN.csv \
        --plan plan.json --out risks.json

Imports nothing of the product: its environment (``make bench-anonymeter``) has other versions of
the same libraries. ``plan.json`` says which attacks to make, with the product's own settings:
whom to attack, the halves of the columns, the secrets, how many predicates.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from anonymeter.evaluators import (
    InferenceEvaluator,
    LinkabilityEvaluator,
    SinglingOutEvaluator,
)
from anonymeter.neighbors.mixed_types_kneighbors import MixedTypeKNeighbors
from anonymeter.stats.confidence import EvaluationResults

Sides = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""Real people who were trained on, the twin, real people who were not."""

TIES = 2_000
"""At most so many equally near rows are looked at."""

warnings.filterwarnings("ignore", message="Attack is as good or worse")


def read(path: Path, plan: dict[str, Any]) -> pd.DataFrame:
    """The compared columns; numbers as floats, everything else as words, a missing one too."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    numbers = {c: pd.to_numeric(frame[c], errors="coerce") for c in plan["numeric"]}
    words = {c: frame[c].astype(object) for c in plan["categorical"]}
    return pd.DataFrame(numbers | words)


def singled_out(
    sides: tuple[pd.DataFrame, ...], plan: dict[str, Any], mode: str
) -> EvaluationResults:
    """Predicates that one synthetic row fulfils, tried on all real rows."""
    train, twin, control = sides
    tried = SinglingOutEvaluator(
        ori=train,
        syn=twin,
        control=control,
        n_attacks=plan["predicates"][mode],
        n_cols=plan["columns"],
        max_attempts=100 * plan["predicates"][mode],
        seed=plan["seed"],
    )
    return tried.evaluate(mode=mode).results()


def linked(sides: Sides, plan: dict[str, Any]) -> EvaluationResults:
    """Both halves of a person's columns lead to the same synthetic row."""
    train, twin, control = sides
    tried = LinkabilityEvaluator(
        ori=train,
        syn=twin,
        control=control,
        aux_cols=tuple(plan["halves"]),
        n_attacks=len(train),
        n_neighbors=1,
    )
    return tried.evaluate(n_jobs=1).results()


def linked_by_any(sides: Sides, plan: dict[str, Any]) -> EvaluationResults:
    """The same, where of equally near synthetic rows any may be the one.

    Anonymeter takes one of them for each half, by the order of the file, and so rarely the same;
    the product asks whether a row is among the nearest for both halves.
    """
    train, twin, control = sides

    def links(people: pd.DataFrame) -> int:
        nearest = [_nearest(people[half], twin[half]) for half in plan["halves"]]
        return sum(bool(a & b) for a, b in zip(*nearest, strict=True))

    attacks, guesses = len(train), 0
    return EvaluationResults(
        (attacks, attacks, len(control)), links(train), guesses, links(control)
    )


def _nearest(people: pd.DataFrame, twin: pd.DataFrame) -> list[set[int]]:
    """Of each person all synthetic rows at the smallest distance, by anonymeter's own search."""
    search = MixedTypeKNeighbors(n_jobs=1, n_neighbors=min(TIES, len(twin))).fit(twin)
    distances, rows = search.kneighbors(people, return_distance=True)
    return [set(r[d <= d[0] + 1e-9]) for d, r in zip(distances, rows, strict=True)]


def inferred(
    sides: tuple[pd.DataFrame, ...], plan: dict[str, Any], secret: str
) -> EvaluationResults:
    """One column read off the nearest synthetic row by all others."""
    train, twin, control = sides
    tried = InferenceEvaluator(
        ori=train,
        syn=twin,
        control=control,
        aux_cols=[c for c in train.columns if c != secret],
        secret=secret,
        regression=secret in plan["numeric"],
        n_attacks=len(train),
    )
    return tried.evaluate(n_jobs=1).results()


def told(results: EvaluationResults) -> dict[str, Any]:
    """The risk with its interval, and the rates it comes from."""
    risk = results.risk()
    return {
        "risk": float(risk.value),
        "interval": [float(end) for end in risk.ci],
        "attack": float(results.n_success / results.n_attacks_ori),
        "control": float(results.n_control / results.n_attacks_control),
        "attacks": int(results.n_attacks_ori),
    }


def main() -> None:
    """Read, attack, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    for name in ("train", "holdout", "twin"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    wanted = parser.parse_args()
    plan = json.loads(wanted.plan.read_text())
    np.random.seed(plan["seed"])
    train, twin, holdout = (read(p, plan) for p in (wanted.train, wanted.twin, wanted.holdout))
    sides = (train, twin, holdout)
    attacked = (train.iloc[plan["people"]], twin, holdout.iloc[plan["strangers"]])
    found = {
        "leakage.singling_out_one": told(singled_out(sides, plan, "univariate")),
        "leakage.singling_out_several": told(singled_out(sides, plan, "multivariate")),
        "leakage.linkability": told(linked(attacked, plan)),
        "leakage.linkability any of equally near": told(linked_by_any(attacked, plan)),
    }
    for secret in plan["secrets"]:
        found[f"leakage.attribute column:{secret}"] = told(inferred(attacked, plan, secret))
    wanted.out.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
