"""What people type. Forms only turn text into values; the use cases decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.http import QueryDict

from domain.datasets.entities import ColumnDecision, ColumnSpec, Metadata, PiiAction, SdType
from domain.evaluation.spec import EvaluationSpec, TaskKind
from domain.kernel import BadInput, DatasetId
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER
from domain.synthesis.condition_text import BadCondition, SpecWords
from domain.synthesis.runs import DEFAULT_HOLDOUT_SHARE, HoldoutSpec

SETTING = "setting-"
"""Prefix of a synthesizer's settings among the fields of the start form."""


class _Lines(forms.CharField):
    """Lines that may be left empty."""

    def __init__(self, **options: Any) -> None:
        area = forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"})
        super().__init__(required=False, widget=area, max_length=10_000, **options)


class ConditionsForm(forms.Form):
    """Conditions and shares of the rows to draw, one a line."""

    where = _Lines(
        label="Only rows like this",
        help_text="One condition a line, and all hold: sex=Female, age>=65, age=20..30, "
        "state in CA,NY, income is missing.",
    )
    amplify = _Lines(
        label="More of these rows",
        help_text="A condition and how many times as frequent, as in is_fraud=true:10.",
    )
    stratify = _Lines(
        label="Shares of one column",
        help_text="A column keeps its learned shares exactly; sex=Female:0.5 sets them.",
    )
    impute = _Lines(
        label="Fill missing cells of", help_text="Names of columns with commas between, or all."
    )

    def words(self) -> SpecWords:
        """What was typed, line by line."""
        return SpecWords(
            **{name: self.cleaned_data[name].splitlines() for name in ConditionsForm.base_fields}
        )

    @property
    def asks(self) -> bool:
        """Whether anything was typed into one of them."""
        return any(self[name].value() for name in ConditionsForm.base_fields)


class StartForm(ConditionsForm):
    """What to train, and how many rows to draw. Settings of the synthesizer come beside it."""

    synthesizer = forms.CharField(initial=DEFAULT_SYNTHESIZER)
    rows = forms.IntegerField(
        required=False, label="Rows to draw", help_text="Empty: as many as are learned from."
    )
    seed = forms.IntegerField(
        initial=0,
        label="Seed",
        help_text="The same seed, settings and rows give the same synthetic rows.",
    )
    target = forms.CharField(
        required=False,
        label="Target column",
        help_text="What models will predict. Utility is measured on it.",
    )
    holdout_percent = forms.IntegerField(
        initial=round(100 * DEFAULT_HOLDOUT_SHARE),
        label="Rows held out, in percent",
        help_text="Real rows kept from training, to judge the twin against. 0 to 50.",
    )
    holdout_dataset = forms.UUIDField(required=False, label="Or compare with another dataset")
    evaluate = forms.BooleanField(required=False, initial=True, label="Evaluate the twin")
    pack = forms.BooleanField(required=False, initial=True, label="Build the evidence pack")

    def request(self) -> dict[str, Any]:
        """The arguments of ``StartSynthesis``, without dataset and settings."""
        given = self.cleaned_data
        other = given["holdout_dataset"]
        return {
            "synthesizer": given["synthesizer"],
            "rows": given["rows"],
            "seed": given["seed"],
            "target": given["target"] or None,
            "holdout": HoldoutSpec(
                share=given["holdout_percent"] / 100,
                dataset_id=DatasetId(other) if other else None,
            ),
            "evaluate": given["evaluate"],
            "pack": given["pack"],
            "words": self.words(),
        }


class EvaluateForm(forms.Form):
    """What an evaluation is asked for."""

    target = forms.CharField(required=False, label="Target")
    task = forms.ChoiceField(
        required=False,
        label="Predicted as",
        choices=[(kind.value, kind.value) for kind in TaskKind],
    )

    def request(self) -> EvaluationSpec:
        """The whole evaluation, on this target."""
        given = self.cleaned_data
        return EvaluationSpec(
            target=given["target"] or None, task=TaskKind(given["task"] or TaskKind.AUTO)
        )


