"""How somebody wants what a message stood on."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

CHOICES = (
    ("channel", _("No more of this by this channel"), _("Other ways stay as you permitted them.")),
    ("less", _("Less often"), _("Once a week at most.")),
    ("pause", _("A pause"), _("Nothing of this for thirty days.")),
    (
        "stop",
        _("No more of this at all"),
        _("Nothing for this purpose, by no channel. What you bought stays yours."),
    ),
)


class LeaveForm(forms.Form):
    """One of the four ways."""

    choice = forms.ChoiceField(choices=[(value, label) for value, label, _about in CHOICES])

    def described(self) -> list[tuple[str, Any, Any]]:
        """The ways, each with what it does."""
        return list(CHOICES)
