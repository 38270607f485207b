"""Column by column: is the synthetic column's distribution the real one's?"""

from __future__ import annotations

from domain.evaluation.column_scores import column_scores
from domain.evaluation.column_test import judged_columns
from domain.evaluation.comparison import Comparison
from domain.evaluation.passing import passing_scores
from domain.evaluation.report import Score


def marginal_scores(comparison: Comparison) -> tuple[Score, ...]:
    """How many columns pass, differ and are how far apart; then every column's scores."""
    columns = judged_columns(comparison)
    return (
        *passing_scores(comparison, columns),
        *(score for column in columns for score in column_scores(comparison, column)),
    )
