"""The form of a pack template: what an administrator may choose."""

from __future__ import annotations

from typing import Any, Self

from django import forms

from domain.compliance.legal.wording import LegalPaper, own_wording
from domain.compliance.pack_templates import PackTemplate, TemplateContent

_OWN = "Markdown. The product’s words stand here until you change them; emptied, they come back."


class TemplateForm(forms.Form):
    """A version as it was, to be changed. What is wrong with it the use case says."""

    based_on = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        required=False,
        help_text="As papers call the organisation; empty: as the instance is called.",
    )
    contact = forms.CharField(
        required=False, help_text="Whom a receiver asks: a name, an address, a number."
    )
    controller = forms.CharField(
        required=False,
        help_text="Who decides about the personal data, where you make twins for another "
        "organisation. Empty where you decide.",
    )
    logo = forms.FileField(
        required=False, help_text="PNG or JPEG, at most 512 KiB. It is drawn anew."
    )
    remove_logo = forms.BooleanField(required=False, label="Take the logo away")
    controls = forms.CharField(
        required=False,
        label="Additional controls",
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text="TOML, in the form of the product’s own tables: docs/guide/controls.md has an "
        "example.",
    )
    review_on = forms.DateField(
        required=False,
        label="Review on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Sooner than in 90 days, where it has to be.",
    )
    note = forms.CharField(help_text="Needed: what you changed and why, for colleagues.")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for paper in LegalPaper:
            self.fields[paper.value] = forms.CharField(
                required=False,
                label=paper.heading,
                widget=forms.Textarea(attrs={"rows": 16}),
                help_text=_OWN,
            )
        self.order_fields([*self._first(), *map(str, LegalPaper), "controls", "review_on", "note"])

    @classmethod
    def about(cls, template: PackTemplate, data: Any, files: Any) -> Self:
        """The form of one version, or of what was sent."""
        content = template.content
        return cls(
            data,
            files,
            initial={
                "based_on": template.version,
                "name": content.name,
                "contact": content.contact,
                "controller": content.controller,
                "controls": content.controls,
                "review_on": content.review_on,
                **{p.value: content.wording.get(p) or own_wording(p) for p in LegalPaper},
            },
        )

    def content(self, before: TemplateContent) -> TemplateContent:
        """What was chosen, once the form is valid; a logo that was sent comes beside it."""
        said = self.cleaned_data
        return TemplateContent(
            name=said["name"],
            contact=said["contact"],
            controller=said["controller"],
            logo=b"" if said["remove_logo"] else before.logo,
            wording={paper: said[paper.value] for paper in LegalPaper},
            controls=said["controls"],
            review_on=said["review_on"],
        )

    def wanted(self, before: TemplateContent) -> dict[str, Any]:
        """What the use case takes, once the form is valid."""
        said = self.cleaned_data
        return {
            "based_on": said["based_on"],
            "content": self.content(before),
            "note": said["note"],
        }

    def _first(self) -> list[str]:
        return ["based_on", "name", "contact", "controller", "logo", "remove_logo"]
