"""Asking the gate, and writing down what a customer said."""

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.consent.words import Channel, Purpose, Strength

# What a contact needs, as staff think of it.
_NEEDS = (
    (Strength.SITUATION, _("an answer to their matter")),
    (Strength.INFORMED, _("a general message")),
    (Strength.PERSONAL, _("a message chosen from their data")),
)


class AskForm(forms.Form):
    """May we contact? For what, by which channel, about what."""

    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices, initial=Purpose.OFFERS)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel.choices)
    needs = forms.TypedChoiceField(
        label=_("What it is"), choices=_NEEDS, coerce=int, initial=Strength.INFORMED
    )
    about = forms.CharField(
        label=_("About"), max_length=200, help_text=_("The customer reads this in their list.")
    )


class NoteForm(forms.Form):
    """What a customer told us that they permit."""

    purpose = forms.ChoiceField(label=_("What for"), choices=Purpose.choices, initial=Purpose.OFFERS)
    strength = forms.TypedChoiceField(label=_("How much"), choices=Strength.choices, coerce=int)
    proof = forms.CharField(
        label=_("Proof"), max_length=200, help_text=_("Where, when and in which words they said it.")
    )
