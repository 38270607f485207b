"""A report with everything that charts are drawn from, of columns with names of one's choice."""

from __future__ import annotations

from collections.abc import Sequence

from domain.evaluation.pictures import (
    AssociationMatrix,
    Axis,
    ColumnOverlay,
    Course,
    LagLines,
    LogPictures,
)
from domain.evaluation.report import AttackRates, EvaluationReport, Score, Verdict

NAMES = ("age", "income", "city", "joined")
HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single' </script></style>" + "L" * 200,
    "😀 an emoji that is long enough to be cut between its halves 😀😀😀😀😀😀😀😀😀😀😀😀",
    "ICD10_HAUPTDIAGNOSE_BEI_ENTLASSUNG_AUS_DER_STATIONAEREN_BEHANDLUNG_SCHLUESSEL_LANGTEXT",
)


def pictured_report(names: Sequence[str] = NAMES) -> EvaluationReport:
    """Four columns: two of numbers, one of categories, one of dates."""
    return EvaluationReport(
        verdict=Verdict.CONDITIONS,
        reasons=("AUC gap, gradient boosting: −0.050 (limit −0.030). Train longer.",),
        scores=(
            *_likeness(names),
            _score("temporal.gaps", "table", 0.04, 0.02),
            *_detection(names),
            *_utility(names),
            *_leakage(names),
            _score("drift.quality", "table", 0.01, 0.0),
        ),
        overlays=overlays(names),
        matrices=(matrix(names),),
        logs=(log(names),),
    )


def log(names: Sequence[str] = NAMES) -> LogPictures:
    """Of one number: what it remembers, and two synthetic histories, one of them shorter."""
    numbers = names[0]
    return LogPictures(
        table="",
        spreads=(_overlay("Days between events", Axis.NUMBER, edges=(0.0, 1.0, 2.0, 3.0)),),
        memories=(
            LagLines(
                column=numbers,
                real=(0.8, 0.6, None),
                held_out=(0.7, 0.6, None),
                synthetic=(0.5, 0.2, 0.1),
            ),
        ),
        courses=(
            Course(
                column=numbers,
                low=(10.0, 12.0, 11.0),
                middle=(20.0, 22.0, 21.0),
                high=(30.0, 32.0, 31.0),
                synthetic=((15.0, 33.0, 25.0), (12.0, 14.0, None)),
            ),
        ),
    )


def overlays(names: Sequence[str] = NAMES) -> tuple[ColumnOverlay, ...]:
    numbers, other, words, dates = names
    return (
        _overlay(numbers, Axis.NUMBER, edges=(0.0, 10.0, 20.0, 30.0)),
        _overlay(other, Axis.NUMBER, edges=(0.0, 1e6, 2e6, 3e6), open_ended=True),
        _overlay(words, Axis.CATEGORY, words=("Bern", names[2], "Zug")),
        _overlay(dates, Axis.DATE, edges=(1.5e9, 1.6e9, 1.7e9, 1.8e9)),
    )


def _overlay(
    column: str,
    axis: Axis,
    edges: tuple[float, ...] = (),
    words: tuple[str, ...] = (),
    *,
    open_ended: bool = False,
) -> ColumnOverlay:
    return ColumnOverlay(
        table="",
        column=column,
        axis=axis,
        edges=edges,
        words=words,
        real=(50, 30, 20),
        held_out=(12, 8, 5),
        synthetic=(30, 30, 40),
        missing=(0, 0, 25),
        open_ended=open_ended,
    )


def matrix(names: Sequence[str] = NAMES) -> AssociationMatrix:
    real = ((1, 0.8, 0.1, 0), (0.8, 1, 0.2, 0), (0.1, 0.2, 1, 0), (0, 0, 0, 1))
    synthetic = ((1, 0.3, 0.1, 0), (0.3, 1, 0.2, 0), (0.1, 0.2, 1, 0), (0, 0, 0, 1))
    return AssociationMatrix(table="", columns=tuple(names), real=real, synthetic=synthetic)


def _likeness(names: Sequence[str]) -> list[Score]:
    distances = {names[0]: 0.05, names[1]: 0.4, names[2]: 0.2, names[3]: 0.1}
    return [
        _score("similarity.quality", "table", 0.91, 0.97),
        *(_score("similarity.ks", f"column:{c}", d, 0.02) for c, d in distances.items()),
        _score("similarity.pair", f"pair:{names[0]},{names[1]}", 0.5, 0.03),
    ]


def _detection(names: Sequence[str]) -> list[Score]:
    return [
        _score("detection.auc", "table", 0.81, 0.5, interval=(0.78, 0.84)),
        _score("detection.give_away", f"column:{names[1]}", 0.12, 0.0),
        _score("detection.give_away", f"column:{names[0]}", 0.21, 0.0),
    ]


def _utility(names: Sequence[str]) -> list[Score]:
    about = f"column:{names[2]}"
    return [
        _score("utility.auc", about, 0.85, 0.9, interval=(0.82, 0.88)),
        _score("utility.auc_gap", about, -0.05, 0.0, interval=(-0.08, -0.02), threshold=-0.03),
        _score("utility.auc_change", about, -0.055, 0.0, interval=(-0.09, -0.02), threshold=-0.033),
        _score("utility.rmse", about, 1234.0, 1200.0),
        _score("utility.rmse_gap", about, 34.0, 0.0, interval=(1.0, 60.0)),
        _score("utility.rmse_change", about, 0.02, 0.0, interval=(0.0, 0.05), threshold=0.03),
        _score("utility.importance", f"column:{names[0]}", 0.2, 0.1, interval=(0.1, 0.3)),
        _score("utility.importance", f"column:{names[1]}", 0.1, 0.3, interval=(0.0, 0.2)),
    ]


def _leakage(names: Sequence[str]) -> list[Score]:
    return [
        _score("leakage.reidentification", "table", 0.3, 0.0, threshold=0.09),
        _attack("leakage.linkability", "table", (0.02, 0.01)),
        _attack("leakage.attribute", f"column:{names[2]}", (0.7, 0.4)),
        _attack("leakage.attribute_outliers", f"column:{names[2]}", (0.5, 0.49)),
    ]


def _attack(name: str, scope: str, rates: tuple[float, float]) -> Score:
    attack, control = rates
    measured = AttackRates(
        attack=attack,
        attack_interval=(attack - 0.02, attack + 0.02),
        attacks=500,
        control=control,
        control_interval=(control - 0.02, control + 0.02),
        controls=500,
        guess=0.01,
    )
    return _score(name, scope, attack - control, 0.0, rates=measured)


def _score(name: str, scope: str, value: float, baseline: float, **more: object) -> Score:
    words = {"sentence": "What the number says.", "source": "A paper (2021)"}
    return Score(name=name, scope=scope, value=value, baseline=baseline, **words, **more)
