"""What each score is called on a page, and how its number is written."""

from __future__ import annotations

_METRICS = {
    "auc": "AUC",
    "macro_auc": "mean AUC of all classes",
    "average_precision": "average precision",
    "f1": "macro F1",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "r2": "R²",
    "rmse": "RMSE",
    "mae": "mean absolute error",
}
_MODELS = {"": "gradient boosting", "_linear": "linear model"}
_ENDINGS = {"": "", "_gap": " gap", "_change": " gap in per cent"}

_UTILITY = {
    f"utility.{metric}{model}{ending}": f"{words[0].upper()}{words[1:]}{gap}, {of_model}"
    for metric, words in _METRICS.items()
    for model, of_model in _MODELS.items()
    for ending, gap in _ENDINGS.items()
}

TITLES = {
    "similarity.quality": "Quality score (SDMetrics)",
    "similarity.columns_passed": "Columns that pass their test",
    "similarity.ks_acceptance": "Acceptance: numbers that pass Kolmogorov–Smirnov",
    "similarity.columns_differ": "Columns that differ noticeably",
    "similarity.mean_distance": "Mean distance of columns",
    "similarity.adherence": "Cells within what is real",
    "similarity.coverage": "Real ranges and categories that occur",
    "similarity.missing_patterns": "Distance of missing patterns",
    "similarity.pairs": "Mean difference of associations",
    "similarity.pearson": "Mean difference of Pearson correlations",
    "similarity.two_way": "Mean distance of pairs of columns",
    "similarity.pair": "Difference of association",
    "similarity.ks": "Kolmogorov–Smirnov distance",
    "similarity.ks_p": "Kolmogorov–Smirnov p-value",
    "similarity.tv": "Total variation distance",
    "similarity.chi2_p": "Chi-square p-value",
    "similarity.ks_q": "Kolmogorov–Smirnov p-value, adjusted",
    "similarity.chi2_q": "Chi-square p-value, adjusted",
    "similarity.wasserstein": "Wasserstein distance, in standard deviations",
    "similarity.js": "Jensen–Shannon distance",
    "similarity.range_coverage": "Real range covered",
    "similarity.boundary_adherence": "Values within the real range",
    "similarity.category_coverage": "Real categories that occur",
    "similarity.category_adherence": "Rows in real categories",
    "similarity.missing_difference": "Difference of missing cells",
    "detection.auc": "Detection AUC, gradient boosting",
    "detection.auc_linear": "Detection AUC, linear model",
    "detection.give_away": "What gives rows away: AUC lost without the column",
    **_UTILITY,
    "utility.importance": "Importance of a column",
    "utility.importance_agreement": "Agreement on which columns matter",
    "utility.importance_overlap": "Shared among the columns that matter most",
    "utility.query_count_error": "Error of counts",
    "utility.query_mean_error": "Error of means, in standard deviations",
    "leakage.reidentification": "Overall re-identification risk",
    "leakage.membership_nearest": "Membership inference, by distance",
    "leakage.membership_nearest_outliers": "Membership inference, by distance, outliers",
    "leakage.membership_density": "Membership inference, by density",
    "leakage.membership_density_outliers": "Membership inference, by density, outliers",
    "leakage.attribute": "Attribute inference",
    "leakage.attribute_outliers": "Attribute inference, outliers",
    "leakage.linkability": "Linkability",
    "leakage.linkability_outliers": "Linkability, outliers",
    "leakage.singling_out_one": "Singling out by one column",
    "leakage.singling_out_one_outliers": "Singling out by one column, outliers",
    "leakage.singling_out_several": "Singling out by several columns",
    "leakage.singling_out_several_outliers": "Singling out by several columns, outliers",
    "leakage.revealed_outliers": "Outliers laid open",
    "leakage.white_box": "Membership inference, holding the model",
    "leakage.white_box_outliers": "Membership inference, holding the model, outliers",
    "leakage.white_box_low_fpr": "Membership inference, holding the model, at 1 % false alarms",
    "temporal.order": "Steps back in time",
    "temporal.without_time": "Rows without owner or time",
    "temporal.gaps": "Distance of gaps between events",
    "temporal.weekday": "Distance of weekdays",
    "temporal.hour": "Distance of hours of the day",
    "temporal.month_day": "Distance of days of the month",
    "temporal.lengths": "Distance of events a history",
    "temporal.events": "Furthest column of events",
    "temporal.event_column": "Distance of events",
    "temporal.attribute_changes": "Histories whose attributes change",
    "temporal.attributes": "Furthest attribute of histories",
    "temporal.attribute": "Distance, once a history",
    "temporal.autocorrelation": "Difference of autocorrelations, next 7 events",
    "temporal.column_autocorrelation": "Difference of autocorrelations",
    "temporal.cross_correlation": "Difference of correlations with the next event",
    "temporal.transitions": "Distance of transitions between categories",
    "temporal.column_transitions": "Distance of transitions",
    "temporal.running_formula": "Steps that keep the running formula",
    "temporal.spectrum": "Distance of spectra",
    "temporal.daily_profile": "Difference of means by hour, in standard deviations",
    "temporal.weekly_profile": "Difference of means by weekday, in standard deviations",
    "temporal.next_category_auc": "AUC of the next category",
    "temporal.next_category_loss": "AUC lost on the next category",
    "temporal.next_number_error": "Error of the next number, in quantiles",
    "temporal.next_number_loss": "Error gained on the next number",
    "temporal.detection_auc": "Detection AUC of whole sequences",
    "drift.quality": "Quality lost since the last release",
    "drift.detection_auc": "Easier to detect than the last release",
    "drift.utility": "Utility lost since the last release",
    "drift.reidentification": "Re-identification risk gained since the last release",
    "drift.exact_copies": "Copies gained since the last release",
    "privacy.exact_copies": "Copies of training rows",
    "privacy.dcr_share": "Nearer to training than to holdout",
    "privacy.dcr_median": "Typical distance to closest record",
    "privacy.dcr_p5": "Distance of the closest 5 %",
}

