"""The Django application of the mining centre."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MiningConfig(AppConfig):
    """The lake, the measures and their runs."""

    name = "guanxi.mining"
    label = "mining"
    verbose_name = _("Mining")
