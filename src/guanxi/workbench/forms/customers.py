"""What is asked for when a customer is made or changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.people.customfields import Definition
from guanxi.people.identifiers import LABELS, Kind
from guanxi.people.services import Change

KINDS = (("person", _("Person")), ("firm", _("Firm")))
IDENTIFIERS = (Kind.EMAIL, Kind.PHONE, Kind.CARD)
OWN = "own-"


class CustomerForm(forms.Form):
    """A customer's facts, the enterprise's own fields among them."""

    kind = forms.ChoiceField(label=_("Kind"), choices=KINDS, initial="person")
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    label = forms.CharField(
        label=_("Label"),
        max_length=200,
        required=False,
        help_text=_("What to call them where no name is known."),
    )
    home_store = forms.ChoiceField(label=_("Home store"), required=False)
    owner = forms.ChoiceField(label=_("Looked after by"), required=False)

    def __init__(
        self,
        *given: Any,
        stores: Sequence[tuple[str, str]],
        staff: Sequence[tuple[str, str]],
        definitions: Sequence[Definition],
        new: bool = False,
        **named: Any,
    ) -> None:
        super().__init__(*given, **named)
        self.fields["home_store"] = _choice(_("Home store"), stores)
        self.fields["owner"] = _choice(_("Looked after by"), staff)
        if new:
            self.fields["source_key"] = forms.CharField(
                label=_("Source key"),
                max_length=200,
                required=False,
                help_text=_("Their number in another system."),
            )
            for kind in IDENTIFIERS:
                self.fields[kind.value] = forms.CharField(label=LABELS[kind], max_length=320, required=False)
        for definition in definitions:
            self.fields[OWN + definition.name] = _own(definition)

    def change(self) -> Change:
        """What was said, for the services."""
        said = self.cleaned_data
        return Change(
            kind=said["kind"],
            name=said["name"],
            label=said["label"],
            source_key=said.get("source_key"),
            home_store_id=said["home_store"],
            owner_id=said["owner"],
            fields={name.removeprefix(OWN): value for name, value in said.items() if name.startswith(OWN)},
        )

    def identifiers(self) -> list[tuple[str, str]]:
        """The identifiers that were given with a new customer."""
        return [
            (kind.value, self.cleaned_data[kind.value])
            for kind in IDENTIFIERS
            if self.cleaned_data.get(kind.value)
        ]


class IdentifierForm(forms.Form):
    """One more identifier."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, LABELS[kind]) for kind in Kind if kind != Kind.SOURCE_KEY]
    )
    value = forms.CharField(label=_("Value"), max_length=320)


def _choice(label: Any, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[("", "–"), *choices], required=False)


def _own(definition: Definition) -> forms.Field:
    common: Mapping[str, Any] = {"label": definition.label, "required": False}
    if definition.type == "choice":
        return forms.ChoiceField(choices=[("", "–"), *((one, one) for one in definition.choices)], **common)
    if definition.type == "bool":
        return forms.ChoiceField(choices=[("", "–"), ("true", _("Yes")), ("false", _("No"))], **common)
    if definition.type == "date":
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    if definition.type == "int":
        return forms.IntegerField(**common)
    if definition.type == "decimal":
        return forms.DecimalField(**common)
    return forms.CharField(max_length=2000, **common)
