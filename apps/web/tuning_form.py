"""The form of a search for ε. It only turns text into values; the use case decides."""

from __future__ import annotations

from uuid import UUID

from django import forms

from domain.evaluation.privacy_tuning import TuningWish
from domain.kernel import BadInput, DatasetId, SyntheticDatasetId

_TWIN = "twin"


class TuningForm(forms.Form):
    """What the twin has to reach, and on which rows ε is searched for."""

    goals = forms.CharField(
        label="Goal",
        initial="gap<=0.03",
        help_text="One a line, and all have to be kept: gap<=0.03 (AUC or R² lost to real "
        "training), pairs>=0.9, columns>=0.95, quality>=0.95 (SDMetrics), detection<=0.75.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}),
        max_length=1_000,
    )
    target = forms.CharField(
        required=False, label="Target", help_text="The column that models learn to predict."
    )
    proxy = forms.CharField(label="Rows to search on", max_length=100)
    source = forms.CharField(
        required=False,
        label="Where the public dataset comes from",
        max_length=500,
        help_text="You declare that its rows are public; your name is kept with it.",
    )
    epsilons = forms.CharField(
        label="Values of ε", initial="0.3, 1, 3, 10", help_text="Tried first.", max_length=200
    )
    seeds = forms.IntegerField(
        label="Seeds", initial=3, min_value=1, help_text="Trials at each ε: how far chance goes."
    )
    refinements = forms.IntegerField(
        label="Refinements",
        initial=2,
        min_value=0,
        help_text="How often the stretch in which the goal begins to be kept is halved.",
    )
    entity = forms.CharField(
        required=False,
        label="Whose row it is",
        help_text="The column of people, where the twin will protect them whole.",
    )

    def wish(self) -> TuningWish:
        """What was typed; refuses what is no number or no choice."""
        typed = self.cleaned_data
        dataset, twin = _proxy(typed["proxy"])
        return TuningWish(
            goals=tuple(line for line in typed["goals"].splitlines() if line.strip()),
            proxy_dataset_id=dataset,
            proxy_synthetic_id=twin,
            source=typed["source"],
            target=typed["target"] or None,
            epsilons=_epsilons(typed["epsilons"]),
            seeds=typed["seeds"],
            refinements=typed["refinements"],
            entity=typed["entity"] or None,
        )


def _proxy(word: str) -> tuple[DatasetId | None, SyntheticDatasetId | None]:
    kind, _, identifier = word.partition(":")
    try:
        chosen = UUID(identifier)
    except ValueError:
        raise BadInput("Choose the rows to search on.") from None
    if kind == _TWIN:
        return None, SyntheticDatasetId(chosen)
    return DatasetId(chosen), None


def _epsilons(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in text.split(",") if word.strip())
    except ValueError:
        raise BadInput("Values of ε are numbers with commas between, as in 0.3, 1, 3.") from None
