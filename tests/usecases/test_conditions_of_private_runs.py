"""Under differential privacy every row may be asked to fulfil conditions, and nothing more."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest

from domain.kernel import BadInput
from domain.synthesis.condition_text import SpecWords
from domain.synthesis.constrained import Constrained
from domain.synthesis.marginals import Marginals
from domain.synthesis.preflight import Expectation
from domain.synthesis.requests import InputFile, PrivacyRequest, SynthesisRequest
from tests.small_tables import people_csv
from tests.studio import Studio, actor, opened

EPSILON = PrivacyRequest(epsilon=5.0, delta=1e-5)
OLD = SpecWords(where=["age>=40"])
ONLY = "draws under conditions on every row only under differential privacy"
BARE = {"evaluate": False, "pack": False, "settings": {"iterations": 50}}


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(synthesizer=Constrained(Marginals()))


@pytest.fixture(scope="module")
def made(studio):
    dataset = studio.confirmed()
    wanted = {"synthesizer": "marginals", "rows": 40, "words": OLD, "privacy": EPSILON, **BARE}
    found = studio.start(actor(), dataset_id=dataset.id, **wanted)
    studio.work_off()
    return found


def rows_of(studio, synthetic) -> pd.DataFrame:
    with studio.download(actor(), synthetic_id=synthetic.id).stream as stream:
        return pd.read_csv(io.BytesIO(stream.read()))


def test_private_marginals_draw_rows_that_all_fulfil_conditions(studio, made):
    rows = rows_of(studio, made.synthetic)
    assert len(rows) == 40
    assert (rows["age"] >= 40).all()


def test_more_rows_of_a_private_run_take_conditions_of_their_own(studio, made):
    words = SpecWords(where=["rich=yes"])
    more, _ = studio.request_sample(actor(), run_id=made.run.id, rows=15, words=words)
    studio.work_off()
    assert set(rows_of(studio, more)["rich"]) == {"yes"}


@pytest.mark.parametrize(
    "words",
    [
        SpecWords(amplify=["city=Oslo:2"]),
        SpecWords(stratify=["city=Oslo:0.5,Bern:0.5"]),
        SpecWords(impute=["city"]),
    ],
)
@pytest.mark.parametrize("synthesizer", ["marginals", "autoregressive", "auto"])
def test_shares_and_filling_are_refused_before_a_private_fit(studio, synthesizer, words):
    dataset = studio.confirmed()
    wanted = {"synthesizer": synthesizer, "words": words, "privacy": EPSILON}
    with pytest.raises(BadInput, match=ONLY):
        studio.start(actor(), dataset_id=dataset.id, **wanted, evaluate=False, pack=False)


def test_gaps_are_not_filled_by_a_private_run(studio, made):
    given = studio.file(b"age\n40\n", "given.csv")
    with pytest.raises(BadInput, match="without a privacy budget"):
        studio.request_completion(actor(), run_id=made.run.id, file=given)


def test_a_preflight_under_privacy_counts_no_real_row_behind_a_condition(studio):
    def nothing_known(*_: object) -> Expectation:
        return Expectation(seconds=None, memory=None, beyond_rows=0, timed=False)

    source = InputFile(name="people.csv", open=opened(people_csv()))
    wanted = SynthesisRequest(
        inputs=[source],
        settings={},
        synthesizer="marginals",
        words=SpecWords(where=["city=Astronaut"]),
        privacy=EPSILON,
    )
    found = studio.preflight_files(nothing_known)(actor(), wanted=wanted)
    assert found.synthesizer.name == "marginals"
    open_to_all = replace(wanted, synthesizer="autoregressive", privacy=None)
    with pytest.raises(BadInput, match="does not occur"):
        studio.preflight_files(nothing_known)(actor(), wanted=open_to_all)


def test_a_file_is_synthesized_with_an_epsilon_and_conditions(studio):
    source = InputFile(name="people.csv", open=opened(people_csv(rows=150)))
    wanted = SynthesisRequest(
        inputs=[source],
        settings={"iterations": "50"},
        synthesizer="marginals",
        rows=20,
        words=OLD,
        privacy=EPSILON,
        evaluate=False,
        pack=False,
    )
    made = studio.synthesize_files()(actor(), wanted=wanted)
    rows = rows_of(studio, made.synthetic)
    assert (rows["age"] >= 40).all()
