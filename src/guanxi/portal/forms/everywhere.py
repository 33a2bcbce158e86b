"""What is said to all enterprises at once."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.consent.words import RUNGS, Channel, Purpose, Strength

ALL = "all"


class LowerForm(forms.Form):
    """At most this, for one purpose or for all."""

    purpose = forms.ChoiceField(label=_("For"), choices=[(ALL, _("everything")), *Purpose.choices])
    at_most = forms.TypedChoiceField(
        label=_("At most"),
        coerce=int,
        choices=[(int(step), name) for step, (name, _meaning) in RUNGS.items() if step < Strength.DELEGATE],
    )

    @property
    def purposes(self) -> Collection[str]:
        """The purposes that are meant."""
        chosen = self.cleaned_data["purpose"]
        return Purpose.values if chosen == ALL else [chosen]


class PauseForm(forms.Form):
    """A pause, until a day."""

    until = forms.DateField(
        label=_("No contact before"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )


class QuietForm(forms.Form):
    """Quiet hours."""

    start = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    end = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends that differ."""
        given = super().clean() or {}
        start, end = given.get("start"), given.get("end")
        if (start is None) != (end is None) or (start is not None and start == end):
            self.add_error("end", _("Quiet hours need a beginning and an end that differ."))
        return given


class CloseForm(forms.Form):
    """Channels that nobody may use any more."""

    channels = forms.MultipleChoiceField(choices=Channel.choices, widget=forms.CheckboxSelectMultiple)
