"""What a person says about one purpose."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.consent import queries, services
from guanxi.consent.words import Channel, Purpose, Strength


class StepForm(forms.Form):
    """A rung of the ladder."""

    strength = forms.TypedChoiceField(choices=Strength.choices, coerce=int)


class PermitForm(forms.Form):
    """A strength on the ladder, the channels, quiet hours, the number a week and a pause."""

    purpose = forms.ChoiceField(choices=Purpose.choices, widget=forms.HiddenInput)
    strength = forms.TypedChoiceField(choices=Strength.choices, coerce=int)
    channels = forms.MultipleChoiceField(
        choices=Channel.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    quiet_to = forms.TimeField(
        label=_("Quiet until"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M")
    )
    weekly_cap = forms.IntegerField(
        label=_("At most this often a week"), min_value=0, max_value=100, required=False
    )
    paused_until = forms.DateField(
        label=_("No contact before"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        """Quiet hours have two ends that differ."""
        given = super().clean() or {}
        start, end = given.get("quiet_from"), given.get("quiet_to")
        if (start is None) != (end is None) or (start is not None and start == end):
            self.add_error("quiet_to", _("Quiet hours need a beginning and an end that differ."))
        return given

    def statements(self, permitted: queries.Permitted, zone: ZoneInfo) -> list[services.Statement]:
        """What was said: the purpose as a whole, and the channels that changed."""
        given = self.cleaned_data
        day = given["paused_until"]
        base = services.Statement(
            purpose=permitted.purpose,
            strength=given["strength"],
            quiet_from=given["quiet_from"],
            quiet_to=given["quiet_to"],
            weekly_cap=given["weekly_cap"],
            paused_until=datetime.combine(day, time(), tzinfo=zone) if day else None,
            ends_at=permitted.terms.ends_at,
        )
        limits = [
            services.Statement(
                purpose=permitted.purpose,
                channel=channel,
                strength=Strength.DELEGATE if channel in given["channels"] else Strength.NONE,
            )
            for channel, wanted in permitted.channels
            if wanted != (channel in given["channels"])
        ]
        return [base, *limits]


def initial_of(permitted: queries.Permitted, zone: ZoneInfo) -> dict[str, Any]:
    """The form's values as things stand."""
    quiet = permitted.terms.quiets[0] if permitted.terms.quiets else None
    paused = permitted.terms.paused_until
    return {
        "purpose": permitted.purpose,
        "strength": permitted.strength,
        "channels": [channel for channel, wanted in permitted.channels if wanted],
        "quiet_from": quiet.start if quiet else None,
        "quiet_to": quiet.end if quiet else None,
        "weekly_cap": permitted.terms.weekly_cap,
        "paused_until": paused.astimezone(zone).date() if paused else None,
    }
