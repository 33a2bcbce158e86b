"""Forms of the settings pages."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from guanxi.core.viewer import RIGHTS, Reach, Role

CURRENCIES = (
    "AUD",
    "BRL",
    "CAD",
    "CHF",
    "CNY",
    "EUR",
    "GBP",
    "HKD",
    "INR",
    "JPY",
    "KRW",
    "MXN",
    "SGD",
    "TWD",
    "USD",
)
Choices = Sequence[tuple[str, Any]]


def _zones() -> Choices:
    return [
        (name, name.replace("_", " "))
        for name in sorted(available_timezones())
        if "/" in name or name == "UTC"
    ]


class EnterpriseForm(forms.Form):
    """What an enterprise is called and by which money, zone and clock it lives."""

    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"), choices=[(code, code) for code in CURRENCIES])
    zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    country = forms.CharField(
        label=_("Country of phone numbers"),
        max_length=2,
        required=False,
        help_text=_("Two letters, such as CN."),
    )
    clock = forms.DateTimeField(
        label=_("Clock"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_(
            "Time stands still at this moment, so that history can be replayed. Empty: the real time."
        ),
    )


class StoreForm(forms.Form):
    """A place of the enterprise."""

    name = forms.CharField(label=_("Name"), max_length=200)
    code = forms.CharField(label=_("Code"), max_length=60, help_text=_("As tills and imports call it."))


class _StandingForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    reach = forms.ChoiceField(label=_("Sees"), choices=Reach.choices, initial=Reach.ALL)
    team = forms.CharField(label=_("Team"), max_length=60, required=False)
    store_ids = forms.TypedMultipleChoiceField(
        label=_("Stores"), coerce=UUID, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *arguments: Any, stores: Choices, **named: Any) -> None:
        super().__init__(*arguments, **named)
        field = self.fields["store_ids"]
        if stores:
            field.choices = stores  # type: ignore[attr-defined]
        else:
            del self.fields["store_ids"]


class InviteForm(_StandingForm):
    """Somebody who is to work here."""

    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=200)
    field_order = ("name", "email", "role", "reach", "team", "store_ids")


class MemberForm(_StandingForm):
    """The standing of somebody who works here."""

    active = forms.BooleanField(label=_("Works here"), required=False)


class KeyForm(forms.Form):
    """A key with which a machine may ask."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What uses it, such as “till export”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=[(right, right) for right in RIGHTS], widget=forms.CheckboxSelectMultiple
    )
    expires_at = forms.DateTimeField(
        label=_("Valid until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class AccountForm(forms.Form):
    """What the person who signed in is called, and in which language and zone they read."""

    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: [("", _("As the enterprise")), *_zones()], required=False
    )
