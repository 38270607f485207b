"""The baseline of the distances must not depend on the order of the file."""

from domain.evaluation.attacks import attack_scores
from domain.evaluation.comparison import compare
from tests.domain.evaluation.tables import METADATA, real


def test_a_file_sorted_by_time_has_the_baseline_of_a_shuffled_one():
    rows = real(1200, 3).sort_values("admitted", ignore_index=True)
    held_out = rows.sample(frac=0.25, random_state=0).sort_index()
    train = rows.drop(held_out.index)
    comparison = compare(
        train, held_out, real(400, 4), METADATA.tables["visits"], seed=0, prefix=""
    )
    share = next(s for s in attack_scores(comparison) if s.name == "privacy.dcr_share")
    assert abs(share.baseline - 0.5) < 0.1
