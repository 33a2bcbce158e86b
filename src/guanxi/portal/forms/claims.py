"""Proving an address."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AddressForm(forms.Form):
    """An address under which an enterprise may know somebody."""

    email = forms.EmailField(label=_("E-mail address"), widget=forms.EmailInput({"autocomplete": "email"}))


class StaffCodeForm(forms.Form):
    """The code that staff handed over, on a receipt, a card or a slip."""

    staff_code = forms.RegexField(
        r"^\s*[0-9A-Za-z]{5}[\s-]?[0-9A-Za-z]{5}\s*$",
        label=_("Code from the enterprise"),
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "placeholder": "ABCDE-23456"}
        ),
        error_messages={"invalid": _("The code has ten letters and figures.")},
    )


class CodeForm(forms.Form):
    """The code that was sent there."""

    code = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label=_("Code"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
        error_messages={"invalid": _("The code has six digits.")},
    )

    def clean_code(self) -> str:
        """The digits alone."""
        return "".join(self.cleaned_data["code"].split())
