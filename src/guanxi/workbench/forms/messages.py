"""Forms of templates and channels."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.touch.channels import Adapter

_LANGUAGES = (("en", "en"), ("zh-hans", "zh"))


class TemplateForm(forms.Form):
    """A template in both languages; one of them may stay empty."""

    name = forms.CharField(label=_("Name"), max_length=100)
    subject_en = forms.CharField(label=_("Subject, English"), max_length=200, required=False)
    body_en = forms.CharField(
        label=_("Text, English"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 10})
    )
    subject_zh = forms.CharField(label=_("Subject, Chinese"), max_length=200, required=False)
    body_zh = forms.CharField(
        label=_("Text, Chinese"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 10})
    )

    @staticmethod
    def initial_of(name: str, texts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """What the form shows of a version."""
        given = {"name": name}
        for language, short in _LANGUAGES:
            for part in ("subject", "body"):
                given[f"{part}_{short}"] = texts.get(language, {}).get(part, "")
        return given

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """What was written, by language."""
        return {
            language: {part: self.cleaned_data[f"{part}_{short}"] for part in ("subject", "body")}
            for language, short in _LANGUAGES
        }


class RateForm(forms.Form):
    """What every way has."""

    per_minute = forms.IntegerField(
        label=_("Messages a minute, at most"), min_value=1, max_value=1_000_000, initial=6_000
    )


def channel_form(way: Adapter, data: Any, initial: Mapping[str, Any], per_minute: int | None) -> forms.Form:
    """The form of a way with the rate below it; secrets are never shown again."""
    secrets = getattr(way.form, "SECRETS", ())
    shown = {name: value for name, value in initial.items() if name not in secrets}
    kind = type("ChannelForm", (way.form, RateForm), {})
    if per_minute:
        shown["per_minute"] = per_minute
    form: forms.Form = kind(data, initial=shown)
    return form
