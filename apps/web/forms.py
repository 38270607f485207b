"""What people type. Forms only turn text into values; the use cases decide."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.http import QueryDict

from apps.web.size_form import SizeForm
from domain.datasets.entities import ColumnDecision, ColumnSpec, Metadata, PiiAction, SdType
from domain.datasets.time_settings import UnreadableTimes
from domain.evaluation.spec import EvaluationSpec, TaskKind
from domain.kernel import BadInput, BudgetExceeded, DatasetId, StudioError
from domain.privacy.budget import check_asked
from domain.privacy.code_book import CodeBook
from domain.privacy.code_book_text import code_book_lines, typed_code_book
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER
from domain.synthesis.condition_text import BadCondition, SpecWords
from domain.synthesis.requests import PrivacyRequest
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

    events = forms.CharField(
        required=False,
        max_length=100,
        label="Events of every history",
        help_text="50 for exactly so many, 10-60 for a range, x2 for twice as many as learned.",
    )
    since = forms.CharField(
        required=False,
        max_length=100,
        label="The log begins",
        help_text="A date; empty: when the real one did.",
    )
    until = forms.CharField(
        required=False,
        max_length=100,
        label="The log ends",
        help_text="A date; histories are stretched or shortened to there, at their pace.",
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


class PrivacyForm(forms.Form):
    """Differential privacy as a person asks for it. Nothing here is ever filled in from the
    profile: what was seen in the rows is private, and stands in every report once it is here."""

    private = forms.BooleanField(required=False, label="Train under differential privacy")
    epsilon = forms.FloatField(
        required=False,
        initial=1,
        label="ε",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="Smaller protects more. Somebody who would bet even money that a person is in "
        "the table is at most 73.2 % sure at 1, 95.3 % at 3 and 99.967 % at 8.",
    )
    delta = forms.FloatField(
        required=False,
        label="δ",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        help_text="The chance that this does not hold. Empty: well below one over the rows; "
        "0.000001 where a column says whose row it is.",
    )
    entity = forms.CharField(required=False, label="Whose row it is")
    rows_per_entity = forms.IntegerField(
        required=False,
        initial=1,
        label="Rows kept of each",
        help_text="At most so many, chosen by secret lots. More need more noise. Of rows each on "
        "its own this says nothing.",
    )
    code_book_source = forms.CharField(
        required=False,
        max_length=500,
        label="Where it is published",
        help_text="Such as a data dictionary, a standard, a law.",
    )
    code_book_person = forms.CharField(
        required=False,
        max_length=200,
        label="Who declares it public",
        help_text="A name that can be asked. It stands in the privacy report.",
    )
    code_book = forms.CharField(
        required=False,
        max_length=500_000,
        label="Columns, one a line",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
        help_text="Categories or bounds: sex: Female, Male or age: 17..90. Quotes around names and "
        "words with a comma, a colon or two dots.",
    )
    evaluation_in_pack = forms.BooleanField(
        required=False, label="Put the evaluation into the pack although ε does not cover it"
    )

    def __init__(self, *given: Any, code_book_file: bytes | None = None, **options: Any) -> None:
        super().__init__(*given, **options)
        self._file = code_book_file
        if code_book_file is not None and self.is_bound:
            self._take_over(code_book_file)

    def _take_over(self, file: bytes) -> None:
        """Show what an uploaded code book says, so that nothing is lost if the form comes back."""
        try:
            book = CodeBook.of_text(file)
        except BadInput:
            return
        fields = {name: self.data.get(name, "") for name in self.data}
        if not fields.get("code_book", "").strip():
            fields["code_book"] = code_book_lines(book)
            fields["code_book_source"], fields["code_book_person"] = book.source, book.person
            self._file = None
        self.data = fields

    def clean_epsilon(self) -> float | None:
        """A number above 0."""
        epsilon: float | None = self.cleaned_data["epsilon"]
        if self._asks:
            _checked(lambda: check_asked(0.0 if epsilon is None else epsilon, _ANY_DELTA, 0))
        return epsilon

    def clean_delta(self) -> float | None:
        """A number between 0 and 1, or nothing."""
        delta: float | None = self.cleaned_data["delta"]
        if self._asks and delta is not None:
            _checked(lambda: check_asked(1.0, delta, 0))
        return delta

    def clean_rows_per_entity(self) -> int:
        """One row at least."""
        rows = self.cleaned_data["rows_per_entity"] or 1
        if self._asks and rows < 1:
            raise forms.ValidationError("At least 1 row of each has to be kept.")
        return rows

    def clean_code_book(self) -> str:
        """Lines that can be read, with their source and person."""
        lines: str = self.cleaned_data["code_book"]
        if self._asks and self._file is not None:
            _checked(lambda: CodeBook.of_text(self._file or b""))
            raise forms.ValidationError(
                "A code book was uploaded and another one typed; bring one of them."
            )
        if self._asks and lines.strip():
            _checked(lambda: self._typed(lines))
        return lines

    @property
    def _asks(self) -> bool:
        return bool(self["private"].value()) and self["private"].value() != "false"

    def _typed(self, lines: str) -> CodeBook:
        fields = self.cleaned_data
        source, person = fields.get("code_book_source", ""), fields.get("code_book_person", "")
        return typed_code_book(source, person, lines)

    def privacy(self) -> PrivacyRequest | None:
        """What was asked for; ``None`` without privacy."""
        given = self.cleaned_data
        if not given["private"]:
            return None
        book = self._typed(given["code_book"]) if given["code_book"].strip() else None
        return PrivacyRequest(
            epsilon=given["epsilon"],
            delta=given["delta"],
            entity=given["entity"] or None,
            rows_a_unit=given["rows_per_entity"] if given["entity"] else 1,
            code_book=json.dumps(book.to_document()).encode() if book else None,
        )


_ANY_DELTA = 1e-9


def _checked(check: Callable[[], object]) -> None:
    """Run a check of the domain; its refusal stands beside the field."""
    try:
        check()
    except BadInput as refusal:
        raise forms.ValidationError(refusal.message) from None


class StartForm(PrivacyForm, ConditionsForm, SizeForm):
    """What to train, and how many rows to draw. Settings of the synthesizer come beside it."""

    synthesizer = forms.CharField(initial=DEFAULT_SYNTHESIZER)
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
        label="Held out, in percent",
        help_text="Real rows kept from training, to judge the twin against; of a log, entities "
        "with all their rows. 0 to 50.",
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
            **self.size(),
            "seed": given["seed"],
            "target": given["target"] or None,
            "holdout": HoldoutSpec(
                share=given["holdout_percent"] / 100,
                dataset_id=DatasetId(other) if other else None,
            ),
            "evaluate": given["evaluate"],
            "pack": given["pack"],
            "evaluation_in_pack": given["evaluation_in_pack"],
            "privacy": self.privacy(),
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


class SampleForm(ConditionsForm, SizeForm):
    """More rows from the same run."""

    seed = forms.IntegerField(label="Seed", help_text="Another seed gives other rows.")

    def request(self) -> dict[str, Any]:
        """The arguments of ``RequestSample``, without the run."""
        given = self.cleaned_data
        return {**self.size(), "seed": given["seed"], "words": self.words()}


class CompletionForm(forms.Form):
    """What stands beside a file of partly given rows, or of given histories."""

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="id_completion_%s")  # it stands beside another form

    seed = forms.IntegerField(
        required=False, label="Seed", help_text="Empty: the seed of the training."
    )
    events = forms.CharField(
        required=False,
        max_length=100,
        label="Events to add to each",
        help_text="5, 5-10, or x2 for twice as many as given. Empty: as many as learned "
        "histories would have.",
    )
    until = forms.CharField(
        required=False, max_length=100, label="Until", help_text="A date to go on to, or empty."
    )

    def request(self) -> dict[str, Any]:
        """The arguments of ``RequestCompletion``, without run and file."""
        given = self.cleaned_data
        words = SpecWords(events=[given["events"]], until=[given["until"]])
        return {"seed": given["seed"], "words": words}


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


def show_beside(form: forms.Form, refusal: StudioError) -> None:
    """Put a refusal beside the field it is about, where it knows which."""
    field = _field_of(refusal)
    if form.is_bound and field in form.fields:
        form.full_clean()
        form.add_error(field, refusal.message)


def _field_of(refusal: StudioError) -> str:
    if isinstance(refusal, BadCondition):
        return refusal.field
    if isinstance(refusal, BudgetExceeded):
        return "epsilon"
    beginnings = {"δ": "delta", "The code book": "code_book"}
    said = (field for start, field in beginnings.items() if refusal.message.startswith(start))
    return next(said, "")


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
            times = _word(UnreadableTimes, fields.get(f"times-{t}-{c}", spec.unreadable_times))
            decision = ColumnDecision(
                table=table_name,
                column=spec.name,
                unreadable_times=times if times is not spec.unreadable_times else None,
                sdtype=sdtype if sdtype is not spec.sdtype else None,
                pii_action=action if action is not spec.pii_action else None,
                missing_word=_missing_word(fields.get(f"missing-{t}-{c}", ""), spec),
            )
            if decision != ColumnDecision(table=table_name, column=spec.name):
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
