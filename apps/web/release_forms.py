"""What people fill in before a release: an approval, and what a pack should hold."""

from __future__ import annotations

from typing import Any

from django import forms

from domain.compliance.controls.catalogue import FRAMEWORKS
from domain.compliance.controls.formats import FORMATS


class ReleaseForm(forms.Form):
    """Which of the two packs of a private run it is about."""

    with_evaluation = forms.BooleanField(required=False)


class ApprovalForm(ReleaseForm):
    """A person's word."""

    reason = forms.CharField(required=False, label="Reason")
    override = forms.BooleanField(required=False)

    def request(self) -> dict[str, Any]:
        """The arguments of ``ApproveRelease``, without the synthetic dataset."""
        return dict(self.cleaned_data)


class PackForm(ReleaseForm):
    """What a pack maps its controls to, and in which forms; everything where nothing was said."""

    frameworks = forms.MultipleChoiceField(
        required=False, label="Frameworks", choices=list(FRAMEWORKS.items())
    )
    formats = forms.MultipleChoiceField(
        required=False, label="Formats", choices=list(FORMATS.items())
    )
    ticked = forms.BooleanField(required=False)
    """Whether boxes were shown: then none is none."""

    def request(self) -> dict[str, Any]:
        """The arguments of ``RequestPack``, without the synthetic dataset."""
        given = dict(self.cleaned_data)
        if not given.pop("ticked"):
            return {"with_evaluation": given["with_evaluation"]}
        return given
