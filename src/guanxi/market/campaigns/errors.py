"""What can be wrong with a campaign."""

from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import DomainError, Invalid


class WrongMove(DomainError):
    """A campaign does not go from where it is to there; somebody else may have moved it meanwhile."""

    code = "campaign.wrong_move"
    status = 409
    summary = _("The campaign is “{state}”; it cannot become “{wanted}” from there.")
    help = _("Look at the campaign again: somebody may have moved it meanwhile.")


class NotPlanned(DomainError):
    """A campaign without a plan of what it says now cannot be approved."""

    code = "campaign.not_planned"
    status = 409
    summary = _("The campaign has no plan, or was changed after it was planned.")
    help = _("Plan it first, so that whoever approves it sees whom it reaches.")


class SecondPerson(DomainError):
    """Whoever wrote a campaign does not approve it, where somebody else may."""

    code = "campaign.second_person"
    status = 403
    summary = _("Somebody else has to approve this campaign: you wrote it.")
    help = _("Ask one of the others who may approve campaigns.")


class NotADraft(DomainError):
    """Only a draft can be changed."""

    code = "campaign.not_a_draft"
    status = 409
    summary = _("Only a draft can be changed; this campaign is “{state}”.")
    help = _("Take the approval back, or write a new campaign.")


class MissingTemplate(Invalid):
    """A channel has no message."""

    code = "campaign.no_template"
    summary = _("There is no message for the channel “{channel}”.")


class BadCampaign(Invalid):
    """What a campaign says does not fit together."""

    code = "campaign.bad"
    summary = _("This is not possible: {what}.")
