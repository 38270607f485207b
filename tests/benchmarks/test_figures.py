"""What the benchmarks say of a twin."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.figures import Figures, Measured, measure, measured_in, median_figures, median_of
from benchmarks.targets import missed
from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.evaluation.report import EvaluationReport, Score

pytestmark = pytest.mark.usefixtures("short_boosting")

TABLE = TableMetadata(
    columns=(
        ColumnSpec(name="age", sdtype=SdType.FLOAT),
        ColumnSpec(name="city", sdtype=SdType.CATEGORICAL),
    )
)
METADATA = Metadata(tables={"table": TABLE})
ROWS = 100


def people(seed: int, shift: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.normal(40 + shift, 10, ROWS)
    city = np.where(age + rng.normal(0, 5, ROWS) > 40, "Bern", "Oslo")
    return pd.DataFrame({"age": age, "city": pd.Categorical(city)})


def report(**values: float) -> EvaluationReport:
    names = {"passed": "similarity.columns_passed", "r2": "utility.r2_gap"}
    return EvaluationReport(
        scores=tuple(
            Score(name=names[name], scope="table", value=value, baseline=0.5)
            for name, value in values.items()
        )
    )


def test_the_median_passes_over_what_was_not_measured():
    assert median_of([3.0, None, 1.0, 2.0]) == 2.0
    assert median_of([None, None]) is None


def test_medians_are_taken_figure_by_figure():
    several = [Figures(quality=q, detection=d) for q, d in ((0.9, 0.6), (0.8, 0.5), (0.7, 0.9))]
    found = median_figures(several)
    assert (found.quality, found.detection, found.gap) == (0.8, 0.6, None)


def test_real_figures_are_the_reports_baselines():
    assert measured_in(report(passed=0.75)) == Measured(
        twin=Figures(columns_passed=0.75), real=Figures(columns_passed=0.5)
    )


def test_the_gap_of_a_numeric_target_is_its_r2():
    assert measured_in(report(r2=-0.1)).twin.gap == -0.1


@pytest.mark.slow
def test_a_twin_unlike_the_real_rows_has_worse_figures_than_another_real_sample():
    good = measure(people(0), people(1), people(2), METADATA, target="city")
    bad = measure(people(0), people(1), people(3, shift=15), METADATA, target="city")
    assert bad.twin.detection > good.twin.detection + 0.1
    assert bad.twin.columns_passed < good.twin.columns_passed
    assert good.real == bad.real


@pytest.mark.slow
def test_detection_is_the_mean_over_the_seeds_of_the_classifier():
    one, other = (
        measure(people(0), people(1), people(2), METADATA, target=None, seed=seed)
        for seed in (0, 1)
    )
    both = measure(people(0), people(1), people(2), METADATA, target=None, classifiers=2)
    assert both.twin.detection == pytest.approx((one.twin.detection + other.twin.detection) / 2)


def test_a_twin_as_good_as_real_misses_nothing():
    good = Figures(columns_passed=0.9, gap=-0.02, detection=0.6, dcr_share=0.52)
    assert missed(good, Figures(columns_passed=1.0, detection=0.49, dcr_share=0.5)) == ()


def test_every_target_that_is_missed_is_named():
    bad = Figures(columns_passed=0.89, gap=-0.021, detection=0.61, dcr_share=0.53)
    real = Figures(columns_passed=1.0, detection=0.5, dcr_share=0.5)
    assert missed(bad, real) == ("column tests", "AUC gap", "detection", "closer")


def test_where_chance_tells_real_rows_apart_too_the_twin_has_as_much_leeway():
    real = Figures(detection=0.55, dcr_share=0.54)
    assert missed(Figures(detection=0.64, dcr_share=0.55), real) == ()


def test_what_was_not_measured_is_not_missed():
    assert missed(Figures(), Figures()) == ()
