"""What stops a campaign by itself: it is proved worse for customers, its effect is proved, or its time is over."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guanxi.core.viewer import Viewer
from guanxi.estimators import rates
from guanxi.estimators.rates import Share
from guanxi.market.campaigns import measuring, queries, services
from guanxi.market.campaigns.measures import BY_NAME, HARM
from guanxi.market.models.campaigns import Campaign, Effect, Portion, State, StopRule

OVER = gettext_lazy("The campaign's time is over.")
# Two kinds of harm are watched: each may alarm wrongly half as often.
LEVEL = 0.05 / len(HARM)


def guard(*, viewer: Viewer, campaign: Campaign) -> str:
    """Stop what is proved worse for customers, and end what is over; the reason, empty where it goes on."""
    if campaign.state in (State.RUNNING, State.PAUSED):
        why = _harm(viewer, campaign) or _decided(viewer, campaign)
        if why:
            services.drain(viewer=viewer, campaign_id=campaign.pk, why=why)
        return why
    if campaign.state == State.DRAINED and _is_over(viewer, campaign):
        why = _("The days of its last customers are over.")
        services.end(viewer=viewer, campaign_id=campaign.pk, why=why)
        return why
    return ""


def _harm(viewer: Viewer, campaign: Campaign) -> str:
    """Proved: so much more often than in the control group that what is borne is passed, whenever one looks."""
    borne = float(campaign.tolerance) / 100
    for name in HARM:
        measured = BY_NAME[name]
        arms = measuring.sums_of(viewer, campaign, measured)
        treated, control = arms["contact"], arms["control"]
        if not treated.n or not control.n:
            continue
        found = rates.difference(Share(treated.hits, treated.n), Share(control.hits, control.n), alpha=LEVEL)
        if found.low > borne:
            return _(
                "Worse for customers: {measure}, {treated} of {treated_n} contacted, {control} of {control_n} in the "
                "control group; proved to be more than the {borne} of 100 that are borne."
            ).format(
                measure=measured.label, treated=treated.hits, treated_n=treated.n, control=control.hits,
                control_n=control.n, borne=f"{campaign.tolerance.normalize():f}",
            )  # fmt: skip
    return ""


def _decided(viewer: Viewer, campaign: Campaign) -> str:
    if campaign.stop_rule != StopRule.DECIDED:
        return ""
    effect = latest(queries.effects_for(viewer, campaign)).get(campaign.success)
    if effect is None or effect.low is None or effect.high is None:
        return ""
    if effect.low > 0:
        return _("It is proved that it works.")
    return _("It is proved that it does not work.") if effect.high < 0 else ""


def latest(effects: Iterable[Effect]) -> dict[str, Effect]:
    """The newest look by each measure."""
    return {effect.measure: effect for effect in effects}


def _is_over(viewer: Viewer, campaign: Campaign) -> bool:
    portions = Portion.objects.filter(enterprise_id=viewer.tenant, campaign=campaign)
    last = portions.aggregate(last=Max("handed_at"))["last"]
    return last is None or last + timedelta(days=campaign.window_days + 1) <= viewer.now
