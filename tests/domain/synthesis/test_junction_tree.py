"""Marginals by messages, against the whole table; and what noisy marginals are explained by."""

from __future__ import annotations

import numpy as np
import pytest

from domain.synthesis.junction_tree import JunctionTree, cells_of, summed_to
from domain.synthesis.marginal_model import MarginalModel, Measurement

SIZES = (2, 3, 4, 2, 3)
GROUPS = [(0, 1), (1, 2), (0, 2), (2, 3)]


def test_messages_give_the_marginals_of_the_whole_table():
    tree, rng = JunctionTree.over(SIZES, GROUPS), np.random.default_rng(0)
    potentials = [rng.normal(size=tree.shape(c)) for c in tree.cliques]
    whole = np.zeros(SIZES)
    for clique, potential in zip(tree.cliques, potentials, strict=True):
        whole = whole + potential.reshape([SIZES[c] if c in clique else 1 for c in range(5)])
    whole = np.exp(whole)
    whole *= 7.0 / whole.sum()
    for clique, table in zip(tree.cliques, tree.marginals(potentials, 7.0), strict=True):
        assert table == pytest.approx(summed_to(whole, (0, 1, 2, 3, 4), clique))


def test_every_group_has_a_clique_and_the_size_is_known_beforehand():
    tree = JunctionTree.over(SIZES, GROUPS)
    assert all(tree.home(g) >= 0 for g in GROUPS)
    assert {c for clique in tree.cliques for c in clique} == set(range(5))
    assert tree.home((3, 4)) == -1
    assert cells_of(SIZES, GROUPS) == sum(np.prod(tree.shape(c)) for c in tree.cliques)


def measured(rng: np.random.Generator, noise: float) -> tuple[np.ndarray, list[Measurement]]:
    truth = rng.dirichlet(np.ones(int(np.prod(SIZES)))).reshape(SIZES) * 10_000
    said = [summed_to(truth, (0, 1, 2, 3, 4), g) for g in GROUPS]
    return truth, [
        Measurement(
            columns=g,
            counts=s + rng.normal(0, noise, s.shape) if noise else s,
            spread=np.array([max(noise, 1.0)]),
        )
        for g, s in zip(GROUPS, said, strict=True)
    ]


def test_exact_marginals_are_drawn_as_they_are():
    _, said = measured(np.random.default_rng(1), 0.0)
    model = MarginalModel.fit(SIZES, said, 10_000.0, 3_000)
    codes = model.draw(10_000, np.random.default_rng(2))
    for measurement in said:
        place = np.ravel_multi_index(
            [codes[:, c] for c in measurement.columns], [SIZES[c] for c in measurement.columns]
        )
        got = np.bincount(place, minlength=measurement.counts.size)
        assert np.abs(got - measurement.counts.ravel()).sum() < 0.02 * 10_000


@pytest.mark.slow
def test_it_agrees_with_the_authors_own_library():
    mbi = pytest.importorskip("mbi")
    _, said = measured(np.random.default_rng(3), 50.0)
    model = MarginalModel.fit(SIZES, said, 10_000.0, 3_000)
    names = [str(c) for c in range(5)]
    theirs = mbi.estimation.MirrorDescent().estimate(
        mbi.Domain(names, SIZES),
        [
            mbi.LinearMeasurement(
                m.counts.ravel(), tuple(names[c] for c in m.columns), stddev=float(m.spread[0])
            )
            for m in said
        ],
        known_total=10_000.0,
    )
    codes = model.draw(200_000, np.random.default_rng(4))
    for group in GROUPS:
        place = np.ravel_multi_index([codes[:, c] for c in group], [SIZES[c] for c in group])
        ours = np.bincount(place, minlength=int(np.prod([SIZES[c] for c in group]))) / 20
        other = np.asarray(theirs.project(tuple(names[c] for c in group)).datavector())
        assert np.abs(ours - other).sum() < 0.02 * 10_000


def test_a_model_survives_being_written_down():
    _, said = measured(np.random.default_rng(5), 10.0)
    model = MarginalModel.fit(SIZES, said, 10_000.0, 50)
    again = MarginalModel.from_state(model.state())
    rngs = [np.random.default_rng(6) for _ in range(2)]
    assert np.array_equal(model.draw(100, rngs[0]), again.draw(100, rngs[1]))
