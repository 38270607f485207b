"""How many figures of histories keep their limits, and which do not, for a terminal."""

from __future__ import annotations

from domain.evaluation.headline import histories_in_words
from domain.evaluation.report import EvaluationReport, Score


def _score(name: str, value: float | None, limit: float | None, scope: str = "table") -> Score:
    return Score(name=name, scope=scope, value=value, threshold=limit, sentence=f"{name} said.")


def test_without_a_log_there_is_nothing_to_say():
    report = EvaluationReport(scores=(_score("similarity.quality", 0.9, 0.8),))
    assert histories_in_words(report) == ()


def test_figures_beyond_their_limit_say_so_each_in_its_direction():
    report = EvaluationReport(
        scores=(
            _score("temporal.gaps", 0.04, 0.05),
            _score("temporal.lengths", 0.09, 0.06, "visits/table"),
            _score("temporal.running_formula", 0.4, 0.97),
            _score("temporal.running_formula", 0.99, 0.97, "visits/table"),
        )
    )
    told = histories_in_words(report)
    assert told[0] == "2 of 4 figures of histories keep their limits; those that do not:"
    assert told[1:] == ("temporal.lengths said.", "temporal.running_formula said.")


def test_what_is_of_columns_untested_or_without_a_limit_is_not_counted():
    report = EvaluationReport(
        scores=(
            _score("temporal.gaps", 0.04, 0.05),
            _score("temporal.column_transitions", 0.9, 0.08, "column:kind"),
            _score("temporal.hour", None, 0.05),
            _score("temporal.next_category_auc", 0.7, None),
        )
    )
    assert histories_in_words(report) == ("1 of 1 figures of histories keep their limits.",)
