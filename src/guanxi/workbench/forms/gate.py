"""What an enterprise allows itself: the same form tries a change and makes it stand."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.consent import pressure
from guanxi.consent.judging import Policy, Quiet
from guanxi.consent.words import CONTRACTUAL, Basis, Channel, Purpose, Strength

_ASKED = tuple(purpose for purpose in Purpose if purpose not in CONTRACTUAL)
_NO_LEAST = [
    ("0", _("what the message needs")),
    *((str(value), label) for value, label in Strength.choices if value > 1),
]


class PolicyForm(forms.Form):
    """Limit, half-life, weekly number, quiet hours, weights by channel, least strength by purpose."""

    limit = forms.FloatField(
        label=_("Limit of contact pressure"), min_value=0, max_value=10,
        help_text=_("What somebody bears who permits nothing; a strong permission adds up to 1."),
    )  # fmt: skip
    half_life = forms.FloatField(label=_("Days in which pressure falls by half"), min_value=1, max_value=730)
    weekly_cap = forms.IntegerField(
        label=_("Contacts a week"), min_value=0, max_value=100, required=False,
        help_text=_("Where the customer named no number. Empty: no limit."),
    )  # fmt: skip
    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput({"type": "time"})
    )
    quiet_to = forms.TimeField(label=_("Quiet to"), required=False, widget=forms.TimeInput({"type": "time"}))

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        for channel in Channel:
            self.fields[f"weight_{channel}"] = forms.FloatField(
                label=channel.label, min_value=0, max_value=10
            )
        for purpose in _ASKED:
            self.fields[f"least_{purpose}"] = forms.TypedChoiceField(
                label=purpose.label, choices=_NO_LEAST, coerce=int, required=False, empty_value=None
            )

    @property
    def weights(self) -> list[forms.BoundField]:
        """The fields of the weights."""
        return [self[f"weight_{channel}"] for channel in Channel]

    @property
    def leasts(self) -> list[forms.BoundField]:
        """The fields of the least strengths."""
        return [self[f"least_{purpose}"] for purpose in _ASKED]

    @property
    def first(self) -> list[forms.BoundField]:
        """The fields that are tried most."""
        return [self[name] for name in ("limit", "half_life", "weekly_cap", "quiet_from", "quiet_to")]

    def clean(self) -> dict[str, Any]:
        """Quiet hours have a beginning and an end."""
        given = super().clean() or {}
        if (given.get("quiet_from") is None) != (given.get("quiet_to") is None):
            self.add_error("quiet_to", _("Quiet hours need a beginning and an end."))
        return given

    def policy(self, standing: Policy, zone: str) -> Policy:
        """What the form says; the bases stay as they stand."""
        given = self.cleaned_data
        quiet = Quiet(given["quiet_from"], given["quiet_to"], zone) if given["quiet_from"] else None
        return Policy(
            limit=given["limit"],
            half_life=given["half_life"],
            weights={channel: given[f"weight_{channel}"] for channel in Channel},
            weekly_cap=given["weekly_cap"],
            quiet=quiet,
            least={purpose: given[f"least_{purpose}"] for purpose in _ASKED if given[f"least_{purpose}"]},
            bases=standing.bases,
        )


def initial_of(policy: Policy) -> dict[str, Any]:
    """A policy as the form shows it."""
    weights = {**pressure.WEIGHTS, **policy.weights}
    return {
        "limit": policy.limit,
        "half_life": policy.half_life,
        "weekly_cap": policy.weekly_cap,
        "quiet_from": policy.quiet.start if policy.quiet else None,
        "quiet_to": policy.quiet.end if policy.quiet else None,
        **{f"weight_{channel}": round(weights[channel], 3) for channel in Channel},
        **{f"least_{purpose}": policy.least.get(purpose, 0) for purpose in _ASKED},
    }


class BasisForm(forms.Form):
    """A contract or a law on which contact for a purpose stands."""

    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=[(purpose, purpose.label) for purpose in Purpose if purpose in CONTRACTUAL],
    )
    basis = forms.ChoiceField(label=_("Stands on"), choices=Basis.choices)
    words = forms.CharField(
        label=_("Which contract or law"),
        max_length=500,
        help_text=_("Your customers read this at their own door."),
    )
