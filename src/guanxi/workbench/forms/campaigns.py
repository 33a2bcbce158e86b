"""Forms of the campaign pages."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from guanxi.consent.words import Channel, Purpose, Strength
from guanxi.core.viewer import Viewer
from guanxi.market.campaigns import queries, sending
from guanxi.market.campaigns.services import Brief
from guanxi.market.offers import queries as offers

OVERLAPS = (
    ("exclude", _("Leave out whoever is in another campaign")),
    ("allow", _("Let customers be in several campaigns")),
)
SUCCESSES = (
    ("turnover", _("Turnover")), ("margin", _("Margin")), ("orders", _("Orders")),
    ("redemptions", _("Coupons redeemed")), ("clicks", _("Clicks")), ("answers", _("Answers")),
)  # fmt: skip
STOPS = (
    ("worse", _("When it is proved worse for customers")),
    ("decided", _("When it is proved worse for customers, or its effect is proved either way")),
)
SECTIONS = (
    (_("What for"), ("name", "goal", "success")),
    (_("Who"), ("segment", "purpose", "needs", "overlap")),
    (_("How"), ("offer", "channel_1", "channel_2", "channel_3", "template_1", "template_2", "template_3")),
    (_("When"), ("starts_on", "ends_on", "pace_hour", "pace_day", "again_after_days")),
    (_("How it is judged"), ("control", "window_days", "contact_cost", "budget", "stop_rule", "tolerance")),
)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}))


class CampaignForm(forms.Form):
    """What a campaign is to be."""

    name = forms.CharField(label=_("Name"), max_length=100)
    goal = forms.CharField(
        label=_("Goal"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What is to be better afterwards, for whom."),
    )  # fmt: skip
    success = forms.ChoiceField(label=_("Judged by"), choices=SUCCESSES)
    segment = forms.ChoiceField(label=_("Segment"))
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices, initial="offers")
    needs = forms.TypedChoiceField(
        label=_("Strength it needs"), choices=Strength.choices[1:], coerce=int, initial=2,
        help_text=_("General messages need 2; whatever is chosen from a customer's own data needs 3."),
    )  # fmt: skip
    overlap = forms.ChoiceField(label=_("Other campaigns"), choices=OVERLAPS)
    offer = forms.ChoiceField(
        label=_("What it brings"), required=False,
        help_text=_("Each customer gets a code of their own; write {{ code }} into the message."),
    )  # fmt: skip
    channel_1 = forms.ChoiceField(label=_("First channel"), choices=Channel.choices)
    template_1 = forms.ChoiceField(label=_("Message of the first channel"))
    channel_2 = forms.ChoiceField(
        label=_("Else"), choices=[("", "–"), *Channel.choices], required=False,
        help_text=_("For whoever does not want the first."),
    )  # fmt: skip
    template_2 = forms.ChoiceField(label=_("Message of the second channel"), required=False)
    channel_3 = forms.ChoiceField(label=_("Else"), choices=[("", "–"), *Channel.choices], required=False)
    template_3 = forms.ChoiceField(label=_("Message of the third channel"), required=False)
    starts_on = _day(_("Not before"))
    ends_on = _day(_("Until"))
    pace_hour = forms.IntegerField(label=_("At most an hour"), min_value=1, initial=1_000)
    pace_day = forms.IntegerField(label=_("At most a day"), min_value=1, initial=10_000)
    again_after_days = forms.IntegerField(
        label=_("Again after days"), min_value=1, required=False,
        help_text=_("Empty: each customer once."),
    )  # fmt: skip
    control = forms.IntegerField(
        label=_("Control group, per cent"), min_value=5, max_value=50, initial=10,
        help_text=_("Drawn by chance and left alone, so that the effect can be seen."),
    )  # fmt: skip
    window_days = forms.IntegerField(label=_("Days that count"), min_value=1, max_value=365, initial=14)
    contact_cost = forms.DecimalField(label=_("Cost of a contact"), min_value=0, decimal_places=4, initial=0)
    budget = forms.DecimalField(label=_("Budget"), min_value=0, decimal_places=2, required=False)
    stop_rule = forms.ChoiceField(label=_("Stops by itself"), choices=STOPS)
    tolerance = forms.DecimalField(
        label=_("Harm that is borne"), min_value=0, max_value=100, decimal_places=2, initial=1,
        help_text=_("So many more of 100 customers may withdraw or complain before it stops."),
    )  # fmt: skip

    def __init__(self, viewer: Viewer, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.viewer = viewer
        self.fields["segment"].choices = [  # type: ignore[attr-defined]  # a ChoiceField has choices
            (str(one.pk), one.name) for one in queries.segments_for(viewer)
        ]
        live = offers.offers_for(viewer, state="live").order_by("name")
        self.fields["offer"].choices = [("", _("Words only")), *((str(one.pk), one.name) for one in live)]  # type: ignore[attr-defined]
        choices = sending.templates_for(viewer)
        for number in (1, 2, 3):
            self.fields[f"template_{number}"].choices = choices if number == 1 else [("", "–"), *choices]  # type: ignore[attr-defined]

    @property
    def sections(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """The fields in the order in which one thinks of them."""
        return [(title, [self[name] for name in names]) for title, names in SECTIONS]

    @property
    def brief(self) -> Brief:
        """What was said, as the service wants it."""
        said = self.cleaned_data
        pairs = [(said[f"channel_{n}"], said[f"template_{n}"]) for n in (1, 2, 3) if said[f"channel_{n}"]]
        same = ("name", "goal", "success", "purpose", "needs", "overlap", "pace_hour", "pace_day", "again_after_days",
                "window_days", "contact_cost", "budget", "stop_rule", "tolerance")  # fmt: skip
        return Brief(
            **{name: said[name] for name in same}, segment_id=UUID(said["segment"]),
            channels=tuple(dict.fromkeys(channel for channel, _template in pairs)),
            templates={channel: template or said["template_1"] for channel, template in reversed(pairs)},
            control_share=said["control"] / 100, offer_id=UUID(said["offer"]) if said["offer"] else None,
            starts_at=self._moment(said["starts_on"]), ends_at=self._moment(said["ends_on"], time.max),
        )  # fmt: skip

    def _moment(self, day: Any, clock: time = time.min) -> datetime | None:
        return datetime.combine(day, clock, tzinfo=self.viewer.timezone) if day else None

    @staticmethod
    def initial_of(campaign: Any, viewer: Viewer) -> dict[str, Any]:
        """A campaign as the form shows it."""
        same = ("name", "goal", "success", "purpose", "needs", "overlap", "pace_hour", "pace_day", "again_after_days",
                "window_days", "contact_cost", "budget", "stop_rule", "tolerance")  # fmt: skip
        facts = {name: getattr(campaign, name) for name in same}
        for number, channel in enumerate(campaign.channels, start=1):
            facts |= {f"channel_{number}": channel, f"template_{number}": campaign.templates.get(channel, "")}
        for name, moment in (("starts_on", campaign.starts_at), ("ends_on", campaign.ends_at)):
            facts[name] = moment.astimezone(viewer.timezone).date() if moment else None
        facts["offer"] = str(campaign.offer_id or "")
        return {**facts, "segment": str(campaign.segment_id), "control": round(campaign.control_share * 100)}


class PastForm(forms.Form):
    """A past day."""

    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}))
