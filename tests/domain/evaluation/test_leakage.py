"""Planted truths for the attacks on single people."""

from __future__ import annotations

import json
import math
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, PiiKind, SdType, TableMetadata
from domain.evaluation.attacks import attack_scores
from domain.evaluation.attribute_inference import MAX_SECRETS, secret_columns
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.grouping import by_table
from domain.evaluation.leakage import leakage_scores, least_known, overall_risk
from domain.evaluation.leakage_wording import Judged, overall_sentence, sentence, source_of
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.risk import Trial
from domain.evaluation.titles import TITLES
from domain.evaluation.verdict import DEFAULT_RULES, decided
from tests.domain.evaluation.tables import METADATA, real, typed

ROWS = 400
TABLE = METADATA.tables["visits"]
SECRETS = {"column:smoker", "column:ward", "column:outcome"}
RISK = "leakage.reidentification"


def attacked(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    twin: pd.DataFrame,
    *,
    table: TableMetadata = TABLE,
    seed: int = 0,
) -> tuple[Score, ...]:
    return leakage_scores(compare(train, holdout, twin, table, seed=seed))


def named(scores: tuple[Score, ...], name: str, scope: str = "table") -> Score:
    return next(s for s in scores if s.name == name and s.scope == scope)


def alarmed(scores: tuple[Score, ...]) -> bool:
    return named(scores, RISK).value > named(scores, RISK).threshold


def clearly(score: Score) -> bool:
    """Whether the attack succeeds more often than on the control, intervals apart."""
    return score.rates.attack_interval[0] > score.rates.control_interval[1]


