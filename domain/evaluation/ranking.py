"""The area under the ROC curve and how sure it is."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom, rankdata

Z95 = 1.959964

_SIGNIFICANCE = 0.05


def auc(positive: np.ndarray, scores: np.ndarray) -> float:
    """The chance that a positive row scores above a negative one, ties counted half.

    NaN when either kind of row is missing. (Mann–Whitney's U over the number of pairs.)
    """
    n_positive = int(positive.sum())
    n_negative = len(positive) - n_positive
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    rank_sum = float(rankdata(scores)[positive].sum())
    return (rank_sum - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative)


def macro_auc(labels: np.ndarray, scores: np.ndarray) -> float:
    """Mean over classes of one-versus-rest AUC; with two classes, the AUC of the second.

    ``labels`` are class numbers, ``scores`` has one column a class. Classes that do not occur
    in ``labels`` are left out.
    """
    if scores.shape[1] == 2:
        return auc(labels == 1, scores[:, 1])
    values = [auc(labels == c, scores[:, c]) for c in range(scores.shape[1])]
    known = [v for v in values if not np.isnan(v)]
    return float(np.mean(known)) if known else float("nan")


def auc_interval(value: float, positives: int, negatives: int) -> tuple[float, float]:
    """95 % interval of an AUC (Hanley & McNeil 1982), kept within 0 and 1."""
    q1, q2 = value / (2 - value), 2 * value**2 / (1 + value)
    variance = value * (1 - value) + (positives - 1) * (q1 - value**2)
    variance += (negatives - 1) * (q2 - value**2)
    margin = Z95 * float(np.sqrt(max(variance, 0.0) / (positives * negatives)))
    return max(0.0, value - margin), min(1.0, value + margin)


def share_interval(share: float, n: int) -> tuple[float, float]:
    """95 % interval of a share of ``n`` rows (Wilson 1927), kept within 0 and 1."""
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    spread = share * (1 - share) / n + Z95**2 / (4 * n**2)
    margin = Z95 * float(np.sqrt(spread)) / (1 + Z95**2 / n)
    # The share itself lies inside, but for rounding.
    return max(0.0, min(share, centre - margin)), min(1.0, max(share, centre + margin))


def most_by_chance(known: int, of_known: int, of: int) -> float:
    """The largest share of ``of`` rows that does not surely exceed ``known`` of ``of_known``.

    "Surely" is Fisher's exact test, one-sided at 5 %: any larger share is significant.
    """
    low, high = 0, of
    while low < high:
        middle = (low + high + 1) // 2
        total, marked = of + of_known, middle + known
        if hypergeom.sf(middle - 1, total, marked, of) >= _SIGNIFICANCE:
            low = middle
        else:
            high = middle - 1
    return low / of