_SHARES = {
    "similarity.quality": 1,
    "similarity.columns_passed": 1,
    "similarity.ks_acceptance": 1,
    "similarity.columns_differ": 1,
    "similarity.adherence": 2,
    "similarity.coverage": 1,
    "similarity.range_coverage": 1,
    "similarity.boundary_adherence": 2,
    "similarity.category_coverage": 1,
    "similarity.category_adherence": 2,
    "privacy.dcr_share": 1,
    "privacy.exact_copies": 2,
    "similarity.missing_difference": 1,
    "utility.importance_overlap": 0,
    "utility.query_count_error": 1,
    "temporal.order": 2,
    "temporal.without_time": 1,
    "temporal.attribute_changes": 1,
    "temporal.weekday": 1,
    "temporal.hour": 1,
    "temporal.month_day": 1,
    "temporal.running_formula": 1,
    "temporal.next_number_error": 1,
    "temporal.next_number_loss": 1,
}
"""Scores written in per cent, and with how many decimals."""

_SMALLEST_P = 0.001
_SIGNED = ("_gap", "_difference", "_change")


def title(name: str) -> str:
    """The words for a score; its dotted name where there are none."""
    return TITLES.get(name, name)


def figure(name: str, value: float | None) -> str:
    """The number as a person reads it: per cent for shares, three decimals for the rest."""
    if value is None:
        return "–"
    if name.endswith(("_p", "_q")) and value < _SMALLEST_P:
        return f"<{_SMALLEST_P}"
    sign = "+" if name.endswith(_SIGNED) and value != 0 else ""
    is_share = name.startswith("leakage.") or name.endswith("_change")
    decimals = 1 if is_share else _SHARES.get(name)
    if decimals is not None:
        return format(value, f"{sign}.{decimals}%").replace("-", "−")
    return format(value, f"{sign}.3f").replace("-", "−")


def bounded(name: str, value: float | None, *, at_least: bool) -> str:
    """:func:`figure`; where the number told is a lower bound in steps of 10 %, as one."""
    if value is None or not at_least:
        return figure(name, value)
    return f"≥ {value:.0%}" if value > 0 else "< 10%"


def share_words(share: float) -> str:
    """A share in per cent with three digits, however small: ``0.00175`` → ``0.175 %``."""
    return f"{100 * share:.3g} %"
