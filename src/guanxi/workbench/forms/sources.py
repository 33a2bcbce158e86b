"""Forms of the sources pages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.touch.queries import SOURCE_KINDS


class SourceForm(forms.Form):
    """A new source."""

    name = forms.CharField(
        label=_("Name"), max_length=100, help_text=_("What sends the events, such as “Shop website”.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=SOURCE_KINDS)


class MendForm(forms.Form):
    """A message that was set aside, as text to be mended."""

    body = forms.CharField(
        label=_("Message"), strip=False, widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"})
    )