@pytest.fixture(scope="module")
def copied() -> tuple[Score, ...]:
    train = real(ROWS, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a copy leaves nothing to divide by in many places
        return attacked(train, real(ROWS, 2), train.sample(frac=1, random_state=3))


@pytest.fixture(scope="module")
def honest() -> tuple[Score, ...]:
    return attacked(real(ROWS, 1), real(ROWS, 2), real(ROWS, 3))


@pytest.mark.parametrize("attack", ["membership_nearest", "membership_density"])
@pytest.mark.parametrize("whom", ["", "_outliers"])
def test_a_copy_of_the_training_rows_gives_every_member_away(copied, attack, whom):
    score = named(copied, f"leakage.{attack}{whom}")
    assert score.value >= 0.9
    assert clearly(score)


@pytest.mark.parametrize("scope", ["column:ward", "column:outcome"])
def test_a_copy_of_the_training_rows_tells_every_secret(copied, scope):
    score = named(copied, "leakage.attribute", scope)
    assert score.value >= 0.9
    assert clearly(score)
    assert "coarsen" in score.sentence


def test_a_secret_that_other_columns_tell_of_everybody_has_no_price(copied):
    score = named(copied, "leakage.attribute", "column:smoker")
    assert score.rates.control == 1.0
    assert score.value == 0.0
    assert "nearly everybody" in score.sentence


@pytest.mark.parametrize("attack", ["singling_out_one", "singling_out_several", "linkability"])
def test_a_copy_singles_out_and_links_clearly_above_the_control(copied, attack):
    score = named(copied, f"leakage.{attack}")
    assert clearly(score)
    assert score.interval[0] > score.threshold


def test_a_copy_beside_a_small_holdout_is_caught_by_all_attacks():
    train = real(ROWS, 1)
    scores = attacked(train, real(ROWS // 4, 2), train)
    for attack in ("membership_nearest", "membership_density", "linkability"):
        assert named(scores, f"leakage.{attack}").value >= 0.9
    assert clearly(named(scores, "leakage.singling_out_several"))


def test_a_copy_is_not_to_be_released_and_the_advice_fits_what_failed(copied):
    overall = named(copied, RISK)
    assert overall.value >= 0.9
    assert "Do not release" in overall.sentence
    assert "differential privacy" in overall.sentence
    assert "release fewer columns together" in overall.sentence


def test_a_copy_of_unique_rows_matches_exactly_and_the_verdict_says_do_not_release(copied):
    train = real(ROWS, 1)
    assert not train.duplicated(["age", "pressure", "admitted"]).any()
    copies = attack_scores(compare(train, real(ROWS, 2), train, TABLE, seed=0))
    assert named(copies, "privacy.exact_copies").value >= 0.9
    report = decided(EvaluationReport(scores=(*copied, *copies)), DEFAULT_RULES)
    assert report.verdict is Verdict.DO_NOT_RELEASE
    assert "Overall re-identification risk" in report.reasons[0]


def test_independent_rows_raise_no_alarm(honest):
    overall = named(honest, RISK)
    assert overall.value == 0.0
    assert overall.baseline == 0.0
    assert overall.interval[0] == 0.0 < overall.interval[1] < 0.5
    assert "does not prove" in overall.sentence


def test_every_attack_has_rates_an_interval_a_baseline_a_limit_and_a_source(honest):
    for score in honest:
        assert score.sentence, score.name
        assert score.baseline is not None, score.name
        assert score.threshold is not None
        assert score.source
        assert score.interval[0] <= score.value <= score.interval[1]
        if score.name not in (RISK, "leakage.revealed_outliers"):
            rates = score.rates
            assert rates.attack_interval[0] <= rates.attack <= rates.attack_interval[1]
            assert rates.control_interval[0] <= rates.control <= rates.control_interval[1]


def test_every_attack_is_told_on_average_and_for_the_outliers(honest):
    of_all = {(s.name, s.scope) for s in honest if s.rates and not s.name.endswith("_outliers")}
    outliers = {
        (s.name.removesuffix("_outliers"), s.scope)
        for s in honest
        if s.rates and s.name.endswith("_outliers")
    }
    assert of_all == outliers
    assert len(of_all) == 5 + len(SECRETS)


def test_the_rates_survive_the_document(honest):
    report = EvaluationReport(scores=honest)
    text = json.dumps(report.to_document(), allow_nan=False)
    assert EvaluationReport.from_document(json.loads(text)) == report


def test_a_document_from_before_rates_is_still_read(honest):
    document = EvaluationReport(scores=honest).to_document()
    for score in document["scores"]:
        del score["rates"]
    scores = EvaluationReport.from_document(document).scores
    assert scores == tuple(replace(s, rates=None) for s in honest)


def test_the_attacks_are_a_group_of_their_own_on_the_page(honest):
    (table,) = by_table(EvaluationReport(scores=honest))
    assert table.leakage == honest
    assert table.privacy == ()


def test_the_same_seed_gives_the_same_scores(honest):
    assert attacked(real(ROWS, 1), real(ROWS, 2), real(ROWS, 3)) == honest


def odd_one(train: pd.DataFrame) -> pd.DataFrame:
    """The last training row made unlike all others."""
    last = train.index[-1]
    changed = train.copy()
    changed.loc[last, "age"] = 118
    changed.loc[last, "pressure"] = 260.5
    return changed


def test_a_single_leaked_outlier_is_found_by_the_outlier_slice():
    train = odd_one(real(ROWS, 1))
    twin = typed(pd.concat([real(ROWS - 1, 3), train.iloc[-1:]], ignore_index=True))
    scores = attacked(train, real(ROWS, 2), twin)
    revealed = named(scores, "leakage.revealed_outliers")
    assert revealed.value == pytest.approx(1 / 20)
    assert alarmed(scores)
    assert named(scores, RISK).value == 1.0
    assert "recognise" in revealed.sentence
    assert "revealed outliers" in named(scores, RISK).sentence
    assert "Do not release" in named(scores, RISK).sentence


def test_an_outlier_that_did_not_leak_is_not_accused():
    scores = attacked(odd_one(real(ROWS, 1)), real(ROWS, 2), real(ROWS, 3))
    assert named(scores, "leakage.revealed_outliers").value == 0.0


def test_five_rows_are_told_why_nothing_is_measured():
    (score,) = attacked(real(5, 1), real(5, 2), real(5, 3))
    assert score.value is None
    assert "40" in score.sentence


def test_no_holdout_and_no_twin_are_told_so():
    nobody = real(ROWS, 2).iloc[:0]
    (without,) = attacked(real(ROWS, 1), nobody, real(ROWS, 3))
    (empty,) = attacked(real(ROWS, 1), real(ROWS, 2), nobody)
    assert "holdout" in without.sentence
    assert "no rows" in empty.sentence


def constant(rows: int, seed: int) -> pd.DataFrame:
    return real(rows, seed).assign(
        age=pd.array([40] * rows, dtype="Int64"), ward=pd.Categorical(["eye"] * rows)
    )


def missing(rows: int, seed: int) -> pd.DataFrame:
    return real(rows, seed).assign(
        age=pd.array([None] * rows, dtype="Int64"),
        pressure=np.full(rows, np.nan),
        smoker=pd.array([None] * rows, dtype="boolean"),
        ward=pd.Categorical([None] * rows, categories=["a"]),
        outcome=pd.Categorical([None] * rows, categories=["a"]),
        admitted=pd.Series([pd.NaT] * rows, dtype="datetime64[ns]"),
    )


def duplicates(rows: int, seed: int) -> pd.DataFrame:
    return typed(pd.concat([real(1, 1)] * rows, ignore_index=True))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", [constant, missing, duplicates])
@pytest.mark.parametrize("twin_rows", [1, 60])
def test_degenerate_tables_raise_no_error_and_no_alarm(kind, twin_rows):
    scores = attacked(kind(60, 1), kind(50, 2), kind(twin_rows, 3))
    assert all(s.value is not None and math.isfinite(s.value) for s in scores)
    assert not alarmed(scores)


@pytest.mark.parametrize("spec", [TABLE.column("pressure"), TABLE.column("ward")])
def test_a_table_of_one_column_is_attacked_as_far_as_that_goes(spec):
    scores = attacked(real(80, 1), real(80, 2), real(80, 3), table=TableMetadata(columns=(spec,)))
    assert {s.name for s in scores} >= {RISK, "leakage.membership_nearest"}
    assert not any("linkability" in s.name or "attribute" in s.name for s in scores)


def sides(table: TableMetadata) -> Comparison:
    return compare(real(60, 1), real(60, 2), real(60, 3), table, seed=0)


def test_secrets_are_the_flagged_columns_first_then_those_of_few_values():
    flagged = replace(TABLE.column("admitted"), pii_kind=PiiKind.BIRTH_DATE)
    assert secret_columns(sides(TABLE.with_column(flagged)))[0] == "admitted"
    assert set(secret_columns(sides(TABLE))) == {"smoker", "ward", "outcome"}


def test_no_more_columns_are_attacked_than_the_limit():
    columns = [f"c{i}" for i in range(MAX_SECRETS + 3)]
    frame = pd.DataFrame({c: pd.Categorical(list("abcd") * 15) for c in columns})
    specs = tuple(ColumnSpec(name=c, sdtype=SdType.CATEGORICAL) for c in columns)
    found = secret_columns(compare(frame, frame, frame, TableMetadata(columns=specs), seed=0))
    assert len(found) == MAX_SECRETS


@pytest.mark.slow
@pytest.mark.parametrize("held_out", [ROWS, ROWS // 3])
def test_independent_draws_raise_a_false_alarm_at_most_once_in_ten_seeds(held_out):
    alarms = 0
    for seed in range(40):
        scores = attacked(
            real(ROWS, 1000 + seed), real(held_out, 2000 + seed), real(ROWS, 3000 + seed)
        )
        alarms += alarmed(scores)
    assert alarms <= 4


@pytest.mark.slow
def test_the_intervals_of_independent_draws_hold_zero_nine_times_in_ten(monkeypatch):
    monkeypatch.setattr("domain.evaluation.predicates.MAX_PREDICATES", 60)  # more seeds instead
    held: dict[str, list[bool]] = {}
    for seed in range(120):
        for score in attacked(
            real(ROWS, 1000 + seed), real(ROWS, 2000 + seed), real(ROWS, 3000 + seed)
        ):
            held.setdefault(score.name, []).append(score.interval[0] <= 0)
    for name, outcomes in held.items():
        assert np.mean(outcomes) >= 0.9, name


@pytest.mark.slow
def test_where_half_of_the_training_rows_leaked_the_intervals_hold_one_half():
    held: dict[str, list[bool]] = {}
    for seed in range(40):
        train = real(ROWS, 1000 + seed)
        twin = typed(
            pd.concat([train.iloc[: ROWS // 2], real(ROWS // 2, 3000 + seed)], ignore_index=True)
        )
        for score in attacked(train, real(ROWS, 2000 + seed), twin):
            if score.name in ("leakage.attribute", "leakage.linkability"):
                low, high = score.interval
                held.setdefault(f"{score.name} {score.scope}", []).append(low <= 0.5 <= high)
    for name, outcomes in held.items():
        assert np.mean(outcomes) >= 0.9, name


def test_rows_that_may_have_been_trained_on_are_no_control():
    sides = (real(ROWS, 1), real(ROWS, 2), real(ROWS, 3))
    known = compare(*sides, TABLE, seed=0, unseen=False)
    (score,) = leakage_scores(known)
    copies, share = attack_scores(known)
    assert score.value is None
    assert share.value is None
    for told in (score, share):
        assert told.sentence.startswith("Not measured: ")
        assert "Bring real rows that it was not trained on" in told.sentence
    assert copies.value == 0.0
    assert copies.baseline == 0.0  # of real rows beside each other


ATTACKS = [name for name in TITLES if name.startswith("leakage.") and name != RISK]


@pytest.mark.parametrize("name", ATTACKS)
@pytest.mark.parametrize("record", ["row", "history"])
def test_every_attack_that_succeeds_says_what_it_does_where_it_is_from_and_what_to_do(name, record):
    finding = Trial(
        name=name,
        hits=90,
        attacks=100,
        control_hits=10,
        controls=100,
        guess=0.1,
        scope="column:ward" if "attribute" in name else "table",
    ).finding()
    judgement = Judged(finding=finding, sure=True)
    said, overall = sentence(judgement, record), overall_sentence([judgement], judgement)
    advice = overall.partition("Do not release it; ")[2].removesuffix(".")
    assert len(advice) > 20
    assert advice in said
    assert "{" not in said + overall
    assert "“ward”" in said or "attribute" not in name
    assert "limit" in source_of(name)


def test_the_advice_is_chosen_from_what_failed_and_given_once():
    failed = [
        Judged(
            finding=replace(
                Trial(
                    name=name, hits=9, attacks=10, control_hits=1, controls=10, guess=0.1
                ).finding(),
                risk=risk,
            ),
            sure=True,
        )
        for name, risk in (
            ("leakage.linkability", 0.2),
            ("leakage.membership_density", 0.5),
            ("leakage.membership_nearest", 0.4),
        )
    ]
    said = overall_sentence(failed, failed[0])
    assert said.startswith("3 of 3 attacks tell more")
    assert said.count("differential privacy") == 1
    assert said.index("differential privacy") < said.index("release fewer columns together")
    assert "coarsen" not in said


def judged_of(hits: int, control_hits: int, n: int, *, sure: bool, name: str) -> Judged:
    attack = Trial(
        name=name, hits=hits, attacks=n, control_hits=control_hits, controls=n, guess=0.1
    )
    return Judged(finding=attack.finding(), sure=sure)


def test_an_attack_whose_whole_interval_is_above_the_limit_is_told_though_it_may_be_chance():
    harmless = judged_of(300, 300, 3000, sure=False, name="leakage.linkability")
    suspect = judged_of(116, 88, 150, sure=False, name="leakage.linkability_outliers")
    found = (harmless, suspect)
    value, interval = overall_risk(found)
    assert value == 0.0
    assert interval == (0.0, suspect.finding.interval[1])
    said = overall_sentence(found, least_known(found))
    assert said.startswith(
        "Among 2 attacks it may be chance, but the whole interval of linkability"
    )
    assert "among outliers lies above the limit" in said
    small = judged_of(300, 240, 3000, sure=True, name="leakage.membership_nearest")
    value, interval = overall_risk((*found, small))
    assert (value, interval[1]) == (small.finding.risk, suspect.finding.interval[1])
    assert overall_risk((harmless,))[1] == (0.0, harmless.finding.interval[1])
    rough = replace(suspect, finding=replace(suspect.finding, p=0.2))
    assert not rough.suspected
