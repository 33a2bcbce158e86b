"""What may go wrong when somebody asks the mining centre."""

from django.utils.translation import gettext_lazy as _

from guanxi.core.errors import DomainError


class AlreadyRunning(DomainError):
    """A run of this enterprise is under way."""

    code = "mining.already_running"
    status = 409
    summary = _("A run is under way already.")
    help = _("Wait until it is done; its page shows how far it is.")
