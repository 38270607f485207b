"""The evaluation document as programs read it: schema 2 of :mod:`domain.evaluation.report`."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from domain.evaluation.pictures import Axis
from domain.evaluation.report import Rendering, Verdict


def _numbers(help_text: str, **options: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(), help_text=help_text, **options)


def _known(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(allow_null=True), help_text=help_text)


def _counts(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.IntegerField(), help_text=help_text)


def _words(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), help_text=help_text)


class AttackRatesSerializer(serializers.Serializer[Any]):
    """How often an attack succeeds; shares of 0 to 1."""

    attack = serializers.FloatField(help_text="On people the model was trained on.")
    attack_interval = _numbers("95 % interval.")
    attacks = serializers.IntegerField()
    control = serializers.FloatField(help_text="On people it was not trained on.")
    control_interval = _numbers("95 % interval.")
    controls = serializers.IntegerField()
    guess = serializers.FloatField(help_text="Without the synthetic rows.")


class ScoreSerializer(serializers.Serializer[Any]):
    """One measured number with its baseline and meaning."""

    name = serializers.CharField()
    scope = serializers.CharField(
        help_text="table, column:NAME or pair:NAME,NAME; of several tables TABLE/ comes first."
    )
    value = serializers.FloatField(
        allow_null=True, help_text="null where it cannot be measured; the sentence says why."
    )
    interval = _numbers("95 % confidence interval.", allow_null=True)
    baseline = serializers.FloatField(
        allow_null=True, help_text="The same, with real rows in the place of synthetic ones."
    )
    threshold = serializers.FloatField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField()
    rates = AttackRatesSerializer(allow_null=True, help_text="Of an attack, what its risk is of.")
    at_least = serializers.BooleanField(
        help_text="Whether value and baseline are lower bounds in steps of 10 % (shareable)."
    )


class ShareShiftSerializer(serializers.Serializer[Any]):
    """A share that a sample was asked to change."""

    what = serializers.CharField(help_text="The rows in question.")
    learned = serializers.FloatField(help_text="Their share of the real training rows.")
    drawn = serializers.FloatField(help_text="Their share of the synthetic rows.")
    rows = serializers.IntegerField(
        allow_null=True, help_text="Real training rows they are; null where not known."
    )


class ColumnOverlaySerializer(serializers.Serializer[Any]):
    """Rows of each side in each bin of a column."""

    table = serializers.CharField(help_text="Empty in datasets of one table.")
    column = serializers.CharField()
    axis = serializers.ChoiceField([a.value for a in Axis])
    edges = _numbers("One more than there are bins; seconds since 1970 for dates.")
    words = _words("Of categories, one a bin.")
    real = _counts("Training rows.")
    held_out = _counts("Held-out rows.")
    synthetic = _counts("Synthetic rows.")
    missing = _counts("Missing cells of the three, in this order.")
    open_ended = serializers.BooleanField(
        help_text="Whether the outermost edges stand for “and below” and “and above”."
    )


class AssociationMatrixSerializer(serializers.Serializer[Any]):
    """How strongly columns hang together, −1 to 1."""

    table = serializers.CharField(help_text="Empty in datasets of one table.")
    columns = _words("In the order of rows and of columns.")
    real = serializers.ListField(child=_numbers("A row."))
    synthetic = serializers.ListField(child=_numbers("A row."))


class LagLinesSerializer(serializers.Serializer[Any]):
    """How a number goes together with itself some events later."""

    column = serializers.CharField()
    real = _known("Correlation 1, 2 … events later; null where too few events tell.")
    held_out = _known("The same; empty without a holdout.")
    synthetic = _known("The same.")


class CourseSerializer(serializers.Serializer[Any]):
    """How a number goes on from event to event. No real history is in it."""

    column = serializers.CharField()
    low = _numbers("A tenth of real histories lie below, event by event; empty in shareable ones.")
    middle = _numbers("Half of them do.")
    high = _numbers("A tenth lie above.")
    synthetic = serializers.ListField(child=_known("One synthetic history; null: missing."))


class LogPicturesSerializer(serializers.Serializer[Any]):
    """What the charts of a table of events are drawn from."""

    table = serializers.CharField(help_text="Empty in datasets of one table.")
    spreads = ColumnOverlaySerializer(many=True)
    memories = LagLinesSerializer(many=True)
    courses = CourseSerializer(many=True)
    windows = serializers.BooleanField(
        help_text="Whether histories are windows of one long series."
    )
    sampled = serializers.CharField(
        help_text="What was drawn of a side too long to be measured whole; else empty."
    )
    few = serializers.BooleanField(help_text="Whether real counts rest on one to ten people.")


class BackingSerializer(serializers.Serializer[Any]):
    """How many real people a table's figures rest on; rows, where nobody says whose they are."""

    table = serializers.CharField(help_text="Empty in datasets of one table.")
    trained = serializers.IntegerField()
    held_out = serializers.IntegerField()


class EvaluationReportSerializer(serializers.Serializer[Any]):
    """The evaluation document."""

    schema = serializers.IntegerField()
    rendering = serializers.ChoiceField(
        [r.value for r in Rendering], help_text="For whose eyes the numbers are."
    )
    verdict = serializers.ChoiceField(
        [v.value for v in Verdict], allow_null=True, help_text="null where only parts were asked."
    )
    reasons = _words("Why the verdict is what it is, the gravest first.")
    notes = _words("What to know of how the comparison was made.")
    shifts = ShareShiftSerializer(many=True)
    scores = ScoreSerializer(many=True)
    overlays = ColumnOverlaySerializer(many=True)
    matrices = AssociationMatrixSerializer(many=True)
    logs = LogPicturesSerializer(many=True)
    backing = BackingSerializer(many=True, help_text="Of every table; empty in shareable ones.")
