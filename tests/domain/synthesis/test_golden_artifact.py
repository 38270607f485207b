"""An artifact that an earlier build of this schema saved still loads, and draws what it drew.

"Artifacts load after an upgrade" means: within one schema number (``ARTIFACT_SCHEMA``) every
artifact ever saved can be read, and a newer number is refused in words. So ``golden/`` keeps an
artifact, which is not made anew while the number stays.

When a test here fails, find out which of these you did:

- You changed how rows are *drawn* (calibration, order, random numbers): users will get other
  rows from the same seed. If that is meant, draw the rows anew with ``python -m
  tests.domain.synthesis.golden.renew`` and say so in the changelog.
- You changed what an artifact *holds* (a key of the state, a shape, the meaning of a code): raise
  ``ARTIFACT_SCHEMA``, make a new artifact with ``… golden.renew artifact``, and either teach
  ``from_bytes`` to read the old number and keep the old files with a test of their own, or delete
  them and say in the changelog that synthesizers are to be trained again.
"""

from __future__ import annotations

import io

import pandas as pd
import pytest

from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.condition_rows import matching
from tests.domain.synthesis.golden import renew

EXACT = ("machine", "instructions", "torch", "numpy")
"""What the last bits of a drawn row depend on, besides the maker of the processor."""
MAKER = "Intel"
"""Of the processor on which the artifact was made, which is older than records of it."""


def test_the_golden_artifact_is_small_and_of_this_schema() -> None:
    data = renew.ARTIFACT.read_bytes()
    assert len(data) < 60_000
    artifact = Artifact.from_bytes(data, "autoregressive")
    assert artifact.state["tables"][0]["name"] == "people"


@pytest.mark.parametrize("name", renew.SPECS)
def test_the_golden_artifact_draws_what_it_drew(name: str) -> None:
    frame, _ = renew.table()
    made = renew.draw(name)
    assert len(made) == renew.ROWS
    assert made.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    assert matching(made, renew.SPECS[name].where).all()
    assert (made[["flag0", "flag1", "flag2"]].sum(axis=1) == 1).all()
    text = renew.expected(name).read_text(encoding="utf-8")
    assert list(pd.read_csv(io.StringIO(text))) == list(frame)
    if same_machine():
        assert made.to_csv(index=False) == text


def same_machine() -> bool:
    """Whether rows come out bit for bit as where the artifact was made."""
    then = Artifact.from_bytes(renew.ARTIFACT.read_bytes(), "autoregressive").versions
    now = library_versions()
    return MAKER in now["processor"] and all(then[name] == now[name] for name in EXACT)
