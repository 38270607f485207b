"""What of a private run is told to those who may not see the real rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.kernel import Role
from domain.privacy.budget import PrivacySpec
from domain.synthesis.told_run import hides_time, told_run
from tests.domain.compliance.examples import run
from tests.studio import actor

CANDIDATES = ({"bins": 12}, {"bins": 24})


def asked(**changes):
    return replace(run(), privacy=PrivacySpec(epsilon=1.0, delta=1e-5, **changes))


def test_the_time_of_a_charged_choice_is_kept_from_those_who_may_not_see_the_rows():
    charged = asked(candidates=CANDIDATES)
    assert told_run(charged, actor(Role.VIEWER)).fit_seconds is None
    assert told_run(charged, actor(Role.ADMINISTRATOR)).fit_seconds == charged.fit_seconds > 0


@pytest.mark.parametrize("other", [run(), asked()])
def test_the_time_of_any_other_run_is_told(other):
    assert not hides_time(other, actor(Role.VIEWER))
    assert told_run(other, actor(Role.VIEWER)).fit_seconds == other.fit_seconds