class SampleForm(ConditionsForm):
    """More rows from the same run."""

    rows = forms.IntegerField(
        required=False, label="Rows", help_text="Empty: as many as were learned from."
    )
    seed = forms.IntegerField(label="Seed", help_text="Another seed gives other rows.")

    def request(self) -> dict[str, Any]:
        """The arguments of ``RequestSample``, without the run."""
        given = self.cleaned_data
        return {"rows": given["rows"], "seed": given["seed"], "words": self.words()}


class CompletionForm(forms.Form):
    """What stands beside a file of partly given rows."""

    seed = forms.IntegerField(
        required=False, label="Seed", help_text="Empty: the seed of the training."
    )


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(
        label="Name", help_text="What the key is for, so that you know which one to revoke."
    )
    days = forms.IntegerField(label="Valid for, in days", initial=365)


class OwnPasswordForm(PasswordChangeForm):
    """A new password. What is wrong with it stands where it was typed first."""

    def clean(self) -> dict[str, Any]:
        """The same checks as Django's, which blames the repetition."""
        self.validate_passwords("new_password1", "new_password2")
        self.validate_password_for_user(self.user, "new_password1")
        return self.cleaned_data


def show_beside(form: forms.Form, refusal: BadInput) -> None:
    """Put a refusal beside the field it is about, where it knows which."""
    if isinstance(refusal, BadCondition) and form.is_bound and refusal.field in form.fields:
        form.full_clean()
        form.add_error(refusal.field, refusal.message)


def values_of(form: forms.Form) -> dict[str, Any]:
    """The cleaned values; a field that cannot be read raises one :class:`BadInput`."""
    if form.is_valid():
        return form.cleaned_data
    name, errors = next(iter(form.errors.items()))
    raise BadInput(f"{form.fields[name].label or name}: {errors[0]}")


def settings_in(fields: Mapping[str, str]) -> dict[str, object]:
    """The synthesizer's settings that were filled in."""
    return {
        name.removeprefix(SETTING): value
        for name, value in fields.items()
        if name.startswith(SETTING) and value.strip()
    }


def holdout_share_in(fields: Mapping[str, str]) -> float:
    """The share of rows that will not be learned from; none where another dataset is compared."""
    if fields.get("holdout_dataset"):
        return 0.0
    try:
        return int(fields.get("holdout_percent", "")) / 100
    except ValueError:
        return DEFAULT_HOLDOUT_SHARE


def decisions_in(fields: Mapping[str, str], metadata: Metadata) -> Sequence[ColumnDecision]:
    """What the person changed in the table of columns."""
    found = []
    for t, (table_name, table) in enumerate(metadata.tables.items()):
        for c, spec in enumerate(table.columns):
            sdtype = _word(SdType, fields.get(f"type-{t}-{c}", spec.sdtype))
            action = _word(PiiAction, fields.get(f"pii-{t}-{c}", spec.pii_action))
            decision = ColumnDecision(
                table=table_name,
                column=spec.name,
                sdtype=sdtype if sdtype is not spec.sdtype else None,
                pii_action=action if action is not spec.pii_action else None,
                missing_word=_missing_word(fields.get(f"missing-{t}-{c}", ""), spec),
            )
            if decision.sdtype or decision.pii_action or decision.missing_word is not None:
                found.append(decision)
    return found


def _missing_word(said: str, spec: ColumnSpec) -> str | None:
    """The candidate where the person said that it means missing; none where it is a value."""
    return {"missing": spec.missing_candidate, "value": ""}.get(said)


def constraints_in(fields: QueryDict, metadata: Metadata) -> dict[str, list[str]]:
    """The rules that the person ticked and wrote, by table; a table without the field is left
    out."""
    return {
        name: [*fields.getlist(f"rule-{t}"), *_lines(str(fields[f"rules-{t}"]))]
        for t, name in enumerate(metadata.tables)
        if f"rules-{t}" in fields
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _word(kind: Any, word: str) -> Any:
    try:
        return kind(word)
    except ValueError:
        raise BadInput(f"Choose one of: {', '.join(kind)}.") from None
