"""How much a person asks to be drawn."""

from __future__ import annotations

from django import forms


class SizeForm(forms.Form):
    """How much to draw: rows, or of a log entities with their whole histories."""

    rows = forms.IntegerField(
        required=False,
        label="Rows to draw",
        help_text="Empty: as many as are learned from; about as many where "
        "people with several rows are protected whole.",
    )
    entities = forms.IntegerField(
        required=False,
        label="Entities to draw",
        help_text="Each with its whole history. Empty: as many as are learned from.",
    )

    def size(self) -> dict[str, int | None]:
        """How much of what is counted; the use case refuses what is not."""
        return {name: self.cleaned_data[name] for name in SizeForm.base_fields}
